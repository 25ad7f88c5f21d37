"""The sweep: once a second, and when somebody has just committed an order, what is due is handed over."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.engine import URL
from sqlmodel import Session

from app.core.clock import Clock, machine_seconds
from app.core.db import Database
from app.core.metrics import engine_due, engine_executors, engine_last_sweep, engine_oldest, engine_running
from app.engine import executors
from app.engine.carrier import Carrier
from app.engine.locks import Lock, lock_of
from app.engine.orders import Backlog, Order, Task
from app.engine.store import store_url

SWEEP: Final = 1.0
"""Seconds between two looks at the rows."""
PAGE: Final = 100
"""Orders of a task handed over at once."""
LOOK_AGAIN: Final = 20.0
"""Seconds after which an order that is still due is looked for in the engine's store."""
KEPT: Final = timedelta(days=7)
"""How long the store keeps what came to an end."""
CLEAN_UP: Final = 3600.0
PUT_OFF: Final = timedelta(seconds=5)
SHUTDOWN: Final = 5.0
"""Seconds that orders in progress get to come to a point where they can stop."""

log = structlog.get_logger()


class Engine:
    """Carries out the tasks of the features in this process, under a name of its own. Used from one event loop."""

    def __init__(
        self, url: URL, db: Database, clock: Clock, tasks: Sequence[Task], *, name: str, processes: int = 1
    ) -> None:
        self._url = url
        self._db = db
        self._clock = clock
        self._tasks = {task.name: task for task in tasks}
        self._wanted, self._processes = name, processes
        self.name = ""
        self.stopping = False
        """Whoever carries out a long order looks at this between two steps."""
        self._lock: Lock | None = None
        self._carrier: Carrier | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kicked = asyncio.Event()
        self._sweeping: asyncio.Task[None] | None = None
        self._handed_over: dict[str, float] = {}
        self._performing: dict[Future[None], Order] = {}
        self._cleaned_at = 0.0

    async def start(self) -> None:
        """Take a name and begin. Raises ConfigError when a living process has that name."""
        self._loop = asyncio.get_running_loop()
        claim = executors.claim_name
        self.name, self._lock = await asyncio.to_thread(claim, self._url, self._wanted, processes=self._processes)
        await self._db.write(executors.beat, self.name, machine_time=int(machine_seconds()))
        self._carrier = Carrier(store_url(self._url), self.name, self._perform)
        await asyncio.to_thread(self._carrier.launch)
        self._sweeping = asyncio.create_task(self._sweep_for_ever())

    async def close(self) -> None:
        """Stop within seconds, whatever WeChat does; what was begun is taken over by whoever comes next."""
        self.stopping = True
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        if self._performing:
            await self._wait_for_orders()
        if self._carrier is not None:
            await asyncio.to_thread(self._carrier.close)
        if self._lock is not None:
            await self._db.write(executors.forget, self.name)
            self._lock.release()

    @property
    def alive(self) -> bool:
        """Started, and looking at the rows."""
        return self._sweeping is not None and not self._sweeping.done()

    async def _wait_for_orders(self) -> None:
        """Let orders come to a point where they can stop; what does not is given up, for another try elsewhere."""
        orders = {asyncio.wrap_future(one): order for one, order in self._performing.items()}
        _, late = await asyncio.wait(orders, timeout=SHUTDOWN)
        for one in late:
            one.cancel()
            await self._put_off(orders[one])

    def kick(self) -> None:
        """Something that may be due was just committed: look now."""
        self._kicked.set()

    # --- the sweep ---

    async def _sweep_for_ever(self) -> None:
        while True:
            self._kicked.clear()
            try:
                await self.sweep()
            except Exception:
                log.exception("sweep_put_off")  # whatever it was: the rows are still there for the next look
            try:
                await asyncio.wait_for(self._kicked.wait(), SWEEP)
            except TimeoutError:
                continue

    async def sweep(self) -> None:
        """Say that we live, take over from the dead, hand over what is due, clean up."""
        carrier, lock = self._running()
        if not await asyncio.to_thread(lock.held) and not await asyncio.to_thread(lock.take):
            log.error("name_lost", name=self.name)  # another process has taken it: only it carries out now
            return
        await self._db.write(executors.beat, self.name, machine_time=int(machine_seconds()))
        await self._take_over(carrier)
        await self._hand_over(carrier)
        if machine_seconds() - self._cleaned_at > CLEAN_UP:
            self._cleaned_at = machine_seconds()
            oldest = datetime.fromtimestamp(machine_seconds(), UTC) - KEPT
            while await asyncio.to_thread(carrier.forget_finished, oldest):
                pass
        engine_last_sweep.set(machine_seconds())

    async def _hand_over(self, carrier: Carrier) -> None:
        now = self._clock.now()
        due = await self._db.read(self._list_due, now)
        moment = machine_seconds()
        ids = {order.id for order in due}
        self._handed_over = {order: at for order, at in self._handed_over.items() if order in ids}
        fresh = [order for order in due if order.id not in self._handed_over]
        await asyncio.to_thread(carrier.enqueue, fresh)
        self._handed_over |= {order.id: moment for order in fresh}
        waiting = [order for order in due if moment - self._handed_over[order.id] > LOOK_AGAIN]
        if not waiting:
            return
        ended = await asyncio.to_thread(carrier.finished, waiting)
        for order in waiting:
            self._handed_over[order.id] = moment
            if order.id in ended:
                log.error("order_ended_and_still_due", order=order.id)
                await self._put_off(order)

    def _list_due(self, session: Session, now: datetime) -> list[Order]:
        return [order for task in self._tasks.values() for order in task.list_due(session, now, PAGE)]

    async def _take_over(self, carrier: Carrier) -> None:
        silent = await self._db.read(executors.silent_since, int(machine_seconds()))
        for name in silent:
            lock = lock_of(self._url, name)
            if name == self.name or not await asyncio.to_thread(lock.take):
                continue  # it lives and is only slow
            try:
                taken = await asyncio.to_thread(carrier.take_over, name)
                await self._db.write(executors.forget, name)
                log.warning("taken_over", dead=name, orders=taken)
            finally:
                await asyncio.to_thread(lock.release)

    # --- carrying out ---

    def _perform(self, task: str, key: str, attempt: int) -> None:
        """In a thread of DBOS: have it done on our event loop, where the database and HTTP live."""
        if self._loop is None:
            raise RuntimeError("the engine has not started")
        order = Order(task, key, attempt)
        future = asyncio.run_coroutine_threadsafe(self._carry_out(order), self._loop)
        self._performing[future] = order
        future.add_done_callback(lambda ended: self._performing.pop(ended, None))
        future.result()

    async def _carry_out(self, order: Order) -> None:
        task = self._tasks.get(order.task)
        if task is None:
            log.error("unknown_task", order=order.id)  # of a version that we are not: its rows stay due for it
            return
        try:
            await task.perform(order)
        except Exception:
            log.exception("order_failed", order=order.id)
            await self._put_off(order)
        self._handed_over.pop(order.id, None)
        self.kick()

    async def _put_off(self, order: Order) -> None:
        if task := self._tasks.get(order.task):
            await self._db.write(task.put_off, order, self._clock.now() + PUT_OFF)

    # --- figures ---

    async def backlog(self) -> dict[str, Backlog]:
        """What is due, by task."""
        return await self._db.read(self._count_due)

    def _count_due(self, session: Session) -> dict[str, Backlog]:
        now = self._clock.now()
        return {task.name: task.count_due(session, now) for task in self._tasks.values()}

    async def update_metrics(self) -> None:
        """For /metrics: due, oldest, running, executors."""
        carrier, _ = self._running()
        for name, found in (await self.backlog()).items():
            engine_due.labels(name).set(found.due)
            seconds = (self._clock.now() - found.oldest).total_seconds() if found.oldest else 0.0
            engine_oldest.labels(name).set(max(0.0, seconds))
        engine_running.set((await asyncio.to_thread(carrier.count_running))["PENDING"])
        engine_executors.set(len(await self._db.read(executors.list_executors)))

    def _running(self) -> tuple[Carrier, Lock]:
        if self._carrier is None or self._lock is None:
            raise RuntimeError("the engine has not started")
        return self._carrier, self._lock

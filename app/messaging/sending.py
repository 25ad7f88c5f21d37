"""Sending what was claimed: the only place from which a message leaves by itself. No database is held meanwhile."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any, Final, Protocol

import structlog

from app.core.clock import Clock, machine_seconds
from app.core.db import Database
from app.core.metrics import deliveries_total
from app.engine.orders import AT_ONCE, Lane, Order, Task
from app.messaging import deliveries
from app.messaging.claims import Parcel, Ways, claim
from app.messaging.deliveries import TASK, Settled
from app.messaging.delivery_models import Channel, State
from app.messaging.delivery_rules import KNOWN_BY_WECHAT, MAX_TRIES, retry_at
from app.messaging.sms import Sms, SmsFailed
from app.wechat.wx_errors import AlreadyDone, PayloadRefused, QuotaSpent, RecipientGone, TryAgain, WeChatError

IN_FLIGHT: Final = 8
"""Deliveries that a run claims, and sends, at once: what is unknown after a kill is at most these, and a pause is seen
between two claims."""
BULK_PER_SECOND: Final = 40.0
"""Of all processes together: `BULK_RUNS` runs share it."""
BULK_RUNS: Final = AT_ONCE[Lane.BULK]
SLICE: Final = 0.1
"""Seconds that a claim of a bulk run is for, so that no sliding second holds much more than its share."""
UNCLEAR: Final = "对方可能已收到，不自动重发"

log = structlog.get_logger()


class Outbound(Protocol):
    """What sending needs of the gateway."""

    async def send_custom(self, openid: str, message: Mapping[str, Any], *, mini: bool = False) -> None: ...

    async def send_subscribe(
        self, openid: str, template_id: str, data: Mapping[str, str], *, page: str = ""
    ) -> None: ...

    async def send_template(
        self, openid: str, template_id: str, data: Mapping[str, str], *, client_msg_id: str, path: str = ""
    ) -> str: ...


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that concerns the whole batch, not one recipient."""

    because: str = ""
    until: datetime | None = None


def stop_after(error: WeChatError) -> Stop | None:
    """Whether an error concerns everybody else in the batch too."""
    if isinstance(error, TryAgain | RecipientGone | PayloadRefused):
        return None
    return Stop(until=error.until) if isinstance(error, QuotaSpent) else Stop(because=error.detail)


class Pace:
    """Evenly so many a second; without a rate, as fast as it goes."""

    def __init__(self, per_second: float | None) -> None:
        self.at_once = IN_FLIGHT if per_second is None else min(IN_FLIGHT, max(1, round(per_second * SLICE)))
        self._gap = 0.0 if per_second is None else self.at_once / per_second
        self._next_at = 0.0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        wait, self._next_at = self._next_at - now, max(now, self._next_at) + self._gap
        if wait > 0:
            await asyncio.sleep(wait)


class Sender:
    """Carries out the ledger's orders, a chunk at a time."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        outbound: Outbound,
        sms: Sms | None,
        ways: Ways,
        *,
        stopping: Callable[[], bool] = lambda: False,
        bulk_per_second: float = BULK_PER_SECOND,
    ) -> None:
        self._db = db
        self._clock = clock
        self._outbound = outbound
        self._sms = sms
        self._ways = ways
        self._stopping = stopping
        self._bulk_rate = bulk_per_second / BULK_RUNS

    @property
    def task(self) -> Task:
        """For the engine."""
        return Task(TASK, deliveries.list_due, deliveries.count_due, self.perform, deliveries.put_off)

    async def perform(self, order: Order) -> None:
        """One run over a chunk: sort out what an earlier run left, then claim and send until nothing is due."""
        now, machine_time = self._clock.now(), int(machine_seconds())
        lane = await self._db.write(deliveries.begin_run, order, machine_time=machine_time, now=now)
        if lane is None:
            return
        run, pace = token_hex(8), Pace(self._bulk_rate if lane is Lane.BULK else None)
        while not self._stopping():
            await pace.wait()
            parcels, some = await self._db.write(
                claim,
                int(order.key),
                f"{run}-{token_hex(4)}",
                self._ways,
                limit=pace.at_once,
                machine_time=int(machine_seconds()),
                now=self._clock.now(),
            )
            if not some:
                break
            await asyncio.gather(*(self._deal_with(parcel) for parcel in parcels))
        await self._db.write(deliveries.end_run, order, now=self._clock.now())

    async def _deal_with(self, parcel: Parcel) -> None:
        settled, stop = await self._send(parcel)
        await self._settle(parcel, settled, stop)

    async def _settle(self, parcel: Parcel, settled: Settled, stop: Stop | None) -> None:
        now = self._clock.now()
        await self._db.write(deliveries.settle, [settled], now=now)
        deliveries_total.labels(parcel.channel, settled.state).inc()
        if stop is None or parcel.batch_id is None:
            return
        if stop.until is not None:
            await self._db.write(deliveries.hold_until, parcel.batch_id, stop.until)
        else:
            await self._db.write(deliveries.stop, parcel.batch_id, because=stop.because)

    async def _send(self, parcel: Parcel) -> tuple[Settled, Stop | None]:
        """Send one, and say what became of it. Never raises but when it is cancelled: then nobody knows."""
        try:
            provider_id = await self._hand_over(parcel)
        except AlreadyDone:
            return Settled(parcel.id, parcel.claim, State.SENT), None
        except WeChatError as error:
            log.info("not_sent", delivery=parcel.id, channel=parcel.channel, errcode=error.errcode)
            return self._after(parcel, error), stop_after(error)
        except SmsFailed as error:
            return self._after_sms(parcel, error), None
        return Settled(parcel.id, parcel.claim, State.SENT, provider_id=provider_id), None

    async def _hand_over(self, parcel: Parcel) -> str:
        message, openid = parcel.message, parcel.address
        match parcel.channel:
            case Channel.CUSTOM:
                await self._outbound.send_custom(openid, {"msgtype": "text", "text": {"content": message.text}})
            case Channel.MINI:
                text = {"msgtype": "text", "text": {"content": message.text}}
                await self._outbound.send_custom(openid, text, mini=True)
            case Channel.SUBSCRIBE:
                data = message.data or {}
                await self._outbound.send_subscribe(openid, message.template_id, data, page=message.path)
            case Channel.TEMPLATE:
                return await self._outbound.send_template(
                    openid,
                    message.template_id,
                    message.data or {},
                    client_msg_id=parcel.client_id,
                    path=message.path,
                )
            case Channel.SMS if self._sms is not None:
                return await self._sms.send(parcel.address, message.text, parcel.client_id)
            case _:
                raise RuntimeError(f"nobody sends by {parcel.channel}")
        return ""

    def _after(self, parcel: Parcel, error: WeChatError) -> Settled:
        """What an error of WeChat's means for this delivery."""
        id_, claim_, now = parcel.id, parcel.claim, self._clock.now()
        code, why = error.errcode, error.detail
        if error.maybe_sent and parcel.channel not in deliveries.IDEMPOTENT:
            return Settled(id_, claim_, State.UNKNOWN, code, UNCLEAR)
        if isinstance(error, PayloadRefused) or parcel.is_kept:
            return Settled(id_, claim_, State.FAILED, code, why)
        if isinstance(error, RecipientGone):
            # Another way may be open; with none left, the next claim says so.
            return Settled(id_, claim_, State.PENDING, code, why, due_at=now, refused=parcel.channel)
        if isinstance(error, TryAgain):
            return self._again(parcel, error, now)
        due_at = error.until if isinstance(error, QuotaSpent) else retry_at(now, MAX_TRIES)
        return Settled(id_, claim_, State.PENDING, code, why, due_at=due_at, counts=False)

    def _again(self, parcel: Parcel, error: TryAgain, now: datetime) -> Settled:
        later = retry_at(now, parcel.attempt)
        forgotten = error.maybe_sent and (later - now).total_seconds() > KNOWN_BY_WECHAT
        if forgotten:
            return Settled(parcel.id, parcel.claim, State.UNKNOWN, error.errcode, UNCLEAR)
        if parcel.attempt >= MAX_TRIES:
            return Settled(parcel.id, parcel.claim, State.FAILED, error.errcode, f"试了{MAX_TRIES}次：{error.detail}")
        return Settled(parcel.id, parcel.claim, State.PENDING, error.errcode, error.detail, due_at=later)

    def _after_sms(self, parcel: Parcel, error: SmsFailed) -> Settled:
        if error.maybe_sent:
            return Settled(parcel.id, parcel.claim, State.UNKNOWN, reason=UNCLEAR)
        now = self._clock.now()
        if parcel.attempt >= MAX_TRIES:
            return Settled(parcel.id, parcel.claim, State.FAILED, reason=error.detail)
        later = retry_at(now, parcel.attempt)
        return Settled(parcel.id, parcel.claim, State.PENDING, reason=error.detail, due_at=later)

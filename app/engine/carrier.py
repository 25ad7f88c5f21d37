"""The one module that knows DBOS.

Used of it: a workflow, queues, list, resume and delete. DBOS exists once in a process, and so does a `Carrier`.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from dbos import DBOS, DBOSConfig, EnqueueOptions

from app.engine.orders import AT_ONCE, Lane, Order
from app.engine.store import SCHEMA, engine_options, prepare_store

APP: Final = "yanlu"
VERSION: Final = "1"
"""Constant: by default it is a hash of our code, and what an older one has ordered would wait for ever."""
WORKFLOW: Final = "carry_out"
RUNNING: Final = ("PENDING", "ENQUEUED", "DELAYED")
FINISHED: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
POLL_SECONDS: Final = {Lane.REPLY: 0.2, Lane.WORK: 0.5, Lane.BULK: 0.5}
PAGE: Final = 500

Perform = Callable[[str, str, int], None]
_performers: list[Perform] = []


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
def carry_out(task: str, key: str, attempt: int) -> None:
    _performers[-1](task, key, attempt)


class Carrier:
    """DBOS under one executor's name. All of it blocks: called from threads, never from the event loop."""

    def __init__(self, url: str, executor: str, perform: Perform) -> None:
        self._url = url
        self._executor = executor
        self._perform = perform

    def launch(self) -> None:
        """Begin to carry out; what this executor had begun before it died, first."""
        logging.getLogger("dbos").propagate = False
        prepare_store(self._url)
        _performers.append(self._perform)
        config: DBOSConfig = {
            "name": APP,
            "system_database_url": self._url,
            "dbos_system_schema": SCHEMA,
            "application_version": VERSION,
            "executor_id": self._executor,
            "log_level": "ERROR",
            "sys_db_pool_size": 6,
            "db_engine_kwargs": engine_options(self._url),
            "use_listen_notify": False,
        }
        DBOS(config=config)
        DBOS.launch()
        for lane in Lane:
            DBOS.register_queue(
                lane,
                worker_concurrency=AT_ONCE[lane],
                global_concurrency=AT_ONCE[lane] if lane is Lane.BULK else None,
                polling_interval_sec=POLL_SECONDS[lane],
                on_conflict="always_update",
            )

    def close(self) -> None:
        """Stop. What is still running stays begun, and is taken over by the next process or another one."""
        DBOS.destroy()
        _performers.remove(self._perform)

    def enqueue(self, orders: Iterable[Order]) -> None:
        """Hand orders over; one that is there already is left as it is."""
        for order in orders:
            options: EnqueueOptions = {
                "queue_name": order.lane,
                "workflow_name": WORKFLOW,
                "workflow_id": order.id,
                "app_version": VERSION,
            }
            DBOS.enqueue_workflow_with_options(options, order.task, order.key, order.attempt)

    def finished(self, orders: Sequence[Order]) -> set[str]:
        """Which of these have come to an end, well or not: their ids."""
        ids = [order.id for order in orders]
        found = DBOS.list_workflows(workflow_ids=ids, status=list(FINISHED), load_input=False, load_output=False)
        return {one.workflow_id for one in found}

    def take_over(self, executor: str) -> int:
        """Begin anew what a dead process had begun. Returns how many."""
        found = DBOS.list_workflows(executor_id=executor, status="PENDING", load_input=False, load_output=False)
        if found:
            DBOS.resume_workflows([one.workflow_id for one in found])
        return len(found)

    def count_running(self) -> dict[str, int]:
        """By state: waiting in a queue, being carried out."""
        found = DBOS.list_workflows(status=list(RUNNING), load_input=False, load_output=False, limit=PAGE)
        counts = dict.fromkeys(RUNNING, 0)
        for one in found:
            counts[one.status] += 1
        return counts

    def forget_finished(self, before: datetime) -> int:
        """Delete what came to an end before; DBOS itself keeps everything for ever. A page at a time."""
        found = DBOS.list_workflows(
            status=list(FINISHED),
            end_time=before.astimezone(UTC).isoformat(),
            limit=PAGE,
            load_input=False,
            load_output=False,
        )
        if found:
            DBOS.delete_workflows([one.workflow_id for one in found])
        return len(found)

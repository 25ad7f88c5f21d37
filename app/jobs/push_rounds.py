"""The rows that order a round of telling people about new jobs."""

from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.core.clock import SHANGHAI, local
from app.core.db.upsert import InsertNew
from app.engine.orders import Backlog, Lane, Order
from app.jobs.models import PushRound

TASK: Final = "job_push"
"""The engine's name for rounds."""
DAILY: Final = "daily"
AT_ONCE: Final = "at_once"
HOUR: Final = time(17, 30)
"""When the day's round goes out: after the clerks' day, before supper."""
BUCKET: Final = timedelta(minutes=5)
"""What is published within these goes out together to who wants to hear at once."""
_make_round = InsertNew(PushRound)


def order_daily(session: Session, *, now: datetime, after: date | None = None) -> None:
    """The next day's round that is still to come, once; after a round that of the day ``after`` it."""
    here = local(now)
    day = after + timedelta(days=1) if after else here.date()
    if day < here.date() or (day == here.date() and here.time() >= HOUR):
        day = here.date() + timedelta(days=1)
    _insert(session, DAILY, day.isoformat(), datetime.combine(day, HOUR, SHANGHAI))


def order_at_once(session: Session, *, now: datetime) -> None:
    """A round a few minutes after something was published: one for all that is published meanwhile."""
    here = local(now)
    start = here.replace(minute=here.minute - here.minute % (BUCKET.seconds // 60), second=0, microsecond=0)
    due = start + BUCKET
    _insert(session, AT_ONCE, due.isoformat(timespec="minutes"), due)


def _insert(session: Session, kind: str, day: str, due_at: datetime) -> None:
    values = {"kind": kind, "day": day, "due_at": due_at, "attempt": 0, "after_person": 0, "done": False}
    _make_round(session.connection(), values)


def list_due(session: Session, now: datetime, limit: int) -> list[Order]:
    """For the engine."""
    due = select(PushRound).where(col(PushRound.done).is_(False), PushRound.due_at <= now)
    rows = session.exec(due.order_by(col(PushRound.due_at)).limit(limit))
    return [Order(TASK, str(row.id), row.attempt, Lane.WORK) for row in rows]


def count_due(session: Session, now: datetime) -> Backlog:
    due = select(func.count(), func.min(PushRound.due_at)).where(
        col(PushRound.done).is_(False), PushRound.due_at <= now
    )
    count, oldest = session.exec(due).one()
    return Backlog(int(count), oldest)


def put_off(session: Session, order: Order, until: datetime) -> None:
    row = PushRound.id == int(order.key), PushRound.attempt == order.attempt, col(PushRound.done).is_(False)
    change = update(PushRound).where(*row).values(attempt=order.attempt + 1, due_at=until)  # type: ignore[arg-type]
    session.connection().execute(change)

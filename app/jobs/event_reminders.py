"""Telling who is registered: the day before, when something changes, when it is called off.

The registration row is the order: what is to be told and when. The engine carries it out, and the words are made at
that moment from the event as it is then. Cancelling the one or moving the other changes the row, so that nothing
outdated leaves.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from app.core.clock import Clock
from app.core.db import Database
from app.engine.orders import Backlog, Order, Task
from app.jobs.event_models import Event, EventRegistration, EventState, Notice, RegistrationState
from app.jobs.event_rules import reminder_at, when
from app.jobs.events import get_event
from app.messaging import deliveries
from app.messaging.delivery_models import Purpose
from app.messaging.delivery_rules import Message
from app.messaging.rendering import MessageTemplates

TASK: Final = "event_notice"
"""The engine's name for our orders."""


def list_due(session: Session, now: datetime, limit: int) -> Sequence[Order]:
    due = select(EventRegistration.id, EventRegistration.attempt).where(col(EventRegistration.notice_at) <= now)
    rows = session.exec(due.order_by(col(EventRegistration.notice_at), col(EventRegistration.id)).limit(limit))
    return [Order(TASK, str(key), attempt) for key, attempt in rows]


def count_due(session: Session, now: datetime) -> Backlog:
    due = select(func.count(), func.min(EventRegistration.notice_at)).where(col(EventRegistration.notice_at) <= now)
    return Backlog(*session.exec(due).one())


def put_off(session: Session, order: Order, due_at: datetime) -> None:
    same = EventRegistration.id == int(order.key), EventRegistration.attempt == order.attempt
    later = {"attempt": order.attempt + 1, "notice_at": due_at}
    session.connection().execute(update(EventRegistration).where(*same).values(later))  # type: ignore[arg-type]


def still_true(notice: Notice, row: EventRegistration, event: Event, now: datetime) -> bool:
    """Whether it is worth telling: nobody is reminded of what is over, called off, or no longer theirs."""
    if row.state != RegistrationState.REGISTERED:
        return False
    called_off = event.state == EventState.CANCELLED
    return called_off if notice is Notice.CANCELLED else not called_off and now < event.starts_at


def following(notice: Notice, event: Event, now: datetime) -> tuple[Notice | None, datetime | None]:
    """What is told next, and when: who has heard of a change well before is still reminded."""
    at = reminder_at(event.starts_at)
    open_ = event.state == EventState.OPEN
    return (Notice.REMINDER, at) if notice is Notice.CHANGED and open_ and at > now else (None, None)


def carry_out(session: Session, order: Order, templates: MessageTemplates, *, now: datetime) -> None:
    """Order the message and move the row on, in one unit of work: never twice, never lost."""
    mine = EventRegistration.id == int(order.key), EventRegistration.attempt == order.attempt
    row = session.exec(select(EventRegistration).where(*mine).with_for_update()).first()
    if row is None or row.notice is None or row.notice_at is None or row.notice_at > now:
        return
    event, notice = get_event(session, row.event_id), Notice(row.notice)
    if still_true(notice, row, event, now):
        text = templates.render(f"events/{notice}", event=event, when=when(event, now))
        row.delivery_id = deliveries.push(session, row.person_id, Message(text), Purpose.EVENT, now=now)
    row.notice, row.notice_at = following(notice, event, now)
    row.attempt += 1
    session.add(row)


class EventNotices:
    """The engine's side of it."""

    def __init__(self, db: Database, clock: Clock, templates: MessageTemplates) -> None:
        self._db, self._clock, self._templates = db, clock, templates

    @property
    def task(self) -> Task:
        return Task(TASK, list_due, count_due, self.perform, put_off)

    async def perform(self, order: Order) -> None:
        await self._db.write(carry_out, order, self._templates, now=self._clock.now())

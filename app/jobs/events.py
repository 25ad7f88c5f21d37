"""Job fairs and classes: kept, listed, registered for, called off. No more people than places, on both databases."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, func, or_, update
from sqlmodel import Session, col, select

from app.core.errors import Conflict, NotFound
from app.jobs.event_models import Event, EventKind, EventRegistration, EventState, Notice, RegistrationState
from app.jobs.event_rules import is_full, is_running, reminder_at
from app.messaging import deliveries

MOVES: Final = ("starts_at", "place", "address")
"""What everybody registered is told when it changes."""
KEPT_DAYS: Final = 365
"""Days that it is remembered who was registered, after the event began."""


class EventFull(Conflict):
    code, default_detail = "event_full", "名额已经报满了。可以看看别的场次，或者打电话问一问。"


class EventCancelled(Conflict):
    code, default_detail = "event_cancelled", "这场取消了，不用报名了。可以看看别的场次。"


class EventStarted(Conflict):
    code, default_detail = "event_started", "这场已经开始了，报不了名。可以看看别的场次。"


WALK_IN: Final = "这场正在办，不用报名，直接去就行。"


# --- what there is ---


def get_event(session: Session, event_id: int) -> Event:
    """Raises NotFound."""
    event = session.get(Event, event_id)
    if event is None:
        raise NotFound("没有找到这场招聘会或培训班，它可能已经撤下。")
    return event


def list_coming(
    session: Session,
    *,
    now: datetime,
    kind: EventKind | None = None,
    place: str = "",
    after: tuple[datetime, int] | None = None,
    limit: int = 100,
) -> Sequence[Event]:
    """What is still to come, and fairs that one may walk into now; the soonest first. ``place`` is the short name of a
    province, city, county or township."""
    running = and_(col(Event.kind) == EventKind.JOB_FAIR, col(Event.ends_at) > now)
    wanted = select(Event).where(Event.state == EventState.OPEN, or_(col(Event.starts_at) > now, running))
    if kind is not None:
        wanted = wanted.where(Event.kind == kind)
    if place:
        wanted = wanted.where(or_(*(column == place for column in _places())))
    if after is not None:
        starts_at, event_id = after
        same = and_(col(Event.starts_at) == starts_at, col(Event.id) > event_id)
        wanted = wanted.where(or_(col(Event.starts_at) > starts_at, same))
    return session.exec(wanted.order_by(col(Event.starts_at), col(Event.id)).limit(limit)).all()


def _places() -> tuple[Any, ...]:
    return col(Event.province), col(Event.city), col(Event.district), col(Event.township)


def list_all(session: Session, *, limit: int = 200) -> Sequence[Event]:
    """The latest first, past and cancelled ones too: for staff."""
    return session.exec(select(Event).order_by(col(Event.starts_at).desc(), col(Event.id)).limit(limit)).all()


def find_events(session: Session, ids: Collection[int]) -> list[Event]:
    """Those that are still there, in the order of ``ids``."""
    rows = {row.id: row for row in session.exec(select(Event).where(col(Event.id).in_(ids)))}
    return [rows[one] for one in ids if one in rows]


def count_registered(session: Session, ids: Iterable[int]) -> Mapping[int, int]:
    """By event; those without anybody are not in it."""
    there = col(EventRegistration.event_id).in_(list(ids)), EventRegistration.state == RegistrationState.REGISTERED
    counted = select(EventRegistration.event_id, func.count()).where(*there)
    return dict(session.exec(counted.group_by(col(EventRegistration.event_id))).all())


# --- what staff do ---


def save_event(session: Session, fields: Mapping[str, Any], *, now: datetime) -> tuple[Event, bool]:
    """Make an event, or change the one with this ``external_id``. Returns it, and whether it is new.

    ``fields`` are columns of ``Event``; what is not named keeps its value. Who is registered is told when the time or
    the place changes, and when the state becomes cancelled.
    """
    key = fields.get("external_id")
    event = _locked(session, Event.external_id == key) if key else None
    if event is None:
        event = Event(**fields, created_at=now)
        session.add(event)
        session.flush()
        return event, True
    before = {name: getattr(event, name) for name in (*MOVES, "state")}
    event.sqlmodel_update(dict(fields))
    session.add(event)
    session.flush()
    if event.state == EventState.CANCELLED:
        if before["state"] != event.state:
            _tell_registered(session, event.id, Notice.CANCELLED, now=now)
    elif event.starts_at > now and any(getattr(event, name) != value for name, value in before.items()):
        _tell_registered(session, event.id, Notice.CHANGED, now=now)
    return event, False


def cancel_event(session: Session, event_id: int, *, now: datetime) -> int:
    """Call it off. Returns how many registered people are told. Raises NotFound, EventCancelled, EventStarted."""
    event = _locked(session, col(Event.id) == event_id)
    if event is None:
        raise NotFound(f"没有第{event_id}号活动，可用 yanlu events list 查看。")
    if event.state == EventState.CANCELLED:
        raise EventCancelled("这场已经取消过了。")
    if event.starts_at <= now:
        raise EventStarted("这场已经开始了，不能再取消。")
    event.state = EventState.CANCELLED
    session.add(event)
    session.flush()
    return _tell_registered(session, event.id, Notice.CANCELLED, now=now)


def _tell_registered(session: Session, event_id: int, notice: Notice, *, now: datetime) -> int:
    """Order one notice to everybody registered, instead of what they were to be told so far. One statement."""
    there = EventRegistration.event_id == event_id, EventRegistration.state == RegistrationState.REGISTERED
    due = {"notice": notice, "notice_at": now, "attempt": EventRegistration.attempt + 1}
    told = session.connection().execute(update(EventRegistration).where(*there).values(due)).rowcount  # type: ignore[arg-type]
    deliveries.withdraw(session, select(col(EventRegistration.delivery_id)).where(*there), OUTDATED, now=now)
    return int(told)


OUTDATED: Final = "报名或活动后来变了，不用再发"


def _locked(session: Session, condition: Any) -> Event | None:
    """The row as it is now, until this unit has ended: whoever registers meanwhile waits (PostgreSQL; SQLite has one
    writer). Who is counted after it cannot be joined by another."""
    found = select(Event).where(condition).with_for_update().execution_options(populate_existing=True)
    return session.exec(found).first()


# --- what people do ---


def register(session: Session, person_id: int, event_id: int, *, now: datetime) -> EventRegistration:
    """Twice is one registration. Raises NotFound, EventCancelled, EventStarted, EventFull."""
    event = _locked(session, col(Event.id) == event_id)
    if event is None:
        raise NotFound("没有找到这场招聘会或培训班，它可能已经撤下。")
    row = find_registration(session, person_id, event_id)
    if row is not None and row.state == RegistrationState.REGISTERED:
        return row
    if event.state == EventState.CANCELLED:
        raise EventCancelled
    if event.starts_at <= now:
        raise EventStarted(WALK_IN if is_running(event, now) else None)
    if is_full(event, count_registered(session, [event_id]).get(event_id, 0)):
        raise EventFull
    row = row or EventRegistration(event_id=event_id, person_id=person_id, state="", registered_at=now)
    row.state, row.registered_at, row.cancelled_at = RegistrationState.REGISTERED, now, None
    row.notice, row.notice_at, row.attempt = Notice.REMINDER, max(now, reminder_at(event.starts_at)), row.attempt + 1
    session.add(row)
    session.flush()
    return row


def find_registration(session: Session, person_id: int, event_id: int) -> EventRegistration | None:
    mine = EventRegistration.event_id == event_id, EventRegistration.person_id == person_id
    return session.exec(select(EventRegistration).where(*mine)).first()


def cancel_registration(session: Session, person_id: int, registration_id: int, *, now: datetime) -> EventRegistration:
    """Give the place back, and be told nothing more; again it changes nothing. Raises NotFound."""
    mine = EventRegistration.id == registration_id, EventRegistration.person_id == person_id
    locked = select(EventRegistration).where(*mine).with_for_update().execution_options(populate_existing=True)
    row = session.exec(locked).first()
    if row is None:
        raise NotFound("没有找到这条报名。")
    if row.state == RegistrationState.REGISTERED:
        row.state, row.cancelled_at = RegistrationState.CANCELLED, now
        row.notice, row.notice_at, row.attempt = None, None, row.attempt + 1
        session.add(row)
        session.flush()
        if row.delivery_id is not None:
            deliveries.withdraw(session, [row.delivery_id], OUTDATED, now=now)
    return row


def list_registrations(
    session: Session, person_id: int, *, after: int | None = None, limit: int = 100
) -> Sequence[tuple[EventRegistration, Event]]:
    """All of somebody's own, the latest made first; ``after`` is the id that the page before ended with."""
    mine = select(EventRegistration, Event).join(Event, col(Event.id) == EventRegistration.event_id)
    mine = mine.where(EventRegistration.person_id == person_id)
    if after is not None:
        mine = mine.where(col(EventRegistration.id) < after)
    return session.exec(mine.order_by(col(EventRegistration.id).desc()).limit(limit)).all()


def list_coming_registrations(session: Session, person_id: int, *, now: datetime) -> list[Event]:
    """What somebody is registered for and has not missed, the soonest first."""
    found = list_registrations(session, person_id)
    events = [event for row, event in found if row.state == RegistrationState.REGISTERED]
    coming = [event for event in events if event.starts_at > now or is_running(event, now)]
    return sorted(coming, key=lambda event: (event.starts_at, event.id))


def forget_registrations(session: Session, *, now: datetime) -> int:
    """Delete who came to what is long over; at most 200 a call. Returns how many went."""
    over = select(col(Event.id)).where(col(Event.starts_at) < now - timedelta(days=KEPT_DAYS))
    old = select(col(EventRegistration.id)).where(col(EventRegistration.event_id).in_(over)).limit(200)
    return int(
        session.connection().execute(delete(EventRegistration).where(col(EventRegistration.id).in_(old))).rowcount
    )

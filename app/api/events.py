"""Job fairs and classes: a public list, each whole, and one's own registrations."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlmodel import Session

from app.api.dependencies import CurrentPerson, Db, LexiconDep, Now
from app.api.once import OnceDep
from app.api.pages import Cursor, Listing, Page, cut
from app.api.schemas import Filter, Line, Outgoing, RowId
from app.core.clock import local
from app.jobs import events
from app.jobs.event_models import Event, EventKind, EventRegistration, EventState
from app.jobs.event_rules import is_full, places_left
from app.language.slots.places import Gazetteer

router = APIRouter(tags=["招聘会和培训班"])

SOONEST = Cursor("events", datetime, int)
LATEST = Cursor("registrations", int)
Kind = Literal["job_fair", "training"]


class EventOut(Outgoing):
    """``status``: open, full or cancelled. ``seats_left`` is null where as many may come as like."""

    id: int
    external_id: str | None
    kind: str
    title: str
    trade: str
    starts_at: datetime
    ends_at: datetime | None
    place: str
    address: str
    province: str
    city: str
    district: str
    township: str
    latitude: float | None
    longitude: float | None
    capacity: int | None
    registered: int
    seats_left: int | None
    what_to_bring: str
    who_for: str
    fee: str
    contact: str
    phone: str
    description: str
    status: Literal["open", "full", "cancelled"]

    @classmethod
    def of(cls, event: Event, registered: int) -> "EventOut":
        columns = event.model_dump(exclude={"state", "created_at", "starts_at", "ends_at"})
        full = "full" if is_full(event, registered) else "open"
        return cls(
            **columns,
            starts_at=local(event.starts_at),
            ends_at=local(event.ends_at) if event.ends_at else None,
            registered=registered,
            seats_left=places_left(event, registered),
            status="cancelled" if event.state == EventState.CANCELLED else full,
        )


class RegistrationOut(Outgoing):
    """``status``: registered or cancelled."""

    id: int
    event_id: int
    status: str
    registered_at: datetime
    event: EventOut


@router.get("/events")
async def list_events(
    db: Db,
    now: Now,
    lexicon: LexiconDep,
    page: Page,
    kind: Annotated[Filter[Kind], Query(description="job_fair 招聘会，training 培训班")] = None,
    city: Annotated[
        Filter[Annotated[Line, Field(max_length=20)]], Query(description="省、市、区县或乡镇，如 六盘水")
    ] = None,
) -> Listing[EventOut]:
    """What is still to come, the soonest first; what is full too, what is called off not."""
    place = _place(lexicon.gazetteer, city or "")
    wanted = EventKind(kind) if kind else None
    after = SOONEST.read(page)

    def unit(session: Session) -> tuple[list[EventOut], str | None]:
        key = (after[0], after[1]) if after else None
        rows = events.list_coming(session, now=now, kind=wanted, place=place, after=key, limit=page.limit + 1)
        shown, following = cut(rows, page, SOONEST, key=lambda event: (event.starts_at, event.id))
        counts = events.count_registered(session, [event.id for event in shown])
        return [EventOut.of(event, counts.get(event.id, 0)) for event in shown], following

    items, following = await db.read(unit)
    return Listing(items=items, next=following)


@router.get("/events/{event_id}")
async def show_event(event_id: RowId, db: Db) -> EventOut:
    """One whole, past and cancelled ones too."""
    return await db.read(_show, event_id)


@router.post("/events/{event_id}/registrations", status_code=201, response_model=RegistrationOut)
async def register(event_id: RowId, me: CurrentPerson, db: Db, now: Now, once: OnceDep) -> Response:
    """Twice is one registration. Raises Conflict: event_full, event_cancelled, event_started."""
    return await once.write(db, me, _register, me, event_id, now)


@router.get("/me/registrations")
async def list_registrations(me: CurrentPerson, db: Db, page: Page) -> Listing[RegistrationOut]:
    """One's own, the cancelled too, the latest made first."""
    after = LATEST.read(page)

    def unit(session: Session) -> tuple[list[RegistrationOut], str | None]:
        key = after[0] if after else None
        rows = events.list_registrations(session, me, after=key, limit=page.limit + 1)
        shown, following = cut(rows, page, LATEST, key=lambda row: (row[0].id,))
        counts = events.count_registered(session, [event.id for _, event in shown])
        return [_out(row, event, counts.get(event.id, 0)) for row, event in shown], following

    items, following = await db.read(unit)
    return Listing(items=items, next=following)


@router.delete("/me/registrations/{registration_id}")
async def cancel_registration(registration_id: RowId, me: CurrentPerson, db: Db, now: Now) -> RegistrationOut:
    """Give the place back; again it changes nothing."""
    return await db.write(_cancel, me, registration_id, now)


def _show(session: Session, event_id: int) -> EventOut:
    event = events.get_event(session, event_id)
    return EventOut.of(event, events.count_registered(session, [event_id]).get(event_id, 0))


def _register(session: Session, me: int, event_id: int, now: datetime) -> RegistrationOut:
    return _whole(session, events.register(session, me, event_id, now=now))


def _cancel(session: Session, me: int, registration_id: int, now: datetime) -> RegistrationOut:
    return _whole(session, events.cancel_registration(session, me, registration_id, now=now))


def _whole(session: Session, row: EventRegistration) -> RegistrationOut:
    registered = events.count_registered(session, [row.event_id]).get(row.event_id, 0)
    return _out(row, events.get_event(session, row.event_id), registered)


def _out(row: EventRegistration, event: Event, registered: int) -> RegistrationOut:
    return RegistrationOut(
        id=row.id,
        event_id=row.event_id,
        status=row.state,
        registered_at=local(row.registered_at),
        event=EventOut.of(event, registered),
    )


def _place(gazetteer: Gazetteer, name: str) -> str:
    """The short name of the smallest place in ``name``; one that no list knows stays as it is written."""
    for found in gazetteer.read_places(name) if name else ():
        place = found.value
        return place.township or place.district or place.city or place.province
    return name

"""The signed-in person: what we know of them, what they agreed to, their data to take along or to have deleted."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import Session

from app.api.dependencies import CurrentPerson, Db, LexiconDep, Now
from app.api.schemas import Incoming, Line, Outgoing
from app.core.errors import FieldError, Invalid, NotFound
from app.knowledge.lexicon import Lexicon
from app.people import consents, own_data
from app.people.models import Channel, Person
from app.people.purposes import PURPOSES

router = APIRouter(prefix="/me", tags=["本人"])


class ConsentOut(Outgoing):
    """``version`` is that of the text now in force; ``granted`` is false too where an older one was agreed to."""

    purpose: str
    title: str
    text: str
    version: int
    granted: bool


class MeOut(Outgoing):
    township: str | None
    since: datetime
    consents: list[ConsentOut]


class MeIn(Incoming):
    """Only what is given is changed; null clears it."""

    township: Annotated[Line, Field(max_length=20)] | None = None


class ConsentIn(Incoming):
    granted: bool


class ExportOut(Outgoing):
    """Everything, by what it is; the keys are Chinese titles."""

    made_at: datetime
    data: dict[str, list[dict[str, Any]]]


@router.get("")
async def read_me(me: CurrentPerson, db: Db) -> MeOut:
    return await db.read(_read, me)


@router.patch("")
async def change_me(given: MeIn, me: CurrentPerson, db: Db, lexicon: LexiconDep) -> MeOut:
    """Raises Invalid for a township that is none of ours."""
    values = given.model_dump(exclude_unset=True)
    if given.township is not None:
        values["township"] = _township(given.township, lexicon)
    return await db.write(_change, me, values)


@router.get("/export")
async def export_me(me: CurrentPerson, db: Db, now: Now) -> ExportOut:
    return ExportOut(made_at=now, data=await db.read(own_data.export, me))


@router.delete("", status_code=204)
async def delete_me(me: CurrentPerson, db: Db) -> None:
    """All of it, at once and for good; the token goes with it."""
    await db.write(own_data.delete_person, me)


@router.put("/consents/{purpose}")
async def set_consent(purpose: str, given: ConsentIn, me: CurrentPerson, db: Db, now: Now) -> ConsentOut:
    """Agree, or take it back; either counts from now on."""
    return await db.write(_set_consent, me, purpose, granted=given.granted, now=now)


def _read(session: Session, me: int) -> MeOut:
    person = session.get(Person, me)
    if person is None:
        raise NotFound
    said = consents.said(session, [me])
    listed = [_consent(purpose, granted=said.get((me, purpose), False)) for purpose in PURPOSES]
    return MeOut(township=person.township, since=person.created_at, consents=listed)


def _change(session: Session, me: int, values: dict[str, Any]) -> MeOut:
    person = session.get(Person, me)
    if person is not None:
        person.sqlmodel_update(values)
        session.add(person)
    return _read(session, me)


def _set_consent(session: Session, me: int, purpose: str, *, granted: bool, now: datetime) -> ConsentOut:
    consents.set_consent(session, me, purpose, granted=granted, channel=Channel.MINI_PROGRAM, now=now)
    return _consent(purpose, granted=granted)


def _consent(purpose: str, *, granted: bool) -> ConsentOut:
    known = PURPOSES[purpose]
    return ConsentOut(purpose=purpose, title=known.title, text=known.text, version=known.version, granted=granted)


def _township(name: str, lexicon: Lexicon) -> str:
    """Its name as the gazetteer has it. Raises Invalid."""
    gazetteer = lexicon.gazetteer
    for found in gazetteer.read_places(name):
        if found.value.township and found.value.district == gazetteer.home.district:
            return found.value.township
    message = "没有这个乡镇（街道），请照全名填，如 岩脚镇。"
    raise Invalid(errors=[FieldError("township", "unknown_township", message)])

"""Jobs: a public list to search in plain words, each whole; and what a person wants, saved, applied for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlmodel import Session

from app.api.dependencies import CurrentPerson, Db, DeskDep, Now, Today
from app.api.once import OnceDep
from app.api.pages import Cursor, Listing, Page, cut
from app.api.schemas import Count, CountParam, Filter, Incoming, Line, Outgoing, Prose, RowId
from app.core.clock import local
from app.core.errors import FieldError, Invalid
from app.jobs import interest
from app.jobs.desk import Desk
from app.jobs.jobs import find_open, get_open, sources_of
from app.jobs.matching import Asker, Ranked, given_way, minuses, reasons
from app.jobs.models import Job, JobPreference
from app.jobs.push_rounds import order_daily
from app.jobs.wants import Want
from app.jobs.words import salary_text
from app.language.slots.places import Place
from app.people.models import Channel

router = APIRouter(tags=["岗位"])

BEST = Cursor("jobs", int, int, int)
LATEST = Cursor("applications", int)
Text64 = Annotated[Line, Field(max_length=64)]
Names = Annotated[list[Annotated[Line, Field(max_length=20)]], Field(max_length=10)]


class JobItem(Outgoing):
    """A job in a list. ``reasons`` say why it fits, ``notes`` what to look out for, ``relaxed`` which of the
    conditions it does not meet: place, pay, trade, wishes."""

    id: int
    external_id: str | None
    title: str
    employer: str
    province: str
    city: str
    district: str
    township: str
    trade: str
    headcount: int | None
    salary_text: str
    salary_min_fen: int | None
    salary_max_fen: int | None
    salary_unit: str
    benefits: list[str]
    flags: list[str]
    posted_at: date | None
    expires_at: date | None
    reasons: list[str] = []
    notes: list[str] = []
    relaxed: list[str] = []

    @classmethod
    def of(cls, job: Job, desk: Desk, asker: Asker | None = None) -> "JobItem":
        columns = {name: getattr(job, name) for name in cls.model_fields if hasattr(job, name) and name != "reasons"}
        columns |= {"external_id": job.external_id or None, "salary_text": salary_text(job)}
        offer = desk.board.offers.get(job.id)
        if asker is None or offer is None:
            return cls(**columns)
        why = [reason.text for reason in reasons(asker, offer)]
        return cls(**columns, reasons=why, notes=minuses(asker, offer), relaxed=given_way(asker, offer))


class JobOut(JobItem):
    """A job whole. The contact of a published job is public."""

    education: str
    experience: str
    shift: str
    board_lodging: str
    description: str
    contact_name: str
    contact_phone: str
    sources: list[str]
    checked_at: datetime


class PreferencesIn(Incoming):
    """What somebody wants; all of it is replaced. ``min_pay`` in yuan a month; ``pushes``: how often they are told of
    new jobs, empty for never."""

    trades: Names = []
    not_trades: Names = []
    places: Names = []
    not_places: Names = []
    near_home: bool = False
    township: Annotated[Line, Field(max_length=20)] | None = None
    min_pay: Annotated[Count, Field(le=100_000)] | None = None
    must_haves: Names = []
    day_work: bool = False
    skills: Names = []
    certificates: Names | None = None
    age: Annotated[Count, Field(ge=1, le=120)] | None = None
    pushes: Literal["", "daily", "at_once"] = ""


class PreferencesOut(Outgoing):
    """As it was understood, in words, and how often they are told."""

    understood: list[str]
    pushes: str
    updated_at: datetime


class ReportIn(Incoming):
    text: Annotated[Prose, Field(max_length=500)]


class ApplicationOut(Outgoing):
    """Wanted, and whom to call. ``open`` is false once the job has been filled or withdrawn."""

    id: int
    applied_at: datetime
    open: bool
    job: JobItem


@router.get("/jobs")
async def list_jobs(
    db: Db,
    today: Today,
    desk: DeskDep,
    page: Page,
    q: Annotated[Filter[Text64], Query(description="像平时说话一样：东莞缝纫 五千往上 包住")] = None,
    city: Annotated[Filter[Annotated[Line, Field(max_length=20)]], Query(description="省、市、区县或乡镇")] = None,
    trade: Annotated[Filter[Annotated[Line, Field(max_length=20)]], Query(description="工种，如 缝纫工")] = None,
    min_pay: Annotated[Filter[CountParam], Query(description="每月至少多少元")] = None,
) -> Listing[JobItem]:
    """What fits, the best first. Where fewer than five fit ``q``, what nearly fits follows and says what it lacks;
    ``city``, ``trade`` and ``min_pay`` are never given up."""
    after = BEST.read(page)
    asked = desk.reader.read(q, today, None) if q else Want()
    want, kept = _narrowed(asked, desk, city, trade, min_pay)
    if want is None:
        return Listing(items=[], next=None)
    asker = desk.board.asker(want, today.toordinal())
    ranked = (one for one in desk.board.every(asker) if _stays(one, asker, desk, kept))
    here = (one for one in ranked if after is None or one[:3] > after)
    shown, following = cut(list(islice(here, page.limit + 1)), page, BEST, key=lambda one: one[:3])
    return Listing(items=await db.read(_items, shown, desk, asker, today), next=following)


@router.get("/jobs/matches")
async def list_matches(me: CurrentPerson, db: Db, today: Today, desk: DeskDep, page: Page) -> Listing[JobItem]:
    """What fits what the person has told, the best first, no employer filling the first places. One page."""
    if page.cursor is not None:
        BEST.read(page)
    want = await db.read(interest.want_of, me) or Want()
    asker = desk.board.asker(want, today.toordinal())
    ranked = desk.board.rank(asker, limit=page.limit)
    return Listing(items=await db.read(_items, ranked, desk, asker, today), next=None)


@router.get("/jobs/{job_id}")
async def show_job(job_id: RowId, db: Db, today: Today, desk: DeskDep) -> JobOut:
    """One whole; one that was taken down or has expired is 404."""
    return await db.read(_show, job_id, desk, today)


@router.post("/jobs/{job_id}/applications", status_code=201, response_model=ApplicationOut)
async def apply(
    job_id: RowId, me: CurrentPerson, db: Db, now: Now, today: Today, desk: DeskDep, once: OnceDep
) -> Response:
    """Twice is one application."""
    return await once.write(db, me, _apply, me, job_id, desk, now, today)


@router.post("/jobs/{job_id}/reports", status_code=204)
async def report(job_id: RowId, given: ReportIn, me: CurrentPerson, db: Db, now: Now, today: Today) -> None:
    """Says that it is false; staff are told. Twice is once."""
    await db.write(_report, me, job_id, given.text, now, today)


@router.get("/me/applications")
async def list_applications(me: CurrentPerson, db: Db, today: Today, desk: DeskDep) -> Listing[ApplicationOut]:
    """One's own, the latest first; the last fifty."""
    return Listing(items=await db.read(_applications, me, desk, today), next=None)


@router.get("/me/saved-jobs")
async def list_saved(me: CurrentPerson, db: Db, today: Today, desk: DeskDep) -> Listing[JobItem]:
    """What was put aside and is still open, the latest first."""
    return Listing(items=await db.read(_saved, me, desk, today), next=None)


@router.put("/me/saved-jobs/{job_id}", status_code=204)
async def save_job(job_id: RowId, me: CurrentPerson, db: Db, now: Now, today: Today) -> None:
    await db.write(_save, me, job_id, now, today)


@router.delete("/me/saved-jobs/{job_id}", status_code=204)
async def forget_saved(job_id: RowId, me: CurrentPerson, db: Db) -> None:
    await db.write(interest.forget_saved, me, job_id)


@router.get("/me/job-preferences")
async def read_preferences(me: CurrentPerson, db: Db, now: Now) -> PreferencesOut:
    return await db.read(_preferences, me, now)


@router.put("/me/job-preferences")
async def set_preferences(given: PreferencesIn, me: CurrentPerson, db: Db, now: Now, desk: DeskDep) -> PreferencesOut:
    """Raises Invalid for a trade, place or must-have that nobody knows."""
    return await db.write(_set_preferences, me, _want(given, desk), given.pushes, now)


def _narrowed(
    want: Want, desk: Desk, city: str | None, trade: str | None, min_pay: int | None
) -> tuple[Want | None, set[str]]:
    """The want with the filters in it, and the parts that are not to be relaxed; None where nothing can fit."""
    kept = set[str]()
    lexicon = desk.reader.lexicon
    if city:
        places = tuple(found.value for found in lexicon.gazetteer.read_places(city))
        if not places:
            return None, kept
        want, kept = replace(want, places=places, near_home=False), kept | {"place"}
    if trade:
        names = tuple(found.value.name for found in lexicon.trades.read_trades(trade)) or (trade,)
        want, kept = replace(want, trades=names), kept | {"trade"}
    if min_pay:
        want, kept = replace(want, floor=min_pay, floor_unit="月"), kept | {"pay"}
    return want, kept


def _stays(one: Ranked, asker: Asker, desk: Desk, kept: set[str]) -> bool:
    return not one.price or not kept.intersection(given_way(asker, desk.board.offers[one.id]))


def _items(session: Session, ranked: Sequence[Ranked], desk: Desk, asker: Asker, today: date) -> list[JobItem]:
    found = find_open(session, [one.id for one in ranked], today=today)
    return [JobItem.of(job, desk, asker) for job in found]


def _show(session: Session, job_id: int, desk: Desk, today: date) -> JobOut:
    job = get_open(session, job_id, today=today)
    columns = {name: getattr(job, name) for name in JobOut.model_fields if hasattr(job, name)}
    return JobOut(
        **{
            **columns,
            **JobItem.of(job, desk).model_dump(),
            "sources": sources_of(session, job_id),
            "checked_at": local(job.checked_at),
        }
    )


def _apply(session: Session, me: int, job_id: int, desk: Desk, now: datetime, today: date) -> ApplicationOut:
    interest.apply(session, me, job_id, now=now, today=today)
    row, job = next(pair for pair in interest.list_applied(session, me) if pair[1].id == job_id)
    return ApplicationOut(id=row.id, applied_at=local(row.at), open=True, job=JobItem.of(job, desk))


def _report(session: Session, me: int, job_id: int, text: str, now: datetime, today: date) -> None:
    interest.report(session, me, job_id, text=text, now=now, today=today)


def _save(session: Session, me: int, job_id: int, now: datetime, today: date) -> None:
    interest.save(session, me, job_id, now=now, today=today)


def _applications(session: Session, me: int, desk: Desk, today: date) -> list[ApplicationOut]:
    rows = interest.list_applied(session, me)
    live = {job.id for job in find_open(session, [job.id for _, job in rows], today=today)}
    return [
        ApplicationOut(id=row.id, applied_at=local(row.at), open=job.id in live, job=JobItem.of(job, desk))
        for row, job in rows
    ]


def _saved(session: Session, me: int, desk: Desk, today: date) -> list[JobItem]:
    return [JobItem.of(job, desk) for job in interest.list_saved(session, me, today=today)]


def _preferences(session: Session, me: int, now: datetime) -> PreferencesOut:
    return _told(interest.preference_of(session, me) or JobPreference(person_id=me, updated_at=now))


def _told(row: JobPreference) -> PreferencesOut:
    said = Want.read(row.want).said()
    return PreferencesOut(understood=said, pushes=row.pushes, updated_at=local(row.updated_at))


def _set_preferences(session: Session, me: int, want: Want, pushes: str, now: datetime) -> PreferencesOut:
    interest.set_want(session, me, want, now=now)
    row = interest.set_pushes(session, me, pushes, channel=Channel.MINI_PROGRAM, now=now)
    if pushes == interest.DAILY:
        order_daily(session, now=now)
    return _told(row)


def _want(given: PreferencesIn, desk: Desk) -> Want:
    """Raises Invalid, naming what is not known."""
    lexicon, errors = desk.reader.lexicon, list[FieldError]()

    def trades(field: str, names: list[str]) -> tuple[str, ...]:
        found = []
        for name in names:
            known = lexicon.trades.read_trades(name)
            if not known:
                errors.append(
                    FieldError(field, "unknown_trade", f"没有“{name}”这个工种，换个叫法试试，比如 缝纫工、普工。")
                )
            found += [one.value.name for one in known[:1]]
        return tuple(found)

    def places(field: str, names: list[str]) -> tuple[Place, ...]:
        found = []
        for name in names:
            known = lexicon.gazetteer.read_places(name)
            if not known:
                errors.append(
                    FieldError(field, "unknown_place", f"没有“{name}”这个地方，请填省、市、区县，比如 东莞。")
                )
            found += [one.value for one in known[:1]]
        return tuple(found)

    unknown = [name for name in given.must_haves if name not in lexicon.flags.names]
    if unknown:
        message = f"没有“{unknown[0]}”这一项，能选：{'、'.join(lexicon.flags.names)}。"
        errors.append(FieldError("must_haves", "unknown_flag", message))
    home = places("township", [given.township] if given.township else [])
    want = Want(
        trades=trades("trades", given.trades),
        not_trades=trades("not_trades", given.not_trades),
        places=places("places", given.places),
        not_places=places("not_places", given.not_places),
        near_home=given.near_home,
        home=home[0] if home else None,
        floor=given.min_pay,
        flags=tuple(given.must_haves),
        day_work=given.day_work,
        skills=trades("skills", given.skills),
        certificates=None if given.certificates is None else tuple(given.certificates),
        age=given.age,
    )
    if errors:
        raise Invalid(errors=errors)
    return want

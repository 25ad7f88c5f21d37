"""Telling people of new jobs: rounds that go through everybody who asked, a page at a time, each job once a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.core.clock import Clock, local
from app.core.db import Database
from app.core.db.upsert import InsertNew
from app.engine.orders import Order, Task
from app.jobs.board import Board
from app.jobs.desk import Desk
from app.jobs.jobs import find_open
from app.jobs.matching import minuses, reasons
from app.jobs.models import Job, JobPreference, JobPush, JobState, PushRound
from app.jobs.push_rounds import DAILY, TASK, count_due, list_due, order_daily, put_off
from app.jobs.wants import Want
from app.jobs.words import place_text, salary_text
from app.messaging import deliveries
from app.messaging.delivery_models import Purpose
from app.messaging.delivery_rules import Message
from app.messaging.rendering import MessageTemplates
from app.people import consents

PAGE: Final = 200
"""People of one unit of work."""
MOST: Final = 3
"""Jobs in one message."""
NEW_DAYS: Final = 7
"""A job counts as new for so long: who was told nothing of it yet may still be."""
_note_push = InsertNew(JobPush)


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who asked to be told, and what they have been told already."""

    person_id: int
    want: Want
    told: frozenset[int]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What one person is told of: job and reasons, the best first."""

    person_id: int
    jobs: Sequence[tuple[int, tuple[str, ...]]]


def page_of_people(session: Session, number: int, *, now: datetime) -> tuple[PushRound, list[Asked]] | None:
    """The round and its next people; None where it is over."""
    row = session.get(PushRound, number)
    if row is None or row.done:
        return None
    wanted = select(JobPreference).where(JobPreference.pushes == row.kind, JobPreference.person_id > row.after_person)
    people = session.exec(wanted.order_by(col(JobPreference.person_id)).limit(PAGE)).all()
    told = _told(session, [one.person_id for one in people], since=now - timedelta(days=NEW_DAYS + 1))
    asked = [Asked(one.person_id, Want.read(one.want), told.get(one.person_id, frozenset())) for one in people]
    return PushRound(**row.model_dump()), asked


def _told(session: Session, people: Sequence[int], *, since: datetime) -> Mapping[int, frozenset[int]]:
    rows = session.exec(
        select(JobPush.person_id, JobPush.job_id).where(col(JobPush.person_id).in_(people), JobPush.at >= since)
    )
    told: dict[int, set[int]] = {}
    for person, job in rows:
        told.setdefault(person, set()).add(job)
    return {person: frozenset(jobs) for person, jobs in told.items()}


def new_jobs(session: Session, *, now: datetime) -> list[int]:
    """Published within the last days and still open."""
    since = now - timedelta(days=NEW_DAYS)
    wanted = select(Job.id).where(Job.state == JobState.PUBLISHED, col(Job.published_at) >= since)
    return list(session.exec(wanted))


def choose(board: Board, people: Sequence[Asked], *, today: date) -> list[Chosen]:
    """For each what fits every condition and is new to them. Pure; who has nothing to be told of is left out."""
    chosen = []
    for one in people:
        if one.want.says_nothing:
            continue
        asker = board.asker(one.want, today.toordinal())
        ranked = board.rank(asker, limit=MOST + len(one.told))
        fresh = [each for each in ranked if each.price == 0 and each.id not in one.told][:MOST]
        if fresh:
            why = [(each.id, tuple(reason.text for reason in reasons(asker, board.offers[each.id]))) for each in fresh]
            chosen.append(Chosen(one.person_id, why))
    return chosen


def tell(
    session: Session,
    round_: PushRound,
    people: Sequence[Asked],
    chosen: Sequence[Chosen],
    *,
    templates: MessageTemplates,
    board: Board,
    now: datetime,
) -> int:
    """Order the messages of one page and move the round on, in one unit of work. Returns how many.

    Whoever else carries the same page out finds the round moved on, and orders nothing.
    """
    last = people[-1].person_id if people else None
    here = PushRound.id == round_.id, PushRound.after_person == round_.after_person, col(PushRound.done).is_(False)
    moved = {"after_person": last} if last is not None else {"done": True}
    if session.connection().execute(update(PushRound).where(*here).values(**moved)).rowcount != 1:  # type: ignore[arg-type]
        return 0
    if last is None and round_.kind == DAILY:
        order_daily(session, now=now, after=date.fromisoformat(round_.day))
    allowed = consents.said(session, [one.person_id for one in chosen])
    wants = {one.person_id: one.want for one in people}
    count = 0
    for one in chosen:
        if allowed.get((one.person_id, Purpose.JOB_PUSH.value)):
            count += _push(session, one, wants[one.person_id], templates=templates, board=board, now=now)
    return count


def _push(
    session: Session, one: Chosen, want: Want, *, templates: MessageTemplates, board: Board, now: datetime
) -> bool:
    today = local(now).date()
    jobs = find_open(session, [number for number, _ in one.jobs], today=today)
    if not jobs:
        return False
    why = dict(one.jobs)
    asker = board.asker(want, today.toordinal())
    lines = [_line(job, why[job.id], minuses(asker, board.offers[job.id])) for job in jobs]
    text = templates.render("jobs/push", jobs=lines)
    delivery = deliveries.push(session, one.person_id, Message(text), Purpose.JOB_PUSH, now=now)
    for job in jobs:
        values = {"job_id": job.id, "person_id": one.person_id, "reasons": list(why[job.id]), "at": now}
        _note_push(session.connection(), {**values, "delivery_id": delivery})
    return True


def _line(job: Job, why: Sequence[str], but: Sequence[str]) -> dict[str, Any]:
    return {
        "title": job.title,
        "employer": job.employer,
        "place": place_text(job),
        "pay": salary_text(job),
        "reasons": why[:2],
        "minuses": but[:1],
    }


def list_pushed(session: Session, person_id: int, *, now: datetime) -> list[int]:
    """What somebody was told of lately, the newest first."""
    wanted = select(JobPush.job_id).where(JobPush.person_id == person_id, JobPush.at >= now - timedelta(days=NEW_DAYS))
    return list(session.exec(wanted.order_by(col(JobPush.id).desc()).limit(30)))


class Pusher:
    """Carries rounds out: reads a page, chooses outside any unit of work, writes the page."""

    def __init__(self, db: Database, clock: Clock, desk: Desk, templates: MessageTemplates) -> None:
        self._db, self._clock, self._desk, self._templates = db, clock, desk, templates

    @property
    def task(self) -> Task:
        """For the engine."""
        return Task(TASK, list_due, count_due, self.perform, put_off)

    async def perform(self, order: Order) -> None:
        """One round to its end; begun again after a crash it goes on behind the last page."""
        await self._desk.refresh(self._db)
        now = self._clock.now()
        board = self._desk.board.part_of(await self._db.read(new_jobs, now=now))
        while page := await self._db.read(page_of_people, int(order.key), now=now):
            round_, people = page
            chosen = choose(board, people, today=local(now).date())
            await self._db.write(tell, round_, people, chosen, templates=self._templates, board=board, now=now)

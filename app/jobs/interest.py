"""What people do with a job: put it aside, want it, say that it is false; and what they want of one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from app.core.db.upsert import InsertNew
from app.jobs.jobs import find_open, get_open, hold
from app.jobs.models import Job, JobApplication, JobPreference, JobReport, SavedJob
from app.jobs.push_rounds import AT_ONCE, DAILY
from app.jobs.wants import Want
from app.messaging import inbox
from app.people import consents
from app.people.models import Channel

__all__ = ["AT_ONCE", "DAILY"]

CONSENT: Final = "job_push"
FALSE_AFTER: Final = 3
"""So many people who call a job false take it off the board until staff have looked."""
KEPT_LIST: Final = 50
_save, _apply, _report = InsertNew(SavedJob), InsertNew(JobApplication), InsertNew(JobReport)


def save(session: Session, person_id: int, job_id: int, *, now: datetime, today: date) -> Job:
    """Put it aside; twice is once. Raises JobGone."""
    job = get_open(session, job_id, today=today)
    _save(session.connection(), {"person_id": person_id, "job_id": job_id, "at": now})
    return job


def forget_saved(session: Session, person_id: int, job_id: int) -> None:
    session.connection().execute(
        delete(SavedJob).where(col(SavedJob.person_id) == person_id, col(SavedJob.job_id) == job_id)
    )


def apply(session: Session, person_id: int, job_id: int, *, now: datetime, today: date) -> Job:
    """They want it, and are given the number to call; twice is once. Raises JobGone."""
    job = get_open(session, job_id, today=today)
    _apply(session.connection(), {"person_id": person_id, "job_id": job_id, "at": now})
    return job


def report(session: Session, person_id: int, job_id: int, *, text: str, now: datetime, today: date) -> Job:
    """They say that it is false: staff are told, and after `FALSE_AFTER` people nobody sees it any more.

    Raises JobGone.
    """
    job = get_open(session, job_id, today=today)
    values = {"person_id": person_id, "job_id": job_id, "text": text[:500], "at": now}
    if not _report(session.connection(), values):
        return job
    inbox.call_human(session, person_id, f"举报岗位{job.id}号“{job.title}”（{job.employer}）：{text}", now=now)
    people = session.exec(select(func.count()).select_from(JobReport).where(JobReport.job_id == job_id)).one()
    return hold(session, job_id, now=now) if people >= FALSE_AFTER else job


def list_saved(session: Session, person_id: int, *, today: date) -> list[Job]:
    """What they put aside and is still open, the newest first."""
    newest = select(SavedJob.job_id).where(SavedJob.person_id == person_id).order_by(col(SavedJob.at).desc())
    return find_open(session, session.exec(newest.limit(KEPT_LIST)).all(), today=today)


def list_applied(session: Session, person_id: int) -> Sequence[tuple[JobApplication, Job]]:
    """What they wanted, the newest first, also where it has meanwhile been filled."""
    wanted = select(JobApplication, Job).where(JobApplication.job_id == Job.id, JobApplication.person_id == person_id)
    return session.exec(wanted.order_by(col(JobApplication.id).desc()).limit(KEPT_LIST)).all()


# --- what they want ---


def preference_of(session: Session, person_id: int) -> JobPreference | None:
    return session.get(JobPreference, person_id)


def want_of(session: Session, person_id: int) -> Want | None:
    """What they told, as a want; None where they told nothing."""
    known = preference_of(session, person_id)
    return Want.read(known.want) if known and known.want else None


def set_want(session: Session, person_id: int, want: Want, *, now: datetime) -> JobPreference:
    """Keep what they want. A single search's words do not belong to it."""
    return _preference(session, person_id, now, want=replace(want, words=()).as_json())


def set_pushes(session: Session, person_id: int, pushes: str, *, channel: Channel, now: datetime) -> JobPreference:
    """How often they are told of new jobs: `DAILY`, `AT_ONCE` or not at all; the consent goes with it."""
    consents.set_consent(session, person_id, CONSENT, granted=bool(pushes), channel=channel, now=now)
    return _preference(session, person_id, now, pushes=pushes)


def _preference(session: Session, person_id: int, now: datetime, **values: object) -> JobPreference:
    row = session.get(JobPreference, person_id) or JobPreference(person_id=person_id, updated_at=now)
    for name, value in {**values, "updated_at": now}.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row

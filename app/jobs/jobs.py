"""Jobs: kept once however often they are listed, worked by staff, and shown only while they are open."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.core.clock import local
from app.core.errors import Conflict, NotFound
from app.jobs.models import Job, JobSource, JobState
from app.jobs.push_rounds import order_at_once

LIVE: Final = (JobState.PUBLISHED,)
REPLACED: Final = (JobState.REJECTED, JobState.HELD, JobState.CLOSED)
"""A job that stands like this takes on what a newer list says of it."""
TAKEN_DOWN: Final = {
    "rule": "taken_down",
    "field": "title",
    "message": "这个岗位以前被下架、退回或有人举报过，请先核实，再发布。",
}
PAGE: Final = 200


class JobGone(NotFound):
    """A job that was open once, or never was: who asks learns no more than that."""

    def __init__(self) -> None:
        super().__init__("这个岗位已经下架或到期了，看看别的岗位。")


def fingerprint(fields: Mapping[str, Any]) -> str:
    """Of employer, title, place and pay; blanks and width of letters do not count."""
    names = ("employer", "title", "province", "city", "district", "township")
    said = ["".join(str(fields.get(name) or "").split()).casefold() for name in names]
    pay = [str(fields.get(name) or "") for name in ("salary_min_fen", "salary_max_fen", "salary_unit")]
    return hashlib.sha256("|".join([*said, *pay]).encode()).hexdigest()


def is_open(job: Job, today: date) -> bool:
    """Whether anybody may be shown it."""
    return job.state in LIVE and (job.expires_at is None or job.expires_at >= today)


def find_open(session: Session, ids: Collection[int], *, today: date) -> list[Job]:
    """Those of ``ids`` that are open, in their order."""
    rows = {job.id: job for job in session.exec(select(Job).where(col(Job.id).in_(list(ids))))}
    return [rows[number] for number in ids if number in rows and is_open(rows[number], today)]


def get_open(session: Session, number: int, *, today: date) -> Job:
    """Raises JobGone."""
    found = find_open(session, [number], today=today)
    if not found:
        raise JobGone
    return found[0]


def get_job(session: Session, number: int) -> Job:
    """For staff, whatever its state. Raises NotFound."""
    job = session.get(Job, number)
    if job is None:
        raise NotFound(f"没有 {number} 号岗位。看有哪些：yanlu jobs list")
    return job


def stamp(session: Session) -> tuple[int, int]:
    """Changes whenever any job does."""
    count, versions = session.exec(select(func.count(), func.coalesce(func.sum(Job.version), 0)).select_from(Job)).one()
    return int(count), int(versions)


def published_versions(session: Session) -> dict[int, int]:
    """Number and version of every published job."""
    rows = session.exec(select(Job.id, Job.version).where(col(Job.state).in_(LIVE)))
    return dict(iter(rows))


def load(session: Session, ids: Sequence[int]) -> list[Job]:
    """Whole rows, some hundred at a time."""
    found: list[Job] = []
    for start in range(0, len(ids), PAGE):
        found += session.exec(select(Job).where(col(Job.id).in_(ids[start : start + PAGE]))).all()
    return found


def list_jobs(session: Session, *, state: str | None = None, after: int = 0, limit: int = 100) -> list[Job]:
    """By number, for staff."""
    wanted = select(Job).where(Job.id > after).order_by(col(Job.id)).limit(limit)
    return list(session.exec(wanted if state is None else wanted.where(Job.state == state)).all())


def was_taken_down(job: Job) -> bool:
    """Whether a member of staff, or a citizen's report, has put an end to it: a list alone does not bring it back."""
    return job.state in {JobState.CLOSED, JobState.REJECTED} or TAKEN_DOWN in job.reasons


def sources_of(session: Session, job_id: int) -> list[str]:
    """The lists that name it, the oldest first."""
    rows = session.exec(select(JobSource.name).where(JobSource.job_id == job_id).order_by(col(JobSource.id)))
    return list(dict.fromkeys(filter(None, rows)))


# --- worked by staff ---


def publish(session: Session, number: int, *, legal_basis: str = "", now: datetime) -> Job:
    """Show it from now on. Without a legal basis a limit of age does not count, and is dropped.

    Raises NotFound, or Conflict where it cannot be shown.
    """
    job = get_job(session, number)
    if job.state == JobState.PUBLISHED:
        raise Conflict(f"{number} 号岗位已经发布了。")
    if job.expires_at is not None and job.expires_at < local(now).date():
        raise Conflict(f"{number} 号岗位已经到期，请单位改了日期再导入。")
    if said := [one for one in job.reasons if not legal_basis and one.get("rule") in NEEDS_BASIS and _in_words(one)]:
        raise Conflict(
            f"{number} 号岗位的文字里写了限制：{said[0]['message']}请单位改了再导入。"
            "确有规定的，加上 --legal-basis 写明依据。"
        )
    if legal_basis:
        job.legal_basis = legal_basis
    elif not job.legal_basis:
        job.age_min = job.age_max = None
    order_at_once(session, now=now)
    return _change(session, job, JobState.PUBLISHED, now, published_at=now)


NEEDS_BASIS: Final = frozenset({"age", "gender"})


def _in_words(reason: Mapping[str, Any]) -> bool:
    """Whether the limit stands in words that people would read, not only in a column of its own."""
    return reason.get("field") not in {"age_min", "age_max"}


def reject(session: Session, number: int, *, now: datetime) -> Job:
    """Send it back to who gave it. Raises NotFound."""
    return _change(session, get_job(session, number), JobState.REJECTED, now)


def close(session: Session, number: int, *, now: datetime) -> Job:
    """Take it down: filled, withdrawn or false. Raises NotFound."""
    return _change(session, get_job(session, number), JobState.CLOSED, now)


def hold(session: Session, number: int, *, now: datetime) -> Job:
    """Not shown until somebody has looked. Raises NotFound."""
    job = get_job(session, number)
    return _change(session, job, JobState.HELD, now, reasons=[*job.reasons, TAKEN_DOWN])


def _change(session: Session, job: Job, state: JobState, now: datetime, **values: Any) -> Job:
    for name, value in {"state": state, "checked_at": now, "version": job.version + 1, **values}.items():
        setattr(job, name, value)
    session.add(job)
    session.flush()
    return job

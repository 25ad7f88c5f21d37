"""Taking in a list of jobs: every row judged by itself, kept some hundred at a time, and an answer to each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import insert
from sqlmodel import Session, col, select

from app.core.clock import local
from app.core.db import Database
from app.jobs.check import Checked, Reason, check
from app.jobs.clean import Change
from app.jobs.jobs import REPLACED, TAKEN_DOWN, fingerprint, was_taken_down
from app.jobs.models import Job, JobFile, JobSource, JobState
from app.jobs.offers import flags_of, place_of
from app.jobs.push_rounds import order_at_once
from app.jobs.rules import Verdict
from app.knowledge.lexicon import Lexicon

PAGE: Final = 200
"""Rows of one unit of work: the chat waits for no more than these."""


class Outcome(StrEnum):
    """What became of a row."""

    PUBLISHED = "published"  # 已发布
    NORMALISED = "normalised"  # 整理后发布；不带 --publish 是收下待发布
    HELD = "held"  # 待复核
    REJECTED = "rejected"  # 不能收
    DUPLICATE = "duplicate"  # 已经有了


@dataclass(frozen=True, slots=True)
class RowResult:
    """The answer to one row; ``row`` is its number in the sheet."""

    row: int
    external_id: str
    verdict: Outcome
    reasons: Sequence[Reason] = ()
    changes: Sequence[Change] = ()
    job_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "external_id": self.external_id,
            "verdict": str(self.verdict),
            "reasons": [reason.as_json() for reason in self.reasons],
            "changes": [{"field": one.field, "from": one.before, "to": one.after} for one in self.changes],
            "job_id": self.job_id,
        }


@dataclass(slots=True)
class Incoming:
    """A row that may be kept."""

    row: int
    checked: Checked
    fields: dict[str, Any]
    state: JobState
    fingerprint: str = ""
    outcome: Outcome = field(default=Outcome.HELD)

    @property
    def result(self) -> RowResult:
        checked = self.checked
        return RowResult(self.row, checked.ad.external_id, self.outcome, checked.reasons, checked.changes)


def unreadable(row: int, text: str) -> RowResult:
    message = f"这一行读不懂：{text[:40]}。一行要是一个 JSON 对象。"
    return RowResult(row, "", Outcome.REJECTED, [Reason("unreadable", "", message)])


def judge(row: int, values: Mapping[str, Any], *, publish: bool, today: date, lexicon: Lexicon) -> Incoming | RowResult:
    """The row checked and made ready to be kept, or its refusal."""
    if "_unreadable" in values:
        return unreadable(row, str(values["_unreadable"]))
    checked = check(values, today=today)
    ad = checked.ad
    if checked.verdict is Verdict.REJECT:
        return RowResult(row, ad.external_id, Outcome.REJECTED, checked.reasons, checked.changes)
    fields = ad.as_fields()
    source = fields.pop("source")
    texts = (*ad.benefits, ad.shift, ad.board_lodging, ad.experience, ad.education, ad.title, ad.description)
    trades = lexicon.trades.read_trades(f"{ad.trade}，{ad.title}")
    fields |= {
        "trade": trades[0].value.name if trades else ad.trade,
        "flags": flags_of(texts, ad.salary_unit, lexicon),
        "township": (township := _township(ad.province, ad.city, ad.district, ad.employer, lexicon)),
        "district": _county(ad.district, township) or lexicon.gazetteer.home.district if township else ad.district,
        "workshop": "帮扶车间" in f"{ad.employer}{ad.description}{source}",
        "legal_basis": checked.legal_basis if checked.verdict is not Verdict.HOLD else "",
        "reasons": [reason.as_json() for reason in checked.reasons],
    }
    held = checked.verdict is Verdict.HOLD
    state = JobState.HELD if held else JobState.PUBLISHED if publish else JobState.STORED
    incoming = Incoming(row, checked, fields, state, fingerprint(fields))
    fine = checked.verdict is Verdict.FINE and publish
    incoming.outcome = Outcome.HELD if held else Outcome.PUBLISHED if fine else Outcome.NORMALISED
    incoming.fields["_source"] = source
    return incoming


def _county(district: str, township: str) -> str:
    """“六枝特区岩脚镇” without what is the township's own name."""
    return district[: district.find(township)] if township in district else district


def _township(province: str, city: str, district: str, employer: str, lexicon: Lexicon) -> str:
    """The home county's township that the place, or else the employer's name, tells."""
    county = lexicon.gazetteer.home
    place = place_of(lexicon.gazetteer, province, city, district)
    if place.township or not county.holds(place):
        return place.township if county.holds(place) else ""
    named = [one.value for one in lexicon.gazetteer.read_places(employer) if county.holds(one.value)]
    return next((one.township for one in named if one.township), "")


def keep_page(session: Session, page: Sequence[Incoming], *, source: str, now: datetime) -> list[RowResult]:
    """Keep one page in one unit of work: new jobs, further sources of known ones. Answers in the order of the page."""
    known = {job.fingerprint: job for job in _known(session, [one.fingerprint for one in page])}
    fresh: dict[str, Incoming] = {}
    for one in page:
        job = known.get(one.fingerprint)
        if one.fingerprint in fresh or (job is not None and not _gives_way(job, local(now).date())):
            one.outcome = Outcome.DUPLICATE
        elif job is not None:
            _renew(job, one, now)
            session.add(job)
            fresh[one.fingerprint] = one
        else:
            fresh[one.fingerprint] = one
    ids = {print_: job.id for print_, job in known.items()}
    if new := [_row(one, now) for print_, one in fresh.items() if print_ not in known]:
        created = session.connection().execute(insert(Job).returning(col(Job.id), col(Job.fingerprint)), new)
        ids |= {print_: number for number, print_ in created}
    session.flush()
    if any(one.state is JobState.PUBLISHED for one in fresh.values()):
        order_at_once(session, now=now)
    _add_sources(session, page, ids, source, now)
    return [replaced(one.result, ids[one.fingerprint]) for one in page]


def replaced(result: RowResult, job_id: int) -> RowResult:
    return RowResult(result.row, result.external_id, result.verdict, result.reasons, result.changes, job_id)


def _known(session: Session, prints: Sequence[str]) -> Sequence[Job]:
    return session.exec(select(Job).where(col(Job.fingerprint).in_(prints))).all()


def _gives_way(job: Job, today: date) -> bool:
    """Whether what a newer list says takes the place of what is there: it was held, taken down, or has expired."""
    return job.state in REPLACED or (job.expires_at is not None and job.expires_at < today)


def _renew(job: Job, one: Incoming, now: datetime) -> None:
    state, fields = one.state, {name: value for name, value in one.fields.items() if name != "_source"}
    if state is not JobState.HELD and was_taken_down(job):
        state, one.outcome = JobState.HELD, Outcome.HELD
        fields["reasons"] = [*fields["reasons"], TAKEN_DOWN]
    published = now if state is JobState.PUBLISHED else None
    changes = {**fields, "state": state, "checked_at": now, "published_at": published, "version": job.version + 1}
    for name, value in changes.items():
        setattr(job, name, value)


def _row(one: Incoming, now: datetime) -> dict[str, Any]:
    fields = {name: value for name, value in one.fields.items() if name != "_source"}
    published = now if one.state is JobState.PUBLISHED else None
    return {
        **fields,
        "fingerprint": one.fingerprint,
        "state": one.state.value,
        "version": 1,
        "checked_at": now,
        "published_at": published,
        "created_at": now,
    }


def _add_sources(
    session: Session, page: Sequence[Incoming], ids: Mapping[str, int], source: str, now: datetime
) -> None:
    wanted = {(ids[one.fingerprint], one.fields["_source"] or source, one.checked.ad.external_id) for one in page}
    numbers = {number for number, _, _ in wanted}
    there = session.exec(select(JobSource).where(col(JobSource.job_id).in_(numbers)))
    known = {(one.job_id, one.name, one.external_id) for one in there}
    if rows := [
        {"job_id": number, "name": name, "external_id": external, "at": now}
        for number, name, external in sorted(wanted - known)
    ]:
        session.connection().execute(insert(JobSource), rows)


async def take_in(
    db: Database,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    *,
    publish: bool,
    source: str,
    lexicon: Lexicon,
    now: datetime,
    done: Callable[[int], None] = lambda _: None,
) -> list[RowResult]:
    """Judge and keep every row; one that is wrong stops none of the others. Answers in the order of the rows."""
    results: dict[int, RowResult] = {}
    page: list[tuple[int, Incoming]] = []

    async def write() -> None:
        kept = await db.write(keep_page, [one for _, one in page], source=source, now=now)
        results.update({at: result for (at, _), result in zip(page, kept, strict=True)})
        done(len(page))
        page.clear()

    for at, (number, values) in enumerate(rows):
        judged = judge(number, values, publish=publish, today=local(now).date(), lexicon=lexicon)
        if isinstance(judged, RowResult):
            results[at] = judged
            done(1)
            continue
        page.append((at, judged))
        if len(page) == PAGE:
            await write()
    if page:
        await write()
    return [results[at] for at in sorted(results)]


def note_file(session: Session, content: bytes, name: str, rows: int, *, now: datetime) -> datetime | None:
    """Remember the file by what is in it. Returns when the same was imported before."""
    digest = sha256(content).hexdigest()
    known = session.get(JobFile, digest)
    if known is not None:
        return known.at
    session.add(JobFile(digest=digest, name=name[:200], rows=rows, at=now))
    return None

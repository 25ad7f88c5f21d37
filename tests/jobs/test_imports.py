"""Taking in a list: every row answered by itself, the same job once, nothing brought back that staff took down."""

from datetime import date

import pytest
from sqlmodel import select

from app.core.config import ROOT
from app.jobs import interest, jobs
from app.jobs.imports import Outcome, note_file, take_in
from app.jobs.models import Job, JobSource, JobState
from app.knowledge.lexicon import read_lexicon
from tests.jobs.test_check import GOOD
from tests.people.lives import NOW, chatter

LEXICON = read_lexicon(ROOT / "intents")
TODAY = date(2027, 2, 8)
ROW = {**GOOD, "posted_at": "2027-02-01", "expires_at": "2027-05-01"}


async def bring(db, *rows, publish=True, source="甲表", now=NOW):
    return await take_in(db, enumerate(rows, 2), publish=publish, source=source, lexicon=LEXICON, now=now)


def states(session):
    return {job.title: job.state for job in session.exec(select(Job))}


async def test_every_row_has_its_own_answer_and_one_bad_row_stops_no_other(db):
    rows = [
        ROW,
        {**ROW, "title": "焊工", "employer": ""},
        {**ROW, "title": "电工", "description": "35岁以下"},
        {
            **ROW,
            "title": "司机",
            "contact_phone": "１３８ 0000 1234",
            "salary_unit": "天",
            "salary_min": 200,
            "salary_max": 260,
        },
        ROW,
        {"_unreadable": "{坏"},
    ]

    found = await bring(db, *rows)

    assert [(one.row, one.verdict) for one in found] == [
        (2, Outcome.PUBLISHED),
        (3, Outcome.REJECTED),
        (4, Outcome.HELD),
        (5, Outcome.NORMALISED),
        (6, Outcome.DUPLICATE),
        (7, Outcome.REJECTED),
    ]
    assert {(each.field, each.before, each.after) for each in found[3].changes} >= {
        ("contact_phone", "138 0000 1234", "138-0000-1234"),
        ("salary_unit", "天", "日"),
    }
    assert found[4].job_id == found[0].job_id
    assert await db.read(states) == {"缝纫工": "published", "电工": "held", "司机": "published"}


async def test_without_publish_everything_waits_for_staff(db):
    found = await bring(db, ROW, publish=False)

    assert found[0].verdict is Outcome.NORMALISED
    assert await db.read(states) == {"缝纫工": "stored"}


async def test_same_job_in_two_lists_is_one_job_with_two_sources(db):
    await bring(db, ROW, source="甲表")
    again = await bring(db, {**ROW, "title": " 缝纫工", "description": "别的话"}, source="乙表")

    def sources(session):
        return sorted(one.name for one in session.exec(select(JobSource)))

    assert again[0].verdict is Outcome.DUPLICATE
    assert await db.read(sources) == ["乙表", "甲表"]


async def test_more_than_a_page_is_kept_whole_and_in_order(db):
    rows = [{**ROW, "title": f"缝纫工{number}"} for number in range(450)]

    found = await bring(db, *rows)

    assert [one.row for one in found] == list(range(2, 452))
    assert len({one.job_id for one in found}) == 450


async def test_job_that_staff_took_down_comes_back_only_by_staff(db):
    (first,) = await bring(db, ROW)
    await db.write(jobs.close, first.job_id, now=NOW)

    (again,) = await bring(db, ROW)

    assert again.verdict is Outcome.HELD
    assert await db.read(states) == {"缝纫工": "held"}


async def test_held_job_that_was_mended_is_published(db):
    (first,) = await bring(db, {**ROW, "description": "35岁以下"})

    (again,) = await bring(db, ROW)

    assert (first.verdict, again.verdict) == (Outcome.HELD, Outcome.PUBLISHED)
    assert again.job_id == first.job_id


async def test_staff_release_a_bound_only_with_its_basis_and_only_from_the_column_without(db):
    (worded,) = await bring(db, {**ROW, "description": "35岁以下"})
    (column,) = await bring(db, {**ROW, "title": "裁床工", "age_max": 40})

    with pytest.raises(jobs.Conflict, match="legal-basis"):
        await db.write(jobs.publish, worded.job_id, now=NOW)
    released = await db.write(lambda session: jobs.publish(session, column.job_id, now=NOW).age_max)
    based = await db.write(
        lambda session: jobs.publish(session, worded.job_id, legal_basis="某规定第三条", now=NOW).legal_basis
    )

    assert released is None
    assert based == "某规定第三条"


async def test_false_job_is_hidden_after_three_people_say_so(db):
    (one,) = await bring(db, ROW)

    def report(session, openid):
        person = chatter(session, openid)
        interest.report(session, person, one.job_id, text="要交押金", now=NOW, today=TODAY)
        if session.get(Job, one.job_id).state == JobState.PUBLISHED:  # twice by the same person is once
            interest.report(session, person, one.job_id, text="要交押金", now=NOW, today=TODAY)
        return session.get(Job, one.job_id).state

    assert [await db.write(report, f"o{number}") for number in range(3)] == [
        JobState.PUBLISHED,
        JobState.PUBLISHED,
        JobState.HELD,
    ]


async def test_same_file_twice_is_noticed(db):
    first = await db.write(note_file, b"x", "岗位.xlsx", 3, now=NOW)
    second = await db.write(note_file, b"x", "改了名.xlsx", 3, now=NOW)

    assert first is None
    assert second == NOW


async def test_markup_and_formulas_are_never_kept(db):
    await bring(db, {**ROW, "description": "<b>高薪</b>"}, {**ROW, "title": "=1+1"})

    assert await db.read(states) == {}

"""Rounds: everybody who asked hears of what fits, each job once, however often a round is carried out."""

import asyncio
from datetime import timedelta

from sqlmodel import select

from app.core.clock import Clock, local
from app.core.config import ROOT
from app.engine.orders import Order
from app.jobs import interest, jobs
from app.jobs.asking import Reader
from app.jobs.desk import Desk
from app.jobs.models import JobPush, PushRound
from app.jobs.push_rounds import AT_ONCE, DAILY, HOUR, list_due, order_at_once, order_daily
from app.jobs.pushes import MOST, Pusher
from app.jobs.wants import Want
from app.knowledge.lexicon import read_lexicon
from app.language.slots.places import Place
from app.messaging.delivery_models import Delivery
from app.messaging.rendering import MessageTemplates
from app.people.models import Channel
from tests.jobs.factories import make_job
from tests.people.lives import NOW, chatter

LEXICON = read_lexicon(ROOT / "intents")
WANT = Want(trades=("普工",), places=(Place("广东", "中山"),))


def fresh_pusher(db, now=NOW):
    return Pusher(db, Clock.starting_at(now), Desk(LEXICON, Reader(LEXICON)), MessageTemplates())


def asker(session, openid, *, want=WANT, pushes=DAILY):
    person = chatter(session, openid)
    interest.set_want(session, person, want, now=NOW)
    interest.set_pushes(session, person, pushes, channel=Channel.OFFICIAL_ACCOUNT, now=NOW)
    return person


async def make_world(db, *, people=3, count=5):
    def unit(session):
        everybody = [asker(session, f"o{number}") for number in range(people)]
        made = [make_job(session, now=NOW, title=f"普工{n}", employer=f"中山{n}厂").id for n in range(count)]
        order_daily(session, now=NOW)
        return everybody, made

    return await db.write(unit)


async def carry_out(db, now, pusher=None):
    due = await db.read(list_due, now, 10)
    for order in due:
        await (pusher or fresh_pusher(db, now)).perform(order)
    return len(due)


def pushed(session):
    return sorted((row.person_id, row.job_id) for row in session.exec(select(JobPush)))


def said(session):
    return {row.person_id: row.message["text"] for row in session.exec(select(Delivery)) if row.purpose == "job_push"}


def at_the_hour(days=0):
    return local(NOW).replace(hour=HOUR.hour, minute=HOUR.minute) + timedelta(days=days, seconds=1)


async def test_a_round_tells_everybody_of_at_most_three_and_the_next_of_the_rest(db):
    people, made = await make_world(db)

    await carry_out(db, at_the_hour())
    first = await db.read(pushed)
    await carry_out(db, at_the_hour(1))
    second = await db.read(pushed)
    await carry_out(db, at_the_hour(2))

    assert len(first) == len(people) * MOST
    assert second == sorted((person, job) for person in people for job in made)
    assert await db.read(pushed) == second
    assert all("普工" in text and "中山" in text and "退订岗位" in text for text in (await db.read(said)).values())


async def test_round_that_is_not_due_yet_is_not_carried_out(db):
    await make_world(db)

    assert await carry_out(db, NOW) == 0


async def test_round_carried_out_by_two_at_once_tells_each_once(db):
    await make_world(db, people=30)
    (order,) = await db.read(list_due, at_the_hour(), 10)

    await asyncio.gather(*(fresh_pusher(db, at_the_hour()).perform(order) for _ in range(3)))

    assert len(await db.read(pushed)) == 30 * MOST
    assert len(await db.read(said)) == 30


async def test_round_that_was_cut_off_goes_on_behind_the_last_page(db, monkeypatch):
    monkeypatch.setattr("app.jobs.pushes.PAGE", 4)
    await make_world(db, people=10)
    (order,) = await db.read(list_due, at_the_hour(), 10)
    dying, pages = fresh_pusher(db, at_the_hour()), []
    write = db.write

    async def dies(fn, *args, **kwargs):
        pages.append(fn)
        if len(pages) > 2:
            raise ConnectionError
        return await write(fn, *args, **kwargs)

    monkeypatch.setattr(db, "write", dies)
    try:
        await dying.perform(order)
    except ConnectionError:
        monkeypatch.setattr(db, "write", write)
    half = len(await db.read(pushed))
    await fresh_pusher(db, at_the_hour()).perform(Order(order.task, order.key, order.attempt + 1))

    assert half == 8 * MOST
    assert len(await db.read(pushed)) == 10 * MOST


async def test_who_took_back_the_consent_wants_nothing_or_something_else_is_not_told(db):
    def unit(session):
        gone, empty, other = (asker(session, f"o{number}") for number in range(3))
        interest.set_pushes(session, gone, "", channel=Channel.OFFICIAL_ACCOUNT, now=NOW)
        interest.set_want(session, empty, Want(), now=NOW)
        interest.set_want(session, other, Want(trades=("焊工",)), now=NOW)
        make_job(session, now=NOW)
        order_daily(session, now=NOW)

    await db.write(unit)
    await carry_out(db, at_the_hour())

    assert await db.read(pushed) == []


async def test_job_that_was_taken_down_meanwhile_is_not_told_of(db):
    _, made = await make_world(db, people=1, count=2)
    await db.write(jobs.close, made[0], now=NOW)

    await carry_out(db, at_the_hour())

    assert [job for _, job in await db.read(pushed)] == [made[1]]


async def test_published_job_reaches_who_wants_to_hear_at_once_within_minutes(db):
    def unit(session):
        person = asker(session, "o1", pushes=AT_ONCE)
        job = make_job(session, now=NOW)
        order_at_once(session, now=NOW)
        order_at_once(session, now=NOW + timedelta(seconds=30))
        return person, job.id

    person, job = await db.write(unit)
    rounds = await db.read(lambda session: len(session.exec(select(PushRound)).all()))
    await carry_out(db, NOW + timedelta(minutes=6))

    assert rounds == 1
    assert await db.read(pushed) == [(person, job)]


async def test_rounds_go_on_day_after_day(db):
    await make_world(db, people=1)

    for day in range(3):
        assert await carry_out(db, at_the_hour(day)) == 1

    days = await db.read(lambda session: [row.day for row in session.exec(select(PushRound))])
    assert days == [(local(NOW) + timedelta(days=day)).date().isoformat() for day in range(4)]

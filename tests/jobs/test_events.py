"""Registering for a job fair or a class: once, in time, never more than there are places; on both databases."""

import asyncio
import threading
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app.core.clock import SHANGHAI
from app.core.db import open_database
from app.core.errors import NotFound
from app.jobs import events
from app.jobs.event_models import EventKind, EventRegistration, EventState, Notice, RegistrationState
from app.jobs.event_rules import is_running, reminder_at, when
from app.jobs.events import EventCancelled, EventFull, EventStarted
from tests.jobs.events_made import event_fields, make_event
from tests.messaging.test_deliveries import make_people

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=SHANGHAI)
SATURDAY = datetime(2026, 12, 5, 9, 0, tzinfo=SHANGHAI)


async def made(db, people=1, **given):
    """(event, people)."""

    def unit(session):
        return make_event(session, now=NOW, **given).id, make_people(session, people)

    return await db.write(unit)


def state_of(session):
    """(state, notice, when it is due) of every registration."""
    rows = session.exec(select(EventRegistration).order_by(EventRegistration.id)).all()
    return [(row.state, row.notice, row.notice_at) for row in rows]


async def test_registering_twice_is_one_registration_with_a_reminder_on_the_eve(db):
    event, [person] = await made(db, starts_at=SATURDAY)

    first = await db.write(lambda session: events.register(session, person, event, now=NOW).id)
    again = await db.write(lambda session: events.register(session, person, event, now=NOW).id)

    eve = datetime(2026, 12, 4, 18, 0, tzinfo=SHANGHAI)
    assert first == again
    assert await db.read(state_of) == [(RegistrationState.REGISTERED, Notice.REMINDER, eve)]


async def test_who_registers_after_the_eve_is_reminded_at_once(db):
    event, [person] = await made(db, starts_at=SATURDAY)
    late = SATURDAY - timedelta(hours=2)

    await db.write(lambda session: events.register(session, person, event, now=late).id)

    assert await db.read(state_of) == [(RegistrationState.REGISTERED, Notice.REMINDER, late)]


@pytest.mark.parametrize(
    ("given", "refusal", "words"),
    [
        ({"state": EventState.CANCELLED}, EventCancelled, "取消"),
        ({"starts_at": NOW, "kind": EventKind.TRAINING}, EventStarted, "已经开始"),
        ({"starts_at": NOW, "ends_at": NOW + timedelta(hours=6)}, EventStarted, "直接去"),
        ({"capacity": 0}, EventFull, "报满"),
    ],
)
async def test_what_cannot_be_registered_for_says_why(db, given, refusal, words):
    event, [person] = await made(db, **given)

    with pytest.raises(refusal, match=words):
        await db.write(lambda session: events.register(session, person, event, now=NOW).id)

    assert await db.read(state_of) == []


async def test_a_place_given_up_is_free_for_the_next_and_giving_up_twice_changes_nothing(db):
    event, [one, other] = await made(db, people=2, capacity=1)

    def register(session, person):
        return events.register(session, person, event, now=NOW).id

    def give_up(session, person, number):
        return events.cancel_registration(session, person, number, now=NOW).state

    number = await db.write(register, one)
    with pytest.raises(EventFull):
        await db.write(register, other)
    with pytest.raises(NotFound):
        await db.write(give_up, other, number)
    gone = [await db.write(give_up, one, number), await db.write(give_up, one, number)]
    await db.write(register, other)

    assert gone == [RegistrationState.CANCELLED] * 2
    assert [state for state, *_ in await db.read(state_of)] == [
        RegistrationState.CANCELLED,
        RegistrationState.REGISTERED,
    ]


async def test_who_gave_up_may_register_again_in_the_same_row(db):
    event, [person] = await made(db)

    def unit(session):
        row = events.register(session, person, event, now=NOW)
        events.cancel_registration(session, person, row.id, now=NOW)
        return row.id, events.register(session, person, event, now=NOW).id

    first, again = await db.write(unit)

    assert first == again
    assert [state for state, *_ in await db.read(state_of)] == [RegistrationState.REGISTERED]


async def race(db, people, event):
    """How many of all who try at once got in."""

    async def attempt(person):
        try:
            await db.write(lambda session: events.register(session, person, event, now=NOW).id)
        except EventFull:
            return False
        return True

    return sum(await asyncio.gather(*(attempt(person) for person in people)))


async def test_no_more_get_in_than_there_are_places_however_many_try_at_once(db, figure):
    event, people = await made(db, people=120, capacity=7)

    got_in = await race(db, people, event)

    counted = await db.read(events.count_registered, [event])
    assert (got_in, counted) == (7, {event: 7})
    figure(f"events: {len(people)} people race for 7 places, {got_in} get in")


async def test_a_person_who_taps_twenty_times_at_once_has_one_place(db):
    event, [person] = await made(db, capacity=3)

    got_in = await race(db, [person] * 20, event)

    assert (got_in, await db.read(events.count_registered, [event])) == (20, {event: 1})


async def test_without_the_lock_postgresql_would_sell_a_place_twice(postgres_url, monkeypatch):
    """The guard off, and both have counted before either commits."""
    db, both_counted, count = open_database(postgres_url), threading.Barrier(2, timeout=20), events.count_registered
    event, people = await made(db, people=2, capacity=1)

    def look(session, condition):
        return session.exec(select(events.Event).where(condition)).first()

    def count_together(session, ids):
        found = count(session, ids)
        both_counted.wait()
        return found

    monkeypatch.setattr(events, "_locked", look)
    monkeypatch.setattr(events, "count_registered", count_together)
    got_in = await race(db, people, event)
    await db.close()

    assert got_in == 2


async def test_list_shows_what_is_coming_and_the_fair_that_is_on(db):
    def unit(session):
        make_event(session, now=NOW, title="昨天", starts_at=NOW - timedelta(days=1))
        make_event(session, now=NOW, title="在办", starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=1))
        begun = {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(days=9)}
        make_event(session, now=NOW, title="开了的班", kind=EventKind.TRAINING, **begun)
        make_event(session, now=NOW, title="取消的", state=EventState.CANCELLED)
        make_event(session, now=NOW, title="电焊班", kind=EventKind.TRAINING, township="岩脚")
        make_event(session, now=NOW, title="贵阳的", city="贵阳", district="南明", starts_at=NOW + timedelta(days=9))

    await db.write(unit)

    def titles(session, **wanted):
        return [one.title for one in events.list_coming(session, now=NOW, **wanted)]

    assert await db.read(titles) == ["在办", "电焊班", "贵阳的"]
    assert await db.read(titles, kind=EventKind.TRAINING) == ["电焊班"]
    assert await db.read(titles, place="贵阳") == ["贵阳的"]
    assert await db.read(titles, place="岩脚") == ["电焊班"]


async def test_saving_the_same_external_id_again_changes_that_event(db):
    def save(session, **given):
        event, new = events.save_event(session, event_fields(now=NOW, external_id="f-1", **given), now=NOW)
        return event.id, new, event.place

    first = await db.write(save)
    again = await db.write(save, place="体育馆")

    assert first == (again[0], True, "街心花园广场")
    assert again == (first[0], False, "体育馆")


async def test_registrations_of_long_ago_are_forgotten(db):
    event, [person] = await made(db)
    await db.write(lambda session: events.register(session, person, event, now=NOW).id)

    def forget(session, days):
        return events.forget_registrations(session, now=NOW + timedelta(days=days))

    assert [await db.write(forget, days) for days in (300, 400, 400)] == [0, 1, 0]


# --- the rules alone ---


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        (SATURDAY, None, "周六 12月5日 9:00"),
        (SATURDAY, SATURDAY + timedelta(hours=6, minutes=30), "周六 12月5日 9:00—15:30"),
        (SATURDAY, SATURDAY + timedelta(days=9, hours=8), "周六 12月5日 9:00，到周一 12月14日"),
        (datetime(2027, 1, 3, 14, 5, tzinfo=SHANGHAI), None, "周日 2027年1月3日 14:05"),
    ],
)
def test_date_is_said_in_words(starts, ends, said):
    event = events.Event(**event_fields(now=NOW, starts_at=starts, ends_at=ends))

    assert when(event, NOW) == said


def test_eve_is_the_day_before_here_whatever_the_zone():
    past_midnight = datetime.fromisoformat("2026-12-04T16:30:00+00:00")  # half past midnight of the fifth, here

    assert reminder_at(past_midnight) == datetime(2026, 12, 4, 18, tzinfo=SHANGHAI)


def test_class_that_has_begun_is_missed_and_a_fair_is_on_until_it_ends():
    begun = {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=1)}
    fair = events.Event(**event_fields(now=NOW, **begun))
    class_ = events.Event(**event_fields(now=NOW, kind=EventKind.TRAINING, **begun))

    assert [is_running(fair, NOW), is_running(class_, NOW), is_running(fair, fair.ends_at)] == [True, False, False]

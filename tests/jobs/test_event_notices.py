"""What who is registered is told: on the eve, of a change, of the end; and nothing that is no longer true."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app.core.clock import SHANGHAI, Clock
from app.engine.orders import Order
from app.jobs import event_reminders, events
from app.jobs.event_models import EventKind
from app.jobs.event_reminders import TASK, EventNotices
from app.jobs.events import OUTDATED, EventCancelled, EventStarted
from app.messaging.claims import Ways, claim
from app.messaging.delivery_models import Delivery, DeliveryChunk, Purpose, State
from app.messaging.rendering import MessageTemplates
from tests.jobs.events_made import event_fields, make_event
from tests.messaging.test_deliveries import make_people

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=SHANGHAI)
SATURDAY = datetime(2026, 12, 5, 9, 0, tzinfo=SHANGHAI)
EVE = datetime(2026, 12, 4, 18, 0, tzinfo=SHANGHAI)


@pytest.fixture
async def registered(db):
    """(db, event, people): two who are registered for Saturday."""

    def unit(session):
        people = make_people(session, 2, spoke_at=EVE - timedelta(hours=1))
        event = make_event(session, now=NOW, external_id="f-1", starts_at=SATURDAY).id
        for person in people:
            events.register(session, person, event, now=NOW)
        return event, people

    event, people = await db.write(unit)
    return db, event, people


async def run_engine(db, at):
    """Everything that is due then is carried out, as the sweep would; how many orders there were."""
    notices = EventNotices(db, Clock.starting_at(at), MessageTemplates())
    orders = await db.read(event_reminders.list_due, notices._clock.now(), 100)
    for order in orders:
        await notices.perform(order)
    return len(orders)


def told(session):
    """(person, first line, state) of every delivery."""
    rows = session.exec(select(Delivery).order_by(Delivery.id)).all()
    assert {row.purpose for row in rows} <= {Purpose.EVENT}
    return [(row.person_id, row.message["text"].splitlines()[0], row.state) for row in rows]


def save(session, *, now, **given):
    fields = event_fields(now=NOW, external_id="f-1", **{"starts_at": SATURDAY, **given})
    return events.save_event(session, fields, now=now)[1]


async def give_up(db, person, *, now=NOW):
    def unit(session):
        row, _ = events.list_registrations(session, person)[0]
        events.cancel_registration(session, person, row.id, now=now)

    await db.write(unit)


async def test_everybody_registered_is_reminded_once_on_the_eve(registered):
    db, _, people = registered

    counts = [await run_engine(db, at) for at in (EVE - timedelta(minutes=1), EVE, EVE + timedelta(hours=1))]

    assert counts == [0, 2, 0]
    assert await db.read(told) == [(one, "提醒您：春风行动招聘会", State.PENDING) for one in people]


async def test_reminder_names_time_place_and_what_to_bring(registered):
    db, _, _ = registered

    await run_engine(db, EVE)
    text = (await db.read(lambda session: session.exec(select(Delivery.message)).first()))["text"]

    assert "周六 12月5日 9:00" in text
    assert "街心花园广场" in text
    assert "身份证、简历" in text


async def test_same_order_carried_out_twice_tells_once(registered):
    db, _, _ = registered
    orders = await db.read(event_reminders.list_due, EVE, 100)
    notices = EventNotices(db, Clock.starting_at(EVE), MessageTemplates())

    for order in [*orders, *orders]:
        await notices.perform(order)

    assert len(await db.read(told)) == 2


async def test_who_gave_up_is_not_reminded(registered):
    db, _, [one, other] = registered

    await give_up(db, one)
    await run_engine(db, EVE)

    assert [person for person, *_ in await db.read(told)] == [other]


async def test_order_that_was_already_handed_over_when_they_gave_up_does_nothing(registered):
    db, _, [one, _] = registered
    orders = await db.read(event_reminders.list_due, EVE, 100)
    await give_up(db, one, now=EVE)

    notices = EventNotices(db, Clock.starting_at(EVE), MessageTemplates())
    for order in orders:
        await notices.perform(order)

    assert one not in [person for person, *_ in await db.read(told)]


async def test_reminder_that_has_not_left_is_withdrawn_when_they_give_up(registered):
    db, _, [one, other] = registered
    await run_engine(db, EVE)

    await give_up(db, one, now=EVE)

    def take(session):
        later = EVE + timedelta(minutes=1)
        chunks = session.exec(select(DeliveryChunk.id).order_by(DeliveryChunk.id)).all()
        for chunk in chunks:
            claim(session, chunk, f"run{chunk}", Ways(), limit=9, machine_time=0, now=later)
        rows = session.exec(select(Delivery).order_by(Delivery.id)).all()
        return [(row.person_id, row.state, row.reason) for row in rows]

    assert await db.write(take) == [(one, State.SKIPPED, OUTDATED), (other, State.SENDING, None)]


async def test_calling_it_off_tells_everybody_registered_at_once_and_reminds_nobody(registered):
    db, event, [one, other] = registered
    await give_up(db, other)

    count = await db.write(lambda session: events.cancel_event(session, event, now=NOW))
    await run_engine(db, NOW)
    await run_engine(db, EVE)

    assert count == 1
    assert await db.read(told) == [(one, "您报名的“春风行动招聘会”取消了，不用去了。", State.PENDING)]


@pytest.mark.parametrize(("at", "refusal"), [(NOW, EventCancelled), (SATURDAY, EventStarted)])
async def test_what_is_called_off_or_has_begun_cannot_be_called_off(registered, at, refusal):
    db, event, _ = registered
    if refusal is EventCancelled:
        await db.write(lambda session: events.cancel_event(session, event, now=NOW))

    with pytest.raises(refusal):
        await db.write(lambda session: events.cancel_event(session, event, now=at))


async def test_who_is_registered_hears_of_another_day_and_is_reminded_on_its_eve(registered):
    db, _, [one, _] = registered
    sunday = SATURDAY + timedelta(days=1)

    await db.write(save, now=NOW, starts_at=sunday)
    counts = [await run_engine(db, at) for at in (NOW, EVE, EVE + timedelta(days=1))]

    assert counts == [2, 0, 2]
    assert [line for person, line, _ in await db.read(told) if person == one] == [
        "您报名的“春风行动招聘会”有变动，现在是：",
        "提醒您：春风行动招聘会",
    ]


async def test_saving_it_unchanged_or_with_another_text_tells_nobody(registered):
    db, _, _ = registered

    await db.write(save, now=NOW)
    await db.write(save, now=NOW, description="有二十家企业")

    assert await run_engine(db, NOW) == 0


async def test_an_import_that_says_cancelled_tells_like_calling_it_off(registered):
    db, _, people = registered

    await db.write(save, now=NOW, state="cancelled")
    await run_engine(db, NOW)

    assert [person for person, line, _ in await db.read(told) if "取消了" in line] == people


async def test_nobody_is_reminded_of_what_has_begun_while_the_engine_stood_still(registered):
    db, _, _ = registered

    done = await run_engine(db, SATURDAY + timedelta(minutes=1))
    again = await run_engine(db, SATURDAY + timedelta(minutes=2))

    assert (done, again, await db.read(told)) == (2, 0, [])


async def test_run_that_failed_is_tried_again_later(registered):
    db, _, _ = registered
    order, *_ = await db.read(event_reminders.list_due, EVE, 1)

    await db.write(event_reminders.put_off, order, EVE + timedelta(minutes=5))
    now_due = await db.read(event_reminders.list_due, EVE, 9)
    later_due = await db.read(event_reminders.list_due, EVE + timedelta(minutes=5), 9)
    backlog = await db.read(event_reminders.count_due, EVE)

    assert order not in now_due
    assert Order(TASK, order.key, order.attempt + 1) in later_due
    assert (backlog.due, backlog.oldest) == (1, EVE)


async def test_class_speaks_of_classes(db):
    def unit(session):
        [person] = make_people(session, 1)
        event = make_event(session, now=NOW, kind=EventKind.TRAINING, title="电焊班", starts_at=SATURDAY)
        events.register(session, person, event.id, now=NOW)
        return events.cancel_event(session, event.id, now=NOW)

    await db.write(unit)
    await run_engine(db, NOW)
    text = (await db.read(lambda session: session.exec(select(Delivery.message)).first()))["text"]

    assert "近期培训班" in text

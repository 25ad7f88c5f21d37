"""The ledger alone: what a claim takes, what a settlement may change, on both databases."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlmodel import select

from app.core.clock import SHANGHAI
from app.core.errors import Conflict
from app.engine.orders import Order
from app.messaging import deliveries
from app.messaging.claims import REFUSED, TOO_LATE, UNREACHABLE, Ways, claim
from app.messaging.deliveries import TASK, Settled
from app.messaging.delivery_models import (
    BatchState,
    Channel,
    Delivery,
    DeliveryBatch,
    DeliveryChunk,
    Purpose,
    State,
    SubscribeCredit,
)
from app.messaging.delivery_rules import Message
from app.messaging.models import InboundMessage
from app.people.models import Channel as AppChannel
from app.people.models import Identity, Person

NOW = datetime(2027, 2, 8, 10, 0, tzinfo=SHANGHAI)
MACHINE = 1_800_000_000
HELLO = Message("您好")


def make_people(session, count, *, spoke_at=NOW - timedelta(hours=1), mini=False):
    """Followers who wrote to us an hour ago."""
    ids = []
    for number in range(count):
        person = Person(created_at=NOW)
        session.add(person)
        session.flush()
        openid = f"o{person.id:05d}"
        session.add(Identity(person_id=person.id, channel=AppChannel.OFFICIAL_ACCOUNT, openid=openid))
        if mini:
            session.add(Identity(person_id=person.id, channel=AppChannel.MINI_PROGRAM, openid=f"m{person.id:05d}"))
        if spoke_at:
            row = {"dedup_key": f"1.{number}.{openid}", "digest": "", "openid": openid, "received_at": spoke_at}
            session.add(InboundMessage(**row, intent="x", reply="", opens="message"))
        ids.append(person.id)
    session.flush()
    return ids


def make_batch(session, people, purpose=Purpose.NEWS, **more):
    batch = deliveries.open_batch(session, "开工了", purpose, created_by="小王", now=NOW, message=HELLO, **more)
    deliveries.add_recipients(session, batch, people, now=NOW)
    return batch.id


def take(session, *, now=NOW, limit=100, ways=None, machine=MACHINE):
    chunks = session.exec(select(DeliveryChunk.id).order_by(DeliveryChunk.id)).all()
    found = []
    for chunk in chunks:
        found += claim(session, chunk, f"run-{chunk}", ways or Ways(), limit=limit, machine_time=machine, now=now)[0]
    return found


def rows_of(session):
    """Copies that outlive the unit of work."""
    rows = session.exec(select(Delivery).order_by(Delivery.id)).all()
    return [SimpleNamespace(**row.model_dump()) for row in rows]


async def test_batch_names_everybody_once_in_chunks_of_some_hundred(db):
    def unit(session):
        people = make_people(session, 450)
        batch = deliveries.open_batch(session, "开工了", Purpose.NEWS, created_by="小王", now=NOW)
        first = deliveries.add_recipients(session, batch, people + people[:10], now=NOW, message_for=lambda _: HELLO)
        again = deliveries.add_recipients(session, batch, people[:300], now=NOW, message_for=lambda _: HELLO)
        return first, again, len(session.exec(select(DeliveryChunk)).all()), len(rows_of(session))

    assert await db.write(unit) == (450, 0, 3, 450)


async def test_claim_takes_a_row_once(db):
    await db.write(lambda session: make_batch(session, make_people(session, 5)))

    first = await db.write(take, limit=3)
    second = await db.write(take, limit=3)
    third = await db.write(take, limit=3)

    assert [len(first), len(second), len(third)] == [3, 2, 0]
    assert len({parcel.id for parcel in first + second}) == 5


async def test_settle_counts_only_for_the_run_that_has_claimed(db):
    await db.write(lambda session: make_batch(session, make_people(session, 1)))
    (parcel,) = await db.write(take)

    strange = await db.write(deliveries.settle, [Settled(parcel.id, "another-run", State.FAILED)], now=NOW)
    own = await db.write(deliveries.settle, [Settled(parcel.id, parcel.claim, State.SENT)], now=NOW)
    repeated = await db.write(deliveries.settle, [Settled(parcel.id, parcel.claim, State.FAILED)], now=NOW)

    assert (strange, own, repeated) == (0, 1, 0)
    assert [row.state for row in await db.read(rows_of)] == [State.SENT]


@pytest.mark.parametrize(
    ("channel", "age", "state"),
    [
        (Channel.CUSTOM, 1, State.UNKNOWN),
        (Channel.TEMPLATE, 1, State.PENDING),
        (Channel.TEMPLATE, 9 * 60 + 1, State.UNKNOWN),
    ],
)
async def test_begin_run_never_resends_what_may_have_arrived(db, channel, age, state):
    await db.write(lambda session: make_batch(session, make_people(session, 1)))
    await db.write(take)

    def died(session):
        row = session.exec(select(Delivery)).one()
        row.channel = channel
        chunk = session.exec(select(DeliveryChunk)).one()
        session.flush()
        return deliveries.begin_run(session, Order(TASK, str(chunk.id), 0), machine_time=MACHINE + age, now=NOW)

    assert await db.write(died) == "bulk"
    assert [row.state for row in await db.read(rows_of)] == [state]


async def test_begin_run_refuses_an_old_order(db):
    await db.write(lambda session: make_batch(session, make_people(session, 1)))

    (order,) = await db.read(deliveries.list_due, NOW, 10)
    await db.write(deliveries.end_run, order, now=NOW)

    assert await db.write(deliveries.begin_run, order, machine_time=MACHINE, now=NOW) is None
    (later,) = await db.read(deliveries.list_due, NOW, 10)
    assert (later.key, later.attempt) == (order.key, 1)


async def test_paused_batch_gives_nothing_and_is_not_due(db):
    batch = await db.write(lambda session: make_batch(session, make_people(session, 3)))
    await db.write(deliveries.pause, batch, by="小王")

    assert await db.write(take) == []
    assert await db.read(deliveries.list_due, NOW, 10) == []
    with pytest.raises(Conflict, match="没有在发"):
        await db.write(deliveries.pause, batch, by="小王")

    await db.write(deliveries.resume, batch)
    assert len(await db.read(deliveries.list_due, NOW, 10)) == 1
    assert len(await db.write(take)) == 3


async def test_rolled_back_cause_leaves_nothing_to_carry_out(db):
    class Changed(Exception):
        pass

    def unit(session):
        (person,) = make_people(session, 1)
        deliveries.push(session, person, HELLO, Purpose.ANSWER, now=NOW)
        session.flush()
        raise Changed

    with pytest.raises(Changed):
        await db.write(unit)

    assert await db.read(deliveries.list_due, NOW, 10) == []
    assert await db.read(rows_of) == []


async def test_replies_stand_before_bulk(db):
    def unit(session):
        people = make_people(session, 2)
        make_batch(session, people)
        deliveries.push(session, people[0], HELLO, Purpose.ANSWER, now=NOW + timedelta(seconds=5))

    await db.write(unit)

    due = await db.read(deliveries.list_due, NOW + timedelta(minutes=1), 10)
    assert [order.lane for order in due] == ["reply", "bulk"]


async def test_news_waits_for_the_morning_and_an_answer_does_not(db):
    night = NOW.replace(hour=22)

    def unit(session):
        people = make_people(session, 1, spoke_at=night - timedelta(hours=1))
        make_batch(session, people)
        deliveries.push(session, people[0], HELLO, Purpose.ANSWER, now=night)

    await db.write(unit)

    parcels = await db.write(take, now=night)
    assert [parcel.batch_id for parcel in parcels] == [None]
    assert await db.write(take, now=night.replace(hour=23)) == []
    morning = NOW.replace(day=9, hour=8)
    assert len(await db.write(take, now=morning)) == 1


async def test_batch_past_its_deadline_is_not_sent_any_more(db):
    await db.write(lambda session: make_batch(session, make_people(session, 2), deadline_at=NOW + timedelta(hours=1)))

    assert await db.write(take, now=NOW + timedelta(hours=2)) == []
    assert {(row.state, row.reason) for row in await db.read(rows_of)} == {(State.SKIPPED, TOO_LATE)}


async def test_nobody_gets_more_news_a_day_than_the_cap(db):
    def unit(session):
        people = make_people(session, 1)
        for _ in range(3):
            make_batch(session, people)

    await db.write(unit)
    for _ in range(3):
        parcels = await db.write(take, limit=1)
        await db.write(deliveries.settle, [Settled(one.id, one.claim, State.SENT) for one in parcels], now=NOW)

    states = [row.state for row in await db.read(rows_of)]
    assert states == [State.SENT, State.SENT, State.SKIPPED]


async def test_job_push_goes_only_to_who_has_agreed(db):
    await db.write(lambda session: make_batch(session, make_people(session, 1), Purpose.JOB_PUSH))

    assert await db.write(take) == []
    assert [(row.state, row.reason) for row in await db.read(rows_of)] == [(State.SKIPPED, REFUSED)]


async def test_customer_service_stops_at_five_before_wechat_refuses(db):
    def unit(session):
        (person,) = make_people(session, 1)
        for _ in range(7):
            deliveries.push(session, person, HELLO, Purpose.ANSWER, now=NOW)

    await db.write(unit)

    parcels = await db.write(take)
    assert [parcel.channel for parcel in parcels] == [Channel.CUSTOM] * 5
    left = [row for row in await db.read(rows_of) if row.state == State.SKIPPED]
    assert [(row.channel, row.reason) for row in left] == [(Channel.CALL, UNREACHABLE)] * 2


async def test_claim_takes_the_next_channel_and_uses_a_credit_up(db):
    def unit(session):
        (person,) = make_people(session, 1, spoke_at=None, mini=True)
        session.add(SubscribeCredit(openid=f"m{person:05d}", template_id="T", credits=1, updated_at=NOW))
        for _ in range(2):
            deliveries.push(session, person, Message("车来了", "T", {"thing1": "车"}), Purpose.TRAVEL, now=NOW)

    await db.write(unit)

    parcels = await db.write(take, ways=Ways(templates=True))
    assert [(one.channel, one.address[0]) for one in parcels] == [(Channel.SUBSCRIBE, "m"), (Channel.TEMPLATE, "o")]


async def test_who_unfollowed_is_not_written_to(db):
    def unit(session):
        people = make_people(session, 1)
        make_batch(session, people)
        identity = session.exec(select(Identity)).one()
        identity.unfollowed_at = NOW
        session.add(identity)

    await db.write(unit)

    assert await db.write(take) == []
    assert [(row.state, row.channel) for row in await db.read(rows_of)] == [(State.SKIPPED, Channel.CALL)]


async def test_too_many_failures_pause_the_batch(db):
    batch = await db.write(lambda session: make_batch(session, make_people(session, 40)))
    parcels = await db.write(take)

    for number, one in enumerate(parcels[:30]):
        state = State.FAILED if number % 3 == 0 else State.SENT
        await db.write(deliveries.settle, [Settled(one.id, one.claim, state)], now=NOW)

    found = await db.read(lambda session: session.get(DeliveryBatch, batch).model_dump())
    assert (found["state"], found["paused_because"][:4]) == (BatchState.PAUSED, "失败太多")


async def test_retry_orders_the_failed_only(db):
    batch = await db.write(lambda session: make_batch(session, make_people(session, 4)))
    parcels = await db.write(take)
    ends = [State.SENT, State.FAILED, State.UNKNOWN, State.FAILED]
    settled = [Settled(one.id, one.claim, state) for one, state in zip(parcels, ends, strict=True)]
    await db.write(deliveries.settle, settled, now=NOW)

    again = await db.write(deliveries.retry_failed, batch, now=NOW)

    assert again == 2
    assert [row.state for row in await db.read(rows_of)] == [State.SENT, State.PENDING, State.UNKNOWN, State.PENDING]


async def test_after_restore_nothing_leaves_until_a_person_has_looked(db):
    def unit(session):
        people = make_people(session, 3)
        make_batch(session, people[:2])
        deliveries.push(session, people[2], HELLO, Purpose.ANSWER, now=NOW)

    await db.write(unit)
    await db.write(take, limit=1)

    await db.write(deliveries.after_restore, now=NOW)

    assert await db.read(deliveries.list_due, NOW + timedelta(days=1), 10) == []
    states = [row.state for row in await db.read(rows_of)]
    assert states == [State.UNKNOWN, State.PENDING, State.UNKNOWN]
    batches = await db.read(lambda session: [one.batch.state for one in deliveries.list_batches(session)])
    assert set(batches) == {BatchState.PAUSED}


async def test_old_deliveries_are_forgotten_and_open_ones_are_not(db):
    await db.write(lambda session: make_batch(session, make_people(session, 3)))
    parcels = await db.write(take, limit=2)
    await db.write(deliveries.settle, [Settled(one.id, one.claim, State.SENT) for one in parcels], now=NOW)
    (order,) = await db.read(deliveries.list_due, NOW, 10)
    await db.write(deliveries.end_run, order, now=NOW)

    early = await db.write(deliveries.forget_deliveries, created_before=NOW)
    gone = await db.write(deliveries.forget_deliveries, created_before=NOW + timedelta(days=1))
    again = await db.write(deliveries.forget_deliveries, created_before=NOW + timedelta(days=1))

    assert (early, gone, again) == (0, 2, 0)
    assert [row.state for row in await db.read(rows_of)] == [State.PENDING]
    assert len(await db.read(deliveries.list_due, NOW, 10)) == 1

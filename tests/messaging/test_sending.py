"""A run over a chunk, with a WeChat that fails in every way its error family knows."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from app.core.clock import Clock
from app.engine.orders import Order
from app.messaging import deliveries, late
from app.messaging.answers import send_answer
from app.messaging.claims import Ways
from app.messaging.deliveries import TASK
from app.messaging.delivery_models import BatchState, DeliveryBatch, Purpose, State, SubscribeCredit
from app.messaging.delivery_rules import Message
from app.messaging.models import LateAnswer
from app.messaging.sending import Sender
from app.wechat.wx_codes import Reason
from app.wechat.wx_errors import (
    AlreadyDone,
    NeedsOperator,
    PayloadRefused,
    QuotaSpent,
    RecipientGone,
    TokenRefused,
    TryAgain,
)

from .test_deliveries import HELLO, NOW, make_batch, make_people, rows_of

TOMORROW = NOW + timedelta(days=1)


class Post:
    """WeChat's side: what it was handed, and what it answers."""

    def __init__(self, *, custom=None, subscribe=None, template=None, wait=None):
        self.sent = []
        self._answers = {"custom": custom, "subscribe": subscribe, "template": template}
        self._wait = wait

    async def _take(self, way, openid, what):
        self.sent.append((way, openid, what))
        if self._wait:
            await self._wait.wait()
        answer = self._answers[way]
        if answer is not None:
            raise answer

    async def send_custom(self, openid, message, *, mini=False):
        await self._take("custom", openid, message["text"]["content"])

    async def send_subscribe(self, openid, template_id, data, *, page=""):
        await self._take("subscribe", openid, dict(data))

    async def send_template(self, openid, template_id, data, *, client_msg_id, path=""):
        await self._take("template", openid, client_msg_id)
        return "msg-1"


async def send(db, post, *, ways=None, at=NOW, stopping=lambda: False):
    """Carry out everything that is due at ``at``, once."""
    sender = Sender(db, Clock.starting_at(at), post, None, ways or Ways(), stopping=stopping, bulk_per_second=10_000)
    for order in await db.read(deliveries.list_due, at, 10):
        await sender.perform(order)
    return [row.state for row in await db.read(rows_of)]


async def test_run_sends_everybody_once_and_closes_the_chunk(db):
    await db.write(lambda session: make_batch(session, make_people(session, 90)))
    post = Post()

    states = await send(db, post)

    assert states == [State.SENT] * 90
    assert len({openid for _, openid, _ in post.sent}) == len(post.sent) == 90
    assert await db.read(deliveries.list_due, TOMORROW, 10) == []


@pytest.mark.parametrize(
    ("error", "state", "batch"),
    [
        (TryAgain("断了", maybe_sent=True), State.UNKNOWN, BatchState.PAUSED),
        (TryAgain("连不上", maybe_sent=False), State.PENDING, BatchState.RUNNING),
        (PayloadRefused("内容不合规", errcode=45002), State.FAILED, BatchState.PAUSED),
        (RecipientGone("取消关注了", errcode=43004, reason=Reason.UNFOLLOWED), State.SKIPPED, BatchState.RUNNING),
        (NeedsOperator("服务器地址不在白名单", errcode=40164), State.PENDING, BatchState.PAUSED),
        (TokenRefused("微信不认口令", errcode=40001), State.PENDING, BatchState.PAUSED),
        (AlreadyDone("发过了", errcode=45065), State.SENT, BatchState.RUNNING),
    ],
)
async def test_each_kind_of_error_ends_in_its_state(db, error, state, batch):
    number = await db.write(lambda session: make_batch(session, make_people(session, 30)))

    states = await send(db, Post(custom=error))

    assert set(states) <= {state, State.PENDING}
    assert state in states
    found = await db.read(lambda session: session.get(DeliveryBatch, number).state)
    assert found == batch


async def test_quota_that_is_used_up_holds_the_batch_until_it_is_counted_anew(db):
    number = await db.write(lambda session: make_batch(session, make_people(session, 3)))
    spent = QuotaSpent("今天的次数用完了。", errcode=45009, until=TOMORROW)

    states = await send(db, Post(custom=spent))
    after = await send(db, Post(), at=NOW + timedelta(hours=1))
    next_day = await send(db, Post(), at=TOMORROW + timedelta(minutes=1))

    assert (states, after) == ([State.PENDING] * 3, [State.PENDING] * 3)
    assert next_day == [State.SENT] * 3
    assert [row.attempt for row in await db.read(rows_of)] == [1, 1, 1]
    assert await db.read(lambda session: session.get(DeliveryBatch, number).state) == BatchState.RUNNING


async def test_closed_window_goes_on_by_subscribe_message(db):
    def unit(session):
        (person,) = make_people(session, 1, mini=True)
        session.add(SubscribeCredit(openid=f"m{person:05d}", template_id="T", credits=1, updated_at=NOW))
        deliveries.push(session, person, Message("车来了", "T", {"thing1": "车"}), Purpose.TRAVEL, now=NOW)

    await db.write(unit)
    post = Post(custom=RecipientGone("窗口关了", errcode=45015, reason=Reason.WINDOW_CLOSED))

    states = await send(db, post)

    assert states == [State.SENT]
    assert [way for way, _, _ in post.sent] == ["custom", "subscribe"]


async def test_template_whose_answer_was_lost_is_sent_again_under_the_same_id(db):
    def unit(session):
        (person,) = make_people(session, 1, spoke_at=None)
        deliveries.push(session, person, Message("车来了", "T", {"thing1": "车"}), Purpose.TRAVEL, now=NOW)

    await db.write(unit)
    lost, fine = Post(template=TryAgain("断了", maybe_sent=True)), Post()

    first = await send(db, lost, ways=Ways(templates=True))
    second = await send(db, fine, ways=Ways(templates=True), at=NOW + timedelta(minutes=1))

    assert (first, second) == ([State.PENDING], [State.SENT])
    assert lost.sent == fine.sent


async def test_order_that_cannot_be_had_is_given_up_after_some_tries(db):
    def unit(session):
        (person,) = make_people(session, 1)
        deliveries.push(session, person, HELLO, Purpose.ANSWER, now=NOW)

    await db.write(unit)
    post = Post(custom=TryAgain("连不上", maybe_sent=False))
    at, states = NOW, []
    for _ in range(7):
        states = await send(db, post, at=at)
        at += timedelta(hours=1)

    assert states == [State.FAILED]
    assert len(post.sent) == 6


async def test_pause_stops_a_run_between_two_takings(db):
    batch = await db.write(lambda session: make_batch(session, make_people(session, 120)))
    wait = asyncio.Event()
    post = Post(wait=wait)
    sending = asyncio.create_task(send(db, post))
    async with asyncio.timeout(5):
        while not post.sent:
            await asyncio.sleep(0)

    await db.write(deliveries.pause, batch, by="小王")
    wait.set()
    states = await sending

    assert states.count(State.SENT) == 8
    assert states.count(State.PENDING) == 112
    await db.write(deliveries.resume, batch)
    assert (await send(db, Post())).count(State.SENT) == 120


async def test_run_that_died_leaves_unknown_what_it_had_in_hand(db):
    await db.write(lambda session: make_batch(session, make_people(session, 20)))
    post = Post(wait=asyncio.Event())
    dying = asyncio.create_task(send(db, post))
    async with asyncio.timeout(5):
        while len(post.sent) < 8:
            await asyncio.sleep(0)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)

    other = Post()
    states = await send(db, other)

    assert (states.count(State.UNKNOWN), states.count(State.SENT)) == (8, 12)
    assert not {openid for _, openid, _ in post.sent} & {openid for _, openid, _ in other.sent}


async def test_without_the_rule_for_what_was_in_hand_people_see_it_twice(db, monkeypatch):
    """The guard off: what a dead run had in hand is simply sent again."""

    def all_again(session, order, *, machine_time, now):
        for row in session.exec(select(deliveries.Delivery)).all():
            row.state = State.PENDING
        return deliveries.Lane.BULK

    monkeypatch.setattr(deliveries, "begin_run", all_again)
    await db.write(lambda session: make_batch(session, make_people(session, 20)))
    post = Post(wait=asyncio.Event())
    dying = asyncio.create_task(send(db, post))
    async with asyncio.timeout(5):
        while len(post.sent) < 8:
            await asyncio.sleep(0)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)

    other = Post()
    await send(db, other)

    assert len({openid for _, openid, _ in post.sent} & {openid for _, openid, _ in other.sent}) == 8


async def test_order_of_a_chunk_that_went_on_does_nothing(db):
    await db.write(lambda session: make_batch(session, make_people(session, 2)))
    (order,) = await db.read(deliveries.list_due, NOW, 10)
    await send(db, Post())

    late = Post()
    sender = Sender(db, Clock.starting_at(NOW), late, None, Ways())
    await sender.perform(Order(TASK, order.key, order.attempt))

    assert late.sent == []


def keep_late(session, *, text="答案在这里"):
    """A late answer of one follower, kept and ordered."""
    (person,) = make_people(session, 1)
    openid = f"o{person:05d}"
    session.add(LateAnswer(dedup_key="1.late", openid=openid, message="", answer=text, begun_at=0))
    send_answer(session, openid, "1.late", text, now=NOW)


async def kept(db):
    return await db.read(lambda session: [row.answer for row in session.exec(select(LateAnswer)).all()])


async def test_late_answer_is_sent_and_not_shown_again(db):
    await db.write(keep_late)
    post = Post()

    states = await send(db, post)

    assert states == [State.SENT]
    assert [text for _, _, text in post.sent] == ["答案在这里"]
    assert await kept(db) == []


async def test_late_answer_that_was_shown_meanwhile_is_not_sent(db):
    await db.write(keep_late)
    assert await db.write(late.take_answer, "1.late") is True
    post = Post()

    assert await send(db, post) == [State.SKIPPED]
    assert post.sent == []


@pytest.mark.parametrize(
    "error", [RecipientGone("窗口关了", reason=Reason.WINDOW_CLOSED), NeedsOperator("没有权限"), TryAgain("连不上")]
)
async def test_late_answer_that_cannot_be_sent_waits_for_the_next_message(db, error):
    await db.write(keep_late)

    states = await send(db, Post(custom=error))

    assert states == [State.FAILED]
    assert await kept(db) == ["答案在这里"]


async def test_without_a_way_to_send_the_late_answer_stays_where_it_is(db):
    await db.write(keep_late)

    assert await send(db, Post(), ways=Ways(custom=False)) == [State.SKIPPED]
    assert await kept(db) == ["答案在这里"]

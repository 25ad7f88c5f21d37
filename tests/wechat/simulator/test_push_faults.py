"""Faults of deliveries, as the service's own codec meets them."""

import re
import time

import pytest

from app.wechat.codec import Codec, EnvelopeRefused
from app.wechat.simulator import messages
from app.wechat.simulator.pusher import Pusher

from .conftest import APP_ID, MODES, TOKEN, make_world, text_reply


@pytest.fixture
async def push(callback):
    """``await push(world)`` delivers one text, to a service that answers 403 to what its codec refuses."""
    pushers = []

    async def deliver(world):
        codec = Codec(token=TOKEN, app_id=APP_ID, aes_key=world.account.aes_key)

        def answer(query, body):
            try:
                envelope = codec.open(query, body, now=time.time())
            except EnvelopeRefused as refused:
                return 403, refused.reason.encode()
            content = re.search(r"<Content><!\[CDATA\[(.*)\]\]>", envelope.content.decode())[1]
            return 200, codec.seal(text_reply("o1", content), envelope, now=time.time()).encode()

        callback.answer = answer
        pushers.append(Pusher(world))
        return await pushers[-1].push(callback.url, "o1", messages.text("在吗"))

    yield deliver
    for pusher in pushers:
        await pusher.close()


@pytest.mark.parametrize(
    ("mode", "kind", "reason"),
    [
        *((mode, "wrong_signature", "signature") for mode in MODES),
        *((mode, "stale", "time") for mode in MODES),
        *((mode, "wrong_msg_signature", "msg_signature") for mode in ("compatible", "safe")),
        *((mode, "wrong_app_id", "app_id") for mode in ("compatible", "safe")),
    ],
)
async def test_forged_try_is_refused_and_the_next_one_is_true(push, mode, kind, reason):
    world = make_world(mode, push_timeout=0.3)
    world.faults.add("push", kind, nth=1)

    record = await push(world)

    assert [(one.status, one.fault) for one in record.tries] == [(403, kind), (200, None)]
    assert record.tries[0].response == reason
    assert record.reply == {"type": "text", "text": "在吗"}


async def test_duplicate_sends_the_very_same_request_twice(callback, push):
    world = make_world("safe")
    world.faults.add("push", "duplicate")

    record = await push(world)

    assert callback.requests[0] == callback.requests[1]
    assert [one.number for one in record.tries] == [1, 1]
    assert len(world.followers["o1"].inbox) == 1


async def test_parallel_sends_three_tries_of_one_message(callback, push):
    world = make_world()
    world.faults.add("push", "parallel")

    record = await push(world)

    assert len({query["nonce"] for query, _ in callback.requests}) == 3
    assert len({body for _, body in callback.requests}) == 1
    assert [one.outcome for one in record.tries] == ["answered"] * 3


@pytest.mark.parametrize("mode", MODES)
async def test_altered_replay_keeps_the_nonce_and_says_something_else(callback, push, mode):
    world = make_world(mode)
    world.faults.add("push", "replay_altered")

    record = await push(world)

    first, second = (query for query, _ in callback.requests)
    assert (first["nonce"], first["signature"]) == (second["nonce"], second["signature"])
    assert [one.response.count("（改）在吗") for one in record.tries] == [0, 1]
    assert record.reply == {"type": "text", "text": "在吗"}


async def test_fault_is_for_one_follower_and_one_call(push):
    world = make_world(push_timeout=0.3)
    world.faults.add("push", "stale", openid="o2")
    third = world.faults.add("push", "stale", nth=3)

    statuses = [[one.status for one in (await push(world)).tries] for _ in range(3)]

    assert statuses == [[200], [200], [403, 200]]
    assert (third.seen, third.fired) == (4, 1)

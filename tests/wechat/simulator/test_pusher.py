"""Deliveries over real HTTP: the three modes, the tries, and what the follower sees."""

import re
import threading
import warnings

import pytest

from app.wechat.codec import sign
from app.wechat.simulator import events, messages
from app.wechat.simulator.pusher import Pusher
from app.wechat.simulator.replies import FAULT_TEXT

from .conftest import AES_KEY, APP_ID, GH, MODES, TOKEN, make_world, text_reply

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from wechatpy import parse_message
    from wechatpy.crypto import WeChatCrypto
    from wechatpy.utils import check_signature

NOTICE = {"type": "notice", "text": FAULT_TEXT}


@pytest.fixture
async def make_pusher():
    pushers = []

    def make(world):
        pushers.append(Pusher(world))
        return pushers[-1]

    yield make
    for pusher in pushers:
        await pusher.close()


@pytest.mark.parametrize("mode", MODES)
async def test_push_goes_round_in_every_mode(callback, make_pusher, mode):
    world = make_world(mode)
    callback.answer_sealed(mode, lambda xml: text_reply("o1", "收到" + re.search(r"你好\w*", xml)[0]))

    record = await make_pusher(world).push(callback.url, "o1", messages.text("你好啊"))

    assert record.reply == {"type": "text", "text": "收到你好啊"}
    assert (record.delivered, record.rejected, len(record.tries)) == (True, None, 1)
    assert [item.as_json()["text"] for item in world.followers["o1"].inbox] == ["收到你好啊"]
    assert ("<Encrypt>" in record.request_raw, "<Encrypt>" in record.response_raw) == (mode != "plain",) * 2
    assert ("<Content>" in record.request_raw, "<Encrypt>" in record.response) == (mode != "safe", False)


@pytest.mark.parametrize("mode", ["compatible", "safe"])
async def test_push_is_understood_by_wechatpy(callback, make_pusher, mode):
    crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)

    def answer(query, body):
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        xml = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(xml)
        reply = text_reply(message.source, f"{message.target} {query['openid']} {message.content}")
        return 200, crypto.encrypt_message(reply, "415670741", "1714112445").encode()

    callback.answer = answer

    record = await make_pusher(make_world(mode)).push(callback.url, "o1", messages.text("在吗"))

    assert record.reply == {"type": "text", "text": f"{GH} o1 在吗"}


async def test_push_in_compatible_mode_takes_a_plain_reply_too(callback, make_pusher):
    callback.answer = lambda query, body: (200, text_reply("o1").encode())

    record = await make_pusher(make_world("compatible")).push(callback.url, "o1", messages.text("在吗"))

    assert record.reply == {"type": "text", "text": "您好"}


async def test_push_tries_three_times_with_one_msg_id(callback, make_pusher):
    world = make_world(push_timeout=0.1)
    world.faults.add("push", "delay", seconds=60)
    callback.answer = lambda query, body: (200, text_reply("o1").encode())

    record = await make_pusher(world).push(callback.url, "o1", messages.text("在吗"))

    assert [(one.number, one.outcome, one.fault) for one in record.tries] == [
        (number, "timeout", "delay") for number in (1, 2, 3)
    ]
    assert (record.delivered, record.reply) == (False, NOTICE)
    assert len({body for _, body in callback.requests}) == 1
    assert len({query["nonce"] for query, _ in callback.requests}) == 3
    assert len({query["signature"] for query, _ in callback.requests}) == 3


async def test_push_shows_the_answer_to_a_later_try(callback, make_pusher):
    world = make_world(push_timeout=0.2)
    world.faults.add("push", "delay", nth=1)
    callback.answer = lambda query, body: (200, text_reply("o1", f"第{len(callback.requests)}次").encode())

    record = await make_pusher(world).push(callback.url, "o1", messages.text("在吗"))

    assert [one.outcome for one in record.tries] == ["timeout", "answered"]
    assert record.reply == {"type": "text", "text": "第2次"}


async def test_push_cuts_a_service_that_thinks_too_long(callback, make_pusher):
    release = threading.Event()

    def answer(query, body):
        if len(callback.requests) == 1:
            release.wait(10)
        return 200, text_reply("o1").encode()

    callback.answer = answer

    record = await make_pusher(make_world(push_timeout=0.3)).push(callback.url, "o1", messages.text("在吗"))
    release.set()

    assert [one.outcome for one in record.tries] == ["timeout", "answered"]
    assert record.tries[0].seconds >= 0.3


async def test_push_tries_again_after_an_error_status(callback, make_pusher):
    callback.answer = lambda query, body: (500, b"oops")

    record = await make_pusher(make_world(push_timeout=0.1)).push(callback.url, "o1", messages.text("在吗"))

    assert [(one.status, one.outcome, one.response) for one in record.tries] == [(500, "http_error", "oops")] * 3
    assert record.rejected == "试了3次，都没有等到有效的应答"


async def test_push_survives_a_service_that_is_not_there(make_pusher, unused_tcp_port):
    world = make_world(push_timeout=0.1)
    url = f"http://127.0.0.1:{unused_tcp_port}/wechat"

    record = await make_pusher(world).push(url, "o1", messages.text("在吗"))

    assert [one.outcome for one in record.tries] == ["unreachable"] * 3
    assert [item.shown.type for item in world.followers["o1"].inbox] == ["notice"]


async def test_nothing_is_shown_after_unfollowing(callback, make_pusher):
    world = make_world()
    callback.answer = lambda query, body: (200, text_reply("o1").encode())

    record = await make_pusher(world).push(callback.url, "o1", events.unsubscribe())

    assert (record.delivered, record.reply, len(world.followers["o1"].inbox)) == (True, None, 0)


async def test_handshake_wants_the_echo_and_nothing_else(callback, make_pusher):
    def answer(query, body):
        assert query["signature"] == sign(TOKEN, query["timestamp"], query["nonce"])
        return 200, query["echostr"].encode()

    callback.answer = answer
    pusher = make_pusher(make_world())

    good = await pusher.handshake(callback.url)
    callback.answer = lambda query, body: (200, f'"{query["echostr"]}"'.encode())
    quoted = await pusher.handshake(callback.url)

    assert (good.ok, quoted.ok, quoted.status) == (True, False, 200)

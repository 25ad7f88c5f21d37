"""One request over real sockets: whatever happens to it, and whether it may have got there."""

import asyncio
import socket
import time

import pytest

from app.wechat.wire import CONNECTIONS, Answer, Ask, Wire
from app.wechat.wx_errors import NeedsOperator, PayloadRefused, TryAgain

from .fake import answering, read_request, silence, sockets

SEND = Ask("cgi-bin/send", query={"access_token": "t"}, body={"text": "您好"})


@pytest.fixture
async def wire():
    """``wire(address)`` is closed at the end."""
    opened = []

    def open_it(address):
        opened.append(Wire(address))
        return opened[-1]

    yield open_it
    for one in opened:
        await one.close()


async def failure(work):
    with pytest.raises((TryAgain, NeedsOperator, PayloadRefused)) as caught:
        await work
    return type(caught.value), caught.value.maybe_sent


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


async def test_exchange_answers_what_wechat_says_and_says_chinese_unescaped(wire):
    heard = []

    async def behave(reader, writer):
        heard.append(await read_request(reader))
        writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 28\r\n\r\n{"errcode":45015,"errmsg":1}')

    async with sockets(behave) as address:
        answer = await wire(address).exchange(SEND, seconds=5)

    head, body = heard[0]
    assert (answer.errcode, answer.errmsg) == (45015, "1")
    assert head.startswith("POST /cgi-bin/send?access_token=t HTTP/1.1")
    assert body == '{"text":"您好"}'.encode()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("<html>502 Bad Gateway</html>", "502 Bad Gateway"),
        ("{}", "500 Internal Server Error"),
        ("{}", "503 Service Unavailable"),
        ("", "200 OK"),
        ("<html>请登录</html>", "200 OK"),
        ('{"errcode":0,"errmsg":"o', "200 OK"),
        ("[1]", "200 OK"),
        ("null", "200 OK"),
        ('{"errcode":"many"}', "200 OK"),
        ('{"errcode":[1]}', "200 OK"),
        (b"\xff\xfe\x00", "200 OK"),
        ("[" * 100_000, "200 OK"),
    ],
)
async def test_an_answer_that_is_none_may_have_been_sent(wire, content, status):
    async with sockets(answering(content, status=status)) as address:
        ended = await failure(wire(address).exchange(SEND, seconds=5))

    assert ended == (TryAgain, True)


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        ("302 Found", NeedsOperator),
        ("403 Forbidden", NeedsOperator),
        ("404 Not Found", NeedsOperator),
        ("413 Too Large", PayloadRefused),
        ("429 Too Many", TryAgain),
    ],
)
async def test_a_refusal_by_http_was_not_sent(wire, status, ended):
    async with sockets(answering("no", status=status)) as address:
        assert await failure(wire(address).exchange(SEND, seconds=5)) == (ended, False)


async def test_nobody_there_was_not_sent(wire):
    assert await failure(wire(f"http://127.0.0.1:{free_port()}").exchange(SEND, seconds=5)) == (TryAgain, False)


async def test_an_address_that_is_none_needs_an_operator(wire):
    assert await failure(wire("ftp://127.0.0.1").exchange(SEND, seconds=5)) == (NeedsOperator, False)


async def test_silence_ends_at_the_deadline_and_may_have_been_sent(wire):
    async with sockets(silence) as address:
        begun = time.monotonic()
        ended = await failure(wire(address).exchange(SEND, seconds=0.2))

    assert ended == (TryAgain, True)
    assert time.monotonic() - begun < 2


async def test_an_answer_in_drips_ends_at_the_deadline_too(wire):
    async def drip(reader, writer):
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with sockets(drip) as address:
        assert await failure(wire(address).exchange(SEND, seconds=0.3)) == (TryAgain, True)


async def test_an_endless_answer_is_given_up(wire):
    async def flood(reader, writer):
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        while True:
            writer.write(b" " * 65536)
            await writer.drain()

    async with sockets(flood) as address:
        assert await failure(wire(address).exchange(SEND, seconds=10)) == (TryAgain, True)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"])
async def test_a_line_that_breaks_after_the_request_may_have_been_sent(wire, said):
    async def cut(reader, writer):
        await read_request(reader)
        writer.write(said)
        await writer.drain()

    async with sockets(cut) as address:
        assert await failure(wire(address).exchange(SEND, seconds=5)) == (TryAgain, True)


async def test_a_handshake_that_never_ends_was_not_sent(wire):
    async with sockets(silence) as address:
        ended = await failure(wire(address.replace("http:", "https:")).exchange(SEND, seconds=0.3))

    assert ended == (TryAgain, False)


async def test_a_call_that_waits_for_its_turn_was_not_sent(wire):
    async with sockets(silence) as address:
        one = wire(address)
        holding = [asyncio.create_task(failure(one.exchange(SEND, seconds=1))) for _ in range(CONNECTIONS)]
        await asyncio.sleep(0)

        waiting = await failure(one.exchange(SEND, seconds=0.3))

        assert waiting == (TryAgain, False)
        assert await asyncio.gather(*holding) == [(TryAgain, True)] * CONNECTIONS


async def test_close_ends_calls_in_flight_within_a_second(wire):
    async with sockets(silence) as address:
        one = wire(address)
        flying = [asyncio.create_task(failure(one.exchange(SEND, seconds=60))) for _ in range(CONNECTIONS + 2)]
        await asyncio.sleep(0.2)

        begun = time.monotonic()
        await one.close()
        took = time.monotonic() - begun

        assert took < 1
        assert sorted(await asyncio.gather(*flying), key=str) == [(TryAgain, False)] * 2 + [(TryAgain, True)] * 8
        assert await failure(one.exchange(SEND, seconds=60)) == (TryAgain, False)


async def test_a_proxy_of_the_environment_never_sees_a_call(wire, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")

    async with sockets(answering("{}")) as address:
        assert await wire(address).exchange(SEND, seconds=5) == Answer({})


async def test_a_picture_is_an_answer_where_one_is_wanted(wire):
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)

    async with sockets(answering(picture, content_type="image/png")) as address:
        answer = await wire(address).exchange(Ask("wxa/code", body={}, may_be_bytes=True), seconds=5)
        elsewhere = await failure(wire(address).exchange(SEND, seconds=5))

    assert answer.content == picture
    assert elsewhere == (TryAgain, True)

"""The same bounds through a real server, where a sender can be cut off, be slow, or lie about its length."""

import asyncio
import contextlib

import pytest
import uvicorn

from .conftest import make_app


@pytest.fixture
async def port():
    config = uvicorn.Config(make_app(body_deadline=0.3), port=0, log_level="critical", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def say(port, *pieces):
    """Send ``pieces`` as they are and give back everything that the server says until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        return await asyncio.wait_for(reader.read(), timeout=5)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def head(*lines, method=b"POST", path=b"/api/v1/probe"):
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", b"Host: test", *lines, b"", b""])


async def test_an_oversized_body_gets_its_413(port):
    body = b'{"note": "' + b"a" * 300_000 + b'"}'

    answer = await say(port, head(b"Content-Type: application/json", b"Content-Length: %d" % len(body)), body)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code": "too_large"' in answer


async def test_a_chunked_body_that_stops_arriving_gets_its_408(port):
    chunked = b"Content-Type: application/json", b"Transfer-Encoding: chunked"

    answer = await say(port, head(*chunked), b"1\r\n{\r\n")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "too_slow"' in answer


async def test_a_length_that_promises_more_than_comes_gets_its_408(port):
    answer = await say(port, head(b"Content-Type: application/json", b"Content-Length: 100"), b"{}")

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_length_that_is_no_number_is_400(port):
    answer = await say(port, head(b"Content-Type: application/json", b"Content-Length: -1"), b"{}")

    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("path", [b"/api/v1/policies", b"/api/v1/docs/start.js", b"/api/v1/docs"])
async def test_head_over_the_wire_has_the_length_and_no_body(port, path):
    answer = await say(port, head(b"Connection: close", method=b"HEAD", path=path))

    headers, _, body = answer.partition(b"\r\n\r\n")
    assert headers.startswith(b"HTTP/1.1 200 ")
    assert b"content-length: 0" not in headers.lower()
    assert body == b""


async def test_a_connection_is_good_for_the_next_request_after_a_refusal(port):
    refused = head(b"Content-Type: text/plain", b"Content-Length: 2") + b"{}"

    answer = await say(port, refused, head(b"Connection: close", method=b"GET", path=b"/api/v1/policies"))

    assert answer.startswith(b"HTTP/1.1 415 ")
    assert b"HTTP/1.1 200 " in answer


async def test_a_long_address_is_answered(port):
    path = b"/api/v1/policies?q=" + b"a" * 30_000

    answer = await say(port, head(b"Connection: close", method=b"GET", path=path))

    assert answer.startswith(b"HTTP/1.1 422 ")

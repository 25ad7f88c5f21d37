"""Bodies are bounded in size and time before anything reads them."""

import asyncio
import time

import httpx
import pytest

from app.api.body import BodyLimits

from .conftest import JSON, make_app, problem_of

BIG = b'{"note": "' + b"a" * 300_000 + b'"}'


async def in_pieces(*pieces, pause=0.0):
    for piece in pieces:
        yield piece
        await asyncio.sleep(pause)


async def test_a_big_body_is_413(client):
    answer = await client.post("/probe", content=BIG, headers=JSON)

    assert answer.status_code == 413
    assert problem_of(answer)["code"] == "too_large"


async def test_a_big_body_in_chunks_is_413(client):
    answer = await client.post("/probe", content=in_pieces(*[BIG[:100_000]] * 4), headers=JSON)

    assert answer.status_code == 413


async def test_an_endless_body_is_cut_off(client):
    async def endless():
        while True:
            yield b"a" * 65_536

    answer = await client.post("/probe", content=endless(), headers=JSON)

    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    "body",
    [
        b"{" + b",".join(b'"k%d":1' % number for number in range(24_000)) + b',"k23999":1}',
        b"{" + b",".join(b'"k%d":1' % number for number in range(24_000)) + b"}",
        b'{"facts": {"a": [' + b"[]," * 85_000 + b"[]]}}",
        b'{"passengers": [' + b"{}," * 85_000 + b"{}]}",
        b'{"name": "' + rb"\u200b" * 43_000 + b'"}',
    ],
    ids=["repeated", "unknown", "lists", "items", "invisible"],
)
async def test_the_costliest_body_within_the_cap_is_judged_quickly(client, body):
    begun = time.process_time()

    answer = await client.post("/probe", content=body, headers=JSON)

    assert answer.status_code in (200, 422)
    assert time.process_time() - begun < 1.5


async def test_a_body_of_just_the_cap_is_read(client):
    body = b'{"facts": {"a": "' + b"a" * (256 * 1024 - 20) + b'"}}'

    answer = await client.post("/probe", content=body, headers=JSON)

    assert len(body) == 256 * 1024
    assert answer.status_code == 200


async def test_outside_the_api_the_cap_is_its_own_and_the_body_empty(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.post("/wechat?kind=full", content=b"a" * 70_000)

    assert (answer.status_code, answer.content) == (413, b"")


async def test_a_slow_chunked_body_is_408():
    app = make_app(body_deadline=0.1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.post("/api/v1/probe", content=in_pieces(*[b" "] * 50, b"{}", pause=0.02), headers=JSON)

    assert answer.status_code == 408
    assert problem_of(answer)["code"] == "too_slow"
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "+2", "", "²", "9" * 5000, "1", "3", "200000"])
async def test_a_wrong_content_length_is_400(client, length):
    answer = await client.post("/probe", content=b"{}", headers={**JSON, "Content-Length": length.encode()})

    assert answer.status_code == 400
    assert problem_of(answer)["code"] == "bad_request"


async def test_a_length_far_beyond_the_cap_is_refused_unread(client):
    async def never():
        raise AssertionError("the body was read")
        yield b""

    answer = await client.post("/probe", content=never(), headers={**JSON, "Content-Length": "99999999"})

    assert answer.status_code == 413


async def test_a_sender_that_hangs_up_gets_no_answer():
    async def app(scope, receive, send):
        raise AssertionError("the request went on")

    async def gone():
        return {"type": "http.disconnect"}

    async def send(message):
        raise AssertionError("an answer was sent")

    scope = {"type": "http", "path": "/api/v1/probe", "headers": [], "method": "POST"}
    await BodyLimits(app, caps=[("/", 10)])(scope, gone, send)


def test_a_table_that_forgets_a_path_is_refused():
    with pytest.raises(ValueError, match="last prefix"):
        BodyLimits(None, caps=[("/api/", 10)])

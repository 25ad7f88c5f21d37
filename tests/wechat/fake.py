"""A WeChat of a few lines, for what no simulator would do: exact answers in an exact order, sockets that misbehave."""

import asyncio
import json
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import httpx

from app.core.clock import Clock
from app.core.config import DEMO, Settings
from app.wechat.gateway import Gateway

TOKEN = "cgi-bin/stable_token"
BASE = "http://wechat.test"
OPENID = "oABCD1234efgh5678ijkl9012mnop"
RID = "65f0c9e1-1a2b3c4d-5e6f7a8b"
REAL = {
    "simulator": "off",
    "wechat_app_id": "wx0123456789abcdef",
    "wechat_app_secret": "the-secret-of-the-account",
    "mini_app_id": "wxfedcba9876543210",
    "mini_app_secret": "the-secret-of-the-mini-program",
    "secret_key": "0123456789abcdef0123456789abcdef",
}


def make_settings(**changes):
    """Settings of a real account."""
    return Settings(_env_file=None, **{**DEMO, **REAL, **changes})


def refusal(errcode, errmsg="no", **more):
    return {"errcode": errcode, "errmsg": f"{errmsg} rid: {RID}", **more}


@dataclass
class Seen:
    path: str
    query: dict
    body: bytes
    content_type: str

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class FakeWeChat:
    """Answers ``ok`` to everything and tokens ``t1``, ``t2`` …; ``answers[path]`` are used up first."""

    answers: dict = field(default_factory=lambda: defaultdict(list))
    seen: list = field(default_factory=list)
    tokens: int = 1
    expires_in: int = 7200

    def __call__(self, request):
        path = request.url.path.strip("/")
        self.seen.append(Seen(path, dict(request.url.params), request.content, request.headers.get("content-type", "")))
        answer = self._answer(path, request)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def _answer(self, path, request):
        if self.answers[path]:
            answer = self.answers[path][0]
            if not isinstance(answer, Always):
                self.answers[path].pop(0)
            answer = getattr(answer, "answer", answer)
            if isinstance(answer, Exception):
                raise answer
            return answer
        if path == TOKEN:
            if json.loads(request.content)["force_refresh"]:
                self.tokens += 1
            return {"access_token": f"token-number-{self.tokens}", "expires_in": self.expires_in}
        return {"errcode": 0, "errmsg": "ok"}

    def calls(self, path=None):
        """The calls of one path; without one, of all but the token's."""
        return [one for one in self.seen if (one.path == path if path else one.path != TOKEN)]


@dataclass
class Always:
    """An answer that is not used up."""

    answer: object


def open_gateway(fake, db, *, clock=None, **changes):
    return Gateway(make_settings(**changes), db, clock or Clock(), api_base=BASE, transport=httpx.MockTransport(fake))


@asynccontextmanager
async def sockets(behave):
    """A server whose every connection is handed to ``behave(reader, writer)``; yields its address."""

    async def handle(reader, writer):
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def read_request(reader):
    """Head and body of one request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next((line.split(":")[1] for line in head.lower().split("\r\n") if line.startswith("content-length")), 0)
    return head, await reader.readexactly(int(length))


def answering(content, *, status="200 OK", content_type="application/json"):
    """``behave`` that answers every request alike."""
    payload = content.encode() if isinstance(content, str) else content
    head = f"HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {len(payload)}\r\n\r\n".encode()

    async def behave(reader, writer):
        while True:
            await read_request(reader)
            writer.write(head + payload)
            await writer.drain()

    return behave


async def silence(reader, writer):
    await read_request(reader)
    await asyncio.sleep(60)


def query_of(head):
    return {name: values[0] for name, values in parse_qs(head.split(" ")[1].partition("?")[2]).items()}

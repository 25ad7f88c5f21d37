"""A service that is nothing but a callback address, run for real on loopback, and worlds that speak to it."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from app.wechat.codec import Codec
from app.wechat.simulator.account import Account
from app.wechat.simulator.app import create_simulator_app
from app.wechat.simulator.world import World

APP_ID = "wxdemo000000000001"
TOKEN = "yanlu-demo-token"
AES_KEY = "yanluDemoAesKey0123456789abcdefghijklmnopqs"
GH = "gh_yanludemo01"
ACCOUNT = {
    "app_id": APP_ID,
    "app_secret": "demo-secret",
    "token": TOKEN,
    "original_id": GH,
    "mini_app_id": "wxmini",
    "mini_app_secret": "mini-secret",
}
MODES = {"plain": {}, "compatible": {"aes_key": AES_KEY, "compatible": True}, "safe": {"aes_key": AES_KEY}}


def make_world(mode="plain", **options):
    return World(Account(**ACCOUNT, **MODES[mode]), push_timeout=options.pop("push_timeout", 2.0), **options)


def text_reply(openid, content="您好", **fields):
    values = {
        "ToUserName": openid,
        "FromUserName": GH,
        "CreateTime": "1700000000",
        "MsgType": "text",
        "Content": content,
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in (values | fields).items() if value is not None)
    return f"<xml>{inner}</xml>"


class Callback:
    """What the fake service got, and what it will answer: ``answer(query, body) -> (status, body)``."""

    def __init__(self, app):
        self.requests = []
        self.answer = lambda query, body: (200, b"")
        app.add_api_route("/wechat", self._handle, methods=["GET", "POST"])

    async def _handle(self, request: Request) -> Response:
        query, body = dict(request.query_params), await request.body()
        self.requests.append((query, body))
        status, content = await asyncio.to_thread(self.answer, query, body)
        return Response(content, status_code=status, media_type="text/plain")

    def answer_sealed(self, mode, make_reply):
        """Open what comes with the service's own codec, and seal what ``make_reply(xml)`` gives."""
        codec = Codec(token=TOKEN, app_id=APP_ID, aes_key=MODES[mode].get("aes_key", ""))

        def answer(query, body):
            envelope = codec.open(query, body, now=time.time())
            return 200, codec.seal(make_reply(envelope.content.decode()), envelope, now=time.time()).encode()

        self.answer = answer


class _Server(uvicorn.Server):
    def __init__(self, config):
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        self.ready.set()


@contextmanager
def running(app):
    """Serve the application on a free port of loopback; gives the base address."""
    # The protocol must be named: asyncio switches Nagle off (40 ms a request) only where it sees TCP.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, log_level="critical", ws="none", loop="asyncio", timeout_keep_alive=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert server.ready.wait(10)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="session")
def _callback_server():
    app = FastAPI()
    callback = Callback(app)
    with running(app) as address:
        callback.url = f"{address}/wechat"
        yield callback


@pytest.fixture
def callback(_callback_server):
    _callback_server.requests.clear()
    _callback_server.answer = lambda query, body: (200, b"")
    return _callback_server


@pytest.fixture
async def open_simulator(callback) -> Callable:
    """``await open_simulator(world)`` gives an HTTP client of that world's control API."""
    opened = []

    async def open_it(world, url=None):
        app = create_simulator_app(world, url or callback.url)
        context = app.router.lifespan_context(app)
        await context.__aenter__()
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://simulator/simulator")
        opened.append((client, context))
        return client

    yield open_it
    for client, context in opened:
        await client.aclose()
        await context.__aexit__(None, None, None)

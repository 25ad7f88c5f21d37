"""A worker that sends to `provider`, in a process of its own, to be killed at any moment. Run by `test_kills`."""

import asyncio
import os
import signal
import sys

import httpx

from app.core.clock import Clock
from app.core.db import open_database
from app.core.db.url import parse_url
from app.engine.engine import Engine
from app.messaging.claims import Ways
from app.messaging.sending import Sender
from app.wechat.wx_errors import TryAgain


class Post:
    def __init__(self, address):
        self._client = httpx.AsyncClient(base_url=address, timeout=5, trust_env=False)

    async def _post(self, way, **body):
        try:
            await self._client.post(f"/send/{way}", json=body)
        except httpx.HTTPError as error:
            raise TryAgain(maybe_sent=not isinstance(error, httpx.ConnectError)) from error

    async def send_custom(self, openid, message, *, mini=False):
        await self._post("custom", openid=openid)

    async def send_template(self, openid, template_id, data, *, client_msg_id, path=""):
        await self._post("template", openid=openid, id=client_msg_id)
        return ""


async def main(url, address, name, noon):
    db = open_database(url)
    clock = Clock()
    clock.set(clock.now().replace(hour=int(noon)))  # never in the quiet hours
    sender = Sender(db, clock, Post(address), None, Ways(templates=True), bulk_per_second=2000)
    engine = Engine(parse_url(url), db, clock, [sender.task], name=name)
    await engine.start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    print(os.getpid(), flush=True)
    await stopped.wait()
    await engine.close()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

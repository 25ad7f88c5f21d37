"""A worker that sends to the simulator, in a process of its own, to be killed at any moment. Run by `test_kills`."""

import asyncio
import os
import signal
import sys

from app.core.clock import Clock
from app.core.config import load_settings
from app.core.db import open_database
from app.core.db.url import parse_url
from app.engine.engine import Engine
from app.messaging.claims import Ways
from app.messaging.sending import Sender
from app.wechat.gateway import Gateway


async def main(name):
    settings = load_settings()
    db = open_database(settings.database_url)
    clock = Clock()
    gateway = Gateway(settings, db, clock, api_base=settings.wechat_api_base)
    ways = Ways(templates=settings.wechat_account_type == "service")
    sender = Sender(db, clock, gateway, None, ways, bulk_per_second=2000)
    engine = Engine(parse_url(settings.database_url), db, clock, [sender.task], name=name)
    await engine.start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    print(os.getpid(), flush=True)
    await stopped.wait()
    await engine.close()
    await gateway.close()
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

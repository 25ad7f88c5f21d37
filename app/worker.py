"""`yanlu worker`: the engine without the web, for a machine more."""

import asyncio
import signal

import structlog

from app.core.config import Settings
from app.core.db import open_database
from app.core.db.url import parse_url
from app.core.errors import ConfigError
from app.core.shared_clock import SharedClock, follow
from app.engine.locks import live_lock
from app.outgoing import gateway_of, outgoing_of
from app.wechat.simulator.remote import RemoteSimulator

log = structlog.get_logger()


async def work(settings: Settings) -> None:
    """Carry out what is due until told to stop. Raises ConfigError: the name is taken, the simulator out of reach."""
    living = live_lock(parse_url(settings.database_url))
    if not living.take():
        raise ConfigError("正在恢复备份，等恢复完再启动。")
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    db = open_database(settings.database_url)
    clock = SharedClock(db)
    outgoing = outgoing_of(settings, db, clock, gateway_of(settings, db, clock, own=None))
    following: asyncio.Task[None] | None = None
    remote = RemoteSimulator(settings.wechat_api_base) if settings.simulator_on else None
    try:
        if remote is not None:
            following = asyncio.create_task(follow(clock, remote.shift))
        await outgoing.engine.start()
        log.info("worker_ready", name=outgoing.engine.name)
        await stopped.wait()
    finally:
        if following is not None:
            following.cancel()
        await outgoing.close()
        if remote is not None:
            await remote.close()
        await db.close()
        living.release()

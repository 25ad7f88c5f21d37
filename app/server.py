"""Starting the service and the simulator under uvicorn."""

import asyncio
import signal
import socket
import sys
from types import FrameType
from typing import Any, Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.core.clock import Clock
from app.core.config import Settings
from app.core.db import open_database
from app.core.doctor import find_problems
from app.core.errors import ConfigError
from app.core.migrations import migrate
from app.core.shared_clock import store_shift
from app.knowledge.menus import wechat_buttons
from app.main import account_of, create_app
from app.policies.catalogue import load_knowledge
from app.wechat.simulator.app import create_simulator_app
from app.wechat.simulator.clock import SimulatedClock
from app.wechat.simulator.world import World

GRACEFUL: Final = 10
"""Seconds that answers in progress get when the service is stopped."""


class Stopped(SystemExit):
    """Told to stop by SIGTERM: exit status 0, wherever it is raised."""


def serve(settings: Settings, *, host: str, port: int, welcome: bool = False) -> None:
    """Check, migrate, and serve until told to stop. Raises ConfigError saying what to mend."""
    signal.signal(signal.SIGTERM, _stop)
    problems = [problem for problem in find_problems(settings) if problem.fatal]
    if problems:
        raise ConfigError("\n".join(f"{p.setting}：{p.what}{p.mend}" for p in problems))
    load_knowledge(settings.intents_path)
    migrate(settings.database_url)
    if settings.clock_start:
        _start_clock(settings)
    with bind(host, port) as listener:
        port = listener.getsockname()[1]
        if settings.workers > 1:
            _run_many(settings, listener)
            return
        application = create_app(settings, on_ready=lambda: _say_ready(host, port, welcome=welcome))
        run(application, listener)
        if application.application.failed:
            sys.exit(1)


def serve_simulator(settings: Settings, *, callback: str, host: str, port: int) -> None:
    """The simulator as a process of its own."""
    signal.signal(signal.SIGTERM, _stop)
    world = World(account_of(settings), clock=SimulatedClock(settings.clock_start))
    library, _ = load_knowledge(settings.intents_path)
    world.menu = wechat_buttons(library.menu, library.intents)
    with bind(host, port) as listener:
        listener.listen()  # whoever reads the address may call at once
        print(f"微信模拟器的手机：http://{host}:{listener.getsockname()[1]}/simulator", flush=True)
        run(create_simulator_app(world, callback), listener)


def run(application: Any, listener: socket.socket) -> None:
    server = uvicorn.Server(uvicorn_config(application))
    try:
        server.run(sockets=[listener])
    except (KeyboardInterrupt, Stopped):
        return  # uvicorn has stopped cleanly and only passes the signal on


def _run_many(settings: Settings, listener: socket.socket) -> None:
    config = uvicorn_config("app.main:create_app", factory=True, workers=settings.workers)
    Multiprocess(config, sockets=[listener]).run()


def uvicorn_config(application: Any, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=GRACEFUL,
        **more,
    )


def bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio leaves Nagle's algorithm on and every answer waits some 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"听不了 {host}:{port}（{error.strerror}）。换个端口，如 --port {port + 1}。") from None
    listener.set_inheritable(True)
    return listener


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM is how a container or systemd says “enough”, also while everything is still starting.

    While it serves, uvicorn catches the signal, finishes what is in progress, and only then passes it on to here.
    Process 1 of a container has no default: without this, a start could not be interrupted there.
    """
    raise Stopped


def _start_clock(settings: Settings) -> None:
    """Set the time for every process of this database, once, before any of them starts."""
    if settings.clock_start is None:
        return
    shift = Clock.starting_at(settings.clock_start).shift.total_seconds()

    async def store() -> None:
        db = open_database(settings.database_url)
        await db.write(store_shift, shift)
        await db.close()

    asyncio.run(store())


def _say_ready(host: str, port: int, *, welcome: bool) -> None:
    base = f"http://{host}:{port}"
    if not welcome:
        print(f"服务已启动：{base}", file=sys.stderr, flush=True)
        return
    print(
        f"""
雁路演示已启动（Ctrl-C 停止）
  手机        {base}/simulator
  接口说明    {base}/api/v1/docs
  试一试      在手机里问：
              · 去中山打工车费能不能报
              · 失业登记怎么办
              · 回乡开店有没有补贴
""",
        flush=True,
    )

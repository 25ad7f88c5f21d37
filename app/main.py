"""The one place where everything meets: settings, database, knowledge, doors."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

import httpx
import structlog
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.api.frame import install_api
from app.core.clock import Clock, machine_now, machine_seconds
from app.core.config import ROOT, Settings, load_settings
from app.core.db import Database, open_database
from app.core.db.url import parse_url
from app.core.errors import ConfigError, YanluError
from app.core.logging import configure_logging
from app.core.shared_clock import SharedClock, follow, load_shift
from app.engine.engine import Engine
from app.engine.locks import live_lock
from app.jobs import events
from app.jobs.desk import Desk
from app.knowledge.calibration import knowledge_version, read_calibration
from app.knowledge.index import Index
from app.knowledge.library import Library
from app.knowledge.menus import wechat_buttons
from app.knowledge.semantic import load_semantic
from app.messaging import deliveries, inbound, inbox, missed
from app.messaging.answers import send_mini_answer
from app.messaging.credits import keep_credit
from app.messaging.rendering import MessageTemplates
from app.outgoing import Outgoing, gateway_of, outgoing_of
from app.people import idempotency, linking, sessions
from app.policies.catalogue import Catalogue, load_knowledge
from app.wechat.codec import Codec
from app.wechat.messages import Message
from app.wechat.quotas import forget_quotas
from app.wechat.simulator.account import Account, AccountType
from app.wechat.simulator.app import simulator_router
from app.wechat.simulator.remote import RemoteSimulator
from app.wechat.simulator.world import World
from bot import skills
from bot.callback import Callback
from bot.conversation import Conversation
from bot.door import Door
from bot.meanings import Meanings
from bot.mini import MiniDoor
from bot.route import is_aspect
from bot.router import Router
from bot.turn import Turns

LEARNT: Final = ROOT / "var/learnt.npz"
"""Under our own folder, never in the shared temporary one."""
HOUSEKEEPING: Final = 60.0
"""Seconds between clean-ups."""
REMEMBERED: Final = 49 * 3600
"""Seconds that a message's row is kept: WeChat repeats it for 15, but it opens a window for answers of 48 hours."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Services:
    """Everything the doors need, built once and never changed."""

    settings: Settings
    db: Database
    clock: SharedClock
    library: Library
    catalogue: Catalogue
    router: Router
    meanings: Meanings
    turns: Turns
    conversation: Conversation
    templates: MessageTemplates
    jobs: Desk


def codec_of(settings: Settings) -> Codec:
    return Codec(
        token=settings.wechat_token,
        app_id=settings.wechat_app_id,
        aes_key=settings.wechat_aes_key,
        previous_aes_key=settings.wechat_aes_key_previous,
    )


def mini_codec_of(settings: Settings) -> Codec | None:
    """The mini-program's push uses the account's token and keys, under an id of its own. None without one."""
    if not settings.mini_app_id:
        return None
    return Codec(
        token=settings.wechat_token,
        app_id=settings.mini_app_id,
        aes_key=settings.wechat_aes_key,
        previous_aes_key=settings.wechat_aes_key_previous,
    )


def account_of(settings: Settings) -> Account:
    """The simulator's account: the same values on WeChat's side."""
    return Account(
        app_id=settings.wechat_app_id,
        token=settings.wechat_token,
        original_id=settings.wechat_original_id,
        app_secret=settings.wechat_app_secret,
        aes_key=settings.wechat_aes_key,
        account_type=AccountType(settings.wechat_account_type),
        mini_app_id=settings.mini_app_id,
        mini_app_secret=settings.mini_app_secret,
    )


async def build_services(settings: Settings) -> Services:
    """Open the database and load the knowledge. Raises YanluError saying what is wrong."""
    db = open_database(settings.database_url)
    shift = await db.read(load_shift) if settings.simulator_on else None
    clock = SharedClock(db, timedelta(seconds=shift or 0))
    folder = settings.intents_path
    version = await asyncio.to_thread(knowledge_version, folder)
    library, catalogue, index = await asyncio.to_thread(load_index, folder, version)
    router = Router(library, index, read_calibration(folder), catalogue)
    meanings = Meanings(index, load_semantic(settings.semantic, semantic_cache(settings)))
    templates = MessageTemplates(mini_app_id=settings.mini_app_id)
    desk = Desk(library.lexicon, router.reader)
    await desk.refresh(db)
    turns = Turns(db, router, meanings, library, catalogue, templates, desk, clock)
    conversation = Conversation(db, turns, templates, clock)
    return Services(settings, db, clock, library, catalogue, router, meanings, turns, conversation, templates, desk)


@lru_cache(maxsize=1)
def load_index(folder: Path, version: str) -> tuple[Library, Catalogue, Index]:
    """The knowledge of ``folder`` and its index; what has not changed is not built twice in one process."""
    library, catalogue = load_knowledge(folder)
    return library, catalogue, build_index(library)


def build_index(library: Library) -> Index:
    """What its linear model learns is kept beside the code, where that can be written to."""
    return Index(library.intents, library.lexicon, is_aspect=is_aspect, cache=LEARNT)


def semantic_cache(settings: Settings) -> Path:
    """Beside the SQLite file; with PostgreSQL in `var`, where there is one."""
    url = parse_url(settings.database_url)
    folder = Path(url.database or "").parent if url.get_backend_name() == "sqlite" else Path("var")
    return folder / "semantic.npz"


class Application:
    """Loading in the background, so that the process can say that it is alive but not ready."""

    def __init__(self, settings: Settings, on_ready: Callable[[], None]) -> None:
        self.settings = settings
        self.failed = False
        self._on_ready = on_ready
        own = settings.simulator_on and not settings.wechat_api_base
        self.world = World(account_of(settings)) if own else None
        self._remote: RemoteSimulator | None = None
        self._doors: asyncio.Future[Mapping[str, Door]] | None = None

    @asynccontextmanager
    async def lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        self._doors = asyncio.get_running_loop().create_future()
        async with AsyncExitStack() as stack:
            loading = asyncio.create_task(self._load(app, stack))
            yield
            await loading

    async def _load(self, app: FastAPI, stack: AsyncExitStack) -> None:
        try:
            services = await build_services(self.settings)
        except Exception:
            log.exception("cannot_start")
            self._give_up("")
            return
        living = live_lock(parse_url(self.settings.database_url))
        if not await asyncio.to_thread(living.take):
            self._give_up("正在恢复备份，等恢复完再启动。")
            return
        stack.callback(living.release)
        stack.push_async_callback(services.db.close)
        stack.callback(services.meanings.close)
        try:
            outgoing = await self._start_outgoing(app, services, stack)
        except ConfigError as refusal:
            self._give_up(refusal.detail)
            return
        stack.push_async_callback(services.conversation.close)
        mini = self._open_mini(services, stack)
        for work in self._background(services, mini, stack):
            stack.callback(asyncio.create_task(work).cancel)
        app.state.services = services
        app.state.gateway, app.state.engine = outgoing.gateway, outgoing.engine
        settle_memory()
        if self.world:
            self.world.clock = services.clock
            self.world.menu = wechat_buttons(services.library.menu, services.library.intents)
            self.world.steps.take()  # a page that is open already looks again
        codec = codec_of(self.settings)
        callback = Callback(
            codec, services.conversation, services.templates, services.clock, on_message=self._note_sender
        )
        if self._doors:
            self._doors.set_result({"/wechat": callback} | ({"/wechat/mini": mini} if mini else {}))
        log.info("ready", policies=len(services.catalogue.policies), intents=len(services.library.intents))
        self._on_ready()

    def _give_up(self, sentence: str) -> None:
        """Without knowledge, database or a name of its own there is nothing to serve."""
        self.failed = True
        if sentence:
            print(sentence, file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    async def _start_outgoing(self, app: FastAPI, services: Services, stack: AsyncExitStack) -> Outgoing:
        own = httpx.ASGITransport(app) if self.world else None
        gateway = gateway_of(self.settings, services.db, services.clock, own=own)
        outgoing = outgoing_of(self.settings, services.db, services.clock, gateway, desk=services.jobs)
        stack.push_async_callback(outgoing.close)
        if self.settings.engine == "on":
            await outgoing.engine.start()
        return outgoing

    def _open_mini(self, services: Services, stack: AsyncExitStack) -> MiniDoor | None:
        codec = mini_codec_of(self.settings)
        if codec is None:
            return None
        mini = MiniDoor(
            codec,
            services.db,
            services.turns,
            services.clock,
            send_later=send_mini_answer,
            on_subscribe=keep_credit,
            on_message=self._note_sender,
        )
        stack.push_async_callback(mini.close)
        return mini

    def _background(
        self, services: Services, mini: MiniDoor | None, stack: AsyncExitStack
    ) -> list[Coroutine[None, None, None]]:
        works: list[Coroutine[None, None, None]] = [
            keep_house(services.db, services.clock),
            services.meanings.learn(),
            services.jobs.follow(services.db),
        ]
        if mini:
            works.append(mini.take_up_what_is_left())
        if self.world:
            works.append(follow(services.clock, services.clock.shift_of_others))
        elif self.settings.simulator_on:
            self._remote = RemoteSimulator(self.settings.wechat_api_base)
            stack.push_async_callback(self._remote.close)
            works.append(follow(services.clock, self._remote.shift))
        return works

    def _note_sender(self, message: Message) -> None:
        if simulator := self.world or self._remote:
            simulator.note_follower(message.from_user, event=message.event)

    # --- routes that exist before everything is loaded ---

    async def door(self, scope: Scope, receive: Receive, send: Send) -> None:
        """WeChat's doors; a message that comes while everything is still being loaded waits for it."""
        if self._doors is None:
            raise RuntimeError("the application has not begun")
        doors = self._doors.result() if self._doors.done() else await asyncio.shield(self._doors)
        await doors[scope["path"]](scope, receive, send)

    async def healthz(self, request: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(self, request: Request) -> Response:
        """503 until database and knowledge answer."""
        services: Services | None = getattr(request.app.state, "services", None)
        if services is None:
            return PlainTextResponse("loading", 503)
        try:
            async with asyncio.timeout(2):
                await services.db.read(lambda session: session.connection().exec_driver_sql("SELECT 1"))
        except (YanluError, SQLAlchemyError, TimeoutError) as error:
            log.warning("not_ready", error=str(error))
            return PlainTextResponse("database", 503)
        engine: Engine | None = getattr(request.app.state, "engine", None)
        if engine is not None and self.settings.engine == "on" and not engine.alive:
            return PlainTextResponse("engine", 503)
        return PlainTextResponse("ready")

    async def metrics(self, request: Request) -> Response:
        engine: Engine | None = getattr(request.app.state, "engine", None)
        if engine is not None and engine.alive:
            await engine.update_metrics()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class Service(FastAPI):
    """FastAPI for everything but WeChat's doors, which stand before it: its layers would cost as much as the answer."""

    application: Application
    doors: frozenset[str] = frozenset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        at_a_door = scope["type"] == "http" and scope["path"] in self.doors
        await (self.application.door if at_a_door else super().__call__)(scope, receive, send)


def settle_memory() -> None:
    """What is loaded now stays: the garbage collector need not look at it again with every message."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def keep_house(db: Database, clock: Clock) -> None:
    """Delete what is no longer needed, a little at a time, until cancelled."""
    while True:
        await asyncio.sleep(HOUSEKEEPING)
        oldest = int(machine_seconds()) - REMEMBERED
        oldest_question = clock.now() - timedelta(days=missed.KEPT_DAYS)
        try:
            while await db.write(inbound.forget_messages, created_before=oldest):
                pass
            while await db.write(missed.forget_missed, asked_before=oldest_question):
                pass
            for forget in (sessions.forget_sessions, linking.forget_links, idempotency.forget_keys):
                while await db.write(forget, machine_now=machine_now()):
                    pass
            while await db.write(forget_quotas, now=clock.now()):
                pass
            oldest_matter = clock.now() - timedelta(days=inbox.KEPT_DAYS)
            while await db.write(inbox.forget_closed, closed_before=oldest_matter):
                pass
            while await db.write(events.forget_registrations, now=clock.now()):
                pass
            oldest_delivery = clock.now() - timedelta(days=deliveries.KEPT_DAYS)
            while await db.write(deliveries.forget_deliveries, created_before=oldest_delivery):
                pass
        except YanluError as busy:
            log.warning("housekeeping_put_off", error=busy.detail)


def create_app(settings: Settings | None = None, *, on_ready: Callable[[], None] = lambda: None) -> Service:
    """The service. Reads the settings from the environment when none are given. Does no work at import."""
    settings = settings or load_settings()
    configure_logging(settings.log_format)
    application = Application(settings, on_ready)
    app = Service(title="雁路", docs_url=None, redoc_url=None, openapi_url=None, lifespan=application.lifespan)
    app.application = application
    app.doors = frozenset({"/wechat"} | ({"/wechat/mini"} if settings.mini_app_id else set()))
    app.router.routes += [
        Route("/healthz", application.healthz),
        Route("/readyz", application.readyz),
        Route("/metrics", application.metrics),
    ]
    install_api(app)
    if application.world:
        app.include_router(simulator_router(application.world))
    return app


__all__ = ["create_app", "skills"]

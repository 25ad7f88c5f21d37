"""Everything that goes out without being asked for, put together: gateway, ledger, engine. For service and worker."""

from dataclasses import dataclass
from typing import Final

import httpx

from app.core.clock import Clock
from app.core.config import Settings
from app.core.db import Database
from app.core.db.url import parse_url
from app.engine.engine import Engine
from app.jobs.asking import Reader
from app.jobs.desk import Desk
from app.jobs.event_reminders import EventNotices
from app.jobs.pushes import Pusher
from app.knowledge.lexicon import read_lexicon
from app.messaging.claims import Ways
from app.messaging.rendering import MessageTemplates
from app.messaging.sending import Sender
from app.messaging.sms import Sms, sms_of
from app.wechat.gateway import Gateway, api_base_of

OWN_SIMULATOR: Final = "http://simulator/simulator/wx"
"""Never looked up: the requests go straight to the application in this process."""


@dataclass
class Outgoing:
    gateway: Gateway
    sms: Sms | None
    engine: Engine

    async def close(self) -> None:
        """Within ten seconds, however slow WeChat is."""
        await self.engine.close()
        await self.gateway.close()
        if self.sms is not None:
            await self.sms.close()


def gateway_of(settings: Settings, db: Database, clock: Clock, *, own: httpx.AsyncBaseTransport | None) -> Gateway:
    """The way to WeChat; ``own`` leads to the simulator inside this process. Raises ConfigError."""
    if own is not None:
        return Gateway(settings, db, clock, api_base=OWN_SIMULATOR, transport=own)
    return Gateway(settings, db, clock, api_base=api_base_of(settings))


def outgoing_of(
    settings: Settings, db: Database, clock: Clock, gateway: Gateway, *, desk: Desk | None = None
) -> Outgoing:
    """Not started yet; ``desk`` is the process's own where it has one. Raises ConfigError for a setting that cannot be
    understood."""
    sms = sms_of(settings.sms)
    ways = Ways(
        custom=bool(settings.wechat_app_secret),
        templates=settings.wechat_account_type == "service",
        sms=sms is not None,
    )
    sender = Sender(db, clock, gateway, sms, ways, stopping=lambda: engine.stopping)
    templates = MessageTemplates()
    notices = EventNotices(db, clock, templates)
    pusher = Pusher(db, clock, desk or desk_of(settings), templates)
    engine = Engine(
        parse_url(settings.database_url),
        db,
        clock,
        [sender.task, notices.task, pusher.task],
        name=settings.executor_id,
        processes=settings.workers,
    )
    return Outgoing(gateway, sms, engine)


def desk_of(settings: Settings) -> Desk:
    """For a process that carries out only, and reads nobody's sentences."""
    lexicon = read_lexicon(settings.intents_path)
    return Desk(lexicon, Reader(lexicon))

"""When something may go out, and by which way. Pure: no session, no clock, no network."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from app.core.clock import SHANGHAI, local
from app.messaging.delivery_models import Channel, Purpose

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
"""夜里不打扰：nothing that can wait goes out between nine in the evening and eight in the morning."""
MAX_TRIES: Final = 6
KNOWN_BY_WECHAT: Final = 9 * 60
"""Seconds for which WeChat recognises a client message id (ten minutes, with one to spare)."""
WINDOW: Final = timedelta(hours=48)
IN_WINDOW: Final = 5
"""客服消息：5 after a message, within 48 hours (reference of the platform, 2021-06)."""
MOMENT: Final = timedelta(seconds=55)
IN_MOMENT: Final = 3
"""3 within a minute of a menu tap, a follow or a scan; five seconds of it are kept for the way."""
LIMITS: Final[Mapping[str, tuple[timedelta, int]]] = {"message": (WINDOW, IN_WINDOW), "enter": (MOMENT, 2)}
"""By what opened the window; a tap, a follow, a scan as above; entering the mini-program's chat opens two."""
BREAKER_LAST: Final = 200
BREAKER_LEAST: Final = 20
BREAKER_SHARE: Final = 0.2
"""More failures than this among the last ones, and a batch pauses itself until somebody has looked."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a purpose."""

    needs_consent: bool = False
    """Only to who has said yes; otherwise to everybody who has not said no."""
    may_refuse: bool = True
    quiet: bool = True
    daily_cap: int | None = None


TERMS: Final[Mapping[str, Terms]] = {
    Purpose.ANSWER: Terms(may_refuse=False, quiet=False),
    Purpose.TRAVEL: Terms(may_refuse=False, quiet=False),
    Purpose.EVENT: Terms(may_refuse=False, quiet=False),
    Purpose.JOB_PUSH: Terms(needs_consent=True, daily_cap=1),
    Purpose.NEWS: Terms(daily_cap=2),
}


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: ``text`` for the chat and SMS; the fields of a template where a channel wants one."""

    text: str
    template_id: str = ""
    data: Mapping[str, str] | None = None
    path: str = ""
    """Page of the mini-program that a tap opens."""
    mini: bool = False
    """An answer to what was said in the mini-program: it belongs there and nowhere else."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reach:
    """By which ways one person can be had at this moment."""

    openid: str = ""
    """In the official account; empty when they do not follow it."""
    mini_openid: str = ""
    custom_left: int = 0
    """Customer-service messages that WeChat would still take for them."""
    mini_left: int = 0
    """The same in the mini-program."""
    credits: int = 0
    """Of the message's own template."""
    phone: str = ""


def after_quiet(instant: datetime) -> datetime:
    """``instant`` itself, or when the quiet hours that it falls into are over."""
    here = local(instant)
    if QUIET_UNTIL <= here.time() < QUIET_FROM:
        return instant
    day = here.date() + timedelta(days=1) if here.time() >= QUIET_FROM else here.date()
    return datetime.combine(day, QUIET_UNTIL, SHANGHAI)


def retry_at(now: datetime, attempt: int) -> datetime:
    """A little later each time: 5 seconds, 20, 80 …, at most half an hour."""
    return now + timedelta(seconds=min(5 * 4 ** (attempt - 1), 1800))


def choose_channel(
    message: Message, reach: Reach, tried: Collection[str], *, templates: bool, sms: bool
) -> Channel | None:
    """The first way that is open, cheap ones first. ``templates``: the account may send template messages."""
    if message.mini:
        return Channel.MINI if reach.mini_left > 0 and Channel.MINI not in tried else None
    open_ways = {
        Channel.CUSTOM: bool(reach.openid) and reach.custom_left > 0,
        Channel.SUBSCRIBE: bool(reach.mini_openid and message.template_id) and reach.credits > 0,
        Channel.TEMPLATE: templates and bool(reach.openid and message.template_id),
        Channel.SMS: sms and bool(reach.phone),
    }
    return next((way for way, is_open in open_ways.items() if is_open and way not in tried), None)


def custom_left(kind: str, opened_at: datetime, used: int, now: datetime) -> int:
    """Customer-service messages left of what an interaction (“message”, or a tap, follow, scan) has opened."""
    lasts, allowed = LIMITS.get(kind, (MOMENT, IN_MOMENT))
    return max(0, allowed - used) if now < opened_at + lasts else 0


def breaks(failed: int, finished: int) -> bool:
    """Whether so many failures among the last finished ones are too many to go on."""
    return finished >= BREAKER_LEAST and failed / finished > BREAKER_SHARE

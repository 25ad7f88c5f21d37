"""When somebody is reminded, until when they may register, and how a date is said. Pure."""

from datetime import datetime, time, timedelta
from typing import Final

from app.core.clock import SHANGHAI, local
from app.jobs.event_models import Event, EventKind, EventState

REMINDED_AT: Final = time(18)
"""On the day before: people are home, and can still get ready."""
WEEKDAYS: Final = "一二三四五六日"


def reminder_at(starts_at: datetime) -> datetime:
    """Six in the evening of the day before, here."""
    return datetime.combine(local(starts_at).date() - timedelta(days=1), REMINDED_AT, SHANGHAI)


def is_full(event: Event, registered: int) -> bool:
    return event.capacity is not None and registered >= event.capacity


def places_left(event: Event, registered: int) -> int | None:
    """None where as many may come as like. A capacity that was lowered below who is registered leaves none."""
    return None if event.capacity is None else max(0, event.capacity - registered)


def is_running(event: Event, now: datetime) -> bool:
    """Has begun, and one may still walk in: a fair until its end. A class that has begun is missed."""
    fair = event.kind == EventKind.JOB_FAIR and event.ends_at is not None
    return fair and event.starts_at <= now < (event.ends_at or now)


def is_coming(event: Event, now: datetime) -> bool:
    """Worth telling people about."""
    return event.state == EventState.OPEN and (event.starts_at > now or is_running(event, now))


def when(event: Event, now: datetime) -> str:
    """“周六 12月5日 9:00—15:00”; another year, or the day that it ends on, only where it differs."""
    start = local(event.starts_at)
    said = day_of(start, now) + f" {clock(start)}"
    if event.ends_at is None:
        return said
    end = local(event.ends_at)
    return f"{said}—{clock(end)}" if end.date() == start.date() else f"{said}，到{day_of(end, now)}"


def day_of(at: datetime, now: datetime) -> str:
    """“周六 12月5日”, with the year where it is another one."""
    year = "" if at.year == local(now).year else f"{at.year}年"
    return f"周{WEEKDAYS[at.weekday()]} {year}{at.month}月{at.day}日"


def clock(at: datetime) -> str:
    return f"{at.hour}:{at.minute:02}"

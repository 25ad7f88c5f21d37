"""The simulated clock: the machine's clock, moved by some offset, and running on."""

from datetime import datetime, timedelta, timezone
from typing import Final, Protocol

from app.core.errors import FieldError, Invalid

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
FIRST_YEAR, LAST_YEAR = 2000, 2099


class SettableClock(Protocol):
    """What the simulator needs of a clock; the service may hand in its own, so that both tell one time."""

    def now(self) -> datetime: ...

    def set(self, at: datetime) -> None: ...


class SimulatedClock:
    """The clock of a simulator that runs alone."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = timedelta()
        if start is not None:
            self.set(start)

    def now(self) -> datetime:
        return datetime.now(SHANGHAI) + self._offset

    def set(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("the clock needs an instant with a zone")
        self._offset = at - datetime.now(SHANGHAI)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with zone, as somebody typed it. Raises Invalid with a sentence."""
    wanted = "请写成带时区的 ISO 8601 时刻，例如 2026-02-20T08:00:00+08:00。"
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _wrong(f"时刻“{text[:40]}”读不懂，{wanted}") from None
    if at.tzinfo is None:
        raise _wrong(f"时刻“{text[:40]}”没有时区，{wanted}")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise _wrong(f"年份要在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。")
    return at.astimezone(SHANGHAI)


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, errors=[FieldError("at", "instant", sentence)])

"""What time it is. Aware everywhere, Asia/Shanghai wherever it is shown or decided.

The service's clock may be moved (the simulator travels in time); signatures, tokens and leases are
judged by `machine_seconds`, which nothing moves.
"""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def machine_seconds() -> float:
    """The machine's clock, seconds since 1970."""
    return time.time()


def machine_now() -> datetime:
    """The machine's clock as an instant: what tokens and keys are judged by."""
    return datetime.fromtimestamp(machine_seconds(), SHANGHAI)


def local(instant: datetime) -> datetime:
    """``instant`` as people here read it. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("a time without zone")
    return instant.astimezone(SHANGHAI)


class Clock:
    """The service's clock: the machine's, shifted."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self.shift = shift

    @classmethod
    def starting_at(cls, instant: datetime) -> "Clock":
        clock = cls()
        clock.set(instant)
        return clock

    def now(self) -> datetime:
        return datetime.now(UTC).astimezone(SHANGHAI) + self.shift

    def set(self, instant: datetime) -> None:
        """Go on from ``instant``. Raises ValueError for a naive one."""
        self.shift = local(instant) - datetime.now(UTC)

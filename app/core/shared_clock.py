"""One simulated time for every process: the shift stands in a row that all of them read.

Only with the simulator on. A simulator that is a process of its own is asked instead.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, Session, SQLModel

from app.core.clock import Clock
from app.core.db import Database
from app.core.errors import YanluError

POLL: Final = 0.5
"""Seconds between looks; every process follows within a second."""

log = structlog.get_logger()


class ClockShift(SQLModel, table=True):
    """How far the simulated clock is ahead of the machine's. One row."""

    __tablename__ = "clock_shift"

    id: int = Field(default=1, primary_key=True)
    seconds: float


def store_shift(session: Session, seconds: float) -> None:
    session.merge(ClockShift(id=1, seconds=seconds))


def load_shift(session: Session) -> float | None:
    row = session.get(ClockShift, 1)
    return row.seconds if row else None


class SharedClock(Clock):
    """A clock that tells the other processes when it is set."""

    def __init__(self, db: Database, shift: timedelta = timedelta()) -> None:
        super().__init__(shift)
        self._db = db
        self._telling: set[asyncio.Task[None]] = set()

    def set(self, instant: datetime) -> None:
        super().set(instant)
        telling = asyncio.create_task(self._db.write(store_shift, self.shift.total_seconds()))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def shift_of_others(self) -> timedelta | None:
        if self._telling:
            return None  # ours is newer
        before = self.shift
        seconds = await self._db.read(load_shift)
        if seconds is None or self._telling or self.shift != before:
            return None  # nobody has set it, or we have while we were asking
        return timedelta(seconds=seconds)


async def follow(clock: Clock, ask: Callable[[], Awaitable[timedelta | None]]) -> None:
    """Keep ``clock`` at the shift that ``ask`` tells, until cancelled."""
    silent = False
    while True:
        try:
            shift = await ask()
            if shift is not None:
                clock.shift = shift
            silent = False
        except (YanluError, SQLAlchemyError, httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            if not silent:
                log.warning("clock_not_followed", error=str(error))
            silent = True
        await asyncio.sleep(POLL)

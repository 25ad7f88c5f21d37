"""What the engine carries out, in the words of the features that order it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlmodel import Session


class Lane(StrEnum):
    """The queues. What a person waits for never stands behind a bulk send."""

    REPLY = "reply"
    WORK = "work"
    BULK = "bulk"


AT_ONCE: Final = {Lane.REPLY: 16, Lane.WORK: 4, Lane.BULK: 2}
"""Orders carried out side by side: in each process, and of bulk in all processes together."""


@dataclass(frozen=True, slots=True)
class Order:
    """One row that is due, as it stands now: its key, and which try of it this is."""

    task: str
    key: str
    attempt: int
    lane: Lane = Lane.WORK

    @property
    def id(self) -> str:
        """The same row and try is carried out once, however often it is handed over."""
        return f"{self.task}:{self.key}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much of a task is due, and since when."""

    due: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of order. ``name`` is written in rows and in the engine's store: it never changes.

    ``perform`` carries an order out and moves its row on: done, later, or the next attempt. It may be started again
    for the same order after its process died, so it asks the row first. When it raises, or comes to an end with the
    row still due, ``put_off`` raises the row's attempt and makes it due a little later.
    """

    name: str
    list_due: Callable[[Session, datetime, int], Sequence[Order]]
    """Due at this instant, the most urgent first, at most so many."""
    count_due: Callable[[Session, datetime], Backlog]
    perform: Callable[[Order], Awaitable[None]]
    put_off: Callable[[Session, Order, datetime], None]

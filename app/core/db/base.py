"""What a database promises, whichever it is.

A unit is one plain function ``fn(session, …)``, run whole in one thread and one transaction. It may
run more than once (its batch died, a serialization failure), so it has no effect outside the
database. The session is the unit's own: nothing of it may be kept after ``fn`` returns.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

P = ParamSpec("P")
T = TypeVar("T")


def call(fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """``fn``'s result. No future can carry StopIteration: its caller would wait for ever."""
    try:
        return fn(*args, **kwargs)
    except StopIteration as error:
        raise RuntimeError("a unit let StopIteration out") from error


def lost_its_parent(error: IntegrityError) -> bool:
    """Whether a row could not be written because the one it belongs to has meanwhile been deleted."""
    state, name = getattr(error.orig, "sqlstate", None), getattr(error.orig, "sqlite_errorname", None)
    return state == "23503" or name == "SQLITE_CONSTRAINT_FOREIGNKEY"


class Database(ABC):
    """Units of work on one database. An instance is used from one event loop."""

    @abstractmethod
    async def read(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn`` on one consistent snapshot. A unit that writes here fails."""

    @abstractmethod
    async def write(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``fn`` in a transaction and answer once it is durable.

        Raises what ``fn`` raises (then nothing of it is kept), and Busy when too many units wait or
        the database stays locked. A unit whose caller has gone away before it began never runs.
        """

    @abstractmethod
    async def close(self) -> None:
        """Finish what has begun, then let go of threads and connections."""

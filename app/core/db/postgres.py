"""PostgreSQL: a pool of threads, each unit in a transaction of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from app.core.db.base import Database, P, T, call
from app.core.errors import Busy

POOL_SIZE: Final = 8
WAITING_LIMIT: Final = 2_000
TRIES: Final = 5
SERVER_SETTINGS: Final = (
    "-c statement_timeout=8000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=10000"
    " -c timezone=Asia/Shanghai"
)
RETRIED: Final = {"40001", "40P01"}  # serialization failure, deadlock: the other transaction went first
LOCKED: Final = {"55P03", "57014"}  # lock timeout, statement timeout


class PostgresDatabase(Database):
    """The database for several processes and machines."""

    def __init__(self, url: URL) -> None:
        connect_args = {"options": SERVER_SETTINGS, "connect_timeout": 5}
        engine = create_engine(
            url, pool_size=POOL_SIZE, max_overflow=0, pool_timeout=5, pool_pre_ping=True, connect_args=connect_args
        )
        # Reads see one snapshot, as on SQLite. Writes see each other's commits and rely on conditions in
        # the statement itself (UPDATE … WHERE version = …, INSERT … ON CONFLICT).
        self._writer = engine.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)
        self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._threads = ThreadPoolExecutor(POOL_SIZE, thread_name_prefix="db")
        self._waiting = 0

    async def read(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(self._reader, lambda session: fn(session, *args, **kwargs))

    async def write(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._waiting >= WAITING_LIMIT:
            raise Busy
        return await self._run(self._writer, lambda session: fn(session, *args, **kwargs))

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._writer.dispose()

    async def _run(self, engine: Engine, unit: Callable[[Session], T]) -> T:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _transact, engine, unit)
        finally:
            self._waiting -= 1


def _transact(engine: Engine, unit: Callable[[Session], T]) -> T:
    for tries_left in reversed(range(TRIES)):
        try:
            # What a unit returns outlives it, as on SQLite.
            with Session(engine, expire_on_commit=False) as session, session.begin():
                return call(unit, session)
        except PoolTimeoutError as error:
            raise Busy from error
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state in LOCKED:
                raise Busy from error
            if state not in RETRIED or tries_left == 0:
                raise
    raise AssertionError("unreachable")

"""SQLite: one writer thread that commits many units at once, readers beside it.

One commit for twenty messages costs a tenth of a commit each. Every unit has a savepoint of its own,
so a refusal undoes that unit only. WAL lets readers go on during a write; synchronous=FULL means that
an answered commit survives a power cut.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, Final

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool
from sqlmodel import Session

from app.core.db.base import Database, P, T, call
from app.core.errors import Busy

LOCK_WAIT: Final = 5.0
"""Seconds to wait for another process's write before giving up."""
WRITES_PER_COMMIT: Final = 64
WRITE_QUEUE_LIMIT: Final = 2_000
"""Units waiting before new ones are refused: about a second of work, so that an answer still makes sense."""
READER_THREADS: Final = 2
PRIMARY_CODE: Final = 0xFF
"""SQLite's kind of error; the bits above it say which variety."""
READS_PER_SNAPSHOT: Final = 16


class Unit:
    """One function waiting for its thread, and the future its caller waits for."""

    __slots__ = ("args", "error", "fn", "future", "kwargs", "loop", "result")

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.fn, self.args, self.kwargs = fn, args, kwargs
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    @property
    def abandoned(self) -> bool:
        return self.future.cancelled()

    def run(self, session: Session) -> None:
        self.result, self.error = call(self.fn, session, *self.args, **self.kwargs), None

    def settle(self) -> None:
        """Hand the outcome to the caller; runs on its event loop."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class SqliteDatabase(Database):
    """A file used by this process's threads and, correctly but slower, by other processes."""

    def __init__(self, url: URL) -> None:
        arguments = {"timeout": LOCK_WAIT, "check_same_thread": False}
        self._engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
        event.listen(self._engine, "connect", _configure)
        self._writes: SimpleQueue[Unit | None] = SimpleQueue()
        self._reads: SimpleQueue[Unit | None] = SimpleQueue()
        self._closed = False
        # Connected here, so that a file that cannot be opened is this caller's error and no thread's.
        loops = [(self._write_loop, self._connect("BEGIN IMMEDIATE"))]
        loops += [(self._read_loop, self._connect("BEGIN")) for _ in range(READER_THREADS)]
        self._threads = [threading.Thread(target=loop, args=(connection,), daemon=True) for loop, connection in loops]
        for thread in self._threads:
            thread.start()

    def _connect(self, begin: str) -> Connection:
        connection = self._engine.connect()
        # Also where a unit has rolled back by itself: what it does then must not commit statement by statement.
        event.listen(connection, "begin", lambda connection: _driver(connection).execute(begin))
        return connection

    async def read(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._refuse_when_closed()
        unit = Unit(fn, args, kwargs)
        self._reads.put(unit)
        result: T = await unit.future
        return result

    async def write(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        self._refuse_when_closed()
        if self._writes.qsize() >= WRITE_QUEUE_LIMIT:
            raise Busy
        unit = Unit(fn, args, kwargs)
        self._writes.put(unit)
        result: T = await unit.future
        return result

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise RuntimeError("the database is closed")  # no thread is left to answer

    async def close(self) -> None:
        self._closed = True
        self._writes.put(None)
        for _ in range(READER_THREADS):
            self._reads.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        self._engine.dispose()

    # --- the writer's thread ---

    def _write_loop(self, connection: Connection) -> None:
        with connection:
            while batch := _take(self._writes, WRITES_PER_COMMIT):
                self._write_batch(connection, batch)
                _settle(batch)

    def _write_batch(self, connection: Connection, batch: list[Unit]) -> None:
        try:
            _transact(connection, batch)
        except _BatchDied as died:
            if len(batch) == 1 or died.locked:
                for unit in batch:
                    unit.error = died.error
                return
            for unit in batch:
                # The disk may hold one unit where it could not hold sixty-four; each gets its own verdict.
                self._write_batch(connection, [unit])

    # --- the readers' threads ---

    def _read_loop(self, connection: Connection) -> None:
        with connection:
            _driver(connection).execute("PRAGMA query_only = ON")
            while batch := _take(self._reads, READS_PER_SNAPSHOT):
                _read_batch(connection, batch)
                _settle(batch)


class _BatchDied(Exception):
    """The transaction as a whole is gone, so none of its units took effect."""

    def __init__(self, error: BaseException, *, locked: bool = False) -> None:
        self.error = error
        self.locked = locked
        super().__init__(str(error))


def _transact(connection: Connection, batch: list[Unit]) -> None:
    """Run every unit in its own savepoint and commit them together, or raise _BatchDied."""
    try:
        connection.begin()
    except sqlite3.OperationalError as error:
        locked = error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY
        raise _BatchDied(Busy() if locked else error, locked=locked) from error
    try:
        with Session(bind=connection, join_transaction_mode="rollback_only") as session:
            for unit in batch:
                if not unit.abandoned:
                    _run_write(_driver(connection), session, unit)
        connection.commit()
    except Exception as error:
        connection.rollback()
        _driver(connection).rollback()  # after a failed COMMIT, SQLAlchemy takes it for ended; SQLite need not have
        raise _BatchDied(error) from error


def _run_write(driver: sqlite3.Connection, session: Session, unit: Unit) -> None:
    # Straight to the driver: through SQLAlchemy the two would cost as much as an insert.
    driver.execute("SAVEPOINT unit")
    try:
        unit.run(session)
        session.flush()
        session.expunge_all()
    except Exception as error:
        if not driver.in_transaction:
            raise  # all of it is undone (disk full, I/O error, a failed flush): every unit of the batch is tried alone
        unit.error = error
        driver.execute("ROLLBACK TO unit")
        session.close()
    driver.execute("RELEASE unit")


def _read_batch(connection: Connection, batch: list[Unit]) -> None:
    """Run the units on one snapshot: all of them were asked for before it was taken."""
    try:
        connection.begin()
        with Session(bind=connection, join_transaction_mode="rollback_only", autoflush=False) as session:
            for unit in batch:
                if not unit.abandoned:
                    _run_read(session, unit)
    finally:
        connection.rollback()


def _run_read(session: Session, unit: Unit) -> None:
    try:
        unit.run(session)
        session.expunge_all()
    except Exception as error:  # noqa: BLE001 handed to the caller, whatever it is
        unit.error = error
        session.close()


def _driver(connection: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def _take(queue: SimpleQueue[Unit | None], limit: int) -> list[Unit]:
    """The units waiting now, at most ``limit``; empty when the database closes."""
    first = queue.get()
    if first is None:
        return []
    batch = [first]
    while len(batch) < limit:
        try:
            unit = queue.get_nowait()
        except Empty:
            break
        if unit is None:
            queue.put(None)  # this batch first; the next round ends the thread
            break
        batch.append(unit)
    return batch


def _settle(batch: list[Unit]) -> None:
    def settle_all() -> None:
        for unit in batch:
            unit.settle()

    try:
        batch[0].loop.call_soon_threadsafe(settle_all)
    except RuntimeError:
        return  # the event loop has closed: nobody waits any more


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -16000"):
        connection.execute(f"PRAGMA {pragma}")

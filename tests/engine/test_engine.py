"""The sweep and DBOS behind it, on both databases: what is due is carried out once, and never lost."""

import asyncio
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

from app.core.clock import SHANGHAI, Clock
from app.core.db.url import parse_url
from app.core.errors import ConfigError
from app.engine import executors
from app.engine.engine import Engine
from app.engine.locks import lock_of
from app.engine.orders import Backlog, Order, Task
from app.engine.store import StoreConnection

START = datetime(2027, 2, 8, 10, 0, tzinfo=SHANGHAI)


class Base(DeclarativeBase):
    """Apart from the service's tables."""


class Errand(Base):
    """A row that is an order."""

    __tablename__ = "errand"

    id: Mapped[int] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    attempt: Mapped[int] = mapped_column(default=0)
    done: Mapped[bool] = mapped_column(default=False)
    runs: Mapped[int] = mapped_column(default=0)


def list_due(session, now, limit):
    due = select(Errand).where(Errand.done.is_(False), Errand.due_at <= now).order_by(Errand.due_at)
    return [Order("errand", str(one.id), one.attempt) for one in session.scalars(due.limit(limit))]


def count_due(session, now):
    due = select(func.count(), func.min(Errand.due_at)).where(Errand.done.is_(False), Errand.due_at <= now)
    return Backlog(*session.connection().execute(due).one())


def put_off(session, order, due_at):
    same = Errand.id == int(order.key), Errand.attempt == order.attempt
    session.connection().execute(update(Errand).where(*same).values(attempt=order.attempt + 1, due_at=due_at))


def run(session: Session, order: Order):
    same = Errand.id == int(order.key), Errand.attempt == order.attempt
    session.connection().execute(update(Errand).where(*same).values(done=True, runs=Errand.runs + 1))


def add(session, *due):
    for at in due:
        session.add(Errand(due_at=at))


def rows_of(session):
    names = "id", "due_at", "attempt", "done", "runs"
    rows = session.scalars(select(Errand).order_by(Errand.id))
    return [SimpleNamespace(**{name: getattr(row, name) for name in names}) for row in rows]


@pytest.fixture
async def errands(db):
    await db.write(lambda session: Errand.__table__.create(session.connection()))
    yield db
    await db.write(lambda session: Errand.__table__.drop(session.connection()))


def make_engine(db, database_url, *, clock=None, perform=None, name="solo", tasks=None):
    async def do(order):
        await db.write(run, order)

    task = Task("errand", list_due, count_due, perform or do, put_off)
    return Engine(parse_url(database_url), db, clock or Clock.starting_at(START), tasks or [task], name=name)


async def until(db, wanted, *, seconds=20):
    async with asyncio.timeout(seconds):
        while not wanted(rows := await db.read(rows_of)):
            await asyncio.sleep(0.05)
    return rows


async def test_due_rows_are_carried_out_once_and_later_ones_when_our_clock_says_so(errands, database_url):
    clock = Clock.starting_at(START)
    engine = make_engine(errands, database_url, clock=clock)
    await errands.write(add, START, START, START + timedelta(days=3))
    await engine.start()

    first = await until(errands, lambda rows: sum(row.done for row in rows) == 2)
    clock.set(START + timedelta(days=4))
    rows = await until(errands, lambda rows: all(row.done for row in rows))
    await engine.close()

    assert [row.done for row in first] == [True, True, False]
    assert [row.runs for row in rows] == [1, 1, 1]


async def test_failing_order_is_put_off_and_tried_again(errands, database_url):
    tried = []

    async def perform(order):
        tried.append(order.attempt)
        if len(tried) < 3:
            raise ValueError("no luck")
        await errands.write(run, order)

    clock = Clock.starting_at(START)
    engine = make_engine(errands, database_url, clock=clock, perform=perform)
    await errands.write(add, START)
    await engine.start()

    async with asyncio.timeout(20):
        while len(tried) < 3:
            clock.shift += timedelta(seconds=2)
            await asyncio.sleep(0.05)
    rows = await until(errands, lambda rows: rows[0].done)
    await engine.close()

    assert (tried, rows[0].runs) == ([0, 1, 2], 1)


async def test_second_engine_of_one_name_is_refused_with_a_sentence(errands, database_url):
    engine = make_engine(errands, database_url)
    await engine.start()

    with pytest.raises(ConfigError, match="YANLU_EXECUTOR_ID"):
        executors.claim_name(parse_url(database_url), "solo")
    await engine.close()

    _, lock = executors.claim_name(parse_url(database_url), "solo")
    lock.release()


def test_several_processes_take_names_of_their_own(database_url):
    url = parse_url(database_url)
    first = executors.claim_name(url, "web", processes=2)
    second = executors.claim_name(url, "web", processes=2)

    with pytest.raises(ConfigError):
        executors.claim_name(url, "web", processes=2)
    assert [first[0], second[0]] == ["web-1", "web-2"]
    first[1].release()
    second[1].release()


def test_name_must_be_fit_for_a_file(database_url):
    with pytest.raises(ConfigError, match="字母"):
        executors.claim_name(parse_url(database_url), "../x")


async def test_order_that_ended_without_moving_its_row_is_put_off(errands, database_url, monkeypatch):
    """A row that nobody moves on would wait for ever: its id has been carried out already."""
    monkeypatch.setattr("app.engine.engine.LOOK_AGAIN", 0.2)
    attempts = []

    async def perform(order):
        attempts.append(order.attempt)
        if order.attempt == 1:
            await errands.write(run, order)

    clock = Clock.starting_at(START)
    engine = make_engine(errands, database_url, clock=clock, perform=perform)
    await errands.write(add, START)
    await engine.start()
    async with asyncio.timeout(20):
        while 1 not in attempts:
            clock.shift += timedelta(seconds=1)
            await asyncio.sleep(0.05)
    await engine.close()

    assert attempts == [0, 1]


async def test_order_of_an_unknown_task_stays_for_the_version_that_knows_it(errands, database_url):
    def of_another_version(session, now, limit):
        return [Order("gone", order.key, order.attempt) for order in list_due(session, now, limit)]

    async def never(order):
        raise AssertionError(order)

    unknown = Task("errand", of_another_version, count_due, never, put_off)
    engine = make_engine(errands, database_url, tasks=[unknown])
    await errands.write(add, START)
    await engine.start()
    await asyncio.sleep(1.0)
    await engine.close()

    (row,) = await errands.read(rows_of)
    assert (row.done, row.attempt) == (False, 0)


async def test_figures_tell_what_waits(errands, database_url):
    async def never(order):
        await asyncio.Event().wait()

    engine = make_engine(errands, database_url, perform=never)
    await errands.write(add, START - timedelta(minutes=1), START)
    await engine.start()

    backlog = await engine.backlog()
    await engine.update_metrics()
    await engine.close()

    assert backlog["errand"] == Backlog(2, START - timedelta(minutes=1))


async def test_lock_is_free_again_when_released(database_url):
    first, second = lock_of(parse_url(database_url), "x"), lock_of(parse_url(database_url), "x")

    assert (first.take(), second.take(), first.held()) == (True, False, True)
    first.release()
    assert (second.take(), second.held(), first.held()) == (True, True, False)
    second.release()


async def test_new_version_carries_out_what_the_old_one_had_begun(errands, database_url):
    """A redeploy with other code: orders that were handed over, and one in the middle, are done by the new one."""

    async def old(order):
        await asyncio.Event().wait()

    before = make_engine(errands, database_url, perform=old)
    await errands.write(add, START, START, START + timedelta(days=1))
    await before.start()
    async with asyncio.timeout(20):
        while not before._performing:
            await asyncio.sleep(0.05)
    await before.close()

    after = make_engine(errands, database_url, clock=Clock.starting_at(START + timedelta(days=2)))
    await after.start()
    rows = await until(errands, lambda rows: all(row.done for row in rows))
    await after.close()

    assert [row.runs for row in rows] == [1, 1, 1]


async def test_what_came_to_an_end_is_forgotten_after_a_week(errands, database_url, monkeypatch):
    engine = make_engine(errands, database_url)
    await errands.write(add, START)
    await engine.start()
    await until(errands, lambda rows: rows[0].done)
    carrier, _ = engine._running()

    early = await asyncio.to_thread(carrier.forget_finished, datetime.now(UTC) - timedelta(days=7))
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(carrier.forget_finished, datetime.now(UTC) + timedelta(minutes=1)):
            await asyncio.sleep(0.05)
    again = await asyncio.to_thread(carrier.forget_finished, datetime.now(UTC) + timedelta(minutes=1))
    await engine.close()

    assert (early, again) == (0, 0)


def test_store_dates_its_rows_on_an_old_sqlite_too(tmp_path):
    """As DBOS writes it on Python 3.12 and later; SQLite before 3.42 alone would say NULL."""
    with closing(sqlite3.connect(tmp_path / "store.db", factory=StoreConnection)) as connection:
        connection.execute("CREATE TABLE t (a, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
        connection.execute("INSERT INTO t (a) VALUES (1)")
        (at,) = connection.execute("SELECT at FROM t").fetchone()

    assert abs(at / 1000 - time.time()) < 5

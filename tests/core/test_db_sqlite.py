"""SQLite's own promises: group commit, its failures, other processes, a bounded queue."""

import asyncio
import sqlite3
import threading
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from app.core.db import open_database, sqlite
from app.core.errors import Busy, ConfigError
from app.core.shared_clock import ClockShift
from tests.core.test_db import add_person, count_people


@pytest.fixture
async def lite(sqlite_url):
    database = open_database(sqlite_url)
    yield database
    await database.close()


class Held:
    """The writer's thread, kept busy until told to go on, so that everything after it makes one batch."""

    def __init__(self, db):
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.write = asyncio.create_task(db.write(self._wait))

    def _wait(self, session):
        self.begun.set()
        assert self.may_end.wait(10)

    async def start(self):
        assert await asyncio.to_thread(self.begun.wait, 10)

    async def release(self):
        self.may_end.set()
        await self.write


async def queued(db, *units):
    """``units`` as tasks, all of them in one batch once the returned hold is released."""
    hold = Held(db)
    await hold.start()
    tasks = [asyncio.create_task(db.write(unit)) for unit in units]
    await asyncio.sleep(0)
    return hold, tasks


@contextmanager
def commits(db):
    """The commits made meanwhile."""
    counted = []

    def count(connection):
        counted.append(connection)

    event.listen(db._engine, "commit", count)
    yield counted
    event.remove(db._engine, "commit", count)


def path_of(url):
    return url.removeprefix("sqlite:///")


async def test_write_commits_what_waits_together(lite, now):
    hold, tasks = await queued(lite, *[lambda session: add_person(session, now)] * 60)

    with commits(lite) as counted:
        await hold.release()
        ids = await asyncio.gather(*tasks)

    assert ids == list(range(1, 61))
    assert len(counted) == 2  # the one that held the thread, and all the others


async def test_write_answers_only_after_the_commit(lite, sqlite_url, now):
    for _ in range(20):
        id_ = await lite.write(add_person, now)
        with closing(sqlite3.connect(path_of(sqlite_url))) as other:
            assert other.execute("SELECT count(*) FROM person WHERE id = ?", [id_]).fetchone() == (1,)


async def test_write_runs_the_units_of_a_batch_whose_commit_died_alone(lite, now):
    runs = []

    def unit(number):
        def run(session):
            runs.append(number)
            return add_person(session, now, then=ValueError("no") if number == 2 else None)

        return run

    hold, tasks = await queued(lite, *(unit(number) for number in range(5)))
    died = []

    def die_once(connection):
        # The second commit is the batch's: the first is the held unit's own.
        died.append(connection)
        if len(died) == 2:
            raise sqlite3.OperationalError("disk I/O error")

    event.listen(lite._engine, "commit", die_once)
    await hold.release()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(result) for result in results] == [int, int, ValueError, int, int]
    assert runs == [0, 1, 2, 3, 4] * 2
    assert await lite.read(count_people) == 4


async def test_write_goes_on_after_a_commit_that_sqlite_refused(lite, now):
    def orphan(session):
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        session.execute(text("INSERT INTO identity (person_id, channel, openid) VALUES (9, 'mini_program', 'o')"))

    hold, tasks = await queued(lite, lambda session: add_person(session, now), orphan)
    await hold.release()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(result).__name__ for result in results] == ["int", "IntegrityError"]
    assert await lite.write(add_person, now) == 2


async def test_write_on_a_full_disk_refuses_what_does_not_fit_and_keeps_the_rest(lite, now):
    def limit(session):
        pages = session.scalar(text("PRAGMA page_count"))
        session.execute(text(f"PRAGMA max_page_count = {pages + 4}"))

    def write_much(session):
        add_person(session, now)
        session.execute(text("INSERT INTO late_answer VALUES ('x', 'o', :long, NULL, 1)"), {"long": "x" * 100_000})

    await lite.write(limit)
    hold, tasks = await queued(
        lite, lambda session: add_person(session, now), write_much, lambda session: add_person(session, now)
    )
    await hold.release()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [isinstance(result, DBAPIError) for result in results] == [False, True, False]
    assert await lite.read(count_people) == 2


async def test_write_refuses_when_too_many_wait(lite, now, monkeypatch):
    monkeypatch.setattr(sqlite, "WRITE_QUEUE_LIMIT", 3)
    hold, tasks = await queued(lite, *[lambda session: add_person(session, now)] * 3)

    with pytest.raises(Busy):
        await lite.write(add_person, now)
    await hold.release()

    assert len(await asyncio.gather(*tasks)) == 3
    assert await lite.write(add_person, now) == 4


async def test_write_never_begins_a_unit_whose_caller_has_gone(lite, now):
    ran = []
    hold, tasks = await queued(lite, lambda session: ran.append("abandoned"), lambda session: ran.append("waited for"))

    tasks[0].cancel()
    await asyncio.sleep(0)  # the cancellation reaches the unit
    await hold.release()
    await tasks[1]

    assert ran == ["waited for"]


async def test_write_waits_for_another_process_that_writes(lite, sqlite_url, now):
    with closing(sqlite3.connect(path_of(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO person (id, created_at) VALUES (500, '2026-01-01 00:00:00')")
        write = asyncio.create_task(lite.write(add_person, now))
        done, _ = await asyncio.wait([write], timeout=0.3)
        assert done == set()
        other.execute("COMMIT")

        assert await write == 501


async def test_write_is_busy_when_another_process_never_ends(sqlite_url, now, monkeypatch):
    monkeypatch.setattr(sqlite, "LOCK_WAIT", 0.2)
    lite = open_database(sqlite_url)
    with closing(sqlite3.connect(path_of(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writes = [lite.write(add_person, now) for _ in range(10)]
        results = await asyncio.wait_for(asyncio.gather(*writes, return_exceptions=True), 5)
        assert [type(result) for result in results] == [Busy] * 10
        assert await lite.read(count_people) == 0
        other.execute("ROLLBACK")

    assert await lite.write(add_person, now) == 1
    await lite.close()


async def test_read_unit_after_one_whose_flush_failed_still_has_one_snapshot(sqlite_url, now, monkeypatch):
    monkeypatch.setattr(sqlite, "READER_THREADS", 1)
    lite = open_database(sqlite_url)
    held, go, looked, committed = (threading.Event() for _ in range(4))

    def hold(session):
        held.set()
        assert go.wait(10)

    def look_twice(session):
        before = session.scalar(text("SELECT count(*) FROM person"))
        looked.set()
        assert committed.wait(10)
        return before, session.scalar(text("SELECT count(*) FROM person"))

    holding = asyncio.create_task(lite.read(hold))
    await asyncio.to_thread(held.wait, 10)
    failing = asyncio.create_task(lite.read(add_person, now))
    looking = asyncio.create_task(lite.read(look_twice))
    await asyncio.sleep(0)
    go.set()
    await asyncio.to_thread(looked.wait, 10)
    await lite.write(add_person, now)
    committed.set()

    results = await asyncio.gather(holding, failing, looking, return_exceptions=True)
    assert (type(results[1]).__name__, results[2]) == ("OperationalError", (0, 0))
    await lite.close()


async def test_connections_are_durable_and_check_foreign_keys(lite):
    def pragmas(session):
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [session.scalar(text(f"PRAGMA {name}")) for name in names]

    assert await lite.write(pragmas) == ["wal", 2, 1]
    assert await lite.read(pragmas) == ["wal", 2, 1]


async def test_write_undoes_an_orm_merge_of_a_refusing_unit_only(lite):
    def merge(seconds, then=None):
        def run(session):
            session.merge(ClockShift(id=1, seconds=seconds))
            session.flush()
            if then:
                raise then

        return run

    hold, tasks = await queued(lite, merge(1.0), merge(2.0, ValueError("no")))
    await hold.release()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert await lite.read(lambda session: session.get(ClockShift, 1).seconds) == 1.0


def test_open_database_refuses_a_file_that_cannot_be_opened(tmp_path):
    with pytest.raises(DBAPIError):
        open_database(f"sqlite:///{tmp_path}")  # a folder
    (tmp_path / "letter.txt").write_text("no database, but long enough to be read as one" * 100)
    with pytest.raises(DBAPIError):
        open_database(f"sqlite:///{tmp_path}/letter.txt")
    with pytest.raises(ConfigError, match="YANLU_DATABASE_URL"):
        open_database(f"sqlite:///{tmp_path}/letter.txt/yanlu.db")

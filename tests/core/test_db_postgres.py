"""PostgreSQL's own promises: retried conflicts, bounded waits, read-only snapshots."""

import asyncio
import threading

import psycopg
import pytest
from sqlalchemy import text

from app.core.db import open_database, postgres
from app.core.errors import Busy
from tests.core.test_db import add_person, count_people


@pytest.fixture
async def pg(postgres_url):
    database = open_database(postgres_url)
    yield database
    await database.close()


def add_two_people(session, now):
    return add_person(session, now, id_=1), add_person(session, now, id_=2)


def touch(session, id_):
    session.execute(text("UPDATE person SET created_at = now() WHERE id = :id"), {"id": id_})


async def test_write_runs_the_victim_of_a_deadlock_again(pg, now):
    await pg.write(add_two_people, now)
    both_hold_one, runs = threading.Barrier(2), []

    def touch_both(session, first, second):
        runs.append(first)
        touch(session, first)
        if runs.count(first) == 1:
            both_hold_one.wait(10)
        touch(session, second)

    await asyncio.wait_for(asyncio.gather(pg.write(touch_both, 1, 2), pg.write(touch_both, 2, 1)), 15)

    assert len(runs) > 2  # on a busy machine the victim may come back before the other has woken, and fall again


async def test_write_runs_a_serialization_failure_again_and_gives_up_at_last(pg):
    tries = []

    def fail(session, times):
        tries.append(times)
        if tries.count(times) <= times:
            session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$"))
        return tries.count(times)

    assert await pg.write(fail, 2) == 3
    with pytest.raises(Exception, match="conflict"):
        await pg.write(fail, 100)
    assert tries.count(100) == postgres.TRIES


async def test_write_is_busy_when_a_lock_is_not_let_go(pg, postgres_url, now):
    await pg.write(add_two_people, now)

    def touch_impatiently(session):
        session.execute(text("SET LOCAL lock_timeout = 100"))
        touch(session, 1)

    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT 1 FROM person WHERE id = 1 FOR UPDATE")
        with pytest.raises(Busy):
            await pg.write(touch_impatiently)

    await pg.write(touch_impatiently)


async def test_write_and_read_are_busy_when_a_statement_takes_too_long(pg):
    def sleep(session):
        session.execute(text("SET LOCAL statement_timeout = 100"))
        session.execute(text("SELECT pg_sleep(20)"))

    for call in (pg.write, pg.read):
        with pytest.raises(Busy):
            await asyncio.wait_for(call(sleep), 10)


async def test_connections_have_their_limits_and_levels(pg):
    def shown(session):
        names = ("statement_timeout", "lock_timeout", "transaction_isolation", "transaction_read_only", "TimeZone")
        return [session.scalar(text(f"SHOW {name}")) for name in names]

    assert await pg.write(shown) == ["8s", "3s", "read committed", "off", "Asia/Shanghai"]
    assert await pg.read(shown) == ["8s", "3s", "repeatable read", "on", "Asia/Shanghai"]
    assert await pg.write(shown) == ["8s", "3s", "read committed", "off", "Asia/Shanghai"]


async def test_write_refuses_when_too_many_wait_and_never_begins_an_abandoned_unit(pg, now, monkeypatch):
    monkeypatch.setattr(postgres, "WAITING_LIMIT", postgres.POOL_SIZE + 1)
    all_busy, go = threading.Barrier(postgres.POOL_SIZE + 1), threading.Event()

    def hold(session):
        all_busy.wait(10)
        assert go.wait(10)

    holds = [asyncio.create_task(pg.write(hold)) for _ in range(postgres.POOL_SIZE)]
    await asyncio.to_thread(all_busy.wait, 10)
    abandoned = asyncio.create_task(pg.write(add_person, now))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await pg.write(add_person, now)
    abandoned.cancel()
    await asyncio.wait([abandoned])
    go.set()
    await asyncio.gather(*holds)

    assert await pg.read(count_people) == 0

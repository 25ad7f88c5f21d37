"""Units of work: the same promises on SQLite and PostgreSQL."""

import asyncio
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from app.core.db import open_database
from app.people.models import Person


def add_person(session, now, *, then=None, id_=None):
    person = Person(id=id_, created_at=now)
    session.add(person)
    session.flush()
    if then:
        raise then
    return person.id


def count_people(session):
    return len(session.exec(select(Person)).all())


async def test_write_keeps_what_the_unit_did(db, now):
    await db.write(add_person, now)

    assert await db.read(count_people) == 1


async def test_write_keeps_nothing_of_a_unit_that_refuses_and_everything_of_its_neighbours(db, now):
    units = [db.write(add_person, now, then=ValueError("no") if n % 3 == 0 else None) for n in range(30)]

    results = await asyncio.gather(*units, return_exceptions=True)

    assert sum(isinstance(result, ValueError) for result in results) == 10
    assert await db.read(count_people) == 20


async def test_write_keeps_the_neighbours_of_a_unit_whose_flush_fails(db, now):
    await db.write(add_person, now, id_=1_000)
    units = [db.write(add_person, now, id_=1_000 if n % 5 == 0 else 2_000 + n) for n in range(20)]

    results = await asyncio.gather(*units, return_exceptions=True)

    assert [isinstance(result, IntegrityError) for result in results] == [n % 5 == 0 for n in range(20)]
    assert await db.read(count_people) == 17


async def test_write_keeps_nothing_of_a_unit_that_rolls_back_by_itself_and_goes_on(db, now):
    def roll_back_and_go_on(session):
        add_person(session, now)
        session.rollback()
        add_person(session, now)

    units = [db.write(add_person, now), db.write(roll_back_and_go_on), db.write(add_person, now)]
    results = await asyncio.gather(*units, return_exceptions=True)

    assert [isinstance(result, Exception) for result in results] == [False, True, False]
    assert await db.read(count_people) == 2


async def test_write_lets_a_unit_use_a_savepoint_of_its_own(db, now):
    def try_twice(session):
        add_person(session, now, id_=7)
        try:
            with session.begin_nested():
                session.execute(text("INSERT INTO person (id, created_at) VALUES (7, '2026-01-01')"))
        except IntegrityError:
            return "there already"

    assert await db.write(try_twice) == "there already"
    assert await db.read(count_people) == 1


async def test_write_answers_even_a_unit_that_lets_stopiteration_out(db, now):
    units = [db.write(lambda session: next(iter([]))), db.write(add_person, now)]

    results = await asyncio.wait_for(asyncio.gather(*units, return_exceptions=True), 10)

    assert isinstance(results[0], RuntimeError)
    assert await db.read(count_people) == 1


async def test_read_refuses_to_write(db, now):
    with pytest.raises(DBAPIError):
        await db.read(add_person, now)
    assert await db.read(count_people) == 0


async def test_read_goes_on_beside_an_open_write(db, now):
    writing, may_end = threading.Event(), threading.Event()

    def write_slowly(session):
        add_person(session, now)
        writing.set()
        assert may_end.wait(10)

    write = asyncio.create_task(db.write(write_slowly))
    await asyncio.to_thread(writing.wait, 10)
    beside = await asyncio.wait_for(db.read(count_people), 5)
    may_end.set()
    await write

    assert beside == 0
    assert await db.read(count_people) == 1


async def test_read_sees_one_snapshot_whatever_is_committed_meanwhile(db, now):
    looked, committed = threading.Event(), threading.Event()

    def look_twice(session):
        before = session.scalar(text("SELECT count(*) FROM person"))
        looked.set()
        assert committed.wait(10)
        return before, session.scalar(text("SELECT count(*) FROM person"))

    reading = asyncio.create_task(db.read(look_twice))
    await asyncio.to_thread(looked.wait, 10)
    await db.write(add_person, now)
    committed.set()

    assert await reading == (0, 0)
    assert await db.read(count_people) == 1


async def test_close_finishes_what_was_queued(database_url, now):
    db = open_database(database_url)
    units = [asyncio.create_task(db.write(add_person, now)) for _ in range(150)]
    await asyncio.sleep(0)  # they are queued, none has been answered

    await db.close()

    assert len({*await asyncio.gather(*units)}) == 150
    db = open_database(database_url)
    assert await db.read(count_people) == 150
    await db.close()


async def test_write_and_read_after_close_are_errors_and_no_hanging_calls(database_url, now):
    db = open_database(database_url)
    await db.close()

    for call in (db.write(add_person, now), db.read(count_people)):
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(call, 5)


async def test_two_databases_on_one_address_interleave_without_loss(database_url, now):
    def count_up(session):
        session.execute(text("UPDATE clock_shift SET seconds = seconds + 1 WHERE id = 1"))

    one, other = open_database(database_url), open_database(database_url)
    await one.write(lambda session: session.execute(text("INSERT INTO clock_shift VALUES (1, 0)")))

    await asyncio.gather(*(db.write(count_up) for _ in range(100) for db in (one, other)))

    assert await one.read(lambda session: session.scalar(text("SELECT seconds FROM clock_shift"))) == 200
    await one.close()
    await other.close()

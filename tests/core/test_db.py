"""Units of work: the same promises on SQLite and PostgreSQL."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from app.people.models import Person


def add_person(session, now, *, then=None):
    person = Person(created_at=now)
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


async def test_read_refuses_to_write(db, now):
    with pytest.raises(DBAPIError):
        await db.read(add_person, now)
    assert await db.read(count_people) == 0

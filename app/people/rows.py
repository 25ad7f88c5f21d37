"""Every row that is about somebody, wherever it stands: found by its columns, so that no later table is forgotten."""

from collections.abc import Collection, Iterator
from typing import Final

from sqlalchemy import Table, UniqueConstraint
from sqlmodel import Session, SQLModel, col, select

from app.people.models import Person

PERSON: Final = "person_id"
OPENID: Final = "openid"


def tables_with(column: str) -> Iterator[Table]:
    """Tables that have it, children before their parents: in this order they can be emptied."""
    return (table for table in reversed(SQLModel.metadata.sorted_tables) if column in table.c)


def unique_with_person(table: Table) -> list[list[str]]:
    """The other columns of each key of which ``person_id`` is a part: two rows of one person would collide there."""
    keys = [table.primary_key, *(one for one in table.constraints if isinstance(one, UniqueConstraint))]
    names = [[column.name for column in key.columns] for key in keys]
    return [[name for name in key if name != PERSON] for key in names if PERSON in key]


def lock_people(session: Session, people: Collection[int]) -> list[int]:
    """Those that are still there; nobody writes a row about them until this unit has ended."""
    there = select(Person.id).where(col(Person.id).in_(people)).order_by(col(Person.id))
    return list(session.exec(there.with_for_update()))

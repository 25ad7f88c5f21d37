"""INSERT that leaves an existing row alone, in both dialects."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel


class InsertNew:
    """``insert(connection, values)`` is True when the row is new, False when one with its key was there.

    On PostgreSQL it waits for another transaction that is inserting the same key.
    """

    def __init__(self, model: type[SQLModel]) -> None:
        table: Any = model
        statements: dict[str, Insert] = {
            "sqlite": sqlite.insert(table.__table__).on_conflict_do_nothing(),
            "postgresql": postgresql.insert(table.__table__).on_conflict_do_nothing(),
        }
        self._statements: Final[Mapping[str, Insert]] = {
            dialect: statement.inline().execution_options(preserve_rowcount=True)
            for dialect, statement in statements.items()
        }

    def __call__(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        return connection.execute(self._statements[connection.dialect.name], dict(values)).rowcount == 1

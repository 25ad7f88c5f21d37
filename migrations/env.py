"""Alembic's entry: builds the schema of every feature, one process at a time."""

import time

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

import app.core.shared_clock
import app.engine.models
import app.jobs.event_models
import app.jobs.models
import app.jobs.workshop_models
import app.messaging.delivery_models
import app.messaging.models
import app.people.models
import app.staff.models
import app.wechat.models  # noqa: F401 each import adds its tables to the metadata
from app.core.db.url import migration_engine, parse_url

PATIENCE = 60
"""Seconds to wait for another process that migrates the same file."""
LOCK = 7_305_001
"""Any number: whoever holds it in PostgreSQL migrates, the others wait."""


def use_wal(connection: Connection) -> None:
    """Turn a new file to WAL. While another process does the same SQLite refuses at once, so we ask again."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            return
        except OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def run(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # Python's driver commits before each DDL statement unless we say BEGIN ourselves.
        connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
        use_wal(connection)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
    context.run_migrations()
    connection.commit()


engine = migration_engine(parse_url(context.config.get_main_option("sqlalchemy.url", "")))
try:
    with engine.connect() as connection:
        run(connection)
finally:
    engine.dispose()

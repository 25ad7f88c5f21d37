"""Where DBOS keeps what it carries out: never inside our own database file, where its writes would stall ours."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL

SCHEMA: Final = "yanlu_engine"


def store_url(url: URL) -> str:
    """A file beside ours (``var/engine.db``), or a schema of its own in the same PostgreSQL."""
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql").render_as_string(hide_password=False)
    file = Path(url.database or "")
    name = "engine.db" if file.stem == "yanlu" else f"{file.stem}-engine.db"
    return f"sqlite:///{file.with_name(name)}"


def prepare_store(url: str) -> None:
    """DBOS leaves SQLite in its slow journal mode; the file keeps the mode that it is given first."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

"""Where DBOS keeps what it carries out: never inside our own database file, where its writes would stall ours."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy.engine import URL

SCHEMA: Final = "yanlu_engine"


def store_url(url: URL) -> str:
    """A file beside ours (``var/engine.db``), or a schema of its own in the same PostgreSQL."""
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql").render_as_string(hide_password=False)
    file = Path(url.database or "")
    name = "engine.db" if file.stem == "yanlu" else f"{file.stem}-engine.db"
    return f"sqlite:///{file.with_name(name)}"


class StoreConnection(sqlite3.Connection):
    """DBOS dates its rows by ``unixepoch('subsec')``, which SQLite before 3.42 (Debian 12) does not know: NULL."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        if sqlite3.sqlite_version_info < (3, 42):
            self.create_function("unixepoch", 1, lambda _: time.time())


def engine_options(url: str) -> dict[str, Any]:
    """What DBOS is to open its store with."""
    return {"connect_args": {"factory": StoreConnection}} if url.startswith("sqlite:///") else {}


def prepare_store(url: str) -> None:
    """DBOS leaves SQLite in its slow journal mode; the file keeps the mode that it is given first."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

"""The two calls every door uses: ``await db.read(fn, …)`` and ``await db.write(fn, …)``."""

from app.core.db.base import Database, lost_its_parent
from app.core.db.postgres import PostgresDatabase
from app.core.db.sqlite import SqliteDatabase
from app.core.db.url import make_folder, parse_url

__all__ = ["Database", "lost_its_parent", "open_database", "parse_url"]


def open_database(url: str) -> Database:
    """Open the database behind ``url``; the file's folder is made if it is missing.

    Raises ConfigError when the address is of another kind.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(parsed)
    make_folder(parsed)
    return SqliteDatabase(parsed)

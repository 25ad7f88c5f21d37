"""Database addresses, and the plain engine that migrations use."""

from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.core.errors import ConfigError


def parse_url(url: str) -> URL:
    """The address with its driver named. Raises ConfigError for any but SQLite files and PostgreSQL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        raise ConfigError(
            "数据库地址看不懂，应形如 sqlite:///var/yanlu.db 或 postgresql://用户:密码@主机/库名。"
        ) from None
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite") and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    raise ConfigError(f"不支持这种数据库：{parsed.drivername}。请用 sqlite:///文件 或 postgresql://…。")


def make_folder(url: URL) -> None:
    """Make the folder of a SQLite file. Raises ConfigError where that is not allowed."""
    if url.get_backend_name() != "sqlite":
        return
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"建不了数据库文件夹 {folder}（{error.strerror}）。请换个 YANLU_DATABASE_URL。") from None


def migration_engine(url: URL) -> Engine:
    """One connection for Alembic, waiting long enough for another process that migrates."""
    if url.get_backend_name() == "sqlite":
        return create_engine(url, connect_args={"timeout": 60})
    return create_engine(url, connect_args={"connect_timeout": 5})

"""A copy of everything while the service runs, and back again while it does not."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlmodel import Session

from app.core.db.url import parse_url
from app.core.errors import Conflict, Invalid, NotFound, Unavailable
from app.core.migrations import migrate
from app.engine.locks import live_lock
from app.engine.store import SCHEMA, store_url
from app.messaging import deliveries

AFTER_RESTORE: Final[Sequence[Callable[..., None]]] = (deliveries.after_restore,)
"""What features do to rows that a backup brings back: units of work, ``(session, *, now)``."""
MARK: Final = "alembic_version"
"""A table that every backup of ours has."""
NOT_OURS: Final = "{} 不是雁路的备份，或者坏了。没有动现在的数据。"


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds."""

    file: Path
    size: int
    rows: Mapping[str, int]
    """Of each table; empty for PostgreSQL, whose dump is read at restoring only."""


def back_up(database_url: str, file: Path, *, overwrite: bool = False) -> Made:
    """Copy the database to ``file``, whole or not at all, while it is used. Raises Conflict, Unavailable, Invalid."""
    if file.exists() and not overwrite:
        raise Conflict(f"{file} 已经有了。换个名字，或加 --force 覆盖。")
    if not file.absolute().parent.is_dir():
        raise NotFound(f"没有 {file.absolute().parent} 这个文件夹。")
    url = parse_url(database_url)
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        rows = _dump(url, part) if _is_postgres(url) else _vacuum(url, part)
        with part.open("rb") as copy:
            os.fsync(copy.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return Made(file, file.stat().st_size, rows)


def restore(database_url: str, file: Path, *, now: datetime) -> Path | None:
    """Put ``file`` in place of the database and bring it up to date. Returns where the old one was put, if it was kept.

    What was being sent becomes unknown, what waited waits for a person. Raises Conflict while a service lives,
    NotFound, and Invalid for a file that is no backup: then nothing is changed.
    """
    if not file.is_file():
        raise NotFound(f"没有 {file} 这个文件。")
    url = parse_url(database_url)
    with _nobody_at_work(url):
        if not _is_postgres(url):
            return _restore_sqlite(url, file, now)
        _restore_postgres(url, file, now)
        return None


@contextmanager
def _nobody_at_work(url: URL) -> Iterator[None]:
    lock = live_lock(url, alone=True)
    if not lock.take():
        raise Conflict("服务还在运行。先停掉服务和 worker，再恢复。")
    try:
        yield
    finally:
        lock.release()


# --- SQLite ---


def _vacuum(url: URL, part: Path) -> dict[str, int]:
    source = Path(url.database or "")
    if not source.is_file():
        raise NotFound(f"没有数据库文件 {source}。")
    try:
        with closing(sqlite3.connect(source, timeout=10)) as connection:
            connection.execute("VACUUM INTO ?", [str(part)])
    except sqlite3.OperationalError as error:
        raise Unavailable(f"备份没有做成（{error}）。看看磁盘还有没有空间。") from None
    return _check_sqlite(part)


def _check_sqlite(file: Path) -> dict[str, int]:
    """Rows of each table. Raises Invalid for a file that is damaged or not ours."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
            listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            names = [name for (name,) in listed if not name.startswith("sqlite_")]
            if sound != "ok" or MARK not in names:
                raise Invalid(NOT_OURS.format(file))
            return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 names of the file itself
    except sqlite3.DatabaseError:
        raise Invalid(NOT_OURS.format(file)) from None


def _restore_sqlite(url: URL, file: Path, now: datetime) -> Path | None:
    _check_sqlite(file)
    target = Path(url.database or "")
    fresh = target.with_name(f".{target.name}.restoring")
    for left in (fresh, *_beside(fresh)):
        left.unlink(missing_ok=True)
    try:
        shutil.copyfile(file, fresh)
        fresh_url = url.set(database=str(fresh)).render_as_string(hide_password=False)
        migrate(fresh_url)
        _settle(fresh_url, now)
        with closing(sqlite3.connect(fresh)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return _swap(target, fresh, Path(store_url(url).removeprefix("sqlite:///")))
    finally:
        for left in (fresh, *_beside(fresh)):
            left.unlink(missing_ok=True)


def _swap(target: Path, fresh: Path, store: Path) -> Path | None:
    old = None
    if target.exists():
        with closing(sqlite3.connect(target)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old = target.with_name(f"{target.name}.before-restore")
        target.replace(old)
    for left in (*_beside(target), store, *_beside(store)):
        left.unlink(missing_ok=True)  # the engine begins anew from the rows
    fresh.replace(target)
    return old


def _beside(file: Path) -> list[Path]:
    return [file.with_name(f"{file.name}-{ending}") for ending in ("wal", "shm")]


# --- PostgreSQL ---


def _dump(url: URL, part: Path) -> dict[str, int]:
    _run(url, "pg_dump", "--format=custom", f"--exclude-schema={SCHEMA}", f"--file={part}")
    return {}


def _restore_postgres(url: URL, file: Path, now: datetime) -> None:
    listing = _run(url, "pg_restore", "--list", str(file), connect=False)
    if f" {MARK} " not in listing:
        raise Invalid(NOT_OURS.format(file))
    # One transaction: all of it or, where anything fails, nothing.
    _run(url, "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(file))
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    database_url = url.render_as_string(hide_password=False)
    migrate(database_url)
    _settle(database_url, now)


def _run(url: URL, program: str, *arguments: str, connect: bool = True) -> str:
    """Raises Unavailable where the program is missing, Invalid or Unavailable where it fails."""
    found = shutil.which(program)
    if found is None:
        raise Unavailable(f"这台机器上没有 {program}。请安装与数据库同版本的 PostgreSQL 客户端。")
    environment = dict(os.environ)
    target: list[str] = []
    if connect:
        address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
        target = [f"--dbname={address}"]
        if url.password:
            environment["PGPASSWORD"] = str(url.password)  # never among the arguments, which everybody can list
    done = subprocess.run(  # noqa: S603 our own arguments
        [found, *target, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["没有说原因"])[-1][:200]
        if program == "pg_restore" and not connect:
            raise Invalid(NOT_OURS.format(arguments[-1]))
        raise Unavailable(f"{program} 没有做成：{reason}")
    return done.stdout


def _settle(database_url: str, now: datetime) -> None:
    """Everything a feature does to what came back, in one transaction."""
    engine = create_engine(parse_url(database_url))
    try:
        with Session(engine) as session, session.begin():
            for unit in AFTER_RESTORE:
                unit(session, now=now)
    finally:
        engine.dispose()


def _is_postgres(url: URL) -> bool:
    return url.get_backend_name() == "postgresql"

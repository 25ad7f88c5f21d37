"""A lock that its owner's death lets go of at once: a process that carries out orders holds one under its name."""

import fcntl
import hashlib
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, Final

import psycopg
from sqlalchemy.engine import URL

CONNECT_SECONDS: Final = 5


class Lock(ABC):
    """Held from `take` until `release`, or until the process or its connection dies."""

    @abstractmethod
    def take(self) -> bool:
        """False when somebody holds it."""

    @abstractmethod
    def held(self) -> bool:
        """Whether it is still ours: a database that went away took it along."""

    @abstractmethod
    def release(self) -> None: ...


class FileLock(Lock):
    """On one machine, beside the SQLite file."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self._path = path
        self._kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._file: IO[str] | None = None

    def take(self) -> bool:
        file = self._path.open("a")
        try:
            fcntl.flock(file, self._kind | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def held(self) -> bool:
        return self._file is not None

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class AdvisoryLock(Lock):
    """Across machines: PostgreSQL lets go of it when the connection ends."""

    def __init__(self, url: URL, name: str, *, shared: bool = False) -> None:
        self._take = f"SELECT pg_try_advisory_lock{'_shared' if shared else ''}(%s)"
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._number = int.from_bytes(hashlib.sha256(f"yanlu:{name}".encode()).digest()[:8], signed=True)
        self._connection: psycopg.Connection | None = None

    def take(self) -> bool:
        connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=CONNECT_SECONDS)
        row = connection.execute(self._take, [self._number]).fetchone()
        if not (row and row[0]):
            connection.close()
            return False
        self._connection = connection
        return True

    def held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self.release()
        return self._connection is not None

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def lock_of(url: URL, executor: str) -> Lock:
    """The lock under the name ``executor``, in the database behind ``url``."""
    return _lock(url, executor, shared=False)


def live_lock(url: URL, *, alone: bool = False) -> Lock:
    """Every service and worker holds it together; whoever wants it ``alone`` gets it when none of them lives."""
    return _lock(url, "live", shared=not alone)


def _lock(url: URL, name: str, *, shared: bool) -> Lock:
    if url.get_backend_name() == "postgresql":
        return AdvisoryLock(url, name, shared=shared)
    file = Path(url.database or "")
    return FileLock(file.with_name(f"{file.stem}-{name}.lock"), shared=shared)

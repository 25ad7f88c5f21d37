"""A name for this process that no other living one has."""

import os
import re
import socket
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete
from sqlalchemy.engine import URL
from sqlmodel import Session, col, select

from app.core.errors import ConfigError
from app.engine.locks import Lock, lock_of
from app.engine.models import Executor

NAME: Final = re.compile("[A-Za-z0-9_-]{1,40}")
STALE: Final = 5
"""Seconds without a beat after which a process may be dead; its lock tells."""


def claim_name(url: URL, wanted: str, *, processes: int = 1) -> tuple[str, Lock]:
    """A name and its lock: ``wanted`` itself, or of several processes the first free of ``wanted-1``…

    Two living processes with one name would both carry out what either has begun. Raises ConfigError.
    """
    if not NAME.fullmatch(wanted):
        raise ConfigError("YANLU_EXECUTOR_ID 只能用字母、数字、- 和 _，最多40个字符。")
    names = [wanted] if processes == 1 else [f"{wanted}-{number}" for number in range(1, processes + 1)]
    for name in names:
        lock = lock_of(url, name)
        if lock.take():
            return name, lock
    raise ConfigError(
        f"同一个数据库上已经有一个名叫“{wanted}”的进程在运行。先停掉它；"
        "真要再开一个，就给它另取名字：设置 YANLU_EXECUTOR_ID，如 worker-1。"
    )


def beat(session: Session, name: str, *, machine_time: int) -> None:
    """Say that this process lives."""
    session.merge(Executor(id=name, host=socket.gethostname()[:100], pid=os.getpid(), beat_at=machine_time))


def list_executors(session: Session) -> Sequence[Executor]:
    return session.exec(select(Executor).order_by(col(Executor.id))).all()


def silent_since(session: Session, machine_time: int) -> list[str]:
    """The names of those that may have died."""
    silent = select(Executor.id).where(Executor.beat_at < machine_time - STALE)
    return list(session.exec(silent).all())


def forget(session: Session, name: str) -> None:
    session.connection().execute(delete(Executor).where(col(Executor.id) == name))

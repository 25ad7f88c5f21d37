"""What every command shares: where it prints, how it refuses, one unit of work on the database."""

import asyncio
import sys
from collections.abc import Callable
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from sqlmodel import Session

from app.core.config import load_settings
from app.core.db import open_database
from app.core.migrations import migrate

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="给程序读的结果")]
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def fail(sentence: str) -> NoReturn:
    err.print(sentence, markup=False)
    sys.exit(1)


async def with_database(unit: Callable[[Session], T], *, write: bool = False) -> T:
    """One unit of work on the database of the settings, brought up to date first."""
    settings = load_settings()
    await asyncio.to_thread(migrate, settings.database_url)
    db = open_database(settings.database_url)
    try:
        return await (db.write if write else db.read)(unit)
    finally:
        await db.close()

"""What every command shares: where it prints, how it refuses, one unit of work on the database."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from sqlmodel import Session

from app.core.clock import Clock
from app.core.config import load_settings
from app.core.db import Database, open_database
from app.core.errors import Unauthenticated
from app.core.migrations import migrate
from app.staff import accounts
from app.staff.models import Role, Staff
from app.staff.rules import require

T = TypeVar("T")
AsStaff = Annotated[str | None, typer.Option("--as", metavar="名字", help="以哪位工作人员的身份办")]
AsJson = Annotated[bool, typer.Option("--json", help="给程序读的结果")]
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def fail(sentence: str) -> NoReturn:
    err.print(sentence, markup=False)
    sys.exit(1)


async def with_database(unit: Callable[[Session], T], *, write: bool = False) -> T:
    """One unit of work on the database of the settings."""
    async with open_db() as db:
        return await (db.write if write else db.read)(unit)


@asynccontextmanager
async def open_db() -> AsyncIterator[Database]:
    """The database of the settings, brought up to date first."""
    settings = load_settings()
    await asyncio.to_thread(migrate, settings.database_url)
    db = open_database(settings.database_url)
    try:
        yield db
    finally:
        await db.close()


def any_staff() -> bool:
    return asyncio.run(with_database(accounts.count_staff)) > 0


def acting(name: str | None, action: str) -> Staff:
    """The member of staff who acts, proven by their secret and allowed to. Raises YanluError."""
    if not name:
        raise Unauthenticated("要写明是谁在办：加上 --as 名字。还没有工作人员就先 yanlu staff add。")
    secret = load_settings().staff_secret
    if not secret:
        if not sys.stdin.isatty():
            raise Unauthenticated("没有口令。请设 YANLU_STAFF_SECRET，或在终端里运行，按提示输入。")
        secret = typer.prompt(f"{name} 的口令", hide_input=True)
    staff = asyncio.run(_let_in(name, secret))
    require(Role(staff.role), action)
    return staff


async def _let_in(name: str, secret: str) -> Staff:
    now = Clock().now()
    async with open_db() as db:
        known = await db.read(accounts.look_up, name, now=now)
        fitted = await asyncio.to_thread(accounts.fits, known, secret)

        def unit(session: Session) -> Staff:
            return Staff(**accounts.let_in(session, known, fitted=fitted, now=now).model_dump())

        staff = await db.write(unit)
    if not fitted:
        raise Unauthenticated(accounts.WRONG)
    return staff

"""`yanlu backup` and `yanlu restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from app import backup
from app.commands.common import AsStaff, acting, any_staff, out, with_database
from app.core.clock import Clock
from app.core.config import load_settings
from app.staff import audit


def back_up(
    file: Annotated[Path, typer.Argument(metavar="文件")],
    force: Annotated[bool, typer.Option("--force", help="文件已经有了也覆盖")] = False,
) -> None:
    """备份整个数据库，服务不用停。密钥不在里面，.env 要另外存好。"""
    made = backup.back_up(load_settings().database_url, file, overwrite=force)
    counted = f"，{len(made.rows)} 张表 {sum(made.rows.values())} 行" if made.rows else ""
    out.print(f"已备份到 {made.file}：{made.size / 1024:.0f} KB{counted}。")


def restore(
    file: Annotated[Path, typer.Argument(metavar="文件")],
    by: AsStaff = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再问一遍")] = False,
) -> None:
    """用备份换掉现在的数据。要先停服务；没发完的消息先停着，由人看过再接着发。"""
    staff = acting(by, "backup.restore") if by or any_staff() else None
    if not yes and not typer.confirm(f"真的要用 {file} 换掉现在的数据吗？", err=True):
        raise typer.Exit(1)
    now = Clock().now()
    old = backup.restore(load_settings().database_url, file, now=now)
    who = staff.name if staff else "命令行"
    asyncio.run(
        with_database(
            lambda session: audit.record(
                session, None, "backup.restore", "数据库", {"file": file.name, "by": who}, now=now
            ),
            write=True,
        )
    )
    kept = f"原来的数据在 {old}。" if old else ""
    out.print(f"已恢复。{kept}没发完的消息都停着，用 yanlu deliveries list 看，核对后 resume。")

"""`yanlu inbox …`: what citizens want a human to see."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer
from rich.table import Table
from sqlmodel import Session

from app.commands.common import AsJson, AsStaff, acting, any_staff, fail, out, with_database
from app.core.clock import Clock, local
from app.messaging import inbox
from app.messaging.rendering import MessageTemplates
from app.staff import audit
from app.staff.models import Staff
from bot.glance import too_much

app = typer.Typer(help="留言：群众要找人工时说的话", no_args_is_help=True)


@app.command("list")
def list_inbox(as_json: AsJson = False) -> None:
    """还没处理的留言，先来的在前。"""
    items = asyncio.run(with_database(inbox.list_open))
    if as_json:
        rows = [
            {"id": item.id, "person_id": item.person_id, "text": item.text, "opened_at": item.opened_at.isoformat()}
            for item in items
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("编号", "时间", "说了什么")
    for item in items:
        table.add_row(str(item.id), f"{local(item.opened_at):%m月%d日 %H:%M}", item.text or "（只说要找人工）")
    out.print(table if items else "没有待处理的留言。")


@app.command("reply")
def reply_inbox(
    number: Annotated[int, typer.Argument(metavar="编号")],
    words: Annotated[str, typer.Argument(metavar="回话")],
    by: AsStaff = None,
) -> None:
    """回一句话：48 小时内说过话的马上收到，别的人下次发消息时看到。回了就从列表里去掉。"""
    staff = _who(by, "inbox.reply")
    shown_words = MessageTemplates().render("human/answered", number=number, text=words)
    if complaint := too_much(shown_words):
        fail(complaint)
    _change(staff, "inbox.reply", number, partial(inbox.reply_to, item_id=number, words=shown_words, now=Clock().now()))
    out.print(f"{number} 号留言已回。能马上发的马上发，发不了的，群众下次发消息时看到。")


@app.command("close")
def close_inbox(number: Annotated[int, typer.Argument(metavar="编号")], by: AsStaff = None) -> None:
    """处理完了，从列表里去掉。"""
    staff = _who(by, "inbox.close")
    _change(staff, "inbox.close", number, partial(inbox.close_item, item_id=number, now=Clock().now()))
    out.print(f"{number} 号留言已处理。")


def _who(name: str | None, action: str) -> Staff | None:
    """Nobody has to say who they are before there is any staff: a bureau begins with one clerk at one machine."""
    return acting(name, action) if name or any_staff() else None


def _change(staff: Staff | None, action: str, number: int, change: Callable[[Session], object]) -> None:
    def unit(session: Session) -> None:
        change(session)
        audit.record(session, staff, action, f"留言{number}", {}, now=Clock().now())

    asyncio.run(with_database(unit, write=True))

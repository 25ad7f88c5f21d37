"""`yanlu workshops …`: the directory of 就业帮扶车间."""

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import typer
from rich.table import Table
from sqlmodel import Session

from app.commands.common import AsJson, AsStaff, acting, out, with_database
from app.commands.importing import File, import_lines, read_file, show
from app.core.clock import Clock
from app.core.config import load_settings
from app.jobs import workshops
from app.jobs.workshop_rows import HEADINGS, KEYS, read_workshop
from app.knowledge.lexicon import read_lexicon

app = typer.Typer(help="就业帮扶车间：导入、列出", no_args_is_help=True)


@app.command("import")
def import_workshops(file: File, name: AsStaff = None, as_json: AsJson = False) -> None:
    """导入；编号一样的是更新，没有编号的看乡镇和名称。停了的，“在用”写“否”。"""
    staff = acting(name, "workshops.import") if name else None
    read = partial(read_workshop, gazetteer=read_lexicon(load_settings().intents_path).gazetteer)
    now = Clock().now()

    def save(session: Session, fields: Mapping[str, Any]) -> bool:
        return workshops.save_workshop(session, fields, now=now)[1]

    report = import_lines(read_file(file), read, save, known={*HEADINGS, *KEYS}, staff=staff, action="workshops.import")
    show(report, as_json=as_json)


@app.command("list")
def list_workshops(as_json: AsJson = False) -> None:
    """在用的车间。"""
    rows = asyncio.run(with_database(_rows))
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("编号", "名称", "乡镇", "做什么", "招人", "电话")
    for row in rows:
        wants = "" if row["headcount"] is None else str(row["headcount"])
        example = "（示例）" if row["is_example"] else ""
        table.add_row(str(row["id"]), row["name"] + example, row["township"], row["trades"], wants, row["phone"])
    out.print(table if rows else "还没有车间。导入：yanlu workshops import 文件")


def _rows(session: Session) -> list[dict[str, Any]]:
    found = workshops.list_workshops(session)
    return [one.workshop.model_dump(exclude={"created_at", "active"}) for one in found]

"""`yanlu events …`: job fairs and classes."""

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlmodel import Session

from app.commands.common import AsJson, AsStaff, acting, out, with_database
from app.commands.importing import File, import_lines, read_file, show
from app.core.clock import Clock, local
from app.core.config import load_settings
from app.jobs import events
from app.jobs.event_models import Event, EventKind, EventState
from app.jobs.event_rows import HEADINGS, KEYS, read_event
from app.jobs.events import list_all, list_coming
from app.knowledge.lexicon import read_lexicon
from app.staff import audit

app = typer.Typer(help="招聘会和培训班：导入、列出、取消", no_args_is_help=True)
KINDS = {EventKind.JOB_FAIR: "招聘会", EventKind.TRAINING: "培训班"}


@app.command("import")
def import_events(file: File, name: AsStaff = None, as_json: AsJson = False) -> None:
    """导入；编号一样的是更新。改了时间、地点或取消的，报了名的人都会收到通知。"""
    staff = acting(name, "events.import") if name else None
    gazetteer = read_lexicon(load_settings().intents_path).gazetteer
    home = gazetteer.home.province, gazetteer.home.city, gazetteer.home.district
    now = Clock().now()

    def save(session: Session, fields: Mapping[str, Any]) -> bool:
        return events.save_event(session, fields, now=now)[1]

    read = partial(read_event, gazetteer=gazetteer, today=local(now).date(), home=home)
    report = import_lines(read_file(file), read, save, known={*HEADINGS, *KEYS}, staff=staff, action="events.import")
    show(report, as_json=as_json)


@app.command("list")
def list_events(
    everything: Annotated[bool, typer.Option("--all", help="办过的、取消的也列出来")] = False, as_json: AsJson = False
) -> None:
    """近期的，各有多少人报名。"""
    rows = asyncio.run(with_database(partial(_rows, everything=everything)))
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        out.print("近期没有招聘会和培训班。导入：yanlu events import 文件")
        return
    table = Table("编号", "类型", "名称", "时间", "地点", "报名", "名额", "状态")
    for row in rows:
        at = f"{row['starts_at'][:10]} {row['starts_at'][11:16]}"
        capacity = "不限" if row["capacity"] is None else str(row["capacity"])
        state = "取消" if row["status"] == EventState.CANCELLED else ""
        kind = KINDS[EventKind(row["kind"])]
        table.add_row(str(row["id"]), kind, row["title"], at, row["place"], str(row["registered"]), capacity, state)
    out.print(table)


@app.command()
def cancel(
    number: Annotated[int, typer.Argument(metavar="编号")], name: AsStaff = None, as_json: AsJson = False
) -> None:
    """取消一场，报了名的人马上收到通知。"""
    staff = acting(name, "events.cancel")

    def unit(session: Session) -> int:
        now = Clock().now()
        told = events.cancel_event(session, number, now=now)
        audit.record(session, staff, "events.cancel", f"活动{number}", {"told": told}, now=now)
        return told

    told = asyncio.run(with_database(unit, write=True))
    if as_json:
        print(json.dumps({"id": number, "status": "cancelled", "told": told}))
    else:
        out.print(f"{number} 号活动取消了，通知 {told} 个报了名的人。")


def _rows(session: Session, *, everything: bool) -> list[dict[str, Any]]:
    found = list_all(session) if everything else list_coming(session, now=Clock().now())
    counts = events.count_registered(session, [event.id for event in found])
    return [_row(event, counts.get(event.id, 0)) for event in found]


def _row(event: Event, registered: int) -> dict[str, Any]:
    names = "id", "external_id", "kind", "title", "place", "capacity"
    return {
        **{name: getattr(event, name) for name in names},
        "starts_at": local(event.starts_at).isoformat(),
        "status": event.state,
        "registered": registered,
    }

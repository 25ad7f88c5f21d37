"""`yanlu engine …`: whether what is due is being carried out."""

import asyncio
import json
from typing import Any

import typer
from rich.table import Table
from sqlmodel import Session

from app.commands.common import AsJson, out, with_database
from app.core.clock import Clock, machine_seconds
from app.engine import executors
from app.engine.models import Executor
from app.jobs import event_reminders, push_rounds
from app.messaging import deliveries

app = typer.Typer(help="引擎：到期的事有没有人办", no_args_is_help=True)
TITLES = {deliveries.TASK: "发消息", event_reminders.TASK: "通知报名的人", push_rounds.TASK: "推送新岗位"}
COUNTS = {
    deliveries.TASK: deliveries.count_due,
    event_reminders.TASK: event_reminders.count_due,
    push_rounds.TASK: push_rounds.count_due,
}
SILENT = 15
"""Seconds without a beat after which a process is shown as silent."""


@app.callback()
def engine() -> None:
    """So that ``status`` stays a word of its own while it is the only one."""


@app.command()
def status(as_json: AsJson = False) -> None:
    """到期没办的有多少、最早的等了多久、哪些进程在办。没人办时退出码是 1。"""
    found = asyncio.run(with_database(_look))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        _show(found)
    if not any(one["living"] for one in found["executors"]):
        raise typer.Exit(1)


def _look(session: Session) -> dict[str, Any]:
    now, machine = Clock().now(), int(machine_seconds())
    tasks = []
    for name, count in COUNTS.items():
        backlog = count(session, now)
        waited = max(0, int((now - backlog.oldest).total_seconds())) if backlog.oldest else 0
        tasks.append({"task": name, "due": backlog.due, "oldest_seconds": waited})
    return {"tasks": tasks, "executors": [_described(one, machine) for one in executors.list_executors(session)]}


def _described(one: Executor, machine: int) -> dict[str, Any]:
    silent = max(0, machine - one.beat_at)
    return {"id": one.id, "host": one.host, "pid": one.pid, "silent_seconds": silent, "living": silent < SILENT}


def _show(found: dict[str, Any]) -> None:
    tasks = Table("要办的事", "到期没办", "最早的等了")
    for one in found["tasks"]:
        tasks.add_row(TITLES[one["task"]], str(one["due"]), f"{one['oldest_seconds']} 秒" if one["due"] else "")
    out.print(tasks)
    if not found["executors"]:
        out.print("现在没有进程在办。请启动服务：yanlu serve，或另开：yanlu worker。")
        return
    workers = Table("进程", "主机", "进程号", "最近一次动静")
    for one in found["executors"]:
        seconds = f"{one['silent_seconds']} 秒前" + ("" if one["living"] else "（可能停了）")
        workers.add_row(one["id"], one["host"], str(one["pid"]), seconds)
    out.print(workers)

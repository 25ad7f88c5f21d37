"""`yanlu deliveries …`: what goes out by itself, worked by hand."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.progress import track
from rich.table import Table
from sqlmodel import Session

from app.commands.common import AsJson, AsStaff, acting, err, open_db, out, with_database
from app.core.clock import Clock, local
from app.core.db import Database
from app.messaging import audience, deliveries
from app.messaging.deliveries import CHUNK, BatchFigures
from app.messaging.delivery_models import BatchState, Purpose, State
from app.messaging.delivery_rules import Message
from app.staff import audit
from app.staff.models import Staff

app = typer.Typer(help="发送：主动发给群众的消息，发了多少、停、接着发、重发没发成的", no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="编号")]
STATES = {
    State.PENDING: "待发",
    State.SENDING: "在发",
    State.SENT: "已发",
    State.FAILED: "没发成",
    State.SKIPPED: "不发",
    State.UNKNOWN: "说不准",
}
BATCH_STATES = {BatchState.RUNNING: "在发", BatchState.PAUSED: "暂停", BatchState.CANCELLED: "取消"}


@app.command()
def new(
    text: Annotated[str, typer.Option(help="发什么")],
    title: Annotated[str, typer.Option(help="起个名字，好在列表里认")] = "通知",
    to: Annotated[str, typer.Option(help="发给谁：all 是全部关注者")] = audience.EVERYBODY,
    name: AsStaff = None,
    as_json: AsJson = False,
) -> None:
    """新建一次发送，马上开始。48 小时内说过话的收得到客服消息，别的人看有没有别的渠道。"""
    staff = acting(name, "deliveries.create")
    audience.check_audience(to)
    text = deliveries.check_text(text)
    number, count = asyncio.run(_order(staff, title, text))
    _say(as_json, {"id": number, "recipients": count}, f"{number} 号发送已建好，共 {count} 人，开始发了。")


@app.command("list")
def list_batches(as_json: AsJson = False) -> None:
    """最近的发送，各发到哪里了。"""
    found = asyncio.run(with_database(deliveries.list_batches))
    if as_json:
        print(json.dumps([_row(one) for one in found], ensure_ascii=False))
        return
    if not found:
        out.print("还没有发送过。")
        return
    table = Table("编号", "名字", "建于", "建的人", "状态", *STATES.values())
    for one in found:
        batch = one.batch
        state = BATCH_STATES[BatchState(batch.state)] + (f"：{batch.paused_because}" if batch.paused_because else "")
        counts = (str(one.counts[state]) for state in STATES)
        table.add_row(
            str(batch.id), batch.title, f"{local(batch.created_at):%m月%d日 %H:%M}", batch.created_by, state, *counts
        )
    out.print(table)


@app.command()
def pause(number: Number, name: AsStaff = None, as_json: AsJson = False) -> None:
    """先停下，一秒内就不再发。"""
    staff = acting(name, "deliveries.pause")
    _change(staff, "deliveries.pause", number, lambda session: deliveries.pause(session, number, by=staff.name))
    _say(as_json, {"id": number, "state": "paused"}, f"{number} 号发送已暂停。接着发：yanlu deliveries resume {number}")


@app.command()
def resume(number: Number, name: AsStaff = None, as_json: AsJson = False) -> None:
    """接着发。"""
    staff = acting(name, "deliveries.resume")
    _change(staff, "deliveries.resume", number, lambda session: deliveries.resume(session, number))
    _say(as_json, {"id": number, "state": "running"}, f"{number} 号发送接着发了。")


@app.command()
def retry(number: Number, name: AsStaff = None, as_json: AsJson = False) -> None:
    """只把没发成的再发一次；说不准的不动，他们可能已经收到。"""
    staff = acting(name, "deliveries.retry")
    again = asyncio.run(_retry(staff, number))
    _say(as_json, {"id": number, "again": again}, f"{again} 条没发成的重新发。" if again else "没有没发成的。")


async def _retry(staff: Staff, number: int) -> int:
    """A page a unit of work; the audit row comes with the last."""
    again = 0
    async with open_db() as db:
        while count := await db.write(deliveries.retry_failed, number, now=Clock().now()):
            again += count

        def told(session: Session) -> None:
            audit.record(session, staff, "deliveries.retry", f"发送{number}", {"again": again}, now=Clock().now())

        await db.write(told)
    return again


@app.command()
def calls(number: Number, name: AsStaff = None, as_json: AsJson = False) -> None:
    """没有渠道能发到的人，按乡镇列出来，请村干部打电话。"""
    acting(name, "deliveries.read")
    found = asyncio.run(with_database(lambda session: deliveries.list_calls(session, number)))
    if as_json:
        print(json.dumps([{"person_id": person, "township": township} for person, township in found]))
        return
    table = Table("乡镇", "人")
    for person, township in found:
        table.add_row(township or "（没说）", str(person))
    out.print(table if found else "都有渠道发到，不用打电话。")


async def _order(staff: Staff, title: str, text: str) -> tuple[int, int]:
    """The whole audience into one batch, a page a unit of work; it begins once everybody is in it."""
    async with open_db() as db:
        now = Clock().now()

        def begin(session: Session) -> tuple[int, int]:
            batch = deliveries.open_batch(
                session, title, Purpose.NEWS, created_by=staff.name, now=now, message=Message(text), paused=True
            )
            expected = audience.count_audience(session)
            told = {"title": title, "recipients": expected}
            audit.record(session, staff, "deliveries.create", f"发送{batch.id}", told, now=now)
            return batch.id, expected

        number, expected = await db.write(begin)
        count = await _fill(db, number, expected)
        await db.write(deliveries.resume, number)
        return number, count


async def _fill(db: Database, number: int, expected: int) -> int:
    pages, after, count = range(0, expected, CHUNK), 0, 0
    for _ in track(pages, "登记收件人", console=err, disable=not err.is_terminal, transient=True):
        people = await db.read(audience.page_of_audience, after, limit=CHUNK)
        if not people:
            break
        after = people[-1]
        count += await db.write(_add, number, people)
    return count


def _add(session: Session, number: int, people: Sequence[int]) -> int:
    return deliveries.add_recipients(session, deliveries.get_batch(session, number), people, now=Clock().now())


def _change(staff: Staff, action: str, number: int, change: Any) -> Any:
    """The change and its audit row, in one unit of work."""

    def unit(session: Session) -> Any:
        found = change(session)
        audit.record(session, staff, action, f"发送{number}", {}, now=Clock().now())
        return found

    return asyncio.run(with_database(unit, write=True))


def _row(one: BatchFigures) -> dict[str, Any]:
    batch = one.batch
    return {
        "id": batch.id,
        "title": batch.title,
        "state": batch.state,
        "because": batch.paused_because,
        "created_at": local(batch.created_at).isoformat(),
        "created_by": batch.created_by,
        "counts": {str(state): count for state, count in one.counts.items()},
    }


def _say(as_json: bool, found: dict[str, Any], sentence: str) -> None:
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        out.print(sentence)

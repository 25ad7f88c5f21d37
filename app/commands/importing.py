"""Importing a list that somebody keeps in a sheet: good rows are kept, of bad ones the row and the reason are told."""

import asyncio
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import track
from sqlmodel import Session

from app.commands.common import err, open_db, out
from app.core.clock import Clock
from app.core.errors import Invalid
from app.jobs.rows import Line, read_lines
from app.staff import audit
from app.staff.models import Staff

File = Annotated[Path, typer.Argument(metavar="文件", help="jsonl 或 csv；第一行是列名，中文、英文都行；- 是标准输入")]
UNIT: Final = 50
"""Rows of one unit of work."""
Saved = Callable[[Session, Mapping[str, Any]], bool]
"""Saves the columns of one row; whether it is new."""


@dataclass
class Report:
    new: int = 0
    changed: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Columns that nobody reads."""


def read_file(file: Path) -> list[Line]:
    """Raises Invalid."""
    if str(file) == "-":
        content = sys.stdin.buffer.read()
        return read_lines(content, "-.jsonl" if content.lstrip().startswith(b"{") else "-.csv")
    try:
        return read_lines(file.read_bytes(), file.name)
    except OSError as error:
        raise Invalid(f"{file} 打不开，请检查文件名。") from error


def import_lines(
    lines: Sequence[Line],
    read: Callable[[Mapping[str, Any]], dict[str, Any]],
    save: Saved,
    *,
    known: Collection[str],
    staff: Staff | None,
    action: str,
) -> Report:
    """Judge every row, then save the good ones, and tell the audit trail how many."""
    report = Report(unknown=sorted({name for line in lines for name in line.values} - set(known)))
    good = []
    for line in lines:
        try:
            good.append(read(line.values) if not line.flaw else _refuse(line.flaw))
        except Invalid as refusal:
            report.errors.append({"row": line.number, "message": refusal.detail})
    asyncio.run(_save(good, save, report, staff, action))
    return report


def _refuse(flaw: str) -> dict[str, Any]:
    raise Invalid(f"{flaw}。")


async def _save(good: Sequence[dict[str, Any]], save: Saved, report: Report, staff: Staff | None, action: str) -> None:
    async with open_db() as db:
        starts = range(0, len(good), UNIT)
        for start in track(starts, "导入", console=err, disable=not err.is_terminal, transient=True):
            fresh = await db.write(_save_some, good[start : start + UNIT], save)
            report.new += sum(fresh)
            report.changed += len(fresh) - sum(fresh)
        told = {"new": report.new, "changed": report.changed, "errors": len(report.errors)}
        await db.write(_tell, staff, action, told)


def _save_some(session: Session, rows: Sequence[dict[str, Any]], save: Saved) -> list[bool]:
    return [save(session, row) for row in rows]


def _tell(session: Session, staff: Staff | None, action: str, told: dict[str, int]) -> None:
    audit.record(session, staff, action, "导入", told, now=Clock().now())


def show(report: Report, *, as_json: bool) -> None:
    """Ends with 1 where a row was refused."""
    if as_json:
        print(json.dumps(vars(report), ensure_ascii=False))
    else:
        for error in report.errors:
            err.print(f"第{error['row']}行：{error['message']}", markup=False)
        if report.unknown:
            err.print(f"没有用上的列：{'、'.join(report.unknown)}", markup=False)
        refused = f"，{len(report.errors)} 行没导入，请改好再导一次" if report.errors else ""
        out.print(f"新加 {report.new} 条，更新 {report.changed} 条{refused}。")
    if report.errors:
        raise typer.Exit(1)

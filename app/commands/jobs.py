"""`yanlu jobs …`: taking in lists of jobs, checking them, and working what waits for a member of staff."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import Progress
from rich.table import Table
from sqlmodel import Session

from app.commands.common import AsJson, AsStaff, acting, err, fail, open_db, out, with_database
from app.core.clock import Clock, local
from app.core.config import load_settings
from app.jobs import jobs, reading
from app.jobs.check import check
from app.jobs.imports import Outcome, RowResult, note_file, take_in, unreadable
from app.jobs.lint_eval import Score, score
from app.jobs.models import Job, JobState
from app.jobs.outputs import NAMES, write_report, write_template
from app.jobs.rules import Verdict
from app.jobs.words import place_text, salary_text
from app.knowledge.lexicon import read_lexicon
from app.staff import audit

app = typer.Typer(help="岗位：导入、检查、发布、退回、下架", no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="岗位号")]
SourceFile = Annotated[
    Path, typer.Argument(metavar="文件", help="xlsx、xls、ods、csv、jsonl；- 是标准输入，可以粘贴表格")
]
SHOWN: Final = 20
"""Rows that are told one by one on the screen; the report has them all."""
STATES: Final = {
    JobState.STORED: "待发布",
    JobState.HELD: "待复核",
    JobState.PUBLISHED: "已发布",
    JobState.REJECTED: "已退回",
    JobState.CLOSED: "已下架",
}


@app.command("import")
def import_file(
    file: SourceFile,
    publish: Annotated[bool, typer.Option("--publish", help="没有问题的直接发布")] = False,
    report: Annotated[Path | None, typer.Option(help="每一行的结果写到哪里，.jsonl、.csv 或 .xlsx")] = None,
    source: Annotated[str, typer.Option(help="来源叫什么，不写就用文件名")] = "",
    as_json: AsJson = False,
) -> None:
    """导入岗位表。有问题的行说明原因，别的行照收。"""
    with LocalFile(file) as (path, name):
        sheet = asyncio.run(reading.read_file(path))
        results = asyncio.run(_take_in(path, name, sheet, publish=publish, source=source or name))
    if report is not None:
        write_report(report, results)
    counts = {outcome: sum(one.verdict is outcome for one in results) for outcome in Outcome}
    if as_json:
        told = {str(outcome): count for outcome, count in counts.items()}
        print(json.dumps({"rows": len(results), **told, "notes": list(sheet.notes)}, ensure_ascii=False))
    else:
        _tell(results, counts, sheet.notes, publish=publish)
    if counts[Outcome.REJECTED]:
        raise typer.Exit(1)


class LocalFile:
    """A file with its name; what comes from standard input is put into one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._folder: str | None = None

    def __enter__(self) -> tuple[Path, str]:
        if str(self._file) != "-":
            return self._file, self._file.name
        self._folder = tempfile.mkdtemp(prefix="yanlu-import-")
        path = Path(self._folder) / "标准输入.txt"
        path.write_bytes(sys.stdin.buffer.read(50 * 1024 * 1024))
        return path, "标准输入"

    def __exit__(self, *_: object) -> None:
        if self._folder:
            shutil.rmtree(self._folder)


async def _take_in(path: Path, name: str, sheet: reading.Sheet, *, publish: bool, source: str) -> Sequence[RowResult]:
    lexicon = read_lexicon(load_settings().intents_path)
    now = Clock().now()
    content = path.read_bytes()  # noqa: ASYNC240 nothing else runs in this process
    async with open_db() as db:
        before = await db.write(note_file, content, name, len(sheet.rows), now=now)
        if before is not None:
            err.print(f"这个文件{local(before):%m月%d日%H:%M}导入过，已经有的不会重复。")
        with Progress(console=err, disable=not err.is_terminal, transient=True) as progress:
            task = progress.add_task("导入岗位", total=len(sheet.rows))
            return await take_in(
                db,
                sheet.rows,
                publish=publish,
                source=source,
                lexicon=lexicon,
                now=now,
                done=lambda count: progress.advance(task, count),
            )


def _tell(results: Sequence[RowResult], counts: dict[Outcome, int], notes: Sequence[str], *, publish: bool) -> None:
    for note in notes:
        out.print(note, markup=False)
    spoken = [one for one in results if one.reasons]
    for one in spoken[:SHOWN]:
        out.print(f"第{one.row}行 {NAMES[one.verdict]}：{'；'.join(r.message for r in one.reasons)}", markup=False)
    if len(spoken) > SHOWN:
        out.print(f"还有{len(spoken) - SHOWN}行有说明，加 --report 文件名.xlsx 看全部。")
    told = "，".join(f"{NAMES[outcome]} {count}" for outcome, count in counts.items() if count)
    out.print(f"共{len(results)}行：{told or '没有岗位'}。")
    if counts[Outcome.NORMALISED] and not publish:
        out.print("收下的还没有发布。看：yanlu jobs list --state stored；发布：yanlu jobs publish 岗位号 --as 名字")


@app.command()
def template(file: Annotated[Path, typer.Argument(metavar="文件")] = Path("岗位导入模板.xlsx")) -> None:
    """生成给单位填的导入模板。"""
    if file.suffix.lower() != ".xlsx":
        fail("模板的名字要用 .xlsx 结尾。")
    write_template(file)
    out.print(f"模板写在 {file}，第二行是示例，导入前删掉。", markup=False)


@app.command()
def lint(
    file: SourceFile,
    evaluate: Annotated[bool, typer.Option("--eval", help="文件带有标注，算判得准不准")] = False,
    today: Annotated[str, typer.Option(help="当作哪一天，比如 2026-11-22")] = "",
    mistakes: Annotated[bool, typer.Option("--mistakes", help="把判错的也列出来")] = False,
    as_json: AsJson = False,
) -> None:
    """只检查合不合法，不导入。"""
    day = _day(today) if today else local(Clock().now()).date()
    with LocalFile(file) as (path, _):
        sheet = asyncio.run(reading.read_file(path))
    if evaluate:
        _tell_score(score([row for _, row in sheet.rows], today=day), as_json=as_json, mistakes=mistakes)
        return
    results = [_linted(number, row, day) for number, row in sheet.rows]
    for one in results:
        if as_json:
            print(json.dumps(one.as_json(), ensure_ascii=False))
        elif one.reasons:
            out.print(f"第{one.row}行 {NAMES[one.verdict]}：{'；'.join(r.message for r in one.reasons)}", markup=False)
    wrong = [one for one in results if one.verdict in {Outcome.REJECTED, Outcome.HELD}]
    if not as_json:
        out.print(f"共{len(results)}行，{len(results) - len(wrong)}行没有问题，{len(wrong)}行有问题。")
    if wrong:
        raise typer.Exit(1)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"日期“{text}”看不懂，请写成 2026-11-22 这样。")


def _linted(number: int, row: dict[str, Any], today: date) -> RowResult:
    if "_unreadable" in row:
        return unreadable(number, str(row["_unreadable"]))
    found = check(row, today=today)
    outcomes = {Verdict.REJECT: Outcome.REJECTED, Verdict.HOLD: Outcome.HELD, Verdict.NORMALISED: Outcome.NORMALISED}
    outcome = outcomes.get(found.verdict, Outcome.PUBLISHED)
    return RowResult(number, found.ad.external_id, outcome, found.reasons, found.changes)


def _tell_score(found: Score, *, as_json: bool, mistakes: bool) -> None:
    flagged = found.held_lawful + found.rejected_lawful
    if as_json:
        told = {name: value for name, value in vars(found).items() if name != "mistakes"}
        print(json.dumps({**told, "recall": found.recall, "flagged": found.flagged}, ensure_ascii=False))
        return
    out.print(
        f"{found.rows}条：不合法的{found.unlawful}条查出{found.caught}条（{found.recall:.1%}），"
        f"其中该拒的{found.rejects}条查出{found.rejects_caught}条；"
        f"合法的{found.lawful}条误报{flagged}条（{found.flagged:.1%}，误拒{found.rejected_lawful}条）。"
    )
    out.print(f"判断完全对的{found.right_verdict}条，理由对的{found.right_reason}条。")
    for rule, count in sorted(found.by_rule.items()):
        out.print(f"  {rule}: {found.caught_by_rule[rule]}/{count}")
    for line in found.mistakes if mistakes else ():
        out.print(line, markup=False)


@app.command("list")
def list_jobs(
    state: Annotated[str, typer.Option(help="只看一种：stored、held、published、rejected、closed")] = "",
    after: Annotated[int, typer.Option(help="从哪个岗位号以后看起")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """有哪些岗位，各到哪一步了。"""
    if state and state not in {str(one) for one in JobState}:
        fail(f"没有“{state}”这种。能写：stored 待发布、held 待复核、published 已发布、rejected 已退回、closed 已下架。")
    found = asyncio.run(
        with_database(lambda session: jobs.list_jobs(session, state=state or None, after=after, limit=limit))
    )
    if as_json:
        print(json.dumps([_row(job) for job in found], ensure_ascii=False))
        return
    table = Table("岗位号", "岗位", "用工单位", "地点", "工资", "状态", "截止")
    for job in found:
        table.add_row(
            str(job.id),
            job.title,
            job.employer,
            place_text(job),
            salary_text(job),
            STATES[JobState(job.state)],
            str(job.expires_at or ""),
        )
    out.print(table if found else "没有岗位。")
    if len(found) == limit:
        out.print(f"后面还有：--after {found[-1].id}")


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """一个岗位的全部内容，和检查说了什么。"""

    def read(session: Session) -> tuple[Job, list[str]]:
        return jobs.get_job(session, number), jobs.sources_of(session, number)

    job, sources = asyncio.run(with_database(read))
    if as_json:
        print(json.dumps({**_row(job), "sources": sources}, ensure_ascii=False))
        return
    out.print(f"{job.id}号 {job.title}（{STATES[JobState(job.state)]}）", markup=False)
    out.print(f"{job.employer}，{place_text(job)}，{salary_text(job)}", markup=False)
    for label, value in (
        ("招", job.headcount),
        ("年龄", "—".join(str(age or "") for age in (job.age_min, job.age_max)) if job.age_min or job.age_max else ""),
        ("依据", job.legal_basis),
        ("班次", job.shift),
        ("食宿", job.board_lodging),
        ("要求", "，".join(filter(None, (job.education, job.experience)))),
        ("说明", job.description),
        ("电话", f"{job.contact_phone} {job.contact_name}"),
        ("来源", "、".join(sources)),
        ("截止", job.expires_at),
    ):
        if value:
            out.print(f"{label}：{value}", markup=False)
    for reason in job.reasons:
        out.print(f"检查：{reason['message']}", markup=False)


@app.command()
def publish(
    number: Number,
    name: AsStaff = None,
    legal_basis: Annotated[str, typer.Option(help="年龄、性别的限制依据哪条规定")] = "",
    as_json: AsJson = False,
) -> None:
    """发布一个待发布或待复核的岗位。"""
    _work(
        name,
        "jobs.publish",
        number,
        lambda session: jobs.publish(session, number, legal_basis=legal_basis, now=Clock().now()),
        {"legal_basis": legal_basis},
        as_json=as_json,
    )


@app.command()
def reject(number: Number, name: AsStaff = None, as_json: AsJson = False) -> None:
    """退回，不发布。"""
    _work(
        name,
        "jobs.reject",
        number,
        lambda session: jobs.reject(session, number, now=Clock().now()),
        {},
        as_json=as_json,
    )


@app.command()
def close(number: Number, name: AsStaff = None, as_json: AsJson = False) -> None:
    """下架：招满了、撤了或是假的。几秒内谁也看不到了。"""
    _work(
        name, "jobs.close", number, lambda session: jobs.close(session, number, now=Clock().now()), {}, as_json=as_json
    )


def _work(
    name: str | None,
    action: str,
    number: int,
    change: Callable[[Session], Job],
    detail: dict[str, str],
    *,
    as_json: bool,
) -> None:
    """The change and its audit row, in one unit of work."""
    staff = acting(name, action)

    def unit(session: Session) -> dict[str, Any]:
        job = change(session)
        audit.record(session, staff, action, f"岗位{number}", detail, now=Clock().now())
        return {"id": job.id, "title": job.title, "state": str(job.state)}

    done = asyncio.run(with_database(unit, write=True))
    if as_json:
        print(json.dumps(done, ensure_ascii=False))
    else:
        out.print(f"{number}号“{done['title']}”现在是：{STATES[JobState(done['state'])]}。", markup=False)


def _row(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "external_id": job.external_id,
        "state": job.state,
        "title": job.title,
        "employer": job.employer,
        "province": job.province,
        "city": job.city,
        "district": job.district,
        "salary": salary_text(job),
        "expires_at": job.expires_at.isoformat() if job.expires_at else None,
        "reasons": job.reasons,
        "legal_basis": job.legal_basis,
    }

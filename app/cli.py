"""The command `yanlu`. Exit status: 0 done, 1 it ran and something is wrong, 2 wrong usage."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
import yaml
from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from app import server
from app.core.clock import Clock, local, machine_seconds
from app.core.config import DEMO, Settings, load_settings, variable
from app.core.db import open_database
from app.core.doctor import explain, find_problems
from app.core.errors import YanluError
from app.core.migrations import migrate as run_migrations
from app.knowledge.index import Index
from app.knowledge.library import unknown_skills
from app.main import build_services
from app.messaging import inbox
from app.messaging.rendering import MessageTemplates
from app.policies.catalogue import load_knowledge
from app.wechat.messages import Kind, Message
from bot.exam import Marks, exam_flaws, interval, mark, read_questions, route_sentence
from bot.glance import glance_flaws, shown, too_much
from bot.router import Route, Router
from bot.skill import SKILLS
from bot.turn import Told

app = typer.Typer(help="雁路：县级人社公众号助手与返岗直通车", no_args_is_help=True, pretty_exceptions_enable=False)
intents_app = typer.Typer(help="知识库：检查、考试", no_args_is_help=True)
app.add_typer(intents_app, name="intents")
inbox_app = typer.Typer(help="留言：群众要找人工时说的话", no_args_is_help=True)
app.add_typer(inbox_app, name="inbox")
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, soft_wrap=True, highlight=False)

T = TypeVar("T")
Host = Annotated[str, typer.Option(help="听哪个地址")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="听哪个端口；0 是任选一个")]
AsJson = Annotated[bool, typer.Option("--json", help="给程序读的结果")]


def main() -> None:
    """Entry point: our own refusals are sentences on standard error, not tracebacks."""
    try:
        app()
    except YanluError as error:
        fail(error.detail)


def fail(sentence: str) -> NoReturn:
    err.print(sentence, markup=False)
    sys.exit(1)


@app.command()
def serve(
    host: Host = "127.0.0.1", port: Port = 8000, workers: Annotated[int | None, typer.Option(min=1)] = None
) -> None:
    """启动服务（先把数据库升级到最新）。"""
    if workers is not None:
        os.environ[variable("workers")] = str(workers)
    server.serve(load_settings(), host=host, port=port)


@app.command()
def demo(host: Host = "127.0.0.1", port: Annotated[int, typer.Option(envvar="PORT", min=0, max=65535)] = 8000) -> None:
    """启动演示：自带微信模拟器，不用公众号。"""
    # Every setting, so that a real .env beside it neither counts nor is written to.
    for name, field in Settings.model_fields.items():
        own = {**DEMO, "simulator": "on", "log_format": "console"}
        os.environ.setdefault(variable(name), str(own.get(name, field.default)))
    server.serve(load_settings(), host=host, port=port, welcome=True)


@app.command()
def simulator(
    callback: Annotated[str, typer.Option(help="服务的回调地址")] = "http://127.0.0.1:8000/wechat",
    host: Host = "127.0.0.1",
    port: Port = 8001,
) -> None:
    """单独启动微信模拟器（服务重启时，它的记录还在）。"""
    for name, value in {**DEMO, "simulator": "on"}.items():
        os.environ.setdefault(variable(name), value)
    server.serve_simulator(load_settings(), callback=callback, host=host, port=port)


@app.command()
def migrate() -> None:
    """把数据库升级到最新；可以重复运行。"""
    run_migrations(load_settings().database_url)
    out.print("数据库已是最新。")


@app.command()
def doctor() -> None:
    """逐项说明设置，指出问题和改法。"""
    settings = load_settings()
    for name, value, source, meaning in explain(settings):
        out.print(f"{name} = {value}（{source}）{meaning}", markup=False)
    problems = find_problems(settings)
    for problem in problems:
        mark_ = "✗" if problem.fatal else "!"
        out.print(f"{mark_} {problem.setting}：{problem.what}{problem.mend}", markup=False)
    _, catalogue = load_knowledge(settings.intents_path)
    examples = [office.name for office in catalogue.offices.values() if office.example]
    if examples:
        out.print(f"! offices.yaml：{'、'.join(examples)} 还是演示用的地址电话，正式运行前请换成真的。", markup=False)
    if any(problem.fatal for problem in problems):
        raise typer.Exit(1)
    out.print("没有妨碍启动的问题。")


@app.command()
def ask(
    text: str,
    openid: Annotated[str, typer.Option(help="以哪位群众的身份问")] = "o-yanlu-ask",
    show_why: Annotated[bool, typer.Option("--explain", help="说明为什么这样答")] = False,
) -> None:
    """问一句，看回答。"""
    settings = load_settings()
    run_migrations(settings.database_url)
    reply, route = asyncio.run(_ask(settings, text, openid))
    out.print(shown(reply), markup=False)
    if show_why:
        _explain(route)


async def _ask(settings: Settings, text: str, openid: str) -> tuple[str, Route]:
    now = int(machine_seconds())
    message = Message(Kind.TEXT, "yanlu-ask", openid, now, msg_id=secrets.token_hex(8), text=text, type_name="text")
    services = await build_services(settings)
    try:
        delivery = services.turns.delivery(message, signature="", digest="")
        answer = await services.turns.answer(delivery, message, Told())
        return answer.text, route_sentence(services.router, text)
    finally:
        await services.db.close()


def _explain(route: Route) -> None:
    out.print(f"\n判断：{route.intent or route.skill}（{route.reason}）", markup=False)
    table = Table("意图", "把握", *(route.candidates[0].shares if route.candidates else ()))
    for candidate in route.candidates[:5]:
        shares = (f"{share:.2f}" for share in candidate.shares.values())
        table.add_row(candidate.intent, f"{candidate.confidence:.2f}", *shares)
    if route.candidates:
        out.print(table)


@intents_app.command("check")
def check_intents() -> None:
    """检查知识库的写法、出处和考题。"""
    library, catalogue = load_knowledge(load_settings().intents_path)
    flaws = unknown_skills(library, SKILLS) or [
        *glance_flaws(library, catalogue, MessageTemplates()),
        *exam_flaws(library, Router(library, Index(library.intents))),
    ]
    for flaw in flaws:
        err.print(str(flaw), markup=False)
    if flaws:
        raise typer.Exit(1)
    questions = sum(len(intent.examples) + len(intent.not_) for intent in library.intents.values())
    out.print(
        f"知识库没有问题：{len(library.intents)} 个意图，{len(catalogue.policies)} 条政策，{questions} 道考题全对。"
    )


@intents_app.command("eval")
def eval_intents(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    topics: Annotated[Path | None, typer.Option("--map", exists=True, dir_okay=False, help="topic 对照表")] = None,
    as_json: AsJson = False,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="列出答错的句子")] = False,
) -> None:
    """用一份考卷考知识库。"""
    library, _ = load_knowledge(load_settings().intents_path)
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        table = yaml.safe_load(topics.read_text(encoding="utf-8")) if topics else {}
        questions = read_questions(lines, table)
    except (ValueError, AttributeError, yaml.YAMLError) as error:
        fail(f"{file.name} 读不懂：{error}")
    marks = mark(Router(library, Index(library.intents)), questions)
    _print_marks(marks, as_json=as_json)
    if mistakes:
        for text, got in marks.mistakes:
            out.print(f"{text} → {got}", markup=False)


def _print_marks(marks: Marks, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({name: {"hits": hits, "n": of} for name, hits, of in marks.lines()}, ensure_ascii=False))
        return
    table = Table("", "句数", "比例", "95% 区间")
    for name, hits, of in marks.lines():
        low, high = interval(hits, of)
        table.add_row(name, f"{hits}/{of}", f"{hits / of:.1%}" if of else "—", f"{low:.1%}—{high:.1%}")
    out.print(table)


@inbox_app.command("list")
def list_inbox(as_json: AsJson = False) -> None:
    """还没处理的留言，先来的在前。"""
    items = asyncio.run(_with_database(inbox.list_open))
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


@inbox_app.command("reply")
def reply_inbox(
    number: Annotated[int, typer.Argument(metavar="编号")], words: Annotated[str, typer.Argument(metavar="回话")]
) -> None:
    """回一句话：群众下次发消息时看到。回了就从列表里去掉。"""
    shown_words = MessageTemplates().render("human/answered", number=number, text=words)
    if complaint := too_much(shown_words):
        fail(complaint)
    asyncio.run(
        _with_database(partial(inbox.reply_to, item_id=number, words=shown_words, now=Clock().now()), write=True)
    )
    out.print(f"{number} 号留言已回，群众下次发消息时看到。")


@inbox_app.command("close")
def close_inbox(number: Annotated[int, typer.Argument(metavar="编号")]) -> None:
    """处理完了，从列表里去掉。"""
    asyncio.run(_with_database(partial(inbox.close_item, item_id=number, now=Clock().now()), write=True))
    out.print(f"{number} 号留言已处理。")


async def _with_database(unit: Callable[[Session], T], *, write: bool = False) -> T:
    """One unit of work on the database of the settings, brought up to date first."""
    settings = load_settings()
    await asyncio.to_thread(run_migrations, settings.database_url)
    db = open_database(settings.database_url)
    try:
        return await (db.write if write else db.read)(unit)
    finally:
        await db.close()

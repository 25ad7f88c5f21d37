"""The command `yanlu`. Exit status: 0 done, 1 it ran and something is wrong, 2 wrong usage."""

import asyncio
import os
import secrets
from typing import Annotated

import typer
from rich.table import Table

from app import server
from app.commands import backup, deliveries, engine, events, inbox, intents, jobs, policies, staff, wechat, workshops
from app.commands.common import fail, out
from app.core.clock import machine_seconds
from app.core.config import DEMO, Settings, load_settings, variable
from app.core.doctor import explain, find_problems
from app.core.errors import YanluError
from app.core.logging import configure_logging
from app.core.migrations import migrate as run_migrations
from app.demo import load_demo
from app.main import build_services
from app.policies.catalogue import load_knowledge
from app.wechat.features import limits_of
from app.wechat.messages import Kind, Message
from app.worker import work
from bot.exam import route_sentence
from bot.glance import shown
from bot.route import Route
from bot.turn import Told

app = typer.Typer(help="雁路：县级人社公众号助手与返岗直通车", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(intents.app, name="intents")
app.add_typer(inbox.app, name="inbox")
app.add_typer(policies.app, name="policies")
app.add_typer(jobs.app, name="jobs")
app.add_typer(engine.app, name="engine")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(staff.app, name="staff")
app.add_typer(events.app, name="events")
app.add_typer(workshops.app, name="workshops")
app.command("backup")(backup.back_up)
app.command("restore")(backup.restore)
app.add_typer(wechat.app, name="wechat")

Host = Annotated[str, typer.Option(help="听哪个地址")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="听哪个端口；0 是任选一个")]


def main() -> None:
    """Entry point: our own refusals are sentences on standard error, not tracebacks."""
    try:
        app()
    except YanluError as error:
        fail(error.detail)


@app.command()
def serve(
    host: Host = "127.0.0.1", port: Port = 8000, workers: Annotated[int | None, typer.Option(min=1)] = None
) -> None:
    """启动服务（先把数据库升级到最新）。"""
    if workers is not None:
        os.environ[variable("workers")] = str(workers)
    server.serve(load_settings(), host=host, port=port)


@app.command()
def worker() -> None:
    """只办到期的事（提醒、群发），不听网页；要多几个进程分担时用。"""
    settings = load_settings()
    run_migrations(settings.database_url)
    configure_logging(settings.log_format)
    asyncio.run(work(settings))


@app.command()
def demo(host: Host = "127.0.0.1", port: Annotated[int, typer.Option(envvar="PORT", min=0, max=65535)] = 8000) -> None:
    """启动演示：自带微信模拟器，不用公众号。"""
    # Every setting, so that a real .env beside it neither counts nor is written to.
    for name, field in Settings.model_fields.items():
        own = {**DEMO, "simulator": "on", "log_format": "console"}
        os.environ.setdefault(variable(name), str(own.get(name, field.default)))
    settings = load_settings()
    run_migrations(settings.database_url)
    if count := asyncio.run(load_demo(settings)):
        out.print(f"装好了演示数据：{count}个虚构的岗位，还有招聘会、培训班和帮扶车间。")
    server.serve(settings, host=host, port=port, welcome=True)


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
def doctor(
    online: Annotated[bool, typer.Option("--online", help="再问一问微信：凭据、IP 白名单、回调地址")] = False,
) -> None:
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
    for limit in limits_of(settings.wechat_account_type):
        out.print(f"· {limit}", markup=False)
    fatal = any(problem.fatal for problem in problems)
    if online and not fatal:
        fatal = not wechat.check_online(settings)
    if fatal:
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
    aspect = f"，问的是 {route.aspect}" if route.aspect else ""
    out.print(f"\n判断：{route.intent or route.skill}{aspect}（{route.reason}）", markup=False)
    table = Table("意图", "把握", "合计", *(route.candidates[0].shares if route.candidates else ()))
    for candidate in route.candidates[:5]:
        shares = (f"{share:.2f}" for share in [sum(candidate.shares.values()), *candidate.shares.values()])
        table.add_row(candidate.intent, f"{candidate.confidence:.2f}", *shares)
    if route.candidates:
        out.print(table)

"""`yanlu staff …`: who works with the system."""

import asyncio
import json
from functools import partial
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlmodel import Session

from app.commands.common import AsJson, AsStaff, acting, any_staff, out, with_database
from app.core.clock import Clock, local
from app.staff import accounts, audit, rules
from app.staff.models import Role

app = typer.Typer(help="工作人员：名字、角色、口令，谁做了什么", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="名字")]
RoleName = Annotated[
    str, typer.Option("--role", help=f"角色：{'、'.join(f'{one}（{rules.NAMES[one]}）' for one in Role)}")
]


@app.command()
def add(name: Name, role: RoleName, by: AsStaff = None, as_json: AsJson = False) -> None:
    """加一个人，给出口令；口令只显示这一次。第一个人要是管理员。"""
    actor = acting(by, "staff.manage") if by or any_staff() else None
    secret, hashed = accounts.new_secret()
    adding = partial(accounts.add_staff, name=name, role=role, secret_hash=hashed, by=actor, now=Clock().now())
    asyncio.run(with_database(lambda session: adding(session).name, write=True))
    _show_secret(name, secret, as_json)


@app.command()
def renew(name: Name, by: AsStaff = None, as_json: AsJson = False) -> None:
    """换一个新口令，旧的马上作废。"""
    actor = acting(by, "staff.manage")
    secret, hashed = accounts.new_secret()
    renewing = partial(accounts.renew_secret, name=name, secret_hash=hashed, by=actor, now=Clock().now())
    asyncio.run(with_database(renewing, write=True))
    _show_secret(name, secret, as_json)


@app.command()
def disable(name: Name, by: AsStaff = None) -> None:
    """停用：这个人的口令不再有用。"""
    actor = acting(by, "staff.manage")
    asyncio.run(with_database(partial(accounts.disable_staff, name=name, by=actor, now=Clock().now()), write=True))
    out.print(f"{name} 已停用。")


@app.command()
def role(name: Name, role: RoleName, by: AsStaff = None) -> None:
    """换角色。"""
    actor = acting(by, "staff.manage")
    changing = partial(accounts.change_role, name=name, role=role, by=actor, now=Clock().now())
    asyncio.run(with_database(changing, write=True))
    out.print(f"{name} 现在是{rules.NAMES[accounts.read_role(role)]}。")


@app.command("list")
def list_staff(as_json: AsJson = False) -> None:
    """有哪些人。"""
    found = asyncio.run(with_database(_staff))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    table = Table("名字", "角色", "加入", "")
    for one in found:
        table.add_row(
            one["name"], rules.NAMES[Role(one["role"])], one["created_at"][:10], "已停用" if one["disabled"] else ""
        )
    out.print(table if found else "还没有工作人员。先加管理员：yanlu staff add 名字 --role administrator")


@app.command("audit")
def show_audit(
    by: AsStaff = None,
    verify: Annotated[bool, typer.Option("--verify", help="查有没有被改动过")] = False,
    as_json: AsJson = False,
) -> None:
    """谁在什么时候做了什么，新的在前。"""
    acting(by, "audit.read")
    if verify:
        broken = asyncio.run(with_database(audit.first_broken))
        out.print("审计记录完好。" if broken is None else f"第{broken}条审计记录被改动过，或者它前面少了。")
        raise typer.Exit(0 if broken is None else 1)
    found = asyncio.run(with_database(_audit))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    table = Table("时间", "谁", "做了什么", "对什么", "内容")
    for one in found:
        table.add_row(
            one["at"][:16], one["name"], one["action"], one["object"], json.dumps(one["detail"], ensure_ascii=False)
        )
    out.print(table)


def _staff(session: Session) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "role": one.role,
            "created_at": local(one.created_at).isoformat(),
            "disabled": one.disabled_at is not None,
        }
        for one in accounts.list_staff(session)
    ]


def _audit(session: Session) -> list[dict[str, Any]]:
    names = "name", "action", "object", "detail"
    return [
        {"at": local(row.at).isoformat(), **{name: getattr(row, name) for name in names}}
        for row in audit.list_rows(session)
    ]


def _show_secret(name: str, secret: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"name": name, "secret": secret}, ensure_ascii=False))
    else:
        out.print(f"{name} 的口令（只显示这一次，请交给本人）：\n{secret}")

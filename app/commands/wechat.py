"""`yanlu wechat …`: what is set up on WeChat's side."""

import asyncio
import json
from typing import Any, Final

import typer

from app.commands.common import AsJson, out
from app.core.clock import Clock
from app.core.config import Settings, load_settings
from app.core.db import open_database
from app.core.errors import ConfigError
from app.core.migrations import migrate
from app.knowledge.menus import wechat_buttons
from app.policies.catalogue import load_knowledge
from app.wechat.access_token import ask_token
from app.wechat.calls import App, credentials_of
from app.wechat.families.followers import ADDRESSES, addresses_of
from app.wechat.gateway import Gateway, api_base_of
from app.wechat.quotas import next_day
from app.wechat.wire import Ask, Wire
from app.wechat.wx_errors import Refusal, WeChatError

app = typer.Typer(help="公众号：把菜单等推到微信", no_args_is_help=True)
menu = typer.Typer(help="公众号底部的菜单", no_args_is_help=True)
app.add_typer(menu, name="menu")
SECONDS: Final = 8.0
NAMES: Final = {App.ACCOUNT: "公众号", App.MINI_PROGRAM: "小程序"}


@menu.command("push")
def push_menu(as_json: AsJson = False) -> None:
    """把 intents/menu.yaml 推到公众号底部；群众五分钟内看到。"""
    settings = load_settings()
    library, _ = load_knowledge(settings.intents_path)  # every key leads to an intent, or it is refused here
    buttons = wechat_buttons(library.menu, library.intents)
    if not buttons:
        raise ConfigError("知识库里没有 menu.yaml，或者一个按钮都没有写。")
    asyncio.run(_push(settings, buttons))
    if as_json:
        print(json.dumps({"button": buttons}, ensure_ascii=False))
        return
    for button in buttons:
        under = "、".join(one["name"] for one in button.get("sub_button", []))
        out.print(f"{button['name']}{f'：{under}' if under else ''}", markup=False)
    out.print("菜单已推到公众号，群众五分钟内看到。")


async def _push(settings: Settings, buttons: list[dict[str, Any]]) -> None:
    await asyncio.to_thread(migrate, settings.database_url)
    base = api_base_of(settings)
    db = open_database(settings.database_url)
    gateway = Gateway(settings, db, Clock(), api_base=base)
    try:
        await gateway.push_menu(buttons)
    finally:
        await gateway.close()
        await db.close()


def check_online(settings: Settings) -> bool:
    """Ask WeChat for a token of each app, and for the addresses it calls from; say what it answers."""
    return asyncio.run(_check_online(settings))


async def _check_online(settings: Settings) -> bool:
    """Straight to WeChat: a token in our database would hide a machine that is not in the whitelist."""
    try:
        wire = Wire(api_base_of(settings))
    except ConfigError as error:
        out.print(f"✗ {error.detail}", markup=False)
        return False
    well = True
    try:
        for name, credentials in credentials_of(settings).items():
            if not credentials.app_id:
                out.print(f"· {NAMES[name]}没有填 AppID，没有问。", markup=False)
                continue
            try:
                token = await ask_token(wire, credentials, until=next_day(Clock().now()))
                out.print(f"✓ {NAMES[name]}：微信给了接口凭据。")
                if name is App.ACCOUNT:
                    out.print(f"✓ 微信从这些地址来访：{'、'.join(await _addresses(wire, token.value))}", markup=False)
            except WeChatError as error:
                out.print(f"✗ {NAMES[name]}：{error.detail}", markup=False)
                well = False
    finally:
        await wire.close()
    return well


async def _addresses(wire: Wire, token: str) -> list[str]:
    answer = await wire.exchange(Ask(ADDRESSES.path, query={"access_token": token}), seconds=SECONDS)
    if answer.errcode:
        raise Refusal(ADDRESSES.path, answer.errcode, answer.errmsg).as_error(until=next_day(Clock().now()))
    return addresses_of(answer.fields)

"""What is wrong with the settings, and how to mend it."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from dotenv import dotenv_values
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.config import DEMO, PREFIX, REAL_API_BASE, SECRETS, Settings, source_of, variable
from app.core.db.url import parse_url
from app.core.errors import ConfigError
from app.core.masking import HIDDEN, mask_all

ACCOUNT_TYPES = ("subscription", "service")
SECRET_KEY_LENGTH = 32
RECOGNISABLE = 16
"""Characters from which a secret may show its last two."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One misconfiguration. ``fatal`` ones keep the service from starting and make `yanlu doctor` exit 1."""

    setting: str
    what: str
    mend: str
    fatal: bool = True


def find_problems(settings: Settings) -> list[Problem]:
    """Everything that can be told without asking WeChat."""
    return [*_database(settings), *_wechat(settings), *_simulator(settings), *_demo_values(settings), *_unknown()]


def masked(settings: Settings, name: str) -> str:
    """A setting's value as it may be shown: secrets by their last two characters, addresses without password."""
    value = str(getattr(settings, name))
    if not value:
        return "（空）"
    if name in SECRETS:
        return HIDDEN + (value[-2:] if len(value) >= RECOGNISABLE else "")
    if name == "database_url":
        try:
            return mask_all(make_url(value).render_as_string(hide_password=True))
        except (ArgumentError, ValueError):  # the list of problems says what is wrong; here it must only not leak
            return HIDDEN
    return mask_all(value)


def explain(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Each setting as (variable, value as it may be shown, source, meaning)."""
    return [
        (variable(name), masked(settings, name), source_of(name), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _database(settings: Settings) -> Iterator[Problem]:
    try:
        url = parse_url(settings.database_url)
    except ConfigError as error:
        yield Problem("YANLU_DATABASE_URL", error.detail, "改成上面的样子。")
        return
    if settings.workers > 1 and url.get_backend_name() == "sqlite":
        mend = "把 YANLU_WORKERS 改回 1，或换成 PostgreSQL。"
        yield Problem("YANLU_WORKERS", "SQLite 只配一个服务进程。", mend)


def _wechat(settings: Settings) -> Iterator[Problem]:
    if settings.wechat_account_type not in ACCOUNT_TYPES:
        what = f"没有“{settings.wechat_account_type}”这种公众号类型。"
        yield Problem("YANLU_WECHAT_ACCOUNT_TYPE", what, "订阅号写 subscription，服务号写 service。")
    if not settings.wechat_token:
        what = "没有填 Token，收不了微信消息。"
        yield Problem("YANLU_WECHAT_TOKEN", what, "照公众平台“服务器配置”里的 Token 填；只想试用请运行 yanlu demo。")
    for name in ("wechat_aes_key", "wechat_aes_key_previous"):
        key = getattr(settings, name)
        if key and not re.fullmatch("[A-Za-z0-9]{43}", key):
            what = f"EncodingAESKey 应是 43 个字母或数字，现在是 {len(key)} 个字符或含别的符号。"
            yield Problem(variable(name), what, "到公众平台“服务器配置”里重新复制，不要带空格。")
    if settings.wechat_aes_key and not settings.wechat_app_id:
        yield Problem("YANLU_WECHAT_APP_ID", "用安全模式却没有填 AppID。", "填公众号的 AppID。")
    if settings.secret_key and len(settings.secret_key) < SECRET_KEY_LENGTH:
        what = f"密钥只有 {len(settings.secret_key)} 个字符，太短。"
        yield Problem("YANLU_SECRET_KEY", what, "至少 32 个字符，可用 openssl rand -hex 32 生成。")
    if not settings.secret_key and not settings.simulator_on:
        mend = "可用 openssl rand -hex 32 生成一个并保存好。"
        yield Problem("YANLU_SECRET_KEY", "还没有填密钥。", mend, fatal=False)


def _simulator(settings: Settings) -> Iterator[Problem]:
    base = settings.wechat_api_base
    if settings.simulator_on and base and not _is_loopback_or_private(base):
        what = "模拟器不能和真正的微信接口同时用。"
        yield Problem("YANLU_WECHAT_API_BASE", what, "正式运行请设 YANLU_SIMULATOR=off；试用请清空这个地址。")
    if base and not re.match("https?://", base):
        yield Problem(
            "YANLU_WECHAT_API_BASE", "接口地址要以 http:// 或 https:// 开头。", f"官方地址是 {REAL_API_BASE}。"
        )
    if settings.clock:
        if not settings.simulator_on:
            yield Problem("YANLU_CLOCK", "没有开模拟器，不能改时钟。", "清空 YANLU_CLOCK。")
        try:
            _ = settings.clock_start
        except ConfigError as error:
            yield Problem("YANLU_CLOCK", error.detail, "补上 +08:00。")
    if settings.rate_limits == "off" and not settings.simulator_on:
        yield Problem("YANLU_RATE_LIMITS", "正式运行不能关掉限流。", "改成 on。")


def _demo_values(settings: Settings) -> Iterator[Problem]:
    if settings.simulator_on:
        return
    for name, value in [*DEMO.items(), ("wechat_aes_key_previous", DEMO["wechat_aes_key"])]:
        if getattr(settings, name) == value:
            what = "这是公开的演示值，谁都知道。"
            yield Problem(variable(name), what, "换成自己的；只想试用请运行 yanlu demo。")


def _unknown() -> Iterator[Problem]:
    """A misspelt setting does nothing, which is worse than an error."""
    known = {variable(name) for name in Settings.model_fields}
    for name in sorted({*os.environ, *dotenv_values(".env")}):
        if name.startswith(PREFIX) and name not in known:
            yield Problem(name, "没有这个设置，它不起作用。", "检查是不是写错了名字。", fatal=False)


def _is_loopback_or_private(address: str) -> bool:
    """Whether a simulator could be there: this machine, or a host of the same compose network."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    try:
        ip = ip_address(host)
    except ValueError:
        return host == "localhost" or ("." not in host and host != "")
    return ip.is_private

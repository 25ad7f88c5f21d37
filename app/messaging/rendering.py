"""Words of replies: plain-text templates under ``templates/messages/``."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.core.clock import local
from app.core.config import ROOT
from app.wechat.replies import mini_program_link, plain, tap_link

OLD_PHONES = "https://mp.weixin.qq.com"
"""Where a link into the mini-program leads on a phone that cannot open one."""
TEMPLATES = ROOT / "templates/messages"


class MessageTemplates:
    """Renders a message by name (“policies/answer”). A missing value is an error, never a gap in a sentence."""

    def __init__(self, folder: Path = TEMPLATES, *, mini_app_id: str = "") -> None:
        self.mini_app_id = mini_app_id
        # Chat messages are plain text with WeChat's own links, so HTML escaping would show as it is.
        # What a citizen typed goes through the `plain` filter.
        self._environment = Environment(  # noqa: S701
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(
            plain=plain, day=chinese_day, moment=chinese_moment, circled=circled, shortened=shortened
        )
        self._environment.globals.update(tap_link=tap_link, mini_link=self._mini_link)

    def _mini_link(self, label: str, path: str) -> str:
        return mini_program_link(label, app_id=self.mini_app_id, path=path, fallback_url=OLD_PHONES)

    def render(self, name: str, **values: Any) -> str:
        return self._environment.get_template(f"{name}.txt").render(values).strip()


def chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def circled(number: int) -> str:
    """“①” for 1, up to “⑳”."""
    return chr(ord("①") + number - 1)


def chinese_moment(instant: datetime, now: datetime) -> str:
    """“今天9点”, “明天9点”, “11月23日（星期一）9点”."""
    at, today = local(instant), local(now).date()
    days = {0: "今天", 1: "明天"}
    day = days.get((at.date() - today).days) or f"{at.month}月{at.day}日（星期{'一二三四五六日'[at.weekday()]}）"
    return f"{day}{at.hour}点{f'{at.minute:02}分' if at.minute else ''}"


def shortened(text: str, length: int) -> str:
    """One line of at most ``length`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"

"""Pay that people name: how much, and for how long a work."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.language.numerals import SPOKEN, spoken_span
from app.language.slots.found import Found
from app.language.slots.plain import plain
from app.language.slots.scan import Rule, scan

MAX_PAY: Final = 10_000_000
SURELY_PAY: Final = 1_000
"""A number from here on is pay where “以上”, “左右” or a second number stands by it, without 元 too."""


class Per(StrEnum):
    """What the pay is for."""

    MONTH = "月"
    DAY = "天"
    HOUR = "小时"
    PIECE = "件"
    YEAR = "年"


@dataclass(frozen=True, slots=True)
class Pay:
    """Yuan. Without ``high`` it is this and more, without ``low`` at most that."""

    low: int | None
    high: int | None
    per: Per | None

    def said(self) -> str:
        per = f"每{self.per}" if self.per else ""
        if self.low is None or self.high is None:
            bound = f"{self.low}元以上" if self.low is not None else f"{self.high}元以下"
            return "面议" if self.low == self.high else per + bound
        return f"{per}{self.low}元" if self.low == self.high else f"{per}{self.low}—{self.high}元"


_PER_BEFORE: Final = {
    Per.MONTH: r"月薪|月工资|月收入|月入|每个?月|一个?月|月结|按月",
    Per.DAY: r"日薪|日工资|每一?天|一天|日结|每日|天天",
    Per.HOUR: r"时薪|每个?小时|一个?小时|一个钟头?|小时工|钟点工",
    Per.PIECE: r"计件|每一?件|一件|单价",
    Per.YEAR: r"年薪|每年|一年|年收入|年入",
}
_PER_AFTER: Final = {
    Per.MONTH: r"(?:/|每|一|一个|每个|/每)月|月结",
    Per.DAY: r"(?:/|每|一|/每)(?:天|日)|日结",
    Per.HOUR: r"(?:/|每|一|一个|每个|/每)(?:小时|钟头?|时)",
    Per.PIECE: r"(?:/|每|一|/每)件",
    Per.YEAR: r"(?:/|每|一|/每)年",
}
_WORD: Final = r"工资|薪水|薪资|薪酬|待遇|收入|到手|挣|赚|工价|工钱|底薪|保底|起薪|基本工资|加班费"
_AT_LEAST: Final = (
    r"不低于|不要低于|不能低于|不得低于|别低于|不少于|不下于"
    r"|至少|最低|最少|起码|保底|底薪|起薪|无责|超过|高于|大于|[过上破超]"
)
_AT_MOST: Final = r"不超过|不高于|不多于|最多|顶多|最高|低于|少于"
_FILL: Final = (
    r"能|可以|可|有|要|得|给|开|拿|大概|大约|差不多|就|只有|只|才|的|是|在|：|净|想|都|纯|综合|平均|达到|到|也|一般"
)
# An amount after these is not earned.
_PAID_OUT: Final = r"押金|补贴|补助|补|罚款?|车费|路费|车票|学费|房租|租金|贷款?|费用?|借|欠|交|花|奖励?|奖金|红包"
# What is counted with these is not yuan.
_COUNTED: Final = (
    r"[\d零〇一二两三四五六七八九十百千万几kw.个天人岁年日号点次名米斤吨平亩楼路届级后%分本份户头只条件步班期度顿位家倍多辆套]"
    r"|月(?![休薪结底])|小时|公里|公斤|毫|厂"
)
_SIGN: Final = r"元|块钱|块|圆|rmb"


def _named(name: str, words: str) -> str:
    return f"(?P<{name}>{words})"


def _pers(prefix: str, table: dict[Per, str]) -> str:
    return "|".join(_named(f"{prefix}{per.name}", words) for per, words in table.items())


_PAY: Final = re.compile(
    rf"(?:{_pers('before', _PER_BEFORE)}|{_named('out', _PAID_OUT)}"
    rf"|{_named('most', _AT_MOST)}|{_named('least', _AT_LEAST)}"
    rf"|{_named('word', _WORD)}|(?:{_FILL})){{0,6}}(?<![\d.零〇一二两三四五六七八九十百千万几])(?P<yen>¥?)"
    rf"(?P<one>{SPOKEN})(?P<more>多|来|把|余)?(?P<sign>{_SIGN})?(?P<more2>多)?"
    rf"(?:(?:-|~|到|至|、)+(?P<two>{SPOKEN}))?(?P<sign2>{_SIGN})?"
    r"(?P<about>左右|上下|的样子)?(?P<up>以上|往上|朝上|向上|起步|起|打底|保底|\+)?(?P<down>以下|以内|往下|之内|封顶)?"
    rf"(?:(?:{_pers('after', _PER_AFTER)})(?P<up2>以上|往上|起步?)?|(?!{_COUNTED}))"
)
_AT_LEAST_WORD: Final = re.compile(r"保底|底薪|起薪|无责")
_DIGITS: Final = re.compile(r"[\d一二两三四五六七八九十]")
_LEAST_WEAK: Final = {Per.MONTH: 100, Per.DAY: 10, Per.HOUR: 1, Per.PIECE: 1, Per.YEAR: 1_000}


def read_pay(text: str) -> list[Found[Pay]]:
    """The pay that ``text`` names. A number by itself is none, unless it is the whole text."""
    text = plain(text)
    rules: list[Rule[Pay]] = [(_PAY, _pay)]
    return scan(text, rules)


def _pay(found: re.Match[str]) -> tuple[Pay, ...] | None:
    one, two = found["one"], found["two"]
    amounts = _amounts(one, two)
    if amounts is None or (not _DIGITS.search(one) and not (found["more"] or found["least"])):
        return None
    low, high = amounts
    if found["more"] in {"多", "余"} or found["more2"]:
        high = min(max(high, low + _unit(low)), MAX_PAY)
    per = next((per for per in Per if found[f"after{per.name}"] or found[f"before{per.name}"]), None)
    if found["out"]:
        return ()
    if not _is_pay(found, low, high, per):
        return None
    at_least = found["least"] or found["up"] or found["up2"] or _AT_LEAST_WORD.fullmatch(found["word"] or "")
    if found["most"] or found["down"]:
        return (Pay(None, high, per),)
    return (Pay(low, None if at_least else high, per),)


def _amounts(one: str, two: str | None) -> tuple[int, int] | None:
    """What one or two numbers mean; the unit of the second is the first one's too (“4-6千”)."""
    first = spoken_span(one)
    second = spoken_span(two) if two else first
    if not first or not second or one.startswith("几"):
        return None
    low, high = first[0], second[1]
    if two and two[-1] in "百千万kw" and one[-1] not in "百千万kw" and low < 100:
        low *= {"百": 100, "千": 1_000, "k": 1_000}.get(two[-1], 10_000)
    low, high = int(low), int(high)
    return (low, high) if 1 <= low <= high <= MAX_PAY else None


def _unit(amount: int) -> int:
    unit = 1
    while amount % (unit * 10) == 0:
        unit *= 10
    return unit


def _is_pay(found: re.Match[str], low: int, high: int, per: Per | None) -> bool:
    if found["yen"] or found["sign"] or found["sign2"]:
        return True
    if per:
        return low >= _LEAST_WEAK[per]
    if found["word"] or found["least"] in {"保底", "底薪", "起薪", "无责"}:
        return low >= 10
    return _is_pay_by_itself(found, low, high)


def _is_pay_by_itself(found: re.Match[str], low: int, high: int) -> bool:
    """Whether a number without 元 and without a word of pay is pay all the same."""
    if any(unit in found["one"] + (found["two"] or "") for unit in "千万kw"):
        return True
    if found.string.strip("，。、？！；：-~") == found[0] and not found["two"]:
        return low % 10 == 0  # 12333 is a telephone
    years = bool(found["two"]) and 1900 < low <= high < 2100
    bounded = found["about"] or found["up"] or found["down"] or found["least"] or found["most"] or found["two"]
    return low >= SURELY_PAY and bool(bounded) and not years

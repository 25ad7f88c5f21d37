"""How old people say they are."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.language.numerals import spoken_span
from app.language.slots.found import Found
from app.language.slots.plain import plain
from app.language.slots.scan import Rule, scan

MAX_AGE: Final = 120


@dataclass(frozen=True, slots=True)
class Age:
    """Years of age: one number (low == high), or the least and the most."""

    low: int
    high: int

    def said(self) -> str:
        return f"{self.low}岁" if self.low == self.high else f"{self.low}—{self.high}岁"


_TENS: Final = "一二三四五六七八九"
_N: Final = rf"(?:\d{{1,3}}|[{_TENS}]{{0,2}}十[{_TENS}几]{{0,2}}|[{_TENS}]{{1,2}}|几十)"
# Of an age without 岁: from ten on, so that “三了” is none.
_N_BARE: Final = rf"(?:[1-9]\d|[{_TENS}]?十[{_TENS}几]?|[{_TENS}]{{2}}十)"
_NOT_MORE: Final = rf"(?<![\d.{_TENS}十百千万第])"
_NOT_COUNTED: Final = (
    r"(?![\d.个块元天人年月日号名万千百斤公里小次分平亩度%k出多几来点米件份台亿周家位届路楼级十一二三四五六七八九])"
)
_YEAR: Final = (
    r"(?:(?:19|20)\d\d|[5-9]\d|0\d|[五六七八九〇零][〇零一二三四五六七八九]"
    r"|一九[五六七八九][〇零一二三四五六七八九]|二[〇零]{2}[〇零一二三四五六七八九])"
)
_DIGITS: Final = {each: str(digit) for digit, each in enumerate("〇一二三四五六七八九")} | {"零": "0"}


def read_ages(text: str, *, today: date) -> list[Found[Age]]:
    """The ages that ``text`` names, or that follow from a year of birth."""
    rules: list[Rule[Age]] = [
        (_BORN_BEFORE, lambda found: _born(found["year"], today)),
        (_BORN_AFTER, lambda found: _born(found["year"], today)),
        (_DECADE, lambda found: _decade(found[1], today)),
        (_SPAN, lambda found: _between(found[1], found[2])),
        (_BARELY_OVER, lambda found: _around(found[1], 0, 3)),
        (_MORE, lambda found: _around(found[1], 1, 9)),
        (_NEARLY, lambda found: _around(found[1], -2, -1)),
        *((pattern, lambda found: _between(found[1], found[1])) for pattern in _EXACT),
    ]
    return scan(plain(text), rules)


def _age(low: float, high: float) -> tuple[Age, ...] | None:
    return (Age(int(low), int(high)),) if 0 <= low <= high <= MAX_AGE else None


def _between(first: str, last: str) -> tuple[Age, ...] | None:
    low, high = spoken_span(first), spoken_span(last)
    return _age(low[0], high[1]) if low and high else None


def _around(numeral: str, below: int, above: int) -> tuple[Age, ...] | None:
    span = spoken_span(numeral)
    if not span or (below > 0 and span[0] % 10):
        return None
    return _age(span[0] + below, span[1] + above)


def _digits(words: str) -> int:
    return int("".join(_DIGITS.get(each, each) for each in words))


def _born(words: str, today: date) -> tuple[Age, ...] | None:
    """The month of birth is unknown, so the birthday of this year may be still to come."""
    year = _digits(words)
    if len(words) == 2:
        year += 1900 if year >= 50 else 2000
    age = today.year - year
    return _age(max(age - 1, 0), age)


def _decade(words: str, today: date) -> tuple[Age, ...] | None:
    first = _digits(words)
    first += 1900 if first >= 50 else 2000
    last = first + (9 if first % 10 == 0 else 4)
    return _age(max(today.year - last, 0), today.year - first)


_BORN_BEFORE: Final = re.compile(
    rf"(?<![\d.{_TENS}十])(?P<year>{_YEAR})(?:年|[.-](?=\d))?(?:\d{{1,2}}(?=出)|\d{{1,2}}月(?:份|\d{{1,2}}[日号])?)?"
    r"(?:出生|生人|生的|生(?![产活意效源病])|的(?=$|[，。、？！；]|人|了|能|还|可|要|行))"
)
_BORN_AFTER: Final = re.compile(rf"(?:生于|出生于|出生年月：?|出生年份：?|出生：?)(?P<year>{_YEAR})年?")
_DECADE: Final = re.compile(r"(?<![\d.])([5-9][05]|[01][05]|[五六七八九〇零][五〇零])后")
_SPAN: Final = re.compile(rf"{_NOT_MORE}({_N})周?岁?[-~到至]({_N})周?岁")
_BARELY_OVER: Final = re.compile(rf"{_NOT_MORE}({_N_BARE})岁?(?:刚?出头|挂零)")
_MORE: Final = re.compile(rf"{_NOT_MORE}({_N_BARE})(?:多|来)(?:周?岁|{_NOT_COUNTED})")
_NEARLY: Final = re.compile(
    rf"(?:快要?|将近|接近|马上就?要?|马上满|差不多要?|奔)(?:满|到)?({_N_BARE})(?:周?岁|(?=了)|{_NOT_COUNTED})"
)
_EXACT: Final = [
    re.compile(rf"{_NOT_MORE}({_N})周?岁"),
    re.compile(
        rf"(?:今年|年龄|年纪|岁数|年满|芳龄)(?:已经|都|是|有|满|：|才|刚|刚满|大概){{0,2}}({_N_BARE}){_NOT_COUNTED}"
    ),
    re.compile(
        rf"(?:(?<=[我他她爸妈爹娘公婆婶叔舅姨姑哥姐人都经满年的，。！？、])|^)(?:已经|都|有|满)?({_N_BARE})(?=了(?!\d|个|天|年|块|次|{_TENS[0]}))"
    ),
    re.compile(rf"(?<=[妈爸爹娘公婆])(?:都|已经)?({_N_BARE})(?=$|[，。？！；])"),
    re.compile(rf"(?:我|人)(?:都|已经)?({_N_BARE})(?=可以|能|还|想|行|找|有没|的人|，)"),
]

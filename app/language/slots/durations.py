"""How long something has lasted, and what: work, idleness, a shop, a contract."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.language.numerals import SPOKEN, spoken_number, spoken_span
from app.language.slots.found import Found
from app.language.slots.plain import plain
from app.language.slots.scan import Rule, scan

MAX_LENGTH: Final = 600
"""Months that are still a duration: “85年的” is a year of birth."""
A_LITTLE: Final = 0.1
"""“More than a year” and “not a year” are at least so many months away from it."""


class About(StrEnum):
    """What lasted; its value is a word that stands for it."""

    WORK = "上班"
    OUT_OF_WORK = "失业"
    GRADUATED = "毕业"
    RUNNING = "开业"
    INSURED = "参保"
    CONTRACT = "合同"
    STAY = "租期"
    WAIT = "等了"


@dataclass(frozen=True, slots=True)
class Duration:
    """The least and the most, in months of 30 days."""

    low: float
    high: float
    about: About | None

    def said(self) -> str:
        about = self.about or ""
        if self.low != self.high:
            if self.low and self.low % 12 == self.high % 12 == 0 and self.high <= MAX_LENGTH:
                return f"{about}{int(self.low) // 12}—{int(self.high) // 12}年"
            return f"{about}{_figure(self.low)}—{_figure(self.high)}个月"
        if self.low and self.low % 12 == 0:
            return f"{about}{int(self.low) // 12}年"
        days = round(self.low * 30)
        if 0 < self.low < 1 and _months(days, "天") == self.low:
            return f"{about}{days}天"
        return f"{about}{_figure(self.low)}个月"


def read_durations(text: str, *, today: date) -> list[Found[Duration]]:
    """How long things lasted by what ``text`` says, or since when they last."""
    text = plain(text)
    rules: list[Rule[Duration]] = [
        (_RATE, lambda _: ()),
        (_FIGURES, _by_figures),
        (_YEARS_AND_MONTHS, _years_and_months),
        (_SINCE, lambda found: _since(found, today)),
        (_LENGTH, _length),
        (_JUST, lambda _: (Duration(0, 1, None),)),
        (_SINCE_MONTH, lambda found: _since_month(int(spoken_number(found["month"] or "") or 0), today)),
    ]
    deeds = list(_ABOUT.finditer(text))
    return [_with_about(text, found, deeds) for found in scan(text, rules)]


def _figure(number: float) -> str:
    return str(int(number) if number == int(number) else number)


_UNITS: Final = {"天": 1 / 30, "周": 0.25, "月": 1.0, "季": 3.0, "年": 12.0}


def _months(count: float, unit: str) -> float:
    return round(count * _UNITS[unit], 2)


def _unit(words: str) -> str:
    """个月 and 月 are one unit, and so are 周, 星期, 礼拜."""
    if words.endswith(("星期", "礼拜", "周")):
        return "周"
    return "季" if words.endswith("季度") else words[-1]


def _by_figures(found: re.Match[str]) -> tuple[Duration, ...] | None:
    low = float(found[1])
    high = float(found[2] or found[1])
    return (Duration(low, high, None),) if low <= high else None


def _years_and_months(found: re.Match[str]) -> tuple[Duration, ...] | None:
    years = spoken_number(found[1])
    months = 6.0 if found[3] else spoken_number(found[2])
    if years is None or months is None:
        return None
    return (Duration(years * 12 + months, years * 12 + months, None),)


def _is_name_or_question(found: re.Match[str]) -> bool:
    """三月 is a month's name, and “几天能办好” asks."""
    if found["unit"] == "月" and not (found["more"] or found["half"] or found["count"] == "半"):
        return True
    told = _TOLD.search(found.string[max(found.start() - 1, 0) : found.end() + 1])
    return found["count"] == "几" and not found["good"] and not told


def _length(found: re.Match[str]) -> tuple[Duration, ...] | None:
    unit = _unit(found["unit"])
    if _is_name_or_question(found):
        return None
    span = _count(found["count"], found["to"])
    if span is None or span[1] * _UNITS[unit] > MAX_LENGTH:
        return None
    low, high = span
    if found["half"]:
        low, high = low + 0.5, high + 0.5
    if found["good"]:
        low, high = 3, 8
    if found["more"] == "来":
        high = low * 1.5
    low, high = _months(low, unit), _months(high, unit)
    if found["more"] in {"多", "余"} or found["over"] or found["after"]:
        tens = found["more"] and found["count"].endswith(("十", "0"))
        step = low if found["count"] == "半" else _months(10 if tens else 1, unit)
        little = min(A_LITTLE, low / 10, step / 4)
        return (Duration(round(low + little, 2), round(low + step - little, 2), None),)
    if found["nearly"]:
        return (_nearly(low),)
    if found["good"] and unit == "年":
        return (Duration(36, 96, None),)
    return (Duration(low, high, None),)


def _nearly(months: float) -> Duration:
    """“快一年” is ten months to just under a year; of other lengths the last fifth."""
    low = 10.0 if months == 12 else round(months * 0.8, 2)
    return Duration(low, round(max(months - A_LITTLE, months * 0.9), 2), None)


def _count(words: str, to: str | None) -> tuple[float, float] | None:
    if words == "半":
        return 0.5, 0.5
    if words == "好几":
        return 3, 8
    first = spoken_span(words)
    last = spoken_span(to) if to else first
    return (first[0], last[1]) if first and last and 0 < first[0] <= last[1] else None


def _between(day: date, today: date) -> float:
    """Months from ``day`` to ``today`` by the calendar, the days over as thirtieths."""
    months = (today.year - day.year) * 12 + today.month - day.month + (today.day - day.day) / 30
    return max(round(months, 2), 0)


def _lasting(first: date, last: date, today: date) -> tuple[Duration, ...] | None:
    """Something began between these days."""
    return (Duration(_between(min(last, today), today), _between(first, today), None),) if first <= today else None


_PARTS: Final = {
    "": (1, 12),
    "初": (1, 2),
    "底": (11, 12),
    "末": (11, 12),
    "上半年": (1, 6),
    "下半年": (7, 12),
}


def _since(found: re.Match[str], today: date) -> tuple[Duration, ...] | None:
    year, month, part = found["year"] or "今年", found["month"], found["part"] or found["of_this"] or ""
    if year[0].isdigit():
        since = int(year.removesuffix("年")) if len(year) > 3 else 2000 + int(year[:2])
    else:
        since = today.year - {"今": 0, "去": 1, "前": 2, "大": 3, "上": 1}[year[0]]
    if not 1900 < since <= today.year:
        return None
    if month:
        first = last = int(spoken_number(month) or 0)
    elif part or since < today.year:
        first, last = _PARTS[part.removeprefix("年")]
    else:
        return None
    if not 1 <= first <= 12:
        return None
    return _lasting(date(since, first, 1), date(since, last, monthrange(since, last)[1]), today)


def _since_month(month: int, today: date) -> tuple[Duration, ...] | None:
    """“3月份毕业”: the last March; 0 stands for the month before this one."""
    if not month:
        end = today.replace(day=1)
        if end.toordinal() <= 1:
            return None
        last = end - timedelta(days=1)
        return _lasting(last.replace(day=1), last, today)
    year = today.year - (month > today.month)
    if not 1 <= month <= 12 or year < 1:
        return None
    return _lasting(date(year, month, 1), date(year, month, monthrange(year, month)[1]), today)


_DEEDS: Final = {
    About.OUT_OF_WORK: r"失业|下岗|待业|无业|耍起|耍了|在家耍|在屋头耍|闲|辞职|辞工|离职|被辞|"
    r"[没未][有得]?(?:去)?(?:工作|上班|事做|活干|活做|打工|班上)",
    About.GRADUATED: r"毕业|离校",
    About.INSURED: r"社保|参保|交保险|保险|养老|医保|缴费",
    About.CONTRACT: r"合同|签",
    About.RUNNING: r"开(?:了|的|个|起)?[^，。、？！；\d]{0,4}?[店铺馆厂](?:子|铺)?|开[业张]|"
    r"[店铺馆厂](?:子|铺)?(?:才|刚)?开|营业|执照|注册|办(?:了|的|个)?[^，。、？！；\d]{0,3}?厂|成立|经营|合作社",
    About.STAY: r"租期|租",
    About.WORK: r"打工|打了|上班|务工|工作|干[了过的]|干活|做[了过]|从业|工龄|进厂|当[了过]|干",
    About.WAIT: r"等了?|等待",
}
_ABOUT: Final = re.compile("|".join(f"(?P<{about.name}>{words})" for about, words in _DEEDS.items()))
_CLAUSE: Final = "，。、？！；"
_NEXT_TO: Final = 20
"""Characters on each side in which a word is still next to a duration, in a story without commas."""


def _with_about(text: str, found: Found[Duration], deeds: list[re.Match[str]]) -> Found[Duration]:
    """The same with what lasted: by the nearest word of its clause, or of the clause before where it stands alone."""
    start = _clause_start(text, found.start)
    ends = (text.find(sign, found.end, found.end + _NEXT_TO) for sign in _CLAUSE)
    end = min((end for end in ends if end >= 0), default=min(len(text), found.end + _NEXT_TO))
    about = _nearest(deeds, start, end, found)
    if about is None and start and end - start <= found.end - found.start + 4:
        about = _nearest(deeds, _clause_start(text, start - 1), start, found)
    value = Duration(found.value.low, found.value.high, about)
    return Found(value, found.start, found.end)


def _clause_start(text: str, position: int) -> int:
    earliest = max(position - _NEXT_TO, 0)
    return max(earliest, *(text.rfind(sign, earliest, position) + 1 for sign in _CLAUSE))


def _nearest(deeds: list[re.Match[str]], start: int, end: int, found: Found[Duration]) -> About | None:
    words = [
        (max(found.start - each.end(), each.start() - found.end), each.lastgroup)
        for each in deeds
        if start <= each.start() and each.end() <= end
    ]
    return About[str(min(words, key=lambda word: word[0])[1])] if words else None


_UNIT: Final = r"(?P<unit>天|个?(?:星期|礼拜)|周(?![岁一二三四五六日末])|个?季度|个月|月|年(?![级度薪代纪轻龄初底末]))"
_TOLD: Final = re.compile("^[了过这那前后有干头]几|几.{1,3}[了没前多来]$")
_RATE: Final = re.compile(
    r"(?:(?<=[\d百千万k元块钱/])|(?<=[百千万元块]多))[一每](?:天|个?月|年)"
    r"|(?:每|一)(?:天|个月|年)(?=(?:能|可以|挣|赚|大概|工资|有|拿|至少|给|要){0,3}(?:\d{2}|[一二两三四五六七八九十几]+[千百万]))"
    r"|[一每](?:天|个月|周|年)(?=休|放|多少|好多|几)"
    r"|一天(?=\d+个?小时|[一二两三四五六七八九十]+个?小时)"
)
_FIGURES: Final = re.compile(r"(?<![\d.])(\d{1,6}(?:\.\d{1,16})?)(?:-(\d{1,6}(?:\.\d{1,16})?))?个月(?!多)")
_YEARS_AND_MONTHS: Final = re.compile(rf"({SPOKEN})年(?:零|又|加)?(?:({SPOKEN})个月|(半)(?!天))")
_LENGTH: Final = re.compile(
    r"(?P<nearly>快要?|将近|接近|不到|没到|没满|未满|不满|不足|没有满|还没满|还没到)?(?:有|够)?"
    r"(?P<over>超过|大于|满了?不止|不止)?(?:满|整整|整|足足|刚满)?"
    rf"(?<![\d.第])(?P<good>好)?(?P<count>(?<![上下前后])半|{SPOKEN})(?:[-~到至](?P<to>{SPOKEN}))?(?P<half>个半(?=月|星期|礼拜))?"
    rf"(?:个?(?P<more>多|来|余|把)个?)?{_UNIT}(?P<after>多|以上)?"
)
_JUST: Final = re.compile(
    r"(?:刚刚|才刚|刚才|刚|才)(?=(?:开始|从|把|在|去|办|新)?(?:了|好)?"
    r"(?:毕业|离校|开[业张店了]|开个|办|注册|失业|下岗|辞|离职|被辞|回[来家]|成立|营业|上班|参保|交|签|租|领|进厂))"
)
_YEAR: Final = r"20\d\d年(?!的?生|的?出生|的$|的[，。？！人])|\d\d年(?=\d{1,2}月|毕业)|大前年|前年|去年|上年|今年"
_SINCE: Final = re.compile(
    rf"(?<![\d.])(?P<year>{_YEAR})的?"
    r"(?:(?P<month>十[一二]?|[一二三四五六七八九]|1[0-2]|0?[1-9])月份?|(?P<part>年?[初底末]|上半年|下半年))?"
    r"|(?<![今去前明后\d一二两三四五六七八九十每半])(?P<of_this>年初(?![\d一二三四五六七八九十])|上半年)"
)
_SINCE_MONTH: Final = re.compile(
    r"(?<![\d年])(?:上个?月|(?P<month>十[一二]?|[一二三四五六七八九]|1[0-2]|0?[1-9])月份?(?=.{0,2}(?:毕业|失业|下岗|辞|离职|离校|开[业张店])))"
)

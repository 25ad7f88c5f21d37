"""Days that people name: by the moon, by the sun, by the week, by the feast."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import Final

from lunardate import LunarDate

from app.core.calendar import LUNAR_FIRST, LUNAR_LAST, lunar_name, spring_day
from app.language.numerals import spoken_number
from app.language.slots.found import Found
from app.language.slots.plain import plain
from app.language.slots.scan import Rule, scan


@dataclass(frozen=True, slots=True)
class Days:
    """A day (first == last), or all days from the first to the last."""

    first: date
    last: date

    def said(self) -> str:
        """“2月10日（正月初五）”: both calendars, and by that the year is known too."""
        return _said(self.first) if self.first == self.last else f"{_said(self.first)}到{_said(self.last)}"


Meanings = tuple[Days, ...]

_DAY: Final = timedelta(days=1)
_LEAP_SEARCH: Final = 9
# Both calendars agree again after 8, 11 or 19 years, so only these years are looked at, the nearest first.
_YEARS_OF_ECHO: Final = sorted(range(-2, 9), key=abs)

_CN: Final = "一二三四五六七八九"
_LUNAR_DAY: Final = (
    rf"(?:初(?:[{_CN}十]|10|[1-9](?!\d))|廿[{_CN}]?|三十|二?十[{_CN}]?|二十[{_CN}]?|[12]\d(?!\d)|30(?!\d))"
)
_SOLAR_DAY: Final = rf"(?:三十一?|[一二]?十[{_CN}]?|[{_CN}]|[12]\d|3[01]|0?[1-9])"
_MONTH: Final = r"(?:十[一二]?|[一二三四五六七八九]|1[0-2]|0?[1-9])"
_YEAR: Final = r"(?:(?:(?:19|20)\d\d|二[〇零][一二三四五六七八九〇零]{2})年?|今年|明年|去年)"
_FULL_YEAR: Final = r"(?:(?:(?:19|20)\d\d|二[〇零][一二三四五六七八九〇零]{2})年|今年|明年|去年)"
_LUNAR_MONTH: Final = "[正二三四五六七八九十冬腊]月"
# “13号楼”, “2号窗口”, “15日内” are no days.
_DAY_SIGN: Final = r"(?:号|日)(?![楼线窗门店桌床机院厂路馆栋厅码内薪均游]|公司|车间|结(?!婚))"
# After “2.5” these make an amount of it.
_NO_AMOUNT: Final = r"(?![\d./]|[元块千万kw倍个小年米级天公斤吨折人]|[-~到至]\d+(?:\.\d+)?[元块千万kw])"
_NOT_COUNTED: Final = r"(?<![\d一二三四五六七八九十百两几半多来周每去今明前])"

_START: Final = rf"(?<![\d{_CN}十百第])"

_ECHO: Final = rf"\d{{1,2}}月\d{{1,2}}日，闰?{_LUNAR_MONTH}(?:初[{_CN}十]|二十|廿[{_CN}]|三十|十[{_CN}])"
_WEEK: Final = r"(?:周|星期|礼拜)"


def read_dates(text: str, *, today: date) -> list[Found[Days]]:
    """The days that ``text`` names, seen from ``today``: a day that is past in this year means the next one."""
    if not LUNAR_FIRST < today.year < LUNAR_LAST - _LEAP_SEARCH:
        return []  # outside the lunar table
    text = plain(text)
    rules: list[Rule[Days]] = [
        (_SPAN, lambda found: _span(found[1], found[2], today)),
        (_AROUND, lambda found: _around(found[1], today)),
        *((pattern, partial(_meant, meaning, today)) for pattern, meaning in _KINDS),
    ]
    return list(_told_twice(text, scan(text, rules)))


def _meant(
    meaning: Callable[[re.Match[str], date], Meanings | None], today: date, found: re.Match[str]
) -> Meanings | None:
    return meaning(found, today)


def _told_twice(text: str, found: list[Found[Days]]) -> Iterator[Found[Days]]:
    """“年后初八”, “下周一（2月15号）”: the narrower one of two that stand together and agree."""
    waiting: Found[Days] | None = None
    for each in found:
        if waiting and text[waiting.end : each.start] in {"", "，", "的", "就是"}:
            inner, outer = sorted((waiting, each), key=lambda one: one.value.last - one.value.first)
            if outer.value.first <= inner.value.first and inner.value.last <= outer.value.last:
                waiting = Found(inner.value, waiting.start, each.end)
                continue
        if waiting:
            yield waiting
        waiting = each
    if waiting:
        yield waiting


def _said(day: date) -> str:
    lunar = lunar_name(day)
    return f"{day.month}月{day.day}日（{lunar}）" if lunar else f"{day.year}年{day.month}月{day.day}日"


def _span(first: str, last: str, today: date) -> Meanings | None:
    begin = _resolve(f"{first}号" if _SHORT_FIRST.fullmatch(first) else first, today)
    if not begin:
        return None
    start = begin[0].first
    if _SHORT_LAST.fullmatch(last):
        if not _MOONLIKE.match(first):
            return None
        lunar = _lunar(start)
        ends = _lunar_day(lunar.year, lunar.month, _number(last)) if lunar else None
        end: Meanings = (Days(ends, ends),) if ends else ()
    else:
        end = _resolve(last, start) or ()
    if not end or end[0].last < start:
        return None
    return (Days(start, end[0].last),)


def _around(words: str, today: date) -> Meanings | None:
    days = _resolve(words, today)
    if not days or days[0].first != days[0].last:
        return days
    return tuple(Days(each.first - _DAY, each.last + _DAY) for each in days)


def _resolve(words: str, today: date) -> Meanings | None:
    """What one naming of a day or of some days means."""
    for pattern, meaning in _KINDS:
        if found := pattern.fullmatch(words):
            return meaning(found, today)
    return None


def _one(day: date | None) -> Meanings | None:
    return (Days(day, day),) if day else None


def _number(words: str) -> int:
    words = words.removeprefix("初")
    if words.startswith("廿"):
        words = "二十" + words[1:]
    return int(spoken_number(words) or 0)


def _year(words: str | None, today: date) -> int | None:
    if not words:
        return None
    if words in {"今年", "明年", "去年"}:
        return today.year + {"今年": 0, "明年": 1, "去年": -1}[words]
    digits = "".join(str("〇一二三四五六七八九".find(each.replace("零", "〇"))) for each in words[1:4])
    return int(words[:4]) if words[:4].isdigit() and words[0] in "12" else int(f"2{digits}")


def _solar(year: int | None, month: int, day: int, today: date) -> date | None:
    """That day of the year, or without one the first such day that is not past."""
    for each in [year] if year else range(today.year, today.year + _LEAP_SEARCH):
        try:
            found = date(each, month, day)
        except ValueError:
            continue
        if year or found >= today:
            return found
    return None


def _lunar(day: date) -> LunarDate | None:
    try:
        return LunarDate.from_solar_date(day.year, day.month, day.day)
    except ValueError:
        return None


@cache
def _lunar_day(year: int, month: int, day: int) -> date | None:
    """A day of the lunar year; “腊月三十” in a year without one is its last day all the same."""
    try:
        if month == 12 and day == 30:
            return spring_day(year + 1, 1) - _DAY
        if month == 1:
            return spring_day(year, day)
        found: date = LunarDate(year, month, day).to_solar_date()
    except ValueError:
        return None
    return found


def _month_end(year: int, month: int) -> date | None:
    return _lunar_day(year, month, 30) or _lunar_day(year, month, 29)


def _season(month: int, today: date) -> int:
    """The lunar year whose ``month`` is now, or comes next."""
    lunar = _lunar(today)
    if lunar is None:
        return today.year
    year: int = lunar.year
    return year + int(lunar.month > month)


def _moon(month: int, first: int, last: int, today: date, year: int | None = None) -> Meanings | None:
    """Days of a lunar month. Those of 正月 and 腊月 belong to the season, others are the next that are not past."""
    lunar_year = year or _season(month, today)
    begin, end = _lunar_day(lunar_year, month, first), _lunar_day(lunar_year, month, last)
    if last == 30 and not end:
        end = _month_end(lunar_year, month)
    if begin and end and end < today and not year and month not in {1, 12}:
        return _moon(month, first, last, today, lunar_year + 1)
    return (Days(begin, end),) if begin and end else None


def _by_moon(found: re.Match[str], today: date) -> Meanings | None:
    month = {"正": 1, "冬": 11, "腊": 12}.get((found[2] or "正")[0]) or _number((found[2] or "正月")[:-1])
    day = _number(found[3])
    return _moon(month, day, day, today, _year(found[1], today))


def _by_moon_two(found: re.Match[str], today: date) -> Meanings | None:
    first, last = _number(found[1]), _number(found[2])
    return _moon(1, first, last, today) if first < last else None


def _part_of_moon(found: re.Match[str], today: date) -> Meanings | None:
    month = 1 if found[1] == "正" else 12
    first, last = {"初": (1, 10), "头": (1, 10), "底": (21, 30), "尾": (21, 30)}.get(found[2], (1, 30))
    return _moon(month, first, last, today)


def _by_sun(found: re.Match[str], today: date) -> Meanings | None:
    """2月13号; “二月十二” without 号 is perhaps the moon's."""
    year, month, day = _year(found[1], today), _number(found[2]), _number(found[3])
    solar = _one(_solar(year, month, day, today)) or ()
    if found[4] or not 2 <= month <= 10 or found[2][0].isdigit() or found[3][0].isdigit():
        return solar or None
    return (solar + (_moon(month, day, day, today, year) or ())) or None


def _by_figures(found: re.Match[str], today: date) -> Meanings | None:
    return _one(_solar(int(found[1]) if found[1] else None, int(found[2]), int(found[3]), today))


def _by_both(found: re.Match[str], today: date) -> Meanings | None:
    """“2月10日，正月初五”: the nearest year in which both are so."""
    for ahead in _YEARS_OF_ECHO:
        day = _solar(today.year + ahead, int(found[1]), int(found[2]), today)
        if day and lunar_name(day) == found[3]:
            return _one(day)
    return None


def _of_month(found: re.Match[str], today: date) -> Meanings | None:
    """“13号”: of this month, or of the next one that has it."""
    year, month, day = today.year, today.month, _number(found[1])
    for _ in range(3):
        solar = _solar(year, month, day, today)
        if solar and solar >= today:
            return _one(solar)
        year, month = year + month // 12, month % 12 + 1
    return None


def _of_named_month(found: re.Match[str], today: date) -> Meanings | None:
    year, month = today.year, today.month
    if found[1].startswith("下"):
        year, month = year + month // 12, month % 12 + 1
    return _one(_solar(year, month, _number(found[2]), today))


def _part_of_month(found: re.Match[str], today: date) -> Meanings | None:
    """“2月初”, “下个月底”, “月底”, “3月份”."""
    said_year, said, part = found[1], found[2] or "", found[3]
    year = _year(said_year, today)
    if "下" in said:
        year, month = today.year + today.month // 12, today.month % 12 + 1
    elif said and said[0] not in "这本":
        month = _number(said.split("月", maxsplit=1)[0])
    else:
        month = today.month
    days = _part(year or today.year, month, part)
    if not year and days.last < today:
        days = (
            _part(today.year + 1, month, part) if said else _part(today.year + today.month // 12, month % 12 + 1, part)
        )
    return (days,)


def _part(year: int, month: int, part: str) -> Days:
    last = monthrange(year, month)[1]
    first, end = {
        "初": (1, 10),
        "上旬": (1, 10),
        "中旬": (11, 20),
        "中": (11, 20),
        "下旬": (21, last),
        "底": (21, last),
        "尾": (21, last),
        "末": (21, last),
    }.get(part, (1, last))
    return Days(date(year, month, first), date(year, month, end))


def _by_week(found: re.Match[str], today: date) -> Meanings | None:
    which, name = found[1] or "", found[2] or ""
    monday = today - _DAY * today.weekday() + 7 * _DAY * which.count("下")
    if name in {"末", "六日"}:
        return (Days(monday + 5 * _DAY, monday + 6 * _DAY),)
    if not name:
        return (Days(monday, monday + 6 * _DAY),) if which else None
    weekday = 6 if name in "日天7" else "一二三四五六".find(name) if name in _CN else int(name) - 1
    day = monday + weekday * _DAY
    return _one(day + 7 * _DAY if not which and day < today else day)


_NEAR: Final = {
    "今": (0, 0),
    "明": (1, 1),
    "后": (2, 2),
    "大后": (3, 3),
    "明后": (1, 2),
    "这两": (0, 1),
    "明后两": (1, 2),
    "今明两": (0, 1),
}


def _by_now(found: re.Match[str], today: date) -> Meanings | None:
    first, last = _NEAR[found[1]]
    return (Days(today + first * _DAY, today + last * _DAY),)


_FEASTS: Final = {"元旦": (1, 1, 1), "五一": (5, 1, 5), "劳动节": (5, 1, 5), "国庆": (10, 1, 7)}


def _by_feast(found: re.Match[str], today: date) -> Meanings | None:
    """The day itself; with 假期 its whole holiday."""
    month, first, last = _FEASTS[found[1]]
    day = _solar(None, month, first, today)
    if day and found[2]:
        return (Days(day, day + (last - first) * _DAY),)
    return _one(day)


def _eve(today: date) -> Meanings | None:
    return _moon(12, 30, 30, today)


def _little_year(today: date) -> Meanings | None:
    """腊月廿四 here, 腊月廿三 in the north."""
    return (_moon(12, 24, 24, today) or ()) + (_moon(12, 23, 23, today) or ()) or None


def _not_past(days: Callable[[date], Meanings | None]) -> Callable[[re.Match[str], date], Meanings | None]:
    """A time of the year: this one while it lasts, then the next."""

    def meaning(_: re.Match[str], today: date) -> Meanings | None:
        found = days(today)
        if found and found[0].last < today:
            found = days(found[0].last + 300 * _DAY)
        return found

    return meaning


_Kind = tuple[str, Callable[[re.Match[str], date], Meanings | None]]
_PATTERNS: Final[list[_Kind]] = [
    (_ECHO.replace(r"\d{1,2}月\d{1,2}日，", r"(\d{1,2})月(\d{1,2})日，(") + ")", _by_both),
    (
        rf"({_FULL_YEAR})?的?(?:农历|阴历)?(?:大年|过年|年)?({_LUNAR_MONTH})?(初[{_CN}十]|初10|初[1-9](?!\d))(?:晚上)?",
        _by_moon,
    ),
    (rf"({_FULL_YEAR})?(?:农历|阴历)?([正冬腊]月)({_LUNAR_DAY})", _by_moon),
    (rf"()(?:农历|阴历)({_LUNAR_MONTH})({_LUNAR_DAY})", _by_moon),
    (rf"(?:正月)?初([{_CN}])([{_CN}])", _by_moon_two),
    (r"([正腊])月(初|头|底|尾|间|里面?|份)", _part_of_moon),
    (rf"(?:大年|年)三十(?:晚上?|夜)?|{_START}三十(?:晚上?|夜)|除夕夜?", _not_past(_eve)),
    (
        r"(?:过完|过了)(?:元宵节?|正月十五|十五)(?:以?后)?|(?:元宵节?|正月十五)(?:之|以|过)?后",
        _not_past(lambda t: _moon(1, 16, 30, t)),
    ),
    (r"元宵节?|正月半", _not_past(lambda t: _moon(1, 15, 15, t))),
    (r"(?:读|上|念|升)[到了完]?初[一二三]|小年[轻青]|后天(?:残疾|性|的残)", lambda found, today: ()),
    (r"过?小年", _not_past(_little_year)),
    (r"(?:端午)节?", _not_past(lambda t: _moon(5, 5, 5, t))),
    (r"(?:中秋)节?", _not_past(lambda t: _moon(8, 15, 15, t))),
    (
        rf"(?:过完|过了|翻过)春?(?:年|节)(?:以?后)?|春节(?:以|之|过)?后|过年(?:以|之)?后|{_NOT_COUNTED}年后|开年(?![会度级])后?",
        _not_past(lambda t: _moon(1, 7, 15, t)),
    ),
    (rf"(?:过年|春节)(?:之|以)?前|{_NOT_COUNTED}年前", _not_past(lambda t: _moon(12, 23, 30, t))),
    (rf"{_START}({_YEAR})?({_MONTH})月份?({_SOLAR_DAY})(?:({_DAY_SIGN})|(?![\d千百万十元块个天年人次点k]))", _by_sun),
    (r"(?<!\d)(20\d\d)[-./](1[0-2]|0?[1-9])[-./](3[01]|[12]\d|0?[1-9])(?!\d)", _by_figures),
    (rf"(?<![\d./])()(1[0-2]|0?[1-9])[./](3[01]|[12]\d|0?[1-9]){_NO_AMOUNT}(?:号|日)?", _by_figures),
    (rf"{_START}({_FULL_YEAR})?((?:{_MONTH}|下个?|这个?|本)月)(份|初|底|尾|末|中旬|上旬|下旬)", _part_of_month),
    (r"()()(?<![每个上])月(初|底|尾|末)", _part_of_month),
    (r"()(下个?月)()", _part_of_month),
    (rf"(下个?月|这个?月|本月)({_SOLAR_DAY}){_DAY_SIGN}", _of_named_month),
    (rf"{_START}({_SOLAR_DAY}){_DAY_SIGN}", _of_month),
    (
        rf"(?<![\d每])(下下|下|这|本)?个?{_WEEK}(六日|[{_CN[:6]}日天末1-7])(?![\d十次个天月年岁结休]|双休|单休)",
        _by_week,
    ),
    (rf"(下下|下)个?{_WEEK}()", _by_week),
    (r"(今明两|明后两|这两|明后|大后|今|明|后)(?:天|日)早?晚?上?", _by_now),
    (r"(今|明)(?:早|晚)上?", _by_now),
    (rf"{_START}(五一|国庆|元旦|劳动节)(?!路|村|镇|街|广场)节?(假期?|期间|黄金周|长假)?", _by_feast),
]
_KINDS: Final = [(re.compile(pattern), meaning) for pattern, meaning in _PATTERNS]

_POINT: Final = "(?:" + "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for pattern, _ in _PATTERNS) + ")"
_SHORT_FIRST: Final = re.compile(_SOLAR_DAY)
_SHORT_LAST: Final = re.compile(rf"[一二]?十[{_CN}]?|廿[{_CN}]?|[12]\d")
_MOONLIKE: Final = re.compile(rf"(?:农历|阴历|大年)?(?:[正冬腊]月|初|(?:{_LUNAR_MONTH})初)")
_SPAN: Final = re.compile(
    rf"({_POINT}|{_START}{_SOLAR_DAY}(?=[到至~-]+{_SOLAR_DAY}{_DAY_SIGN}))，?[到至~-]+({_POINT}|{_SHORT_LAST.pattern}(?![\d点块个号日月年]))"
)
_AROUND: Final = re.compile(rf"({_POINT})(?:左右|前后|上下|那几天)")

"""One row of somebody's list, put straight: letters, telephones, money, dates, places."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from app.jobs.ad import Ad, SalaryUnit
from app.language.slots.money import Per, read_pay

TEXTS: Final = {
    "title": 100,
    "employer": 100,
    "province": 20,
    "city": 20,
    "district": 20,
    "trade": 40,
    "education": 100,
    "experience": 200,
    "shift": 100,
    "board_lodging": 200,
    "contact_name": 60,
    "description": 2000,
    "source": 100,
}
"""Fields of plain text, and how long each may be."""
BENEFITS: Final = 30
LONGEST_CELL: Final = 5000
MOST: Final = 1_000_000
"""Yuan; and people: more is a slip."""
NUMBERS: Final = frozenset(
    {
        *("id", "headcount", "age_min", "age_max", "age", "salary_min", "salary_max", "salary_unit", "salary"),
        *("contact_phone", "posted_at", "expires_at"),
    }
)
"""Fields that are read for their figures."""
_EXCEL_DAY_0: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(30_000, 80_000)
_UNITS: Final = {
    "月": "月",
    "月薪": "月",
    "每月": "月",
    "元/月": "月",
    "日": "日",
    "天": "日",
    "每天": "日",
    "元/天": "日",
    "元/日": "日",
    "日薪": "日",
    "时": "时",
    "小时": "时",
    "每小时": "时",
    "元/小时": "时",
    "元/时": "时",
    "时薪": "时",
    "件": "件",
    "计件": "件",
    "元/件": "件",
    "每件": "件",
    "month": "月",
    "day": "日",
    "hour": "时",
    "piece": "件",
}
_PERS: Final = {
    Per.MONTH: ("月", 1),
    Per.DAY: ("日", 1),
    Per.HOUR: ("时", 1),
    Per.PIECE: ("件", 1),
    Per.YEAR: ("月", 12),
}
_NOTHING: Final = {"", "-", "--", "/", "无", "null", "none", "nan", "暂无", "待定", "面议", "电话联系", "若干"}
_DATE: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_BARE_DATE: Final = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_SHORT_DATE: Final = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_LANDLINE: Final = re.compile(r"0\d{2,3}-?\d{7,8}(?:-\d{1,5})?")
_SERVICE: Final = re.compile(r"400\d{7}|800\d{7}|12333|12345|123\d{2}|95\d{3,6}")
_LOCAL: Final = re.compile(r"[2-8]\d{6,7}")


@dataclass(frozen=True, slots=True)
class Change:
    """A value that is not as it was written."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    ad: Ad
    changes: tuple[Change, ...]
    unreadable: Mapping[str, str]
    """Fields that say something nobody can read, and what they say."""


def clean(row: Mapping[str, Any], *, today: date) -> Cleaned:
    """Every value as it is meant. A change of substance is noted; blanks at the ends are not."""
    washed = {
        field: unicodedata.normalize("NFKC", wash(value)) if field in NUMBERS else wash(value)
        for field, value in row.items()
    }
    changes, unreadable = list[Change](), dict[str, str]()
    found: dict[str, Any] = {}

    def take(field: str, value: Any, shown: str | None = None) -> None:
        found[field] = value
        before, after = washed.get(field, ""), shown if shown is not None else ("" if value is None else str(value))
        if before and after and before != after:
            changes.append(Change(field, before[:100], after[:100]))

    for field, longest in TEXTS.items():
        found[field] = _cut(washed.get(field, ""), longest)
    found["external_id"] = _cut(_whole(washed.get("id", "")), 60)
    found["benefits"] = _benefits(row.get("benefits"))
    _place(washed, found)
    for field in ("headcount", "age_min", "age_max"):
        take(field, number := _count(washed.get(field, "")))
        if number is None and washed.get(field, "").lower() not in _NOTHING and field != "headcount":
            unreadable[field] = washed[field]
    _ages(washed, found)
    _money(washed, take, unreadable)
    phone = washed.get("contact_phone", "")
    take("contact_phone", tidy_phone(phone))
    for field in ("posted_at", "expires_at"):
        day = read_day(row.get(field), today)
        take(field, day, day.isoformat() if day else None)
        if day is None and washed.get(field, "").lower() not in _NOTHING | {"长期", "长期有效", "招满为止"}:
            unreadable[field] = washed[field]
    return Cleaned(Ad(**found), tuple(changes), unreadable)


def wash(value: Any) -> str:
    """A cell as text: letters and digits of one width, without what cannot be seen or stands blank at the ends.

    Chinese punctuation stays as it is.
    """
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        return _washed(value)
    if isinstance(value, list | tuple):
        return "、".join(filter(None, map(wash, value)))
    if isinstance(value, float):
        whole = int_of(value)
        return f"{value:g}" if whole is None else str(whole)
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return _washed(str(value))


@lru_cache(maxsize=4096)
def _washed(value: str) -> str:
    text = value[:LONGEST_CELL].translate(_ONE_WIDTH)
    if not text.isprintable():
        text = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in _UNSEEN)
        text = re.sub(r"\s*\n\s*", "\n", text)
    return re.sub(r"[ \t]{2,}", " ", text).strip()


_UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_ONE_WIDTH: Final = {
    **{code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))},
    **dict.fromkeys((0xA0, 0x3000), " "),
    **{ord(full): half for full, half in zip("＝＋＠＜＞％－／．", "=+@<>%-/.", strict=True)},
}
"""Full-width letters, digits, and the signs that stand in numbers."""


def int_of(value: float) -> int | None:
    """A whole number, where it is one."""
    return int(value) if value == value and abs(value) < 1e15 and value == int(value) else None  # noqa: PLR0124 NaN


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _whole(text: str) -> str:
    return text.removesuffix(".0")


def _benefits(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else re.split(r"[、,，;；/|\n]+", wash(value))
    return tuple(_cut(item, 40) for item in dict.fromkeys(map(wash, items)) if item)[:BENEFITS]


def _place(washed: Mapping[str, str], found: dict[str, Any]) -> None:
    """A place in one cell: “广东省中山市小榄镇”."""
    text = washed.get("place", "")
    if not text or found["province"] or found["city"] or found["district"]:
        return
    parts = re.match(
        r"(?P<province>.{2,8}?(?:省|自治区))?(?P<city>.{2,8}?(?:市|自治州|州|地区|盟))?(?P<district>.{0,20})", text
    )
    for field in ("province", "city", "district"):
        found[field] = _cut((parts and parts[field]) or "", TEXTS[field])


def _ages(washed: Mapping[str, str], found: dict[str, Any]) -> None:
    """Both bounds in one cell: “18-45”."""
    text = washed.get("age", "")
    if not text or found["age_min"] is not None or found["age_max"] is not None:
        return
    if both := re.search(r"(\d{2})\D{1,3}(\d{2})", text):
        found["age_min"], found["age_max"] = int(both[1]), int(both[2])
    elif one := re.search(r"(\d{2})", text):
        found["age_max" if re.search("下|内|不超过", text) else "age_min"] = int(one[1])


def _count(text: str) -> int | None:
    digits = re.search(r"\d{1,7}", text.replace(",", ""))
    return int(digits[0]) if digits and int(digits[0]) <= MOST else None


def _money(washed: Mapping[str, str], take: Callable[..., None], unreadable: dict[str, str]) -> None:
    unit = _UNITS.get(washed.get("salary_unit", "").lower(), "")
    amounts: dict[str, int | None] = {}
    for field in ("salary_min", "salary_max"):
        text = washed.get(field, "")
        amounts[field], told = _amount(text)
        unit = unit or told
        if amounts[field] is None and text.lower() not in _NOTHING:
            unreadable[field] = text
    low, high = amounts["salary_min"], amounts["salary_max"]
    together = washed.get("salary") or (washed.get("salary_min", "") if high is None else "")
    if (low is None or high is None) and together and (pay := _range(together)):
        low, high, told = pay
        unit = unit if unit and not told else told or unit
        unreadable.pop("salary_min", None)
    elif washed.get("salary", "").lower() not in _NOTHING and low is None and high is None:
        unreadable["salary"] = washed["salary"]
    if unit == "" and (low is not None or high is not None):
        unit = _likely(max(low or 0, high or 0))
    for name, value in (("salary_min_fen", low), ("salary_max_fen", high)):
        take(name, value)
    take("salary_unit", unit if low is not None or high is not None or unit else "")


def _amount(text: str) -> tuple[int | None, str]:
    """Fen, and the unit that stands with it; a range is none."""
    plain = text.replace(",", "").replace("元", "").replace("块", "").strip()
    if number := re.fullmatch(r"(\d{1,7}(?:\.\d{1,4})?)\s*(k|千|w|万)?(?:/|每)?(月|天|日|小时|时|件)?", plain.lower()):
        times = {"k": 1000, "千": 1000, "w": 10_000, "万": 10_000}.get(number[2] or "", 1)
        yuan = float(number[1]) * times
        return (round(yuan * 100), _UNITS.get(number[3] or "", "")) if yuan <= MOST else (None, "")
    return None, ""


def _range(text: str) -> tuple[int | None, int | None, str] | None:
    """(low, high, unit) in fen of “4500-6000元/月”, “200/天”, “五千到六千”, “计件”."""
    if found := re.fullmatch(
        r"(?:月薪|工资|计件)?[:：]?(\d{1,7}(?:\.\d{1,4})?)(k|千)?[-~—–至到]+(\d{1,7}(?:\.\d{1,4})?)(k|千)?(?:元|块)?(?:/|每)?(月|天|日|小时|时|件)?(?:左右|以上|不等)?",
        text.replace(",", "").replace(" ", "").lower(),
    ):
        second = 1000 if found[4] else 1
        first = 1000 if found[2] or (found[4] and float(found[1]) < 100) else 1
        unit = _UNITS.get(found[5] or "", "月" if text.startswith("月薪") else "")
        return round(float(found[1]) * first * 100), round(float(found[3]) * second * 100), unit
    pays = [one.value for one in read_pay(text)]
    if not pays:
        return (None, None, "件") if "计件" in text else None
    pay = pays[0]
    unit, parts = _PERS[pay.per] if pay.per else ("", 1)
    low, high = (None if one is None else one * 100 // parts for one in (pay.low, pay.high))
    return low, high, unit


def _likely(fen: int) -> str:
    """The unit of an amount that has none: nobody works a month for 300 yuan, or an hour for 1,000."""
    yuan = fen / 100
    return SalaryUnit.MONTH if yuan >= 1000 else SalaryUnit.DAY if yuan >= 60 else SalaryUnit.HOUR


def tidy_phone(text: str) -> str:
    """Numbers as they are dialled, of several each; what is none stays as it is written."""
    numbers = [tidy_number(part) for part in re.split(r"[、,，;；/\n|]|或|(?<=\d{11})\s+(?=1)", text) if part.strip()]
    return _cut("、".join(numbers), 60)


def tidy_number(text: str) -> str:
    digits = re.sub(r"[^\d-]", "", text.removesuffix(".0")).strip("-")
    bare = digits.replace("-", "")
    for prefix in ("0086", "86"):
        if bare.startswith(prefix) and _MOBILE.fullmatch(bare.removeprefix(prefix)):
            bare = bare.removeprefix(prefix)
    if _MOBILE.fullmatch(bare):
        return f"{bare[:3]}-{bare[3:7]}-{bare[7:]}"
    return digits if is_phone(digits) else text.strip()


def is_phone(text: str) -> bool:
    """Whether it can be dialled: a mobile number, a landline, a service number."""
    bare = text.replace("-", "")
    return any(kind.fullmatch(one) for kind in (_MOBILE, _SERVICE, _LOCAL) for one in (bare,)) or bool(
        _LANDLINE.fullmatch(text) or _LANDLINE.fullmatch(bare)
    )


def read_day(value: Any, today: date) -> date | None:
    """A day in any usual spelling, Excel's number too; a day without a year is the nearest one to come."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = unicodedata.normalize("NFKC", wash(value))
    if found := _DATE.search(text) or _BARE_DATE.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if text.isdecimal() and int(text) in _EXCEL_DAYS:
        return _EXCEL_DAY_0 + timedelta(days=int(text))
    if found := _SHORT_DATE.fullmatch(text):
        day = _day(today.year, int(found[1]), int(found[2]))
        return _day(today.year + 1, int(found[1]), int(found[2])) if day and day < today - timedelta(days=180) else day
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

"""A row of the bureau's list of job fairs and classes, as columns of ``Event``. Pure."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from app.core.clock import SHANGHAI, local
from app.jobs.event_models import EventKind, EventState
from app.jobs.rows import Row, short_name
from app.language.slots.places import Gazetteer

HEADINGS: Final[Mapping[str, str]] = {
    "编号": "external_id",
    "id": "external_id",
    "类型": "kind",
    "名称": "title",
    "工种": "trade",
    "日期": "date",
    "时间": "time",
    "结束时间": "end_time",
    "结束日期": "end_date",
    "地点": "place",
    "地址": "address",
    "省": "province",
    "市": "city",
    "区县": "district",
    "乡镇": "township",
    "纬度": "latitude",
    "lat": "latitude",
    "经度": "longitude",
    "lng": "longitude",
    "名额": "capacity",
    "要带什么": "what_to_bring",
    "面向": "who_for",
    "费用": "fee",
    "联系人": "contact",
    "电话": "phone",
    "说明": "description",
    "状态": "status",
}
KEYS: Final = frozenset(HEADINGS.values()) | {"starts_at", "ends_at", "in_days", "days", "hours"}
"""Also understood, for other programs: instants, days from today, and how many days and hours it takes."""
KINDS: Final = {
    "招聘会": EventKind.JOB_FAIR,
    "job_fair": EventKind.JOB_FAIR,
    "培训班": EventKind.TRAINING,
    "培训": EventKind.TRAINING,
    "training": EventKind.TRAINING,
}
STATES: Final = {
    "open": EventState.OPEN,
    "照常": EventState.OPEN,
    "报名中": EventState.OPEN,
    "cancelled": EventState.CANCELLED,
    "取消": EventState.CANCELLED,
}
FREE: Final = "免费"
YEARS: Final = 2000, 2199
MOST_DAYS: Final = 1000
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TIME: Final = re.compile(r"(\d{1,2})[:：点时](\d{2})?分?(?::\d{2})?")


def read_event(
    values: Mapping[str, Any], gazetteer: Gazetteer, *, today: date, home: tuple[str, str, str]
) -> dict[str, Any]:
    """Columns for ``save_event``; ``home`` is province, city and county where the row names none of them.

    When it is: ``starts_at`` and ``ends_at``, or 日期 and 时间, or ``in_days`` from ``today`` and ``time``; a class of
    several days has 结束日期, or so many ``days``; ``hours`` are
    those of one day. Raises Invalid with all that is wrong.
    """
    row = Row(values, HEADINGS)
    fields: dict[str, Any] = {
        "external_id": row.text("external_id", 60, needed=True),
        "kind": _one_of(row, "kind", KINDS, needed=True),
        "title": row.text("title", 60, needed=True),
        "trade": row.text("trade", 40),
        "starts_at": (starts_at := _start(row, today)),
        "ends_at": _end(row, starts_at) if starts_at else None,
        "place": row.text("place", 60, needed=True),
        "address": row.text("address", 120),
        **_area(row, gazetteer, home),
        "latitude": row.degrees("latitude", 90),
        "longitude": row.degrees("longitude", 180),
        "capacity": row.count("capacity"),
        "what_to_bring": row.text("what_to_bring", 200),
        "who_for": row.text("who_for", 100),
        "fee": row.text("fee", 60) or FREE,
        "contact": row.text("contact", 40),
        "phone": row.text("phone", 60),
        "description": row.text("description", 1000),
        "state": _one_of(row, "status", STATES) or EventState.OPEN,
    }
    row.done()
    return fields


def _one_of(row: Row, key: str, meanings: Mapping[str, Any], *, needed: bool = False) -> Any:
    said = row.text(key, 20, needed=needed)
    if said and said.lower() not in meanings:
        row.wrong(key, f"要写{'、'.join(word for word in meanings if not word.isascii())}里的一个")
    return meanings.get(said.lower())


def _area(row: Row, gazetteer: Gazetteer, home: tuple[str, str, str]) -> dict[str, str]:
    levels = "province", "city", "district", "township"
    named = {level: short_name(gazetteer, row.text(level, 20), level) for level in levels}
    at_home = dict(zip(levels, home, strict=False))
    elsewhere = any(named[level] not in ("", at_home[level]) for level in at_home)
    return named if elsewhere else {**at_home, "township": named["township"]}


def _start(row: Row, today: date) -> datetime | None:
    if row.raw("starts_at") is not None:
        return _instant(row, "starts_at")
    at = _time(row, "time", needed=True)
    ahead = _few(row, "in_days")
    day = _day(row, "date", needed=True) if ahead is None else today + timedelta(days=ahead)
    return datetime.combine(day, at, SHANGHAI) if day and at else None


def _end(row: Row, starts_at: datetime) -> datetime | None:
    """None where neither day nor hour is told."""
    if row.raw("ends_at") is not None:
        ends_at = _instant(row, "ends_at")
    else:
        start, at, day = local(starts_at), _time(row, "end_time"), _day(row, "end_date")
        if hours := _few(row, "hours"):
            at = (start + timedelta(hours=hours)).time()
        if days := _few(row, "days"):
            day = start.date() + timedelta(days=days - 1)
        if not (at or day):
            return None
        ends_at = datetime.combine(day or start.date(), at or time(17), SHANGHAI)
    if ends_at is not None and ends_at <= starts_at:
        row.wrong("end_time", "要在开始以后")
    return ends_at


def _few(row: Row, key: str) -> int | None:
    """So many days or hours; None where there is nothing, or no such number."""
    value = row.raw(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_DAYS):
        return value
    row.wrong(key, f"要填0到{MOST_DAYS}的整数")
    return None


def _instant(row: Row, key: str) -> datetime | None:
    """With its zone, or as the clock here shows it."""
    value = row.raw(key)
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:  # the sentence below says so
        at = None
    if at is None or not YEARS[0] <= at.year <= YEARS[1]:
        row.wrong(key, "要写成 2026-12-05 09:00 的样子")
        return None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def _day(row: Row, key: str, *, needed: bool = False) -> date | None:
    value = row.raw(key)
    if isinstance(value, date):
        return value
    if value is None:
        if needed:
            row.wrong(key, "没有填")
        return None
    found = _DAY.fullmatch(str(value).strip())
    try:
        if found and YEARS[0] <= int(found[1]) <= YEARS[1]:
            return date(*map(int, found.groups()))
    except ValueError:  # no such day; the sentence below says so
        pass
    row.wrong(key, "要写成真实的日期，比如 2026-12-05")
    return None


def _time(row: Row, key: str, *, needed: bool = False) -> time | None:
    value = row.raw(key)
    if value is None:
        if needed:
            row.wrong(key, "没有填")
        return None
    found = _TIME.fullmatch(str(value).strip())
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        row.wrong(key, "要写成 9:00 的样子")
        return None
    return time(int(found[1]), int(found[2] or 0))

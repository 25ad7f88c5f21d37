"""Days that the county counts by: 正月初一 and its fifteen days, and 工作日."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from lunardate import LunarDate

HOLIDAY_FILE = Path(__file__).with_name("holidays.yaml")
SATURDAY = 5
LUNAR_FIRST, LUNAR_LAST = 1901, 2099
LUNAR_MONTHS = "正二三四五六七八九十冬腊"
LUNAR_DAYS = [f"初{n}" for n in "一二三四五六七八九十"] + [f"十{n}" for n in "一二三四五六七八九"]
LUNAR_DAYS += ["二十", *(f"廿{n}" for n in "一二三四五六七八九"), "三十"]


def spring_day(year: int, day: int) -> date:
    """正月初``day`` of the year that begins in ``year``. Raises ValueError for a day it lacks and outside 1900–2099."""
    if not 1 <= day <= 30:
        raise ValueError(f"正月没有第{day}天")
    found: date = LunarDate(year, 1, day).to_solar_date()
    return found


@cache
def lunar_name(day: date) -> str:
    """“正月初一”; empty outside the years that the lunar table surely knows."""
    if not LUNAR_FIRST <= day.year <= LUNAR_LAST:
        return ""  # before its first year the library counts on without complaint, and wrong
    lunar = LunarDate.from_solar_date(day.year, day.month, day.day)
    leap = "闰" if lunar.is_leap_month else ""
    return f"{leap}{LUNAR_MONTHS[lunar.month - 1]}月{LUNAR_DAYS[lunar.day - 1]}"


def next_spring_festival(after: date) -> date | None:
    """正月初一 that comes first after that day; None where the lunar table ends."""
    for year in (after.year, after.year + 1):
        try:
            day = spring_day(year, 1)
        except ValueError:
            return None
        if day > after:
            return day
    return None


DAYS_OF_A_MONTH = 31


def months_between(first: date, last: date) -> float:
    """Full months from ``first`` to ``last`` and, as a fraction, the days begun: on the same day of the month a whole
    number. A month without that day counts by its last. Raises ValueError if ``last`` is earlier."""
    if last < first:
        raise ValueError("last before first")
    months = (last.year - first.year) * 12 + last.month - first.month
    if (reached := _months_later(first, months)) > last:
        months -= 1
        reached = _months_later(first, months)
    return months + (last - reached).days / DAYS_OF_A_MONTH


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Workday:
    """Whether a day is worked, and whether the State Council's list for its year was at hand."""

    worked: bool
    certain: bool


def workday(day: date, holidays: Mapping[int, "HolidayYear"] | None = None) -> Workday:
    """Whether ``day`` is a 工作日. A year missing from the file is judged by weekday and says so."""
    year = (holidays if holidays is not None else holiday_years()).get(day.year)
    by_weekday = day.weekday() < SATURDAY
    if year is None:
        return Workday(by_weekday, certain=False)
    return Workday(day in year.worked or (by_weekday and day not in year.free), certain=True)


def add_workdays(day: date, count: int) -> tuple[date, bool]:
    """The ``count``-th 工作日 after ``day`` (the day itself does not count), and whether that is certain."""
    certain = True
    while count > 0:
        day += timedelta(days=1)
        verdict = workday(day)
        certain = certain and verdict.certain
        count -= verdict.worked
    return day, certain


@dataclass(frozen=True, slots=True)
class HolidayYear:
    """One year of 国务院办公厅节假日安排: days off, and weekend days worked instead."""

    free: frozenset[date]
    worked: frozenset[date]


@cache
def holiday_years() -> Mapping[int, HolidayYear]:
    """The years that the data file knows."""
    return read_holidays(HOLIDAY_FILE.read_text(encoding="utf-8"))


def read_holidays(text: str) -> Mapping[int, HolidayYear]:
    years: dict[int, dict[str, list[Any]]] = yaml.safe_load(text)
    return {
        year: HolidayYear(_days(lists.get("free", [])), _days(lists.get("worked", []))) for year, lists in years.items()
    }


def _days(entries: list[Any]) -> frozenset[date]:
    """Single days, and spans written as [first, last]."""
    days: set[date] = set()
    for entry in entries:
        first, last = entry if isinstance(entry, list) else (entry, entry)
        days.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(days)

"""正月初一 and 工作日 against published dates."""

from datetime import date

import pytest

from app.core.calendar import (
    add_workdays,
    holiday_years,
    lunar_name,
    next_spring_festival,
    read_holidays,
    spring_day,
    workday,
)

NEW_YEARS = {
    2024: date(2024, 2, 10),
    2025: date(2025, 1, 29),
    2026: date(2026, 2, 17),
    2027: date(2027, 2, 6),
    2028: date(2028, 1, 26),
    2029: date(2029, 2, 13),
    2030: date(2030, 2, 3),
    2031: date(2031, 1, 23),
    2032: date(2032, 2, 11),
    2033: date(2033, 1, 31),
}


@pytest.mark.parametrize(("year", "first"), NEW_YEARS.items())
def test_spring_day_knows_new_year(year, first):
    assert spring_day(year, 1) == first


def test_spring_day_15_is_the_lantern_festival():
    assert [spring_day(year, 15) for year in (2024, 2025, 2026, 2027)] == [
        date(2024, 2, 24),
        date(2025, 2, 12),
        date(2026, 3, 3),
        date(2027, 2, 20),
    ]


def test_spring_day_30_exists_in_a_long_month_only():
    assert spring_day(2026, 30) == date(2026, 3, 18)
    with pytest.raises(ValueError, match="day"):
        spring_day(2024, 30)


@pytest.mark.parametrize(("year", "day"), [(2026, 0), (2026, 31), (2026, -1), (1899, 1), (2100, 1)])
def test_spring_day_refuses(year, day):
    with pytest.raises(ValueError):  # noqa: PT011 two libraries, two wordings
        spring_day(year, day)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 13), True),  # Friday
        (date(2026, 2, 14), True),  # Saturday, worked instead
        (date(2026, 2, 15), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # Saturday, worked instead
        (date(2026, 3, 1), False),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2024, 2, 4), True),
    ],
)
def test_workday_follows_the_list(day, worked):
    verdict = workday(day)

    assert (verdict.worked, verdict.certain) == (worked, True)


def test_workday_of_a_missing_year_is_judged_by_weekday_and_uncertain():
    monday, saturday = date(2090, 1, 2), date(2090, 1, 7)

    assert [(workday(day).worked, workday(day).certain) for day in (monday, saturday)] == [
        (True, False),
        (False, False),
    ]


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 3, date(2026, 2, 25)),
        (date(2026, 2, 14), 5, date(2026, 2, 28)),
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
    ],
)
def test_add_workdays_passes_holidays(day, count, expected):
    assert add_workdays(day, count) == (expected, True)


def test_add_workdays_into_a_missing_year_is_uncertain():
    last = max(holiday_years())

    _, certain = add_workdays(date(last, 12, 28), 10)

    assert certain is False


def test_holiday_file_calls_no_working_weekday_worked_and_no_day_both():
    for year, lists in holiday_years().items():
        assert lists.free & lists.worked == set()
        assert {day.year for day in lists.free | lists.worked} == {year}
        assert [day for day in lists.worked if day.weekday() < 5] == []


def test_read_holidays_reads_days_and_spans():
    year = read_holidays("2030: {free: [2030-01-01, [2030-02-02, 2030-02-04]]}")[2030]

    assert year.free == {date(2030, 1, 1), date(2030, 2, 2), date(2030, 2, 3), date(2030, 2, 4)}
    assert year.worked == set()


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2027, 2, 6), "正月初一"),
        (date(2027, 2, 5), "腊月廿九"),
        (date(2026, 3, 3), "正月十五"),
        (date(2025, 8, 1), "闰六月初八"),
        (date(2026, 11, 28), "十月二十"),
        (date(1800, 1, 1), ""),
    ],
)
def test_lunar_name_reads_as_people_say_it(day, name):
    assert lunar_name(day) == name


def test_next_spring_festival_comes_after_the_day():
    assert next_spring_festival(date(2027, 2, 5)) == date(2027, 2, 6)
    assert next_spring_festival(date(2027, 2, 6)) == date(2028, 1, 26)
    assert next_spring_festival(date(2099, 12, 31)) is None

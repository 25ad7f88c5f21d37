"""Days that people name."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.slots.dates import Days, read_dates

NOVEMBER = date(2026, 11, 23)  # a Monday; 正月初一 is 2027-02-06


def day(month, number, year=2027):
    return Days(date(year, month, number), date(year, month, number))


def span(first, last):
    return Days(date(*first), date(*last))


CASES = [
    ("我初八走", day(2, 13)),
    ("初8走", day(2, 13)),
    ("正月十二", day(2, 17)),
    ("正月十五走", day(2, 20)),
    ("大年初三", day(2, 8)),
    ("大年三十", day(2, 5)),
    ("除夕", day(2, 5)),
    ("腊月三十", day(2, 5)),
    ("元宵", day(2, 20)),
    ("腊月二十六", day(2, 2)),
    ("腊月廿三", day(1, 30)),
    ("腊月28", day(2, 4)),
    ("周六", day(11, 28, 2026)),
    ("星期天", day(11, 29, 2026)),
    ("礼拜三", day(11, 25, 2026)),
    ("下周一", day(11, 30, 2026)),
    ("这周末", span((2026, 11, 28), (2026, 11, 29))),
    ("周一", day(11, 23, 2026)),
    ("2月13号", day(2, 13)),
    ("二月十三号", day(2, 13)),
    ("2.13", day(2, 13)),
    ("2/13走", day(2, 13)),
    ("2026年2月13日", day(2, 13, 2026)),
    ("2027-2-13", day(2, 13)),
    ("二〇二七年二月十三日", day(2, 13)),
    ("明年3月8号", day(3, 8)),
    ("2月初", span((2027, 2, 1), (2027, 2, 10))),
    ("月底", span((2026, 11, 21), (2026, 11, 30))),
    ("下个月初", span((2026, 12, 1), (2026, 12, 10))),
    ("今天", day(11, 23, 2026)),
    ("明天", day(11, 24, 2026)),
    ("后天", day(11, 25, 2026)),
    ("大后天", day(11, 26, 2026)),
    ("明后天", span((2026, 11, 24), (2026, 11, 25))),
    ("13号", day(12, 13, 2026)),
    ("25号有车没", day(11, 25, 2026)),
    ("31号", day(12, 31, 2026)),
    ("下个月25号", day(12, 25, 2026)),
    ("三十晚上", day(2, 5)),
    ("过完年", span((2027, 2, 12), (2027, 2, 20))),
    ("年后", span((2027, 2, 12), (2027, 2, 20))),
    ("过年前", span((2027, 1, 30), (2027, 2, 5))),
    ("年前", span((2027, 1, 30), (2027, 2, 5))),
    ("正月间", span((2027, 2, 6), (2027, 3, 7))),
    ("元宵后", span((2027, 2, 21), (2027, 3, 7))),
    ("过完元宵再走", span((2027, 2, 21), (2027, 3, 7))),
    ("五一", day(5, 1)),
    ("国庆", day(10, 1)),
    ("国庆期间", span((2027, 10, 1), (2027, 10, 7))),
    ("初六到初八", span((2027, 2, 11), (2027, 2, 13))),
    ("正月初六到十二", span((2027, 2, 11), (2027, 2, 17))),
    ("初六初七", day(2, 11)),
    ("初六七", span((2027, 2, 11), (2027, 2, 12))),
    ("腊月二十八到初三", span((2027, 2, 4), (2027, 2, 8))),
    ("2月13号-15号", span((2027, 2, 13), (2027, 2, 15))),
    ("2月13-15号", span((2027, 2, 13), (2027, 2, 15))),
    ("13-15号", span((2026, 12, 13), (2026, 12, 15))),
    ("2.13-2.15", span((2027, 2, 13), (2027, 2, 15))),
    ("12月28号到1月3号", span((2026, 12, 28), (2027, 1, 3))),
    ("初八左右", span((2027, 2, 12), (2027, 2, 14))),
    ("2月13号前后", span((2027, 2, 12), (2027, 2, 14))),
    ("年后初八", day(2, 13)),
    ("初八（2月13号）", day(2, 13)),
    ("想訂初八去中山的車", day(2, 13)),
    ("農曆二月初二", day(3, 9)),
    ("2027年2月", None),
]


@pytest.mark.parametrize(("text", "days"), CASES)
def test_a_day_is_read(text, days):
    found = read_dates(text, today=NOVEMBER)
    assert (found[0].value if found else None) == days


@pytest.mark.parametrize(
    "text",
    [
        "",
        "十五",
        "三年前",
        "两年后",
        "2号窗口",
        "13号楼",
        "每周六休息",
        "一周三天",
        "1.5倍",
        "月薪2.5千",
        "工资4.5-6k",
        "三个月",
        "每月5000",
        "8月6000元",
        "五一路",
        "一百五一天",
        "200/天",
        "213号",
        "3日结",
        "结婚",
        "二十三",
        "每月底发工资",
        "48岁",
    ],
)
def test_what_is_no_day(text):
    assert read_dates(text, today=NOVEMBER) == []


def test_a_month_and_number_without_hao_may_be_the_moons():
    (found,) = read_dates("二月十二走", today=NOVEMBER)
    assert found.value == day(2, 12)
    assert found.others == (day(3, 19),)


def test_the_little_year_is_a_day_earlier_in_the_north():
    (found,) = read_dates("小年", today=NOVEMBER)
    assert (found.value, found.others) == (day(1, 31), (day(1, 30),))


@pytest.mark.parametrize(
    ("today", "text", "days"),
    [
        (date(2027, 2, 10), "初三", day(2, 8)),
        (date(2027, 2, 10), "正月十二", day(2, 17)),
        (date(2027, 3, 8), "初三", day(1, 28, 2028)),
        (date(2027, 2, 25), "年后", span((2028, 2, 1), (2028, 2, 9))),
        (date(2027, 2, 14), "年后", span((2027, 2, 12), (2027, 2, 20))),
        (date(2027, 2, 4), "腊月二十六", day(2, 2)),
        (date(2027, 2, 6), "除夕", day(1, 25, 2028)),
        (date(2026, 12, 31), "明天", day(1, 1)),
        (date(2026, 12, 20), "13号", day(1, 13)),
        (date(2027, 1, 30), "31号", day(1, 31)),
        (date(2026, 11, 23), "2月29号", day(2, 29, 2028)),
    ],
)
def test_the_season(today, text, days):
    assert [found.value for found in read_dates(text, today=today)] == [days]


def test_where_it_stands():
    (found,) = read_dates("我 初八 走", today=NOVEMBER)
    assert (found.start, found.end) == (1, 3)


def test_two_days_are_two():
    found = read_dates("初八去，2月20号回", today=NOVEMBER)
    assert [each.value for each in found] == [day(2, 13), day(2, 20)]
    found = read_dates("周六周日", today=NOVEMBER)
    assert [each.value for each in found] == [day(11, 28, 2026), day(11, 29, 2026)]


def test_the_echo_names_both_calendars():
    assert day(2, 10).said() == "2月10日（正月初五）"


@given(st.dates(date(1950, 1, 1), date(2080, 1, 1)), st.integers(-300, 900), st.integers(0, 300))
def test_what_is_said_reads_the_same(today, ahead, length):
    first = today + timedelta(days=ahead)
    days = Days(first, first + timedelta(days=length))
    assert [found.value for found in read_dates(days.said(), today=today)] == [days]


@given(
    st.text(
        st.sampled_from("初正腊冬月年日号周星期礼拜一二三五八十廿0123.-/~到至今明后大小过完前左右末底，半元宵国庆")
        | st.characters()
    ),
    st.dates(),
)
def test_dates_never_fail(text, today):
    reached = 0
    for found in read_dates(text, today=today):
        assert reached <= found.start < found.end
        assert found.value.first <= found.value.last
        reached = found.end

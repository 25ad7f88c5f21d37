"""How long something lasted, and what."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.slots.durations import About, Duration, read_durations

TODAY = date(2026, 11, 23)
CASES = [
    ("两周", 0.5, 0.5, None),
    ("半年", 6, 6, None),
    ("一年半", 18, 18, None),
    ("一年零三个月", 15, 15, None),
    ("一个半月", 1.5, 1.5, None),
    ("半个月", 0.5, 0.5, None),
    ("15天", 0.5, 0.5, None),
    ("三个月", 3, 3, None),
    ("一年多", 12.1, 23.9, None),
    ("一个多月", 1.1, 1.9, None),
    ("半年多", 6.1, 11.9, None),
    ("差不多一年", 12, 12, None),
    ("快一年", 10, 11.9, None),
    ("不到一年", 10, 11.9, None),
    ("没满一年", 10, 11.9, None),
    ("不到半年", 4.8, 5.9, None),
    ("两三年", 24, 36, None),
    ("2-3年", 24, 36, None),
    ("三年", 36, 36, None),
    ("十来天", 0.33, 0.5, None),
    ("好几年", 36, 96, None),
    ("满一年", 12, 12, None),
    ("整一年", 12, 12, None),
    ("刚毕业", 0, 1, About.GRADUATED),
    ("刚开店", 0, 1, About.RUNNING),
    ("才开张", 0, 1, About.RUNNING),
    ("刚失业", 0, 1, About.OUT_OF_WORK),
    ("去年三月", 19.73, 20.73, None),
    ("去年", 10.73, 22.73, None),
    ("前年", 22.73, 34.73, None),
    ("上个月", 0.73, 1.73, None),
    ("年初", 8.83, 10.73, None),
    ("上半年", 4.77, 10.73, None),
    ("2024年6月毕业", 28.77, 29.73, About.GRADUATED),
    ("24年6月毕业", 28.77, 29.73, About.GRADUATED),
    ("3月份毕业的", 7.73, 8.73, About.GRADUATED),
    ("毕业两年", 24, 24, About.GRADUATED),
    ("打工三年", 36, 36, About.WORK),
    ("干了20年", 240, 240, About.WORK),
    ("失业半年多了", 6.1, 11.9, About.OUT_OF_WORK),
    ("没工作快两年了", 19.2, 23.9, About.OUT_OF_WORK),
    ("三个月没上班了", 3, 3, About.OUT_OF_WORK),
    ("耍起三个月了", 3, 3, About.OUT_OF_WORK),
    ("我失业了，有一年多", 12.1, 23.9, About.OUT_OF_WORK),
    ("店开了一年多", 12.1, 23.9, About.RUNNING),
    ("營業執照辦了8個月", 8, 8, About.RUNNING),
    ("社保交了15年", 180, 180, About.INSURED),
    ("合同签了3年", 36, 36, About.CONTRACT),
    ("租期两年", 24, 24, About.STAY),
]


@pytest.mark.parametrize(("text", "low", "high", "about"), CASES)
def test_a_duration_is_read(text, low, high, about):
    (found,) = read_durations(text, today=TODAY)
    assert (found.value.low, found.value.high) == pytest.approx((low, high))
    assert found.value.about == about


@pytest.mark.parametrize(
    "text",
    [
        "",
        "三年级",
        "一天200",
        "200一天",
        "一个月五千",
        "五千一个月",
        "48岁",
        "三月",
        "今年",
        "2027年3月",
        "初八",
        "一天8小时",
        "年底",
        "周六",
        "2001年出生",
        "几天能办好",
        "我85年的",
        "一个月休息几天",
    ],
)
def test_what_is_no_duration(text):
    assert read_durations(text, today=TODAY) == []


def test_each_clause_speaks_of_its_own():
    found = read_durations("开店三年，社保交了一年", today=TODAY)
    assert [each.value for each in found] == [Duration(36, 36, About.RUNNING), Duration(12, 12, About.INSURED)]


def test_where_it_stands():
    (found,) = read_durations("失业 三个月 了", today=TODAY)
    assert (found.start, found.end) == (2, 5)


@pytest.mark.parametrize(
    ("months", "said"), [(36, "3年"), (18, "18个月"), (0.5, "15天"), (0.33, "10天"), (1.5, "1.5个月")]
)
def test_the_echo_is_short(months, said):
    assert Duration(months, months, None).said() == said


@given(st.integers(0, 60_000), st.integers(0, 60_000), st.none() | st.sampled_from(About), st.booleans())
def test_what_is_said_reads_the_same(one, two, about, same):
    low, high = sorted((one / 100, two / 100))
    duration = Duration(low, low if same else high, about)
    assert [found.value for found in read_durations(duration.said(), today=TODAY)] == [duration]


@given(
    st.text(
        st.sampled_from("一二两三半几十多来年月个天周星期快不到满刚才好去前上今0123456789.-，毕业失业开店打工")
        | st.characters()
    ),
    st.dates(),
)
def test_durations_never_fail(text, today):
    for found in read_durations(text, today=today):
        assert 0 <= found.value.low <= found.value.high
        (again, *rest) = read_durations(found.value.said(), today=today)
        assert not rest
        assert again.value == found.value

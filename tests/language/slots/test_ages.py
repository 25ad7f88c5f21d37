"""How old people say they are."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.slots.ages import MAX_AGE, Age, read_ages

TODAY = date(2026, 11, 23)
CASES = [
    ("48岁", 48, 48),
    ("四十八了", 48, 48),
    ("我48了还能找工作不", 48, 48),
    ("今年五十", 50, 50),
    ("我今年48", 48, 48),
    ("我56可以不", 56, 56),
    ("我妈六十三", 63, 63),
    ("今年四十出头", 40, 43),
    ("年满16", 16, 16),
    ("五十出头", 50, 53),
    ("四十多", 41, 49),
    ("我五十多了", 51, 59),
    ("40多岁", 41, 49),
    ("五十几岁", 51, 59),
    ("十七八岁", 17, 18),
    ("快六十", 58, 59),
    ("快60岁了", 58, 59),
    ("18-45岁", 18, 45),
    ("十八岁到四十五岁", 18, 45),
    ("85年的", 40, 41),
    ("八五年的", 40, 41),
    ("05年的", 20, 21),
    ("1985年出生", 40, 41),
    ("1985年3月出生", 40, 41),
    ("生于1985", 40, 41),
    ("90后", 27, 36),
    ("00后", 17, 26),
    ("85後", 37, 41),
]


@pytest.mark.parametrize(("text", "low", "high"), CASES)
def test_an_age_is_read(text, low, high):
    assert [found.value for found in read_ages(text, today=TODAY)] == [Age(low, high)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "属牛",
        "48块",
        "48个人",
        "85年结婚",
        "干了20年",
        "三年了",
        "20年的经验",
        "四十多块",
        "二十多天",
        "快十天",
        "今年20号",
        "今年3月",
        "打工10年了",
        "四十多个",
        "快一年",
        "今年十二月",
        "工资五千了",
        "985毕业",
    ],
)
def test_what_is_no_age(text):
    assert read_ages(text, today=TODAY) == []


def test_where_it_stands():
    (found,) = read_ages("我 48岁 了", today=TODAY)
    assert (found.start, found.end) == (1, 4)


@given(st.integers(0, MAX_AGE), st.integers(0, MAX_AGE), st.dates())
def test_what_is_said_reads_the_same(one, two, today):
    age = Age(*sorted((one, two)))
    assert [found.value for found in read_ages(age.said(), today=today)] == [age]


@given(
    st.text(st.sampled_from("一二三四五六七八九十几多岁了今年快出头的生于后我0123456789-到年龄满，") | st.characters()),
    st.dates(),
)
def test_ages_never_fail(text, today):
    for found in read_ages(text, today=today):
        assert 0 <= found.value.low <= found.value.high <= MAX_AGE

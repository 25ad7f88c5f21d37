"""What all readers of slots have in common."""

from datetime import date
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.normalise import MAX_QUERY
from app.language.numerals import spoken_number, spoken_span
from app.language.slots.ages import read_ages
from app.language.slots.dates import read_dates
from app.language.slots.durations import read_durations
from app.language.slots.money import read_pay
from app.language.slots.people import read_party
from app.language.slots.plain import plain

TODAY = date(2026, 11, 23)
READERS = {
    "dates": lambda text: read_dates(text, today=TODAY),
    "people": read_party,
    "money": read_pay,
    "ages": lambda text: read_ages(text, today=TODAY),
    "durations": lambda text: read_durations(text, today=TODAY),
}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("４０００－６０００元", "4000-6000元"),
        ("6,000元/月", "6000元/月"),
        ("初八 去 義烏？", "初八去义乌？"),
        ("2月13号 2个人", "2月13号2个人"),
        ("13 14", "13，14"),
        ("2.13.", "2.13。"),
        ("（正月）\n走😀", "，正月，，走"),
        ("", ""),
    ],
)
def test_plain_keeps_the_signs_that_carry_meaning(text, read):
    assert plain(text) == read


@given(st.text(max_size=1_000))
def test_plain_is_short_and_stays_as_it_is(text):
    assert len(plain(text)) <= MAX_QUERY


@pytest.mark.parametrize(
    ("numeral", "low", "high"),
    [
        ("一百五", 150, 150),
        ("一百零五", 105, 105),
        ("三千五", 3500, 3500),
        ("一万二", 12000, 12000),
        ("二十五", 25, 25),
        ("4.5k", 4500, 4500),
        ("1万2", 12000, 12000),
        ("五六千", 5000, 6000),
        ("十五六", 15, 16),
        ("两千五六", 2500, 2600),
        ("十几", 11, 19),
        ("几十", 20, 90),
    ],
)
def test_numbers_as_they_are_said(numeral, low, high):
    assert spoken_span(numeral) == (low, high)


@given(st.text(st.sampled_from("零〇一二两三四五六七八九十百千万几0123456789.kw") | st.characters()))
def test_numbers_never_fail(numeral):
    spoken_number(numeral)
    spoken_span(numeral)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    "piece",
    [
        "一",
        "十",
        "1",
        "2.13-",
        "2月",
        "一天",
        "工资",
        "我和老公",
        "老公和",
        "刚",
        "去年",
        "不到",
        "一个月",
        "5到",
        "开a",
        "二月十二",
    ],
)
def test_a_reader_is_quick_on_any_text(reader, piece):
    text = piece * 10_000
    reader(text)
    started = perf_counter()
    reader(text)
    assert perf_counter() - started < 0.05  # a hundredth of it is usual; other work shares the machine


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@given(text=st.text())
def test_what_is_found_stands_in_order_in_the_plain_text(reader, text):
    reached = 0
    for found in reader(text):
        assert reached <= found.start < found.end <= len(plain(text))
        reached = found.end


def test_one_sentence_is_read_by_all():
    text = "我今年48，跟我婆娘两个，没上班半年了，想初八去中山找个五六千的"
    said = {name: [found.value.said() for found in reader(text)] for name, reader in READERS.items()}
    assert said == {
        "dates": ["2月13日（正月初八）"],
        "people": ["2人"],
        "money": ["5000—6000元"],
        "ages": ["48岁"],
        "durations": ["失业6个月"],
    }

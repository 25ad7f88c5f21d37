"""Numbers in Chinese text, one spelling each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies.figures import figures


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1万元以下", {"10000元"}),
        ("10000元", {"10000元"}),
        ("万元以上", {"10000元"}),
        ("1.5万元", {"15000元"}),
        ("不超过300万元", {"3000000元"}),
        ("12,000元", {"12000元"}),
        ("1,234,567元", {"1234567元"}),
        ("１２００元", {"1200元"}),
        ("５００元／人", {"500元"}),
        ("最多补2/3", {"2/3"}),
        ("15%", {"15%"}),
        ("15％", {"15%"}),
        ("3个月及以上", {"3个月"}),
        ("3个工作日内", {"3个工作日"}),
        ("2023年12月31日", {"2023年12月31日"}),
        ("补1000元，3000元封顶", {"1000元", "3000元"}),
        ("第500，1000元", {"500", "1000元"}),
        ("16—24岁，连续2次", {"16", "24岁", "2次"}),
        ("没有数字", set()),
    ],
)
def test_figures_finds(text, found):
    assert figures(text) == found


@given(st.integers(1, 999), st.sampled_from([("百", 100), ("千", 1_000), ("万", 10_000)]))
def test_figures_of_both_spellings_are_equal(number, unit):
    word, times = unit

    assert figures(f"补{number}{word}元") == figures(f"补{number * times}元") == figures(f"补{number * times:,}元")


@given(st.text())
def test_figures_never_fails(text):
    assert all(figures(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("每月补九百块", {"900元"}),
        ("三千五百元", {"3500元"}),
        ("两万元", {"20000元"}),
        ("补三十天，最长三年", {"30天", "3年"}),
        ("干满三个月", {"3个月"}),
        ("补百分之八十", {"80%"}),
        ("最多补三成", {"30%"}),
        ("六十岁以上", {"60岁"}),
        ("十五个工作日", {"15个工作日"}),
        ("一次性办好，一样领，成立公司", set()),
    ],
)
def test_figures_reads_chinese_numerals(text, expected):
    found = figures(text)

    assert found == expected

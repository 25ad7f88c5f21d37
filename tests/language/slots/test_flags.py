"""What people want of a job."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.slots.flags import Flag, Flags

FOOD, BED, NIGHTS, DAILY = Flag("包吃"), Flag("包住"), Flag("不上夜班"), Flag("日结")
NO_FOOD, NO_BED, ANY_NIGHT, NOT_DAILY = (Flag(flag.name, wanted=False) for flag in (FOOD, BED, NIGHTS, DAILY))


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("包吃住", [FOOD, BED]),
        ("包吃包住的", [FOOD, BED]),
        ("管吃管住不", [FOOD, BED]),
        ("包不包吃住", [FOOD, BED]),
        ("有没有包住的", [BED]),
        ("要不要包住", [BED]),
        ("不要包住", [NO_BED]),
        ("不需要包住", [NO_BED]),
        ("包住就不用了", [NO_BED]),
        ("包吃不包住", [FOOD, NO_BED]),
        ("不包吃住", [NO_FOOD, NO_BED]),
        ("不包住的不去", [BED]),
        ("不上夜班", [NIGHTS]),
        ("长白班", [NIGHTS]),
        ("不想上夜班", [NIGHTS]),
        ("夜班也行", [ANY_NIGHT]),
        ("可以上夜班", [ANY_NIGHT]),
        ("要日结的", [DAILY]),
        ("當天結", [DAILY]),
        ("没有日结的吗", [DAILY]),
        ("有没得日结的", [DAILY]),
        ("有日结没得", [DAILY]),
        ("有没有人带", [Flag("不要经验")]),
        ("不要日结", [NOT_DAILY]),
        ("日结不要", [NOT_DAILY]),
        ("周结", [Flag("周结")]),
        ("能带娃的", [Flag("能带娃")]),
        ("可以带孩子", [Flag("能带娃")]),
        ("要不要学历", [Flag("不要学历")]),
        ("没学历", [Flag("不要学历")]),
        ("不用体检", [Flag("不体检")]),
        ("双休，坐着干", [Flag("双休"), Flag("坐着干")]),
        ("五险一金", [Flag("交社保")]),
        ("没得经验", [Flag("不要经验")]),
        ("当学徒", [Flag("不要经验")]),
        ("暑假工", [Flag("暑假工")]),
        ("寒假工", [Flag("寒假工")]),
        ("临时工", [Flag("短期")]),
        ("长期干", [Flag("长期")]),
        ("夫妻房", [Flag("夫妻房")]),
        ("临时身份证", []),
        ("可以坐火车", []),
        ("", []),
    ],
)
def test_flags_are_read(lexicon, text, flags):
    assert [found.value for found in lexicon.flags.read_flags(text)] == flags


def test_words_for_two_things_are_shared_between_them(lexicon):
    food, bed = lexicon.flags.read_flags("要包吃住的")

    assert (food.start, food.end, bed.start, bed.end) == (1, 3, 3, 4)


def test_every_flag_is_read_back_as_it_is_said(lexicon):
    for name in lexicon.flags.names:
        for flag in (Flag(name), Flag(name, wanted=False)):
            assert [found.value for found in lexicon.flags.read_flags(flag.said())] == [flag]


@given(st.text())
def test_any_text_is_read(lexicon, text):
    lexicon.flags.read_flags(text)


@given(st.lists(st.sampled_from("不没有要包吃住日结夜班上的去吗"), max_size=40))
def test_flags_come_in_order_and_apart(lexicon, characters):
    found = lexicon.flags.read_flags("".join(characters))

    assert all(flag.start < flag.end for flag in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_flags_may_be_few():
    assert Flags({}).read_flags("包吃") == []

"""One spelling for what people type in many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.characters import strip_illegal
from app.language.normalise import MAX_QUERY, MAX_TAIL, normalise


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("去 中山，车费 报不报？", "去中山车费报不报"),
        ("ＡＢＣ１２３", "abc123"),
        ("WeChat_小程序!", "wechat小程序"),
        ("①号窗口", "1号窗口"),
        ("补\u0000贴\ud800", "补贴"),
        ("穩崗返還怎麼申請", "稳岗返还怎么申请"),
        ("😀👍", ""),
        ("", ""),
    ],
)
def test_normalise_brings_to_one_spelling(text, normal):
    assert normalise(text) == normal


def test_normalise_keeps_the_beginning_and_the_end_of_a_story():
    story = "我在外头打了几年工" * 1_000 + "失业登记怎么办"

    normal = normalise(story)

    assert len(normal) == MAX_QUERY
    assert normal.startswith(normalise(story[: MAX_QUERY - MAX_TAIL]))
    assert normal.endswith("失业登记怎么办")


@given(st.text(st.characters(), max_size=1_000))
def test_normalise_never_fails_and_leaves_only_letters_and_digits(text):
    normal = normalise(text)

    assert len(normal) <= MAX_QUERY
    assert normal == "" or normal.isalnum()


@given(st.text(st.characters()))
def test_strip_illegal_leaves_what_xml_utf8_and_postgresql_can_hold(text):
    clean = strip_illegal(text)

    assert "\x00" not in clean
    assert clean.encode().decode() == clean
    assert strip_illegal(clean) == clean

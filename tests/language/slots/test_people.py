"""How many come along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.slots.people import MAX_PARTY, Party, read_party

CASES = [
    ("我和老公", 2, 0),
    ("我跟我婆娘", 2, 0),
    ("我跟我婆娘两个", 2, 0),
    ("一家四口", 4, 0),
    ("一家四口带两个娃", 4, 2),
    ("带两个娃", 3, 2),
    ("我带两个娃", 3, 2),
    ("带娃", 2, 1),
    ("我带娃儿一起去", 2, 1),
    ("我们两口子", 2, 0),
    ("两口子带个娃", 3, 1),
    ("夫妻俩带2个小孩", 4, 2),
    ("我们仨", 3, 0),
    ("我俩", 2, 0),
    ("三个人", 3, 0),
    ("5个人", 5, 0),
    ("十二个人", 12, 0),
    ("3人", 3, 0),
    ("我一个人", 1, 0),
    ("就我自己", 1, 0),
    ("我和两个老乡", 3, 0),
    ("我和我爸妈", 3, 0),
    ("我和老公还有我弟弟", 3, 0),
    ("我跟老公带一个娃", 3, 1),
    ("我和娃", 2, 1),
    ("我们村八个", 8, 0),
    ("我们三个，带2个娃", 5, 2),
    ("夫妻俩", 2, 0),
    ("爷爷奶奶和我", 3, 0),
    ("老公和我", 2, 0),
    ("两大一小", 3, 1),
    ("2个大人1个小孩", 3, 1),
    ("帮我占两个去义乌的位子", 2, 0),
    ("我們三個人", 3, 0),
    ("想带老婆孩子一起去", 3, 1),
    ("我要带我妈和两个娃", 4, 2),
    ("跟老公一起，带一个小娃", 3, 1),
    ("我今年48，跟我婆娘两个", 2, 0),
    ("我们两姊妹", 2, 0),
]


@pytest.mark.parametrize(("text", "total", "children"), CASES)
def test_a_party_is_counted(text, total, children):
    assert [found.value for found in read_party(text)] == [Party(total, children)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "我们几个",
        "三个月",
        "两个岗位",
        "补两个娃的学费",
        "我和几个老乡",
        "能带娃吗",
        "在家带娃",
        "有夫妻房没",
        "八人间",
        "招3人",
        "一个人多少钱",
        "残疾人",
        "个人",
        "三个证",
        "我有两个问题",
        "初八走",
    ],
)
def test_what_counts_nobody(text):
    assert read_party(text) == []


def test_two_or_three():
    (found,) = read_party("两三个人")
    assert (found.value, found.others) == (Party(2), (Party(3),))


def test_with_two_or_three_others():
    (found,) = read_party("我和两三个老乡")
    assert (found.value, found.others) == (Party(3), (Party(4),))


def test_where_it_stands():
    (found,) = read_party("初八， 三个人 去中山")
    assert (found.start, found.end) == (3, 6)


@given(st.integers(1, MAX_PARTY).flatmap(lambda total: st.tuples(st.just(total), st.integers(0, total))))
def test_what_is_said_reads_the_same(numbers):
    party = Party(*numbers)
    assert [found.value for found in read_party(party.said())] == [party]


@given(
    st.text(
        st.sampled_from("我和跟老公婆娘带着两三个几人口家一夫妻俩仨大小娃孩子，12们就自己爷爷奶奶") | st.characters()
    )
)
def test_people_never_fail(text):
    for found in read_party(text):
        for party in (found.value, *found.others):
            assert 0 <= party.children <= party.total <= MAX_PARTY
            assert read_party(party.said())[0].value == party

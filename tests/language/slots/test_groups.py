"""Groups that people say they belong to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.slots.groups import Groups, GroupSaid


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("我是脱贫户", [GroupSaid("脱贫户")]),
        ("不是脱贫户", [GroupSaid("脱贫户", denied=True)]),
        ("我不是建档立卡的", [GroupSaid("脱贫户", denied=True)]),
        ("是不是脱贫户", [GroupSaid("脱贫户")]),
        ("没得残疾证", [GroupSaid("残疾人", denied=True)]),
        ("有没有残疾证", [GroupSaid("残疾人")]),
        ("残疾证我没得", [GroupSaid("残疾人", denied=True)]),
        ("残疾证没得", [GroupSaid("残疾人", denied=True)]),
        ("招人没得", [GroupSaid("用人单位")]),
        ("脱贫户不是有补贴吗", [GroupSaid("脱贫户")]),
        ("没吃低保", [GroupSaid("农村低收入人口", denied=True)]),
        ("我刚毕业", [GroupSaid("毕业生")]),
        ("那毕业生呢", [GroupSaid("毕业生")]),
        ("没失业", [GroupSaid("失业人员", denied=True)]),
        ("我没得工作", [GroupSaid("失业人员")]),
        ("没有工作经验", []),
        ("我们是搬迁户", [GroupSaid("易地搬迁群众")]),
        ("当过兵", [GroupSaid("退役军人")]),
        ("我老公是残疾人", [GroupSaid("残疾人", asked_for_other=True)]),
        ("我妈不是低保户", [GroupSaid("农村低收入人口", denied=True, asked_for_other=True)]),
        ("帮我妈问低保", [GroupSaid("农村低收入人口", asked_for_other=True)]),
        ("我和我老公都是脱贫户", [GroupSaid("脱贫户")]),
        ("我家是脱贫户", [GroupSaid("脱贫户")]),
        ("我是脱贫户，儿子是大学生", [GroupSaid("脱贫户"), GroupSaid("毕业生", asked_for_other=True)]),
        ("大企业", [GroupSaid("大型企业")]),
        ("劳务公司", []),
        ("", []),
    ],
)
def test_groups_are_read(lexicon, text, groups):
    assert [found.value for found in lexicon.group_reader.read_groups(text)] == groups


@pytest.mark.parametrize("denied", [False, True])
@pytest.mark.parametrize("asked_for_other", [False, True])
def test_every_group_is_read_back_as_it_is_said(lexicon, denied, asked_for_other):
    for group in lexicon.groups:
        said = GroupSaid(group.name, denied, asked_for_other)
        assert [found.value for found in lexicon.group_reader.read_groups(said.said())] == [said]


@given(st.text())
def test_any_text_is_read(lexicon, text):
    lexicon.group_reader.read_groups(text)


def test_what_people_say_of_themselves_names_no_group_in_a_follow_up(lexicon):
    assert lexicon.groups_in("我没上班") == []


def test_groups_may_be_few():
    assert Groups({}).read_groups("脱贫户") == []

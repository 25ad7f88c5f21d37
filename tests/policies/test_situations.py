"""What people tell of themselves: the facts in it, and what is named to them for it."""

import json
from datetime import date

import pytest

from app.core.config import ROOT
from app.policies.catalogue import load_knowledge
from app.policies.exam import CASE_DAY, score
from app.policies.profile import Profile, raw_of
from app.policies.sayings import Sayings
from app.policies.situations import number_in, profile_in, speaks_of_others, speaks_of_people, yes_or_no

LIBRARY, CATALOGUE = load_knowledge(ROOT / "intents")
FACTS, LEXICON = CATALOGUE.facts, LIBRARY.lexicon


def told(text, known=None):
    profile = profile_in(text, FACTS, LEXICON, CASE_DAY, known)
    return {name: raw_of(answer) for name, answer in profile.answers.items()}


def picked(value):
    return [name for name, so in value.items() if so]


def test_a_sentence_with_several_conditions_tells_each():
    facts = told("我是退伍军人，去年三月在六枝注册了个小超市，门面租的，现在请了两个帮手")

    assert picked(facts["status"]) == ["business"]
    assert picked(facts["traits"]) == ["veteran"]
    assert picked(facts["firm"]) == ["small"]
    assert picked(facts["premises"]) == ["rented"]
    assert facts["in_city"] is True
    assert facts["running_months"] == pytest.approx([19.7, 20.7], abs=0.1)


@pytest.mark.parametrize(
    ("text", "fact", "option", "so"),
    [
        ("我不是脱贫户，是搬迁户", "household", "lifted", False),
        ("我不是脱贫户，是搬迁户", "household", "relocated", True),
        ("没当过兵，也没得残疾证", "traits", "disabled", False),
        ("我爱人有残疾证", "traits", "disabled_spouse", True),
        ("打工回来开了个小吃店", "traits", "returnee", True),
    ],
)
def test_what_is_denied_is_not_so(text, fact, option, so):
    assert told(text)[fact][option] is so


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("打工回来开了个小吃店", "business"),
        ("想开个修车铺，现在没工作", "jobless"),
        ("以前在厂里上班，现在在屋头耍起", "jobless"),
        ("我在浙江打工", "employed"),
        ("送外卖的，社保自己交", "flexible"),
        ("还在读大三", "student"),
        ("合作社招了五个脱贫户", "business"),
    ],
)
def test_of_several_things_somebody_does_the_present_one_counts(text, status):
    assert picked(told(text)["status"]) == [status]


def test_what_is_said_of_the_hired_is_not_the_askers():
    facts = told("我们厂招了两个登记失业八个月的脱贫户，合同签了一年")

    assert "household" not in facts
    assert "jobless_months" not in facts
    assert set(picked(facts["hires"])) == {"lifted", "half_year"}
    assert facts["hired_contract"] == [12, 12]


def test_a_firms_word_alone_is_no_firm_of_ones_own():
    assert "firm" not in told("公司让我去当学徒工")
    assert "in_city" not in told("我放暑假想回六枝")


def test_what_is_known_before_gives_a_time_its_subject():
    known = profile_in("我开了个小卖部", FACTS, LEXICON, CASE_DAY)

    assert told("一年半了", known) == {"running_months": [18, 18]}
    assert told("一年半了") == {}


@pytest.mark.parametrize(
    ("fact", "text", "answer"),
    [
        ("registered", "还没登记", False),
        ("registered", "登记过了", True),
        ("registered", "在哪里登记", None),
        ("income_low", "八千多", True),
        ("income_low", "一万二左右", False),
    ],
)
def test_yes_and_no_have_many_words(fact, text, answer):
    assert yes_or_no(FACTS[fact], text) is answer


@pytest.mark.parametrize(
    ("fact", "text", "span"),
    [
        ("age", "48", (48, 48)),
        ("age", "四十八了", (48, 48)),
        ("running_months", "一年多", (12.1, 23.9)),
        ("hired_months", "失业半年的", None),
        ("hired_insurance", "三个月", (3, 3)),
    ],
)
def test_a_number_answers_only_its_own_question(fact, text, span):
    found = number_in(FACTS[fact], text, CASE_DAY)

    assert (found and (found.low, found.high)) == span


def test_sayings_stand_near_each_other_and_are_denied_from_before():
    sayings = Sayings([["招了|请了", "脱贫户"], "残疾"])

    assert sayings.judge("请了三个脱贫户") is True
    assert sayings.judge("没请了脱贫户") is False
    assert sayings.judge("请了" + "人" * 40 + "脱贫户") is None
    assert sayings.judge("没得残疾证") is False
    assert sayings.judge("") is None


def test_speaking_of_others_is_told_from_speaking_of_oneself():
    assert speaks_of_others("我儿子在广东打工能领好多")
    assert not speaks_of_others("我在广东打工能领好多")
    assert speaks_of_people("我48了")
    assert not speaks_of_people("失业登记咋办")


def test_nothing_is_told_by_nothing():
    assert profile_in("", FACTS, LEXICON, date(2026, 11, 23)) == Profile()


def test_the_situations_it_was_taught_with_stay_right(figure):
    lines = (ROOT / "tests/data/situations_taught.jsonl").read_text(encoding="utf-8").splitlines()
    scored = [score(json.loads(line), CATALOGUE, LEXICON, CASE_DAY) for line in lines]

    right = sum(one.right for one in scored)
    figure(f"situations that words were added for: {right} of {len(scored)} judged right")
    assert right / len(scored) >= 0.85

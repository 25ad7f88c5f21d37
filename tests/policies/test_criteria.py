"""Rules with three answers: Kleene's tables, bounds, and that what is learnt never turns an answer round."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.calendar import months_between
from app.core.config import ROOT
from app.policies.catalogue import load_knowledge
from app.policies.criteria import All, AnyOf, Leaf, Not, Span, Unstated, Verdict, judge, leaves, reasons
from app.policies.exam import CASE_DAY, case_flaws, draw
from app.policies.facts import Kind
from app.policies.profile import Profile, answer_of, describe, holds, raw_of

LIBRARY, CATALOGUE = load_knowledge(ROOT / "intents")
FACTS = CATALOGUE.facts
RULES = {name: one.eligibility.rule for name, one in CATALOGUE.policies.items() if one.eligibility}
YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
A, B = Leaf.model_validate({"fact": "a", "is": True}), Leaf.model_validate({"fact": "b", "is": True})


def judged(rule, a, b):
    return judge(rule, lambda leaf: {"a": a, "b": b}[leaf.fact])


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (YES, YES, YES, YES),
        (YES, NO, NO, YES),
        (NO, NO, NO, NO),
        (YES, UNKNOWN, UNKNOWN, YES),
        (NO, UNKNOWN, NO, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_all_and_any_follow_kleene(a, b, both, either):
    assert (judged(All(all=[A, B]), a, b), judged(All(all=[B, A]), a, b)) == (both, both)
    assert (judged(AnyOf(any=[A, B]), a, b), judged(AnyOf(any=[B, A]), a, b)) == (either, either)
    assert judged(Not.model_validate({"not": A}), a, b) is ~a


def test_what_the_document_leaves_open_is_never_decided_unless_it_does_not_matter():
    asked = Unstated(unstated="几岁算大龄")

    assert judged(All(all=[A, asked]), YES, NO) is UNKNOWN
    assert judged(All(all=[A, asked]), NO, NO) is NO
    assert reasons(All(all=[A, asked]), UNKNOWN, lambda leaf: YES, lambda leaf, so: "") == ["窗口认定：几岁算大龄"]


def profile(**raw):
    known = Profile()
    for name, value in raw.items():
        known = known.learn(name, answer_of(FACTS[name], value, today=CASE_DAY))
    return known


@pytest.mark.parametrize(
    ("raw", "bound", "verdict"),
    [
        (12, {"at_least": 12}, YES),
        (11.9, {"at_least": 12}, NO),
        ([10, 14], {"at_least": 12}, UNKNOWN),
        ([12, 14], {"at_least": 12}, YES),
        (12, {"over": 12}, NO),
        ([12, 13], {"over": 12}, UNKNOWN),
        (24, {"at_most": 24}, YES),
        ([24.1, 30], {"at_most": 24}, NO),
        (24, {"under": 24}, NO),
        ([1, 40], {"at_least": 6, "at_most": 12}, UNKNOWN),
        ([1, 5], {"at_least": 6, "at_most": 12}, NO),
        ("2025-11-23", {"at_least": 12}, YES),
        ("2025-11-24", {"at_least": 12}, NO),
    ],
)
def test_a_number_on_both_sides_of_a_bound_is_open(raw, bound, verdict):
    leaf = Leaf.model_validate({"fact": "running_months", **bound})

    assert holds(leaf, profile(running_months=raw), FACTS) is verdict


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2024, 11, 23), date(2026, 11, 23), 24),
        (date(2026, 8, 23), date(2026, 11, 23), 3),
        (date(2026, 8, 31), date(2026, 11, 30), 3),
        (date(2026, 11, 23), date(2026, 11, 23), 0),
        (date(2024, 2, 29), date(2025, 2, 28), 12),
    ],
)
def test_months_are_whole_on_the_same_day(first, last, months):
    assert months_between(first, last) == months
    assert months_between(first, last.replace(day=last.day - 1) if last.day > 1 and months else last) <= months


@given(st.dates(date(1950, 1, 1), date(2026, 1, 1)), st.integers(0, 400))
def test_months_grow_with_every_day(first, days):
    spans = [months_between(first, date.fromordinal(first.toordinal() + n)) for n in (days, days + 1)]

    assert spans[0] <= spans[1] <= spans[0] + 0.2


def test_a_fact_that_does_not_apply_is_none():
    rule = Leaf.model_validate({"fact": "running_months", "at_least": 12})

    assert holds(rule, profile(status="jobless"), FACTS) is NO
    assert holds(rule, profile(status="business"), FACTS) is UNKNOWN
    assert holds(rule, Profile(), FACTS) is UNKNOWN


@given(st.randoms(use_true_random=False), st.data())
def test_a_further_fact_never_turns_yes_into_no_or_back(dice, data):
    person = draw(FACTS, dice)
    order = data.draw(st.permutations(sorted(person)))
    known, before = Profile(), dict.fromkeys(RULES, UNKNOWN)

    for fact in order:
        known = known.learn(fact, person[fact])
        now = {name: holds(rule, known, FACTS) for name, rule in RULES.items()}
        turned = [name for name in RULES if before[name] is not UNKNOWN and now[name] is not before[name]]

        assert turned == []
        before = now


@given(st.randoms(use_true_random=False), st.data())
def test_knowing_half_of_the_choices_never_turns_an_answer_round(dice, data):
    person = draw(FACTS, dice)
    known = Profile()
    for fact, answer in person.items():
        if FACTS[fact].kind is Kind.CHOICES:
            shown = data.draw(st.sets(st.sampled_from(sorted(answer))))
            known = known.learn(fact, {name: answer[name] for name in shown})
    half = {name: holds(rule, known, FACTS) for name, rule in RULES.items()}

    for fact, answer in person.items():
        known = known.learn(fact, answer)
    whole = {name: holds(rule, known, FACTS) for name, rule in RULES.items()}

    assert [name for name in RULES if half[name] is not UNKNOWN and half[name] is not whole[name]] == []


@given(st.randoms(use_true_random=False))
def test_an_answer_survives_being_stored(dice):
    for fact, answer in draw(FACTS, dice).items():
        assert answer_of(FACTS[fact], raw_of(answer), today=CASE_DAY) == answer
        assert isinstance(describe(FACTS[fact], answer), str)


def test_every_rule_asks_only_what_has_a_question():
    asked = {leaf.fact for rule in RULES.values() for leaf in leaves(rule)}

    assert asked <= FACTS.facts.keys()
    assert all(FACTS[name].ask for name in asked)
    assert all(fact.kind is Kind.FLAG or fact.asked for fact in FACTS.facts.values())


def test_every_rules_own_cases_come_out_as_they_say():
    assert [str(flaw) for flaw in case_flaws(LIBRARY, CATALOGUE)] == []


@pytest.mark.parametrize(
    ("fact", "raw", "said"),
    [
        ("status", "boss", "没有选项“boss”"),
        ("status", ["business"], "请填一个选项"),
        ("traits", "graduate,veteran", "没有选项"),
        ("traits", {"veteran": 1}, "true 或 false"),
        ("registered", "yes", "true 或 false"),
        ("running_months", True, "请填一个数"),
        ("running_months", [12, 6], "小的在前"),
        ("running_months", -1, "0到1200"),
        ("running_months", "2027-01-01", "还没到"),
        ("running_months", "去年", "日期请写成"),
        ("age", "1980-01-01", "请填一个数"),
        ("age", float("nan"), "0到1200"),
    ],
)
def test_an_answer_of_the_wrong_shape_is_refused_in_chinese(fact, raw, said):
    with pytest.raises(ValueError, match=said):
        answer_of(FACTS[fact], raw, today=CASE_DAY)


def test_a_span_is_a_span():
    assert answer_of(FACTS["age"], 48, today=CASE_DAY) == Span(48, 48)

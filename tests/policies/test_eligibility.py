"""The three groups, what excludes what, what is over, what adds up, and which question comes next."""

from datetime import date

import pytest

from app.core.config import ROOT
from app.policies.catalogue import load_knowledge
from app.policies.eligibility import MAX_QUESTIONS, assess, next_fact
from app.policies.exam import CASE_DAY, told_profile, undecided_after
from app.policies.profile import Profile

LIBRARY, CATALOGUE = load_knowledge(ROOT / "intents")
IN_2023 = date(2023, 12, 31)
SHOP = {
    "status": "business",
    "household": [],
    "traits": ["veteran"],
    "firm": ["small"],
    "running_months": 13,
    "first_business": True,
    "in_city": True,
    "premises": "rented",
}
GRADUATE_HIRED = {
    "status": "business",
    "firm": ["small"],
    "hires": ["graduate"],
    "hired_contract": 12,
    "hired_insurance": 1,
}


def found(today=CASE_DAY, **facts):
    return assess(CATALOGUE, told_profile(facts, CATALOGUE.facts, today), today)


def ids(standings):
    return {one.policy_id for one in standings}


def test_assess_puts_every_policy_with_a_rule_in_one_group():
    groups = found(**SHOP)

    every = [one.policy_id for group in (groups.eligible, groups.possible, groups.not_eligible) for one in group]
    assert sorted(every) == sorted(name for name, one in CATALOGUE.policies.items() if one.eligibility)


def test_assess_gives_the_veteran_with_a_shop_what_the_plan_gives():
    groups = found(**SHOP)

    assert {"startup_subsidy", "rent_subsidy", "veterans_employment"} <= ids(groups.eligible)
    assert groups.total == (5000, False)
    assert next(one for one in groups.eligible if one.policy_id == "startup_subsidy").amount == "一次性5000元"


def test_what_only_time_is_wanting_for_is_still_open_and_named():
    groups = found(**{**SHOP, "running_months": 10})

    (standing,) = [one for one in groups.possible if one.policy_id == "startup_subsidy"]
    assert (standing.named, list(standing.missing)) == (True, ["正常经营的时间满1年"])


def test_what_time_cannot_bring_speaks_against():
    groups = found(**{**SHOP, "first_business": False})

    (standing,) = [one for one in groups.not_eligible if one.policy_id == "startup_subsidy"]
    assert list(standing.because) == ["头一回开店办企业"]


@pytest.mark.parametrize(("today", "over"), [(IN_2023, False), (date(2024, 1, 1), True)])
def test_an_expired_policy_is_never_among_what_can_be_had_from_the_day_after(today, over):
    groups = found(today, **GRADUATE_HIRED)

    assert ("graduate_hiring_subsidy" in ids(groups.eligible)) is not over
    assert ("graduate_hiring_subsidy" in ids(groups.past)) is over
    assert not any(one.expired for one in [*groups.eligible, *groups.possible])


def test_benefits_that_exclude_each_other_are_told_and_added_up_once():
    groups = found(IN_2023, **GRADUATE_HIRED)

    assert [{one.policy_id, other.policy_id} for one, other in groups.rivals] == [
        {"graduate_hiring_subsidy", "job_expansion_subsidy"}
    ]


def test_the_next_question_is_none_where_nothing_is_open():
    profile = Profile()
    asked = []
    while (fact := next_fact(CATALOGUE, profile, CASE_DAY)) is not None:
        assert fact.id not in asked
        asked.append(fact.id)
        profile = profile.not_known(fact.id)

    assert len(asked) <= len(CATALOGUE.facts.facts)
    assert asked[0] == "status"


def test_a_fact_that_was_told_is_not_asked():
    profile = told_profile({"status": "business", "firm": ["small"]}, CATALOGUE.facts, CASE_DAY)

    while (fact := next_fact(CATALOGUE, profile, CASE_DAY)) is not None:
        assert fact.id not in {"status", "firm"}
        profile = profile.not_known(fact.id)


def test_no_question_is_asked_for_an_expired_policy_alone():
    profile = told_profile({"status": "employed"}, CATALOGUE.facts, CASE_DAY)

    while (fact := next_fact(CATALOGUE, profile, CASE_DAY)) is not None:
        assert fact.id not in {"certificate", "loan_trouble", "few_layoffs"}
        profile = profile.not_known(fact.id)


def test_five_questions_leave_little_open(figure):
    left = undecided_after(CATALOGUE, CASE_DAY, people=60)

    figure(
        f"{left.people} made-up people, {left.questions:.1f} questions: "
        f"{left.share:.1%} of {left.policies} policies open"
    )
    assert left.questions <= MAX_QUESTIONS
    assert left.share <= 0.10

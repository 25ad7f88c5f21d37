"""The rules examined: each policy's own cases, made-up people asked five questions, and situations told in words."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.knowledge.files import Flaw
from app.knowledge.lexicon import Lexicon
from app.knowledge.library import Library
from app.policies.catalogue import PREFIX, Catalogue
from app.policies.criteria import Verdict
from app.policies.eligibility import MAX_QUESTIONS, assess, likely_answers, next_fact
from app.policies.facts import Fact, FactTable, Kind
from app.policies.profile import Answer, Profile, answer_of, holds
from app.policies.schema import Case, Policy
from app.policies.situations import profile_in

CASE_DAY: Final = date(2026, 11, 23)
"""Today in a case that names no day of its own."""
MIN_CASES: Final = 4
EXPIRED: Final = "expired"


def case_flaws(library: Library, catalogue: Catalogue) -> Iterator[Flaw]:
    """Cases that the rule answers otherwise, and rules without a case of each kind."""
    for name, policy in catalogue.policies.items():
        if policy.eligibility is None:
            continue
        document = library.documents[PREFIX + name]
        cases = policy.eligibility.cases
        lacking = {"yes", "no", "unknown"} - {case.expect for case in cases}
        if len(cases) < MIN_CASES or lacking:
            yield document.flaw(f"至少写{MIN_CASES}个 cases，yes、no、unknown 都要有", "eligibility", "cases")
        for index, case in enumerate(cases):
            for message in _wrong(name, policy, case, catalogue):
                yield document.flaw(f"“{case.say}”：{message}", "eligibility", "cases", index)


def _wrong(name: str, policy: Policy, case: Case, catalogue: Catalogue) -> Iterator[str]:
    today = case.today or CASE_DAY
    try:
        profile = told_profile(case.facts, catalogue.facts, today)
    except ValueError as error:
        yield str(error)
        return
    assert policy.eligibility is not None
    verdict = holds(policy.eligibility.rule, profile, catalogue.facts).value
    if case.expect == EXPIRED:
        if not policy.expired(today):
            yield f"{today}还没有到期"
        return
    if verdict != case.expect:
        yield f"应当是 {case.expect}，算出来是 {verdict}"
    elif case.tier is not None:
        found = assess(catalogue, profile, today)
        (one,) = [each for each in [*found.eligible, *found.possible, *found.not_eligible] if each.policy_id == name]
        if policy.benefits[case.tier - 1] not in one.tiers:
            yield f"应当是第{case.tier}档"


def told_profile(facts: dict[str, Any], table: FactTable, today: date) -> Profile:
    """Facts as cases and situations write them. Raises ValueError naming the fact, in Chinese."""
    profile = Profile()
    for name, raw in facts.items():
        if name not in table.facts:
            raise ValueError(f"facts.yaml 里没有“{name}”")
        if raw is None:
            profile = profile.not_known(name)
            continue
        try:
            profile = profile.learn(name, answer_of(table[name], raw, today=today))
        except ValueError as error:
            raise ValueError(f"{name}：{error}") from None
    return profile


@dataclass(frozen=True)
class Undecided:
    """What is left open of the policies in force after so many questions, on average over ``people``."""

    people: int
    policies: int
    questions: float
    """Asked on average."""
    share: float


def undecided_after(
    catalogue: Catalogue, today: date, *, people: int, seed: int = 1, unsure: float = 0.0, most: int = MAX_QUESTIONS
) -> Undecided:
    """Ask made-up people, drawn by the ``odds`` of the facts, and count what stays open. ``unsure``: how often an
    answer is “don't know”."""
    dice = random.Random(seed)  # noqa: S311 no secret is drawn
    policies = [one for one in catalogue.policies.values() if one.eligibility and not one.expired(today)]
    asked = still_open = 0
    for _ in range(people):
        person = draw(catalogue.facts, dice)
        profile = Profile()
        for _ in range(most):
            fact = next_fact(catalogue, profile, today)
            if fact is None:
                break
            asked += 1
            known = dice.random() >= unsure
            profile = profile.learn(fact.id, person[fact.id]) if known else profile.not_known(fact.id)
        still_open += sum(
            holds(policy.eligibility.rule, profile, catalogue.facts) is Verdict.UNKNOWN
            for policy in policies
            if policy.eligibility
        )
    return Undecided(people, len(policies), asked / people, still_open / people / len(policies))


def draw(facts: FactTable, dice: random.Random) -> dict[str, Answer]:
    """One made-up person or firm: an answer to every fact that applies to them."""
    profile = Profile()
    for fact in facts.facts.values():
        if fact.only_if is None or holds(fact.only_if, profile, facts) is Verdict.YES:
            profile = profile.learn(fact.id, _drawn(fact, dice))
    return dict(profile.answers)


def _drawn(fact: Fact, dice: random.Random) -> Answer:
    if fact.kind is Kind.CHOICES:
        return {option.id or "": dice.random() * 100 < option.odds for option in fact.options}
    answers, odds = zip(*likely_answers(fact, Profile()), strict=True)
    answer: Answer = dice.choices(answers, odds)[0]
    return answer


@dataclass(frozen=True)
class Scored:
    """One situation: what was named though it clearly does not apply, and what applies and was not named."""

    text: str
    unnamed: Sequence[str]
    wrong: Sequence[str]
    expired: Sequence[str]

    @property
    def right(self) -> bool:
        return not (self.unnamed or self.wrong)


def score(situation: dict[str, Any], catalogue: Catalogue, lexicon: Lexicon, today: date) -> Scored:
    """A situation as a file has it: ``text``, or ``facts``, or both; ``applies`` and ``no``, lists of policies.

    Telling somebody what they still lack (“还差：满1年”) does not name the benefit as theirs.
    """
    profile = profile_in(situation.get("text") or "", catalogue.facts, lexicon, today)
    profile = profile.merge(told_profile(situation.get("facts") or {}, catalogue.facts, today))
    found = assess(catalogue, profile, today)
    named = {one.policy_id for one in [*found.eligible, *found.named] if not one.short}
    applies, no = situation.get("applies") or [], situation.get("no") or []
    return Scored(
        situation.get("text") or "",
        [name for name in applies if name.removeprefix(PREFIX) not in named],
        [name for name in no if name.removeprefix(PREFIX) in named],
        [one.policy_id for one in found.past],
    )

"""Who may get what: every policy held against what is known of one person or firm, and what to ask them next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from app.policies.catalogue import PREFIX, Catalogue
from app.policies.criteria import EVERYBODY, Leaf, Rule, Span, Verdict, reasons
from app.policies.facts import MONTHS, Fact, FactTable, Kind
from app.policies.profile import Answer, Profile, View
from app.policies.schema import Benefit, Eligibility, Per, Policy, SourceDocument, Tier

MAX_QUESTIONS: Final = 5
BOUNDS: Final = ("满{}", "不超过{}", "超过{}", "不到{}")
OPPOSITE_BOUNDS: Final = ("不到{}", "超过{}", "不超过{}", "满{}")
TELLING: Final = 4.0
"""A policy that is worth naming counts so many times as much in the choice of the next question."""


@dataclass(frozen=True, eq=False)
class Standing:
    """How one policy stands to one person or firm."""

    policy_id: str
    policy: Policy
    eligibility: Eligibility
    source: SourceDocument
    view: View
    facts: FactTable
    verdict: Verdict
    expired: bool
    named: bool
    """Worth telling them, though something may still be open."""
    short: bool
    """Something is known to be wanting that time will bring: “还差2个月”."""

    @property
    def intent(self) -> str:
        return PREFIX + self.policy_id

    @cached_property
    def _tiers(self) -> Sequence[Tier]:
        judged = [(one, self.view.holds(one.when or EVERYBODY)) for one in self.eligibility.tiers]
        so = [one for one, verdict in judged if verdict is Verdict.YES]
        open_ = [one for one, verdict in judged if verdict is Verdict.UNKNOWN]
        if so and self.eligibility.best_only:
            so = [max(so, key=lambda one: one.yuan or 0)]
        return so or open_ or self.eligibility.tiers

    @property
    def tiers(self) -> Sequence[Benefit]:
        """What they get, or may get."""
        numbers = (
            [tier.benefit for tier in self._tiers]
            if self.eligibility.tiers
            else range(1, len(self.policy.benefits) + 1)
        )
        return [self.policy.benefits[number - 1] for number in numbers]

    @property
    def sums(self) -> Sequence[Tier]:
        """The tiers behind, where all is decided."""
        return self._tiers if self.verdict is Verdict.YES else ()

    @property
    def missing(self) -> Sequence[str]:
        """What is still open, or what time will bring."""
        return self._reasons(Verdict.UNKNOWN) if self.verdict is Verdict.UNKNOWN else ()

    @property
    def because(self) -> Sequence[str]:
        """What speaks against it."""
        return self._reasons(Verdict.NO) if self.verdict is Verdict.NO else ()

    def _reasons(self, verdict: Verdict) -> list[str]:
        return reasons(self.eligibility.rule, verdict, self.view.leaf, lambda leaf, so: demand(leaf, self.facts, so=so))

    @property
    def amount(self) -> str:
        """What they get, in the record's words; of several tiers each."""
        return "；".join(dict.fromkeys(benefit.amount for benefit in self.tiers))

    @property
    def pays(self) -> bool:
        """Whether it is money of a known amount."""
        return self.worth > 1

    @property
    def worth(self) -> int:
        """For the order: named amounts first, the larger before the smaller."""
        return max((tier.yuan or 1 for tier in self.eligibility.tiers), default=0)

    @property
    def clause(self) -> str:
        """Where it stands: the clause of the amount, else of the record's first figure, else its last clause."""
        facts = [*(fact for tier in self.tiers for fact in tier.facts), *self.policy.facts]
        clauses = {fact.id: fact.clause for fact in self.source.facts}
        return clauses[facts[0]] if facts else self.policy.source.clauses[-1]


@dataclass(frozen=True)
class Assessment:
    """Three groups, each in the order of what it is worth; an expired policy is never among the first two."""

    eligible: list[Standing] = field(default_factory=list)
    possible: list[Standing] = field(default_factory=list)
    not_eligible: list[Standing] = field(default_factory=list)

    @property
    def named(self) -> list[Standing]:
        return [standing for standing in self.possible if standing.named]

    @property
    def past(self) -> list[Standing]:
        """What they would have got, had it not ended."""
        return [one for one in self.not_eligible if one.expired and one.named and one.verdict is not Verdict.NO]

    @property
    def rivals(self) -> list[tuple[Standing, Standing]]:
        """Pairs of which only one can be drawn."""
        return [
            (one, other)
            for index, one in enumerate(self.eligible)
            for other in self.eligible[index + 1 :]
            if other.intent in one.policy.excludes or one.intent in other.policy.excludes
        ]

    @property
    def total(self) -> tuple[int, bool]:
        """Yuan of all that is paid once and adds up, and whether some of it is a bound; of rivals, the larger."""
        amounts = {one.policy_id: _once(one) for one in self.eligible}
        for one, other in self.rivals:
            less = min(one, other, key=lambda standing: amounts[standing.policy_id][0])
            amounts[less.policy_id] = (0, False)
        return sum(yuan for yuan, _ in amounts.values()), any(bound for _, bound in amounts.values())


def assess(catalogue: Catalogue, profile: Profile, today: date) -> Assessment:
    """Every policy with a rule in its group. What only time is wanting for is still possible."""
    view, strictly = View(profile, catalogue.facts, in_time=True), View(profile, catalogue.facts)
    found = Assessment()
    for name, policy in catalogue.policies.items():
        if policy.eligibility is not None:
            verdict = view.holds(policy.eligibility.rule)
            about = policy.eligibility.about
            standing = Standing(
                name,
                policy,
                policy.eligibility,
                catalogue.documents[policy.source.document],
                view,
                catalogue.facts,
                verdict,
                expired=policy.expired(today),
                named=verdict is Verdict.YES or (about is not None and view.holds(about) is Verdict.YES),
                short=verdict is Verdict.UNKNOWN and strictly.holds(policy.eligibility.rule) is Verdict.NO,
            )
            _group(found, standing).append(standing)
    found.eligible.sort(key=lambda one: -one.worth)
    found.possible.sort(key=lambda one: (not one.named, -one.worth))
    return found


def _group(found: Assessment, standing: Standing) -> list[Standing]:
    if standing.expired or standing.verdict is Verdict.NO:
        return found.not_eligible
    return found.eligible if standing.verdict is Verdict.YES else found.possible


def demand(leaf: Leaf, facts: FactTable, *, so: bool = True) -> str:
    """What one comparison asks for, in words: “正常经营的时间满1年”. Not ``so``: that it must not hold."""
    fact = facts[leaf.fact]
    if leaf.say:
        return leaf.say if so else f"不是{leaf.say}"
    if fact.kind is Kind.FLAG:
        return fact.label if leaf.is_ is so else fact.not_so
    if fact.kind is not Kind.NUMBER:
        return f"{fact.label}{'' if so else '不'}是{'、'.join(fact.named(option) for option in leaf.options)}"
    if leaf.over == 0:
        return fact.label if so else f"没有{fact.label}"
    words = dict(zip(("at_least", "at_most", "over", "under"), BOUNDS if so else OPPOSITE_BOUNDS, strict=True))
    return fact.label + "，".join(words[name].format(_measure(bound, fact)) for name, bound in leaf.bounds.items())


def _measure(number: float, fact: Fact) -> str:
    if fact.unit == MONTHS:
        years = number / 12
        return f"{years:g}年" if years == int(years) else f"{number:g}个月"
    return f"{number:g}{fact.unit}"


def _once(standing: Standing) -> tuple[int, bool]:
    """Yuan of the largest amount that is paid once, and whether it is an upper bound."""
    sums = [(tier.yuan, tier.at_most) for tier in standing.sums if tier.yuan and tier.per is Per.ONCE]
    return max(sums, default=(0, False))


def next_fact(catalogue: Catalogue, profile: Profile, today: date) -> Fact | None:
    """The fact whose answer settles most of what is open; None where no question settles anything.

    What an answer is likely to be is told by ``odds``. Expired policies are not asked for.
    """
    facts = catalogue.facts
    view = View(profile, facts)
    undecided = list(_undecided(catalogue, view, today))
    if not undecided:
        return None
    askable = [fact for fact in facts.facts.values() if _can_be_asked(fact, profile, view)]
    gains = {fact.id: _gain(fact, undecided, profile, facts) for fact in askable}
    best = max(askable, key=lambda fact: gains[fact.id], default=None)
    return best if best is not None and gains[best.id] > 0 else None


def _undecided(catalogue: Catalogue, view: View, today: date) -> Iterator[tuple[Rule, float]]:
    """Rules that are open, and how much each counts."""
    for policy in catalogue.policies.values():
        eligibility = policy.eligibility
        if eligibility is None or policy.expired(today):
            continue
        if view.holds(eligibility.rule) is Verdict.UNKNOWN:
            about = eligibility.about
            yield eligibility.rule, TELLING if about is not None and view.holds(about) is Verdict.YES else 1.0


def _can_be_asked(fact: Fact, profile: Profile, view: View) -> bool:
    if fact.id in profile.unsure or (fact.only_if and view.holds(fact.only_if) is not Verdict.YES):
        return False
    known = profile.answers.get(fact.id)
    if isinstance(known, Mapping):
        return not all(option in known for option in fact.ids)
    return known is None or (isinstance(known, Span) and known.low < known.high)


def _gain(fact: Fact, undecided: Sequence[tuple[Rule, float]], profile: Profile, facts: FactTable) -> float:
    """How much of ``undecided`` an answer settles, on average over the answers people give."""
    weighed = list(likely_answers(fact, profile))
    total = sum(odds for _, odds in weighed)
    settled = 0.0
    for answer, odds in weighed:
        view = View(profile.learn(fact.id, answer), facts)
        settled += odds * sum(weight for rule, weight in undecided if view.holds(rule) is not Verdict.UNKNOWN)
    return settled / total if total else 0.0


def likely_answers(fact: Fact, profile: Profile) -> Iterator[tuple[Answer, float]]:
    """What may be answered and how likely it is: of several choices, each alone and none; what is known stays."""
    known = profile.answers.get(fact.id)
    if fact.kind is Kind.FLAG:
        yield True, fact.odds
        yield False, 100 - fact.odds
    elif fact.kind is Kind.NUMBER:
        for option in fact.options:
            span = Span(option.low or 0, option.high or 0)
            if not isinstance(known, Span) or (span.low <= known.high and known.low <= span.high):
                yield span, option.odds
    else:
        so = {name for name, yes in known.items() if yes} if isinstance(known, Mapping) else set()
        for option in fact.asked:
            if option.id and option.id not in so:
                yield {name: name in so or name == option.id for name in fact.ids}, option.odds
        if fact.kind is Kind.CHOICES:
            yield {name: name in so for name in fact.ids}, max(100 - sum(option.odds for option in fact.asked), 20)

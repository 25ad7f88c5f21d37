"""What is known of one person or firm, and whether a rule holds of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from app.core.calendar import months_between
from app.policies.criteria import Leaf, Rule, Span, Verdict, judge
from app.policies.facts import MONTHS, PICKED, Fact, FactTable, Kind

Answer = bool | Span | Mapping[str, bool]
"""Of a flag, a number, and of choices: for each option whether it is so; one that is absent is not known yet."""
MOST: Final = 1_200
"""No number of years or months of a life is larger."""


@dataclass(frozen=True)
class Profile:
    """What is known of one person or firm. Never changed: ``learn`` gives a new one."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()
    """Facts that were asked and are not known."""

    def learn(self, fact: str, answer: Answer) -> "Profile":
        """With ``answer`` added to what is known of the fact; of choices, options not mentioned stay as they are."""
        before = self.answers.get(fact)
        if isinstance(answer, Mapping) and isinstance(before, Mapping):
            answer = {**before, **answer}
        return Profile({**self.answers, fact: answer}, self.unsure - {fact})

    def not_known(self, fact: str) -> "Profile":
        return Profile(self.answers, self.unsure | {fact})

    def forget(self, fact: str) -> "Profile":
        answers = {name: answer for name, answer in self.answers.items() if name != fact}
        return Profile(answers, self.unsure - {fact})

    def without(self, fact: str, options: Collection[str]) -> "Profile":
        """With nothing known of these options of the fact."""
        answer = self.answers[fact]
        if not isinstance(answer, Mapping) or not any(name in options for name in answer):
            return self
        kept = {name: so for name, so in answer.items() if name not in options}
        if not kept:
            return self.forget(fact)
        return Profile({**self.answers, fact: kept}, self.unsure)

    def merge(self, other: "Profile") -> "Profile":
        """With everything ``other`` knows, which is the newer."""
        merged = self
        for fact, answer in other.answers.items():
            merged = merged.learn(fact, answer)
        return Profile(merged.answers, merged.unsure | (other.unsure - merged.answers.keys()))


def none_of(fact: Fact) -> Answer:
    """The answer where the fact does not apply."""
    if fact.kind is Kind.FLAG:
        return False
    return Span(0, 0) if fact.kind is Kind.NUMBER else dict.fromkeys(fact.ids, False)


def answer_of(fact: Fact, raw: Any, *, today: date) -> Answer:
    """An answer as the API and the cases of a policy write it.

    A flag is true or false; a choice an option's id; choices a list of ids (these and no others) or a mapping of
    id to true or false; a number is a number, [low, high], or of months the day it began ("2025-03-01").
    Raises ValueError with what is wrong, in Chinese.
    """
    if fact.kind is Kind.FLAG:
        if not isinstance(raw, bool):
            raise ValueError("请填 true 或 false")
        return raw
    if fact.kind is Kind.NUMBER:
        return _span(fact, raw, today)
    if isinstance(raw, Mapping) and fact.kind in PICKED:
        if not all(isinstance(value, bool) for value in raw.values()):
            raise ValueError("每个选项请填 true 或 false")
        return {name: raw[name] for name in _known(fact, list(raw))}
    if fact.kind is Kind.CHOICE and not isinstance(raw, str):
        raise ValueError(f"请填一个选项：{'、'.join(fact.ids)}")
    names = [raw] if isinstance(raw, str) else raw
    if not isinstance(names, list):
        raise ValueError(f"请填选项，可以几个：{'、'.join(fact.ids)}")
    picked = _known(fact, names)
    return {name: name in picked for name in fact.ids}


def _known(fact: Fact, names: list[Any]) -> list[str]:
    for name in names:
        if name not in fact.ids:
            raise ValueError(f"没有选项“{str(name)[:40]}”，可以填：{'、'.join(fact.ids)}")
    return names


def _span(fact: Fact, raw: Any, today: date) -> Span:
    if isinstance(raw, str) and fact.unit == MONTHS:
        try:
            began = date.fromisoformat(raw)
        except ValueError:
            raise ValueError("日期请写成“2025-03-01”") from None
        if began > today:
            raise ValueError("日期还没到，请填今天以前的")
        months = months_between(began, today)
        return Span(months, months)
    ends = raw if isinstance(raw, list) else [raw, raw]
    if len(ends) != 2 or not all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
        raise ValueError("请填一个数，或两个数的范围，比如 [6, 12]")
    low, high = ends
    if not 0 <= low <= high <= MOST:
        raise ValueError(f"请填0到{MOST}的数，小的在前")
    return Span(low, high)


def raw_of(answer: Answer) -> Any:
    """The answer as JSON, which ``answer_of`` reads back."""
    if isinstance(answer, Span):
        return [answer.low, answer.high]
    return dict(answer) if isinstance(answer, Mapping) else answer


def describe(fact: Fact, answer: Answer) -> str:
    """The answer in words, for reading it back; empty where nothing is so."""
    if isinstance(answer, bool):
        return fact.label if answer else fact.not_so
    if isinstance(answer, Span):
        if fact.unit == MONTHS:
            return f"{fact.label}{_months(answer)}"
        ends = f"{answer.low:g}" if answer.low == answer.high else f"{answer.low:g}到{answer.high:g}"
        return f"{fact.label}{ends}{fact.unit}"
    so = [fact.named(name) for name, yes in answer.items() if yes]
    if not so and len(answer) <= FEW:
        so = [f"不是“{fact.named(name)}”" for name in answer]
    return "、".join(so) or f"{fact.label}：都没有"


def _months(span: Span) -> str:
    named = next((one for one in SPOKEN if one[0] <= span.low and span.high <= one[1]), None)
    if span.low == span.high:
        years = span.low / 12
        return f"{years:g}年" if years == int(years) and years else f"{span.low:.3g}个月"
    if named and named[2]:
        return named[2]
    return f"{span.low:.2g}到{span.high:.2g}个月" if span.high < LONG else f"{span.low:.2g}个月以上"


FEW: Final = 2
"""Options that were said not to be so, which are read back one by one."""
LONG: Final = 500
"""Months that no button means: it has no upper end."""
SPOKEN: Final = ((12.01, 23.99, "1年多"), (24.01, 35.99, "2年多"), (0.1, 11.99, "不到1年"))


class View:
    """What is known of one person or firm, as rules see it: what was said, and what follows from it. Each fact is
    worked out once. ``in_time`` takes what time alone will bring for not decided."""

    def __init__(self, profile: Profile, table: FactTable, *, in_time: bool = False) -> None:
        self._profile = profile
        self._table = table
        self._in_time = in_time
        self._values: dict[str, Answer | None] = {}

    def holds(self, rule: Rule) -> Verdict:
        return judge(rule, self.leaf)

    def value(self, name: str) -> Answer | None:
        """What is said of the fact, or follows from its ``only_if``; None for nothing."""
        if name not in self._values:
            known = self._profile.answers.get(name)
            rule = self._table[name].only_if
            if known is None and rule is not None and self.holds(rule) is Verdict.NO:
                known = none_of(self._table[name])
            self._values[name] = known
        return self._values[name]

    def leaf(self, leaf: Leaf) -> Verdict:
        """Whether one comparison holds."""
        known = self.value(leaf.fact)
        if known is None:
            return Verdict.UNKNOWN
        if isinstance(known, bool):
            return _verdict(known is leaf.is_)
        if isinstance(known, Span):
            verdict = _compared(leaf, known)
            growing = self._in_time and self._table[leaf.fact].grows and leaf.fact in self._profile.answers
            return Verdict.UNKNOWN if growing and verdict is Verdict.NO and _will_hold(leaf, known) else verdict
        picked = [known.get(option) for option in leaf.options]
        return Verdict.YES if True in picked else Verdict.UNKNOWN if None in picked else Verdict.NO


def holds(rule: Rule, profile: Profile, table: FactTable) -> Verdict:
    """Whether the rule holds of the profile."""
    return View(profile, table).holds(rule)


def _verdict(holds: bool) -> Verdict:
    return Verdict.YES if holds else Verdict.NO


def _compared(leaf: Leaf, span: Span) -> Verdict:
    """A span that lies on both sides of a bound leaves it open."""
    sides = [
        (leaf.at_least is None or value >= leaf.at_least)
        and (leaf.at_most is None or value <= leaf.at_most)
        and (leaf.over is None or value > leaf.over)
        and (leaf.under is None or value < leaf.under)
        for value in (span.low, span.high)
    ]
    if all(sides):
        return Verdict.YES
    within = not any(sides) and _reaches(leaf, span)
    return Verdict.UNKNOWN if any(sides) or within else Verdict.NO


def _reaches(leaf: Leaf, span: Span) -> bool:
    """Whether the bounds lie inside the span, so that its middle meets them though neither end does."""
    low = max(bound for bound in (leaf.at_least, leaf.over, -1.0) if bound is not None)
    high = min(bound for bound in (leaf.at_most, leaf.under, 1e9) if bound is not None)
    return span.low < low <= high < span.high


def _will_hold(leaf: Leaf, span: Span) -> bool:
    """Whether growing is all that the number lacks."""
    return span.high < max(bound for bound in (leaf.at_least, leaf.over, -1.0) if bound is not None)

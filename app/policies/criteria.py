"""Rules over facts with three answers: yes, no, and not known yet (Kleene's logic)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, Final, Self, assert_never

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from app.knowledge.schema import Strict, Word

FactName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=40)]


class Verdict(Enum):
    """Whether a rule holds."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __invert__(self) -> "Verdict":
        return {Verdict.YES: Verdict.NO, Verdict.NO: Verdict.YES}.get(self, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Span:
    """A number that is known to lie between two, both included. Of a time: months."""

    low: float
    high: float


class Leaf(Strict):
    """One comparison: a flag or options (``is``, any of several), or the bounds of a number."""

    fact: FactName
    is_: bool | FactName | list[FactName] | None = Field(default=None, alias="is")
    at_least: float | None = None
    at_most: float | None = None
    over: float | None = None
    under: float | None = None
    say: Word | None = None
    """How results put it, where the bound is ours and not the document's."""

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if (self.is_ is None) == (not self.bounds):
            raise ValueError("写 is，或写 at_least、at_most、over、under，二者选一")
        return self

    @cached_property
    def options(self) -> list[str]:
        """The options of which one is enough."""
        return [self.is_] if isinstance(self.is_, str) else self.is_ if isinstance(self.is_, list) else []

    @cached_property
    def bounds(self) -> dict[str, float]:
        named = {"at_least": self.at_least, "at_most": self.at_most, "over": self.over, "under": self.under}
        return {name: bound for name, bound in named.items() if bound is not None}


class Unstated(Strict):
    """What the document leaves open and only the counter can say: never known here."""

    unstated: Word


class All(Strict):
    """Every part must hold; without a part it always does."""

    all: list["Rule"]


class AnyOf(Strict):
    """One part is enough."""

    any: Annotated[list["Rule"], Field(min_length=1)]


class Not(Strict):
    """The part must not hold."""

    not_: "Rule" = Field(alias="not")


def _form(rule: Any) -> str:
    if isinstance(rule, Strict):
        return type(rule).__name__
    named = {"all": "All", "any": "AnyOf", "not": "Not", "unstated": "Unstated"}
    return next((form for key, form in named.items() if isinstance(rule, dict) and key in rule), "Leaf")


Rule = Annotated[
    Annotated[Leaf, Tag("Leaf")]
    | Annotated[Unstated, Tag("Unstated")]
    | Annotated[All, Tag("All")]
    | Annotated[AnyOf, Tag("AnyOf")]
    | Annotated[Not, Tag("Not")],
    Discriminator(_form),
]
for _part in (All, AnyOf, Not):
    _part.model_rebuild()

MAX_WAYS: Final = 3
"""Of many ways to meet a condition that is not met, the first ones are told; of what is open, the first."""
EVERYBODY: Final = All(all=[])

Judge = Callable[[Leaf], Verdict]
"""Whether one comparison holds."""
Say = Callable[[Leaf, bool], str]
"""What one comparison asks for, or with False that it must not hold, in words."""


def judge(rule: Rule, leaf: Judge) -> Verdict:
    """Whether the rule holds: a part that is not known leaves the whole open only where it matters."""
    match rule:
        case Leaf():
            return leaf(rule)
        case Unstated():
            return Verdict.UNKNOWN
        case Not():
            return ~judge(rule.not_, leaf)
        case All():
            return _worst((judge(part, leaf) for part in rule.all), Verdict.NO)
        case AnyOf():
            return _worst((judge(part, leaf) for part in rule.any), Verdict.YES)
        case _ as never:
            assert_never(never)


def _worst(parts: Iterator[Verdict], deciding: Verdict) -> Verdict:
    """``deciding`` if a part says so, else unknown if one is, else the opposite."""
    verdict = ~deciding
    for part in parts:
        if part is deciding:
            return deciding
        if part is Verdict.UNKNOWN:
            verdict = part
    return verdict


def reasons(rule: Rule, because: Verdict, leaf: Judge, say: Say, *, so: bool = True) -> list[str]:
    """What makes the rule turn out so: the parts that are not met, or not known, in words. ``so`` is False inside a
    ``not``."""
    match rule:
        case Leaf():
            return [say(rule, so)] if leaf(rule) is because else []
        case Unstated():
            return [f"窗口认定：{rule.unstated}"] if because is Verdict.UNKNOWN else []
        case Not():
            return reasons(rule.not_, ~because, leaf, say, so=not so)
        case All():
            parts = [part for part in rule.all if judge(part, leaf) is because]
            return [one for part in parts for one in reasons(part, because, leaf, say, so=so)]
        case AnyOf():
            parts = [part for part in rule.any if judge(part, leaf) is because]
            ways = ["，".join(reasons(part, because, leaf, say, so=so)) for part in parts]
            told = list(filter(None, dict.fromkeys(ways)))
            return ["，或者".join(told[: MAX_WAYS if because is Verdict.NO else 1])]
        case _ as never:
            assert_never(never)


def leaves(rule: Rule) -> Iterator[Leaf]:
    """Every comparison in the rule."""
    match rule:
        case Leaf():
            yield rule
        case Unstated():
            return
        case Not():
            yield from leaves(rule.not_)
        case All():
            for part in rule.all:
                yield from leaves(part)
        case AnyOf():
            for part in rule.any:
                yield from leaves(part)
        case _ as never:
            assert_never(never)

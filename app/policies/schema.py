"""What a policy file under ``intents/policies/`` may say, and the fact table it draws from."""

import re
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from app.knowledge.schema import Intent, IntentId, Sentence, Strict, Word
from app.policies.criteria import EVERYBODY, All, AnyOf, FactName, Rule

Clause = Annotated[
    str, StringConstraints(pattern=r"^(正文(\d+|总体要求)|附件\d（[一二三四五六七八九十]+）\d?|密码[一二三四五])$")
]
FactId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=60)]


def _clock_time(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError('钟点要写成两位数，加英文引号，比如 "09:00"')
    return text


ClockTime = Annotated[str, AfterValidator(_clock_time)]
OfficeId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=40)]


class Benefit(Strict):
    """One tier: who gets how much. Every figure in it stands in one of ``facts``."""

    who: Sentence
    amount: Sentence
    facts: list[FactId] = []


class Validity(Strict):
    """Until when. Without ``until`` the document prints no end date, and the reply says so."""

    until: date | None = None
    facts: list[FactId] = []


class Source(Strict):
    """Where it stands: a document under ``sources/`` and the clauses in it."""

    document: Word
    clauses: Annotated[list[Clause], Field(min_length=1)]


class Aspect(StrEnum):
    """What people ask next about a policy that has been answered. The value is how a reply calls it."""

    MATERIALS = "要带的材料"
    PROCESSING = "多久办好"
    PAYOUT = "钱什么时候到、怎么发"
    DURATION = "能享受多久"
    REPEAT = "能领几次"
    DEADLINE = "什么时候截止"
    ONLINE = "网上怎么办"


def _aspect(name: object) -> Aspect:
    """The aspect by the name that the files use, such as ``materials``."""
    try:
        return Aspect[str(name).upper()]
    except KeyError:
        raise ValueError(f"没有“{name}”这一项，可以写：{'、'.join(one.name.lower() for one in Aspect)}") from None


class Per(StrEnum):
    """How often an amount is paid. The value is how a sum calls it."""

    ONCE = "一次性"
    MONTH = "每月"
    DAY = "每天"
    HEAD = "每招一人"


def _per(name: object) -> Per:
    try:
        return Per[str(name).upper()]
    except KeyError:
        raise ValueError(f"没有“{name}”这一种，可以写：{'、'.join(one.name.lower() for one in Per)}") from None


class Tier(Strict):
    """Who gets one of the ``benefits``, and how much that is, for adding up."""

    benefit: Annotated[int, Field(ge=1)]
    """Its number in ``benefits``, from 1."""
    when: Rule | None = None
    yuan: Annotated[int, Field(ge=1)] | None = None
    per: Annotated[Per, BeforeValidator(_per)] = Per.ONCE
    at_most: bool = False
    """The amount is an upper bound (“不超过”)."""


class Case(Strict):
    """A person or firm in facts, and what the rule says of them: an exam question of the rule."""

    say: Sentence
    facts: dict[FactName, Any]
    today: date | None = None
    expect: Annotated[str, StringConstraints(pattern="^(yes|no|unknown|expired)$")]
    tier: int | None = None
    """The benefit that they get."""


class Eligibility(Strict):
    """Who may get it, as far as the document says. Without ``tiers`` all benefits go to whoever ``when`` names."""

    about: Rule | None = None
    """To whom it is worth naming while something is still open; without it only once nothing is."""
    when: Rule | None = None
    """What every tier asks for."""
    tiers: list[Tier] = []
    best_only: bool = False
    """Of several tiers that fit, the largest is paid."""
    cases: list[Case] = []

    @cached_property
    def rule(self) -> Rule:
        """``when``, and of the tiers one."""
        tiers = [tier.when or EVERYBODY for tier in self.tiers]
        parts = [*([self.when] if self.when else []), *([AnyOf(any=tiers)] if tiers else [])]
        return All(all=parts) if parts else EVERYBODY


Links = Annotated[list[IntentId], Field(max_length=6)]


class Policy(Intent):
    """A benefit, service or entitlement of the plan, in plain words of our own.

    ``headline`` is the decisive fact in one line. What the plan does not state is listed in
    ``unstated`` and told as such; it is never filled in.
    """

    headline: Sentence
    benefits: Annotated[list[Benefit], Field(min_length=1, max_length=5)]
    conditions: Annotated[list[Sentence], Field(max_length=9)] = []
    how: Sentence
    where: Annotated[list[OfficeId], Field(min_length=1)]
    validity: Validity
    unstated: list[Sentence] = []
    source: Source
    facts: list[FactId] = []
    """Facts behind figures in headline, conditions, how and what ``stated`` says."""
    stated: dict[Annotated[Aspect, BeforeValidator(_aspect)], Sentence] = {}
    """What the document says on a follow-up question. An aspect that is absent is not in the document."""
    see_also: Links = []
    """Near subjects, such as the same benefit for another group."""
    excludes: Links = []
    """Benefits that cannot be drawn together with this one (不能重复享受)."""
    replaces: Links = []
    """Older texts on the same matter: whoever asks for them is told of this one."""

    eligibility: Eligibility | None = None
    """Absent where nobody applies for it: targets, duties of offices, services open to all."""

    def expired(self, today: date) -> bool:
        """Whether the printed end date is past. Without one the document does not say."""
        return self.validity.until is not None and self.validity.until < today

    def every_fact(self) -> list[FactId]:
        """The facts behind every figure of the record."""
        return [*self.facts, *self.validity.facts, *(fact for benefit in self.benefits for fact in benefit.facts)]


class Fact(Strict):
    """A figure of the document: amount, share, duration or date. ``about`` is our own wording."""

    id: FactId
    clause: Clause
    figure: Sentence
    about: Sentence
    unused: Sentence | None = None
    """Why no record carries it."""


class SourceDocument(Strict):
    """A document by its particulars, and every figure taken from it. Not its sentences."""

    id: Word
    title: Sentence
    called: Word = "方案"
    """What replies call it: a plan states what is due, a report (报道) only what has been done."""
    issuer: Sentence
    issued: date | None = None
    published: date | None = None
    names: list[Word] = []
    """Names with digits in them (“1+3”清单): no figures."""
    facts: list[Fact]
    clauses: dict[Clause, Sentence]
    """Each clause that a record cites, with its subject in a few words."""


class Office(Strict):
    """A counter, hotline or online channel. ``example`` marks values made up for the demo."""

    id: OfficeId
    name: Sentence
    kind: Annotated[str, StringConstraints(pattern="^(counter|hotline|online)$")]
    address: Sentence | None = None
    hours: Sentence | None = None
    """As people read it."""
    opens: ClockTime | None = None
    closes: ClockTime | None = None
    """On a 工作日, for telling whether somebody is there now."""
    phone: Sentence | None = None
    note: Sentence | None = None
    township: Word | None = None
    example: bool = False

    @property
    def short(self) -> str:
        """The name, with the phone where the name does not say it."""
        return self.name if not self.phone or self.phone in self.name else f"{self.name}，电话{self.phone}"

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if (self.opens is None) != (self.closes is None) or (self.opens and self.closes and self.opens >= self.closes):
            raise ValueError("opens 和 closes 要一起写，而且先开门后关门")
        return self

"""The facts that rules ask for: each with a short question, its buttons, and the words people say for it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from app.knowledge.files import Flaw, KnowledgeBroken, read_document, validate
from app.knowledge.schema import MAX_OPTIONS, Strict, Word
from app.policies.criteria import EVERYBODY, FactName, Rule, leaves
from app.policies.sayings import Sayings

FILE: Final = "facts.yaml"
Question = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Ways = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A word, or several of which one is enough: “招了|请了”."""
Said = Ways | list[Ways]
"""What means it: one word, or several that stand near each other."""
MONTHS: Final = "月"


class Kind(StrEnum):
    """What an answer looks like."""

    FLAG = "flag"  # 是或否
    CHOICE = "choice"  # 选一个
    CHOICES = "choices"  # 可选几个
    NUMBER = "number"  # 数字或一段数字


FAR: Final = 34
"""Characters within which words stand that belong together over several clauses: “招了一个…，还有一个…的”."""
PICKED: Final = {Kind.CHOICE, Kind.CHOICES}


def _kind(name: object) -> Kind:
    try:
        return Kind(str(name))
    except ValueError:
        raise ValueError(f"没有“{name}”这一种，可以写：{'、'.join(Kind)}") from None


def _reading(name: object) -> "Reading":
    try:
        return Reading(str(name))
    except ValueError:
        raise ValueError(f"没有“{name}”这一种，可以写：{'、'.join(Reading)}") from None


class Option(Strict):
    """One button of a question. Of a number, the range it stands for."""

    id: FactName | None = None
    say: Word
    low: float | None = None
    high: float | None = None
    odds: Annotated[float, Field(ge=0, le=100)] = 10
    """Of a hundred people about how many: only for choosing the next question."""
    told_only: bool = False
    """Never asked for, only taken from what people say of themselves."""
    rank: int = 0
    """Of several that one sentence names where only one can be, the highest counts: “打工回来开了店” runs a shop."""
    said: list[Said] = []
    but: list[Word] = []
    """Longer words with one of ``said`` in them that mean something else."""
    unless: list[Said] = []
    """Words that speak against it wherever they stand: “想开” of running a shop."""
    present: bool = False
    """Only what is now, not what was: “以前在厂里” is no job."""
    surely: list[Said] = []
    """Words that leave no doubt all the same: “开了”."""

    def without_others(self, text: str) -> str:
        return self._but.sub("", text) if self.but else text

    @cached_property
    def sayings(self) -> Sayings:
        return Sayings(self.said)

    @cached_property
    def far_sayings(self) -> Sayings:
        return Sayings(self.said, near=FAR)

    @cached_property
    def against(self) -> Sayings:
        return Sayings(self.unless)

    @cached_property
    def sure(self) -> Sayings:
        return Sayings(self.surely)

    @cached_property
    def _but(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, sorted(self.but, key=len, reverse=True))))


class Reading(StrEnum):
    """What a number, or a place of work, is read from."""

    AGE = "age"
    WORKPLACE = "workplace"
    WORK = "work"
    OUT_OF_WORK = "out_of_work"
    GRADUATED = "graduated"
    RUNNING = "running"
    INSURED = "insured"
    CONTRACT = "contract"
    INCOME = "income"
    SHARE = "share"


class Fact(Strict):
    """A fact that rules ask for, its question and its buttons; “don't know” is always one more."""

    id: FactName
    ask: Question
    label: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    """How results call it: “还差：…”, “因为：…”. Of a flag, a statement that is true or not."""
    opposite: Annotated[str, StringConstraints(min_length=1, max_length=30)] | None = None
    """What results call it where a flag is not so."""
    kind: Annotated[Kind, BeforeValidator(_kind)]
    unit: Word | None = None
    grows: bool = False
    """A number that grows by itself as time goes by: what is missing now may be there next month."""
    only_if: Rule | None = None
    """Where this does not hold, the fact is none: it is not asked."""
    odds: Annotated[float, Field(ge=0, le=100)] = 50
    options: list[Option] = []
    whole: bool = False
    """Of choices: whoever tells one tells all of them, so the others are not asked for."""
    limit: float | None = None
    """Of an income: the flag is so below this many yuan."""
    weak: bool = False
    """Only taken from words where other words say that it applies: “公司” alone is no firm of one's own."""
    across: bool = False
    """Words that belong together may stand in different clauses, and further apart."""
    hides: list[FactName] = []
    """Facts, and options of others, that one sentence says of other people where it says this: of those hired."""
    reads: Annotated[Reading | None, BeforeValidator(_reading)] = None
    """What else in a sentence tells it, besides ``said``."""
    said: list[Said] = []
    denied: list[Said] = []
    """Words that mean the flag is not so."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.kind is Kind.FLAG) != (not self.options):
            raise ValueError("flag 不写 options，别的都要写")
        if len(self.asked) > MAX_OPTIONS:
            raise ValueError(f"选项最多{MAX_OPTIONS}个，多了手机上不好选")
        for option in self.options:
            if self.kind is Kind.NUMBER and (option.low is None or option.high is None):
                raise ValueError(f"“{option.say}”要写 low 和 high")
            if self.kind in PICKED and option.id is None:
                raise ValueError(f"“{option.say}”要写 id")
        if self.kind is Kind.NUMBER and not self.unit:
            raise ValueError("number 要写 unit")
        return self

    @cached_property
    def sayings(self) -> Sayings:
        return Sayings(self.said)

    @cached_property
    def denials(self) -> Sayings:
        return Sayings(self.denied)

    @cached_property
    def any_saying(self) -> Sayings:
        """What may speak of the fact at all."""
        options = [one for option in self.options for one in [*option.said, *option.surely]]
        return Sayings([one if isinstance(one, str) else one[0] for one in [*self.said, *self.denied, *options]])

    @property
    def asked(self) -> list[Option]:
        """The buttons."""
        return [option for option in self.options if not option.told_only]

    @property
    def not_so(self) -> str:
        return self.opposite or f"没有“{self.label}”"

    @property
    def ids(self) -> list[str]:
        return [option.id for option in self.options if option.id]

    def named(self, option: str) -> str:
        """How the option of that id is called."""
        return next(one.say for one in self.options if one.id == option)


@dataclass(frozen=True, eq=False)
class FactTable:
    """All facts by id, in the order of the file; compared by identity."""

    facts: Mapping[str, Fact]

    def __getitem__(self, name: str) -> Fact:
        return self.facts[name]


def read_facts(folder: Path) -> FactTable:
    """``facts.yaml`` of the knowledge; absent, there are none. Raises KnowledgeBroken."""
    path = folder / FILE
    if not path.exists():
        return FactTable({})
    document = read_document(path, root=folder)
    facts = validate(document, list[Fact])
    table: dict[str, Fact] = {}
    flaws: list[Flaw] = []
    for index, fact in enumerate(facts):
        if fact.id in table:
            flaws.append(document.flaw(f"“{fact.id}”用了两次", index, "id"))
        flaws += [
            document.flaw(f"{message}；only_if 只能用写在上面的", index, "only_if")
            for message in rule_flaws(fact.only_if or EVERYBODY, table)
        ]
        table[fact.id] = fact
    if flaws:
        raise KnowledgeBroken(flaws)
    return FactTable(table)


def rule_flaws(rule: Rule, facts: Mapping[str, Fact]) -> Iterator[str]:
    """What a rule asks that nobody can answer: a fact without a question, an option that is none, a wrong measure."""
    for leaf in leaves(rule):
        fact = facts.get(leaf.fact)
        if fact is None:
            yield f"facts.yaml 里没有“{leaf.fact}”"
        elif leaf.is_ is None:
            if fact.kind is not Kind.NUMBER:
                yield f"“{leaf.fact}”不是数字，要写 is"
        elif isinstance(leaf.is_, bool):
            if fact.kind is not Kind.FLAG:
                yield f"“{leaf.fact}”不是“是或否”，is 要写选项"
        elif unknown := [name for name in leaf.options if name not in fact.ids]:
            yield f"“{leaf.fact}”没有选项“{unknown[0]}”"

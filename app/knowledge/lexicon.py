"""Word lists that clerks keep under ``intents/lexicon/``."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import Field, StringConstraints, model_validator

from app.knowledge.files import read_document, validate
from app.knowledge.schema import Strict, Word
from app.language.dialect import Dialect
from app.language.normalise import normalise
from app.language.slots.flags import Flags
from app.language.slots.groups import Groups
from app.language.slots.places import Gazetteer, Place
from app.language.slots.trades import Trades

T = TypeVar("T")
Spot = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Latitude and longitude in degrees."""
Standard = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]
OccupationCode = Annotated[str, StringConstraints(pattern=r"^(\d(-\d\d){0,3})?$")]
"""The code of a 大类 (6) to a 细类 (6-18-02-04) in 《职业分类大典（2022年版）》; empty if none is known."""


class Group(Strict):
    """People or firms that a benefit may be for, and the words they are called by."""

    name: Word
    words: Annotated[list[Word], Field(min_length=1)]
    apart: list[Word] = []
    """Longer words with one of ``words`` in them that mean something else (“劳务公司” is no employer)."""
    of_person: list[Word] = []
    """What people say of themselves; it names the group only where facts about a person are read."""

    def named_in(self, text: str) -> bool:
        for word in self.apart:
            text = text.replace(word, "")
        return any(word in text for word in self.words)

    def denied_in(self, text: str) -> bool:
        """Whether ``text`` is about people who are not of the group: “不是脱贫户的呢”."""
        return any(re.search(f"(?:不是|不算|没有?|非){re.escape(word)}", text) for word in self.words)


class Home(Strict):
    """The county this house serves."""

    province: Word
    city: Word
    district: Word


class Places(Strict):
    """Places and what they are called, from provinces down to the townships of home."""

    home: Home
    home_words: list[Word] = []
    townships: list[Word] = []
    provinces: dict[Word, dict[Word, list[Word]]]
    municipalities: dict[Word, list[Word]] = {}
    towns: dict[Word, list[Word]] = {}
    also: dict[Word, Word] = {}
    cued: list[Word] = []
    ranked: list[Word] = []
    apart: list[Word] = []
    points: dict[Word, Spot] = {}
    """Where townships and the towns around lie."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = {name for name, _ in self.named()}
        if missing := sorted({*self.points} - names):
            raise ValueError(f"points 里的{'、'.join(missing)}不在上面的地名里")
        if missing := sorted({*self.also.values(), *self.towns} - names):
            raise ValueError(f"also、towns 里的{'、'.join(missing)}不在上面的地名里")
        if missing := sorted({*self.cued, *self.ranked} - names):
            raise ValueError(f"cued、ranked 里的{'、'.join(missing)}不是地名")
        return self

    def gazetteer(self) -> Gazetteer:
        places: dict[str, list[Place]] = {}
        for name, place in self.named():
            meant = places.setdefault(name, [])
            if place not in meant:
                meant.append(place)
        home = Place(self.home.province, self.home.city, self.home.district)
        return Gazetteer(places, home, home_words=self.home_words, cued=self.cued, ranked=self.ranked, apart=self.apart)

    def named(self) -> Iterator[tuple[str, Place]]:
        """Every name and a place it may mean: what is nearer home or larger comes first."""
        known = [*self._townships(), *self._wide()]
        yield from known
        for name, standard in self.also.items():
            yield from ((name, place) for called, place in known if called == standard)

    def _townships(self) -> Iterator[tuple[str, Place]]:
        home = self.home
        yield from ((name, Place(home.province, home.city, home.district, name)) for name in self.townships)

    def _wide(self) -> Iterator[tuple[str, Place]]:
        provinces = [*self.provinces, *self.municipalities]
        cities = [(name, Place(province, name)) for province, inside in self.provinces.items() for name in inside]
        districts = [
            (name, Place(province, city, name))
            for province, inside in self.provinces.items()
            for city, names in inside.items()
            for name in names
        ]
        districts += [(name, Place(city, "", name)) for city, names in self.municipalities.items() for name in names]
        yield from ((name, Place(name)) for name in provinces)
        yield from cities
        for above, place in [*cities, *districts]:
            towns = self.towns.get(above, [])
            yield from ((name, Place(place.province, place.city, place.district, name)) for name in towns)
        yield from districts


class TradeWords(Strict):
    """A trade, what else it is called, and trades that suit the same people."""

    name: Word
    code: OccupationCode = ""
    synonyms: list[Word] = []
    near: list[Word] = []


class TradeList(Strict):
    trades: Annotated[list[TradeWords], Field(min_length=1)]
    apart: list[Word] = []

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = {trade.name for trade in self.trades}
        if missing := sorted({near for trade in self.trades for near in trade.near} - names):
            raise ValueError(f"near 里的{'、'.join(missing)}没有写成工种")
        _refuse_twice([*names, *(word for trade in self.trades for word in {*trade.synonyms} - {trade.name})])
        return self

    def reader(self) -> Trades:
        synonyms = {trade.name: trade.synonyms for trade in self.trades}
        near = {trade.name: trade.near for trade in self.trades}
        return Trades(synonyms, near, codes={trade.name: trade.code for trade in self.trades}, apart=self.apart)


class FlagWords(Strict):
    """A thing that people ask of a job; ``waived`` are words by which they give it up."""

    name: Word
    words: list[Word] = []
    waived: list[Word] = []


class FlagList(Strict):
    flags: Annotated[list[FlagWords], Field(min_length=1)]
    together: dict[Word, list[Word]] = {}
    """Words that say several things at once."""
    apart: list[Word] = []

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = {flag.name for flag in self.flags}
        if missing := sorted({name for several in self.together.values() for name in several} - names):
            raise ValueError(f"together 里的{'、'.join(missing)}没有写成要求")
        _refuse_twice([*names, *self.together, *(word for flag in self.flags for word in {*flag.words, *flag.waived})])
        return self

    def reader(self) -> Flags:
        return Flags(
            {flag.name: flag.words for flag in self.flags},
            waived={flag.name: flag.waived for flag in self.flags},
            together=self.together,
            apart=self.apart,
        )


def _refuse_twice(words: Sequence[str]) -> None:
    if twice := sorted(word for word, times in Counter(words).items() if times > 1):
        raise ValueError(f"{'、'.join(twice)}写在两处，只能留一处")


def group_reader(groups: Iterable[Group]) -> Groups:
    groups = list(groups)
    words = {group.name: [*group.words, *group.of_person] for group in groups}
    return Groups(words, apart=[word for group in groups for word in group.apart])


@dataclass(frozen=True, eq=False)
class Lexicon:
    dialect: Dialect = field(default_factory=lambda: Dialect({}))
    groups: Sequence[Group] = ()
    gazetteer: Gazetteer = field(default_factory=lambda: Gazetteer({}, Place("")))
    points: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Latitude and longitude of places near home."""
    trades: Trades = field(default_factory=lambda: Trades({}))
    flags: Flags = field(default_factory=lambda: Flags({}))
    group_reader: Groups = field(default_factory=lambda: Groups({}))

    def groups_in(self, text: str) -> list[Group]:
        """The groups that a normalised ``text`` names, in the order of the list; “大企业” names no 企业."""
        named = {word for group in self.groups if group.named_in(text) for word in group.words if word in text}
        longest = {word for word in named if not any(word != other and word in other for other in named)}
        return [group for group in self.groups if longest & set(group.words) and group.named_in(text)]


def read_lexicon(folder: Path) -> Lexicon:
    """The lists of ``folder``; one that is absent is empty. Raises KnowledgeBroken."""
    table = _read(folder, "lexicon/dialect.yaml", dict[Word, Standard]) or {}
    groups = _read(folder, "lexicon/groups.yaml", list[Group]) or []
    lexicon = Lexicon(Dialect(_normalised(table)), groups, group_reader=group_reader(groups))
    if places := _read(folder, "lexicon/places.yaml", Places):
        lexicon = replace(lexicon, gazetteer=places.gazetteer(), points=_points(places))
    if trades := _read(folder, "lexicon/trades.yaml", TradeList):
        lexicon = replace(lexicon, trades=trades.reader())
    if flags := _read(folder, "lexicon/flags.yaml", FlagList):
        lexicon = replace(lexicon, flags=flags.reader())
    return lexicon


def _points(places: Places) -> Mapping[str, tuple[float, float]]:
    return {name: (latitude, longitude) for name, (latitude, longitude) in places.points.items()}


def _normalised(table: Mapping[str, str]) -> Mapping[str, str]:
    return {normalise(said): normalise(standard) for said, standard in table.items()}


def _read(folder: Path, name: str, kind: type[T]) -> T | None:
    path = folder / name
    return validate(read_document(path, root=folder), kind) if path.exists() else None

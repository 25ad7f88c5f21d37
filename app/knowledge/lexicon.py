"""Word lists that clerks keep under ``intents/lexicon/``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import Field, StringConstraints, model_validator

from app.knowledge.files import read_document, validate
from app.knowledge.schema import Strict, Word
from app.language.dialect import Dialect
from app.language.normalise import normalise
from app.language.slots.places import Gazetteer, Place

T = TypeVar("T")
Standard = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]


class Group(Strict):
    """People or firms that a benefit may be for, and the words they are called by."""

    name: Word
    words: Annotated[list[Word], Field(min_length=1)]
    apart: list[Word] = []
    """Longer words with one of ``words`` in them that mean something else (“劳务公司” is no employer)."""

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
    apart: list[Word] = []

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = {name for name, _ in self.named()}
        if missing := sorted({*self.also.values(), *self.towns} - names):
            raise ValueError(f"also、towns 里的{'、'.join(missing)}不在上面的地名里")
        if missing := sorted({*self.cued} - names):
            raise ValueError(f"cued 里的{'、'.join(missing)}不是地名")
        return self

    def gazetteer(self) -> Gazetteer:
        places: dict[str, list[Place]] = {}
        for name, place in self.named():
            meant = places.setdefault(name, [])
            if place not in meant:
                meant.append(place)
        home = Place(self.home.province, self.home.city, self.home.district)
        return Gazetteer(places, home, home_words=self.home_words, cued=self.cued, apart=self.apart)

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


@dataclass(frozen=True)
class Lexicon:
    dialect: Dialect = field(default_factory=lambda: Dialect({}))
    groups: Sequence[Group] = ()
    gazetteer: Gazetteer = field(default_factory=lambda: Gazetteer({}, Place("")))

    def groups_in(self, text: str) -> list[Group]:
        """The groups that a normalised ``text`` names, in the order of the list; “大企业” names no 企业."""
        named = {word for group in self.groups if group.named_in(text) for word in group.words if word in text}
        longest = {word for word in named if not any(word != other and word in other for other in named)}
        return [group for group in self.groups if longest & set(group.words) and group.named_in(text)]


def read_lexicon(folder: Path) -> Lexicon:
    """The lists of ``folder``; one that is absent is empty. Raises KnowledgeBroken."""
    table = _read(folder, "lexicon/dialect.yaml", dict[Word, Standard]) or {}
    groups = _read(folder, "lexicon/groups.yaml", list[Group]) or []
    places = _read(folder, "lexicon/places.yaml", Places)
    return Lexicon(Dialect(_normalised(table)), groups, *([places.gazetteer()] if places else []))


def _normalised(table: Mapping[str, str]) -> Mapping[str, str]:
    return {normalise(said): normalise(standard) for said, standard in table.items()}


def _read(folder: Path, name: str, kind: type[T]) -> T | None:
    path = folder / name
    return validate(read_document(path, root=folder), kind) if path.exists() else None

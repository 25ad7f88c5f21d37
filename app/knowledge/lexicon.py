"""Word lists that clerks keep under ``intents/lexicon/``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints

from app.knowledge.files import read_document, validate
from app.knowledge.schema import Strict, Word
from app.language.dialect import Dialect
from app.language.normalise import normalise

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


@dataclass(frozen=True)
class Lexicon:
    dialect: Dialect = field(default_factory=lambda: Dialect({}))
    groups: Sequence[Group] = ()

    def groups_in(self, text: str) -> list[Group]:
        """The groups that a normalised ``text`` names, in the order of the list; “大企业” names no 企业."""
        named = {word for group in self.groups if group.named_in(text) for word in group.words if word in text}
        longest = {word for word in named if not any(word != other and word in other for other in named)}
        return [group for group in self.groups if longest & set(group.words) and group.named_in(text)]


def read_lexicon(folder: Path) -> Lexicon:
    """The lists of ``folder``; one that is absent is empty. Raises KnowledgeBroken."""
    table = _read(folder, "lexicon/dialect.yaml", dict[Word, Standard]) or {}
    groups = _read(folder, "lexicon/groups.yaml", list[Group]) or []
    return Lexicon(Dialect(_normalised(table)), groups)


def _normalised(table: Mapping[str, str]) -> Mapping[str, str]:
    return {normalise(said): normalise(standard) for said, standard in table.items()}


def _read(folder: Path, name: str, kind: type[T]) -> T | None:
    path = folder / name
    return validate(read_document(path, root=folder), kind) if path.exists() else None

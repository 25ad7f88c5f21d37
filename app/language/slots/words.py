"""Finding the words of a list in a text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.language.slots.plain import plain


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of the list, and where it stands."""

    word: str
    start: int
    end: int


class Words:
    """A list of words; of two that begin together the longer is meant.

    ``apart`` are longer words that have a word of the list in them and mean something else: “海量” in “路上海量”.
    """

    def __init__(self, words: Iterable[str], apart: Iterable[str] = ()) -> None:
        self._apart = {plain(word) for word in apart}
        self._by_first: dict[str, list[str]] = {}
        for word in sorted({plain(word) for word in words} | self._apart, key=len, reverse=True):
            if word:
                self._by_first.setdefault(word[0], []).append(word)

    def find(self, text: str) -> Iterator[Hit]:
        """Every place where a word begins, from left to right; they may overlap, see ``not_overlapping``."""
        free = 0
        for start, first in enumerate(text):
            if start < free:
                continue
            for word in self._by_first.get(first, ()):
                if text.startswith(word, start) and _whole(text, start, start + len(word)):
                    if word in self._apart:
                        free = start + len(word)
                    else:
                        yield Hit(word, start, start + len(word))
                    break

    def not_overlapping(self, text: str) -> Iterator[Hit]:
        free = 0
        for hit in self.find(text):
            if hit.start >= free:
                free = hit.end
                yield hit


def _whole(text: str, start: int, end: int) -> bool:
    """Whether no Latin word or number is cut: “a2” is none in “ba21”."""
    return not (_joined(text, start) or _joined(text, end))


def _joined(text: str, at: int) -> bool:
    return 0 < at < len(text) and _latin(text[at - 1]) and _latin(text[at])


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()

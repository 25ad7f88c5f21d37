"""Words of jobs that are written as they sound: “缝仞工”, “贵洋”, “包吃主”."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from app.language.pinyin import lazy_pinyin, syllables

SHORTEST: Final = 2
LONGEST: Final = 5
_NUMERAL: Final = re.compile("[0-9a-z零一二两三四五七八九十百千万几]|六(?!.$)")
"""Numbers stay numbers; only 六 begins a place: 六之 is 六枝."""


@lru_cache(maxsize=10_000)
def _exactly(text: str) -> tuple[str, ...]:
    """Its syllables, without running together what sounds alike: two characters alone are too easily mistaken."""
    return tuple(lazy_pinyin(text))


class Spelling:
    """Puts the words of a list where something that sounds the same was typed.

    Only whole tokens that are no words by themselves are replaced, so “公园” stays though a list may have 工员.
    """

    def __init__(self, words: Iterable[str], cut: Callable[[str], Sequence[str]], known: Callable[[str], bool]) -> None:
        """``cut`` splits a text into tokens; ``known`` says whether a token is an everyday word."""
        self._words = {word for word in words if SHORTEST <= len(word) <= LONGEST and not word.isascii()}
        self._by_sound: dict[tuple[str, ...], str] = {}
        self._by_exact: dict[tuple[str, ...], str] = {}
        for word in sorted(self._words):
            self._by_sound.setdefault(tuple(syllables(word)), word)
            if len(word) == SHORTEST:
                self._by_exact.setdefault(_exactly(word), word)
        self._cut, self._known = cut, known
        self.correct = lru_cache(maxsize=2_000)(self._correct)

    def _correct(self, text: str) -> str:
        tokens = list(self._cut(text))
        at = 0
        while at < len(tokens):
            taken, word = self._longest(tokens, at)
            if word:
                tokens[at : at + taken] = [word]
            at += 1
        return "".join(tokens)

    def _longest(self, tokens: Sequence[str], at: int) -> tuple[int, str]:
        """How many tokens from ``at`` sound like a word of the list, and the word; the longest first."""
        for many in range(min(LONGEST, len(tokens) - at), 0, -1):
            said = "".join(tokens[at : at + many])
            if said in self._words:
                return 0, ""
            if not SHORTEST <= len(said) <= LONGEST or _NUMERAL.search(said) or self._known(said):
                continue
            short = len(said) == SHORTEST
            alike = self._by_sound.get(tuple(syllables(said)))
            word = self._by_exact.get(_exactly(said)) if short and not (alike and alike[0] == said[0]) else alike
            if word and all(token in word for token in tokens[at : at + many] if token in self._words):
                return many, word
        return 0, ""

"""Which intents a sentence resembles, and why: keyword groups on jieba's words, and two ways to resemble utterances."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from app.knowledge.bm25 import Bm25
from app.knowledge.schema import Intent
from app.knowledge.tokens import Tokens
from app.language.normalise import normalise

MAX_FUZZY: Final = 64
"""Characters compared with utterances: rapidfuzz on 1,000 would take seconds."""
FUZZY_FLOOR: Final = 45.0
"""rapidfuzz's ratio (0…100) below which two sentences share nothing but common characters."""
RANKED: Final = 8
"""Candidates that a ranking names; a menu shows three."""
CLOSELY: Final = 2
"""Intents whose utterances are compared one by one: those that share the most telling pairs of characters."""
BM25_HALF: Final = 12.0
"""The BM25 score that leaves as much doubt as it takes. Set by hand on the validation sentences
(`yanlu intents eval`)."""
KEYWORDS: Final = "关键词"
"""The channel of keyword groups, as shares and `--explain` name it."""
GROUP_WEIGHT: Final = 0.62
"""What one complete keyword group is worth; two say more, three little beyond."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An intent, its confidence from 0 to 1, and each channel's share of it."""

    intent: str
    confidence: float
    shares: Mapping[str, float]


class Index:
    """Built once per knowledge version; every method is pure and quick."""

    def __init__(self, intents: Mapping[str, Intent]) -> None:
        self._groups: list[tuple[str, frozenset[str], float]] = []
        self._groups_of_word: dict[str, list[int]] = defaultdict(list)
        self._utterances = {
            name: [normalise(sentence)[:MAX_FUZZY] for sentence in [intent.title, *intent.utterances]]
            for name, intent in intents.items()
        }
        for name, intent in intents.items():
            for group in intent.keywords:
                self._add_group(name, frozenset(normalise(word) for word in group))
        self._tokens = Tokens(self._groups_of_word)
        self._bm25 = Bm25(self._utterances)

    def _add_group(self, name: str, words: frozenset[str]) -> None:
        for word in words:
            self._groups_of_word[word].append(len(self._groups))
        # A group of two words is rarer than one of one, so it says more.
        self._groups.append((name, words, (1 - GROUP_WEIGHT) ** (0.75 + 0.25 * len(words))))

    def rank(self, text: str) -> list[Candidate]:
        """The intents that resemble ``text`` most, best first.

        Channels are witnesses: each lessens the doubt that the others leave.
        """
        query = normalise(text)
        by_keywords, by_pairs = self._by_keywords(query), self._bm25.scores(query[:MAX_FUZZY])
        # Whoever is not among the nearest RANKED and has no keyword cannot come among the first RANKED.
        nearest = sorted(by_pairs, key=by_pairs.__getitem__, reverse=True)[:RANKED]
        by_closeness = self._by_closeness(query[:MAX_FUZZY], {*by_keywords, *nearest[:CLOSELY]})
        candidates = []
        for name in {*by_keywords, *nearest}:
            keywords, closeness = by_keywords.get(name, 0.0), by_closeness.get(name, 0.0)
            pairs = 1 - BM25_HALF / (BM25_HALF + by_pairs.get(name, 0.0))
            confidence = 1 - (1 - keywords) * (1 - closeness) * (1 - pairs)
            candidates.append(Candidate(name, confidence, {KEYWORDS: keywords, "相似句": closeness, "同字词": pairs}))
        candidates.sort(key=lambda candidate: (-candidate.confidence, candidate.intent))
        return candidates[:RANKED]

    def _by_keywords(self, query: str) -> dict[str, float]:
        words = self._tokens.cut(query) & self._groups_of_word.keys()
        doubts: dict[str, float] = {}
        for number in {number for word in words for number in self._groups_of_word[word]}:
            name, group, doubt = self._groups[number]
            if group <= words:
                doubts[name] = doubts.get(name, 1.0) * doubt
        return {name: 1 - doubt for name, doubt in doubts.items()}

    def _by_closeness(self, query: str, names: Iterable[str]) -> dict[str, float]:
        """Likeness to an intent's nearest utterance as a whole: 0 at FUZZY_FLOOR, 0.9 for the same sentence."""
        scores: dict[str, float] = {}
        for name in names:
            found = process.extractOne(
                query, self._utterances[name], scorer=fuzz.ratio, processor=None, score_cutoff=FUZZY_FLOOR
            )
            if found:
                scores[name] = 0.9 * (found[1] - FUZZY_FLOOR) / (100 - FUZZY_FLOOR)
        return scores

"""Which intents a sentence resembles, and why: keyword groups on jieba's words, and two ways to resemble utterances."""

import math
from collections import defaultdict
from collections.abc import Mapping
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
FUZZY_CANDIDATES: Final = 12
BM25_HALF: Final = 14.0
"""The BM25 score that is worth as much as it lacks: about four telling pairs of characters in common."""
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
        self._groups: list[tuple[str, frozenset[str]]] = []
        self._groups_of_word: dict[str, list[int]] = defaultdict(list)
        self._utterances: list[str] = []
        self._owners: list[str] = []
        for name, intent in intents.items():
            for group in intent.keywords:
                self._add_group(name, frozenset(normalise(word) for word in group))
            for sentence in [intent.title, *intent.utterances]:
                self._utterances.append(normalise(sentence)[:MAX_FUZZY])
                self._owners.append(name)
        self._tokens = Tokens(self._groups_of_word)
        self._bm25 = Bm25(self._utterances, self._owners)

    def _add_group(self, name: str, words: frozenset[str]) -> None:
        for word in words:
            self._groups_of_word[word].append(len(self._groups))
        self._groups.append((name, words))

    def rank(self, text: str) -> list[Candidate]:
        """Every intent with any resemblance to ``text``, best first."""
        query = normalise(text)
        channels = {
            "关键词": self._by_keywords(query),
            "相似句": self._by_closeness(query),
            "同字词": self._by_shared_pairs(query),
        }
        names = {name for scores in channels.values() for name in scores}
        candidates = [
            _candidate(name, {channel: scores.get(name, 0.0) for channel, scores in channels.items()}) for name in names
        ]
        return sorted(candidates, key=lambda candidate: (-candidate.confidence, candidate.intent))

    def _by_keywords(self, query: str) -> dict[str, float]:
        words = self._tokens.cut(query)
        touched = {number for word in words for number in self._groups_of_word.get(word, ())}
        doubts: dict[str, float] = {}
        for number in touched:
            name, group = self._groups[number]
            if group <= words:
                # A group of two words is rarer than one of one, so it says more.
                doubt = (1 - GROUP_WEIGHT) ** (0.75 + 0.25 * len(group))
                doubts[name] = doubts.get(name, 1.0) * doubt
        return {name: 1 - doubt for name, doubt in doubts.items()}

    def _by_closeness(self, query: str) -> dict[str, float]:
        """Closeness to the nearest utterance, 0 at FUZZY_FLOOR and 0.9 at the same sentence."""
        found = process.extract(
            query[:MAX_FUZZY],
            self._utterances,
            scorer=fuzz.ratio,
            processor=None,
            limit=FUZZY_CANDIDATES,
            score_cutoff=FUZZY_FLOOR,
        )
        scores: dict[str, float] = {}
        for _, ratio, number in found:
            score = 0.9 * (ratio - FUZZY_FLOOR) / (100 - FUZZY_FLOOR)
            scores[self._owners[number]] = max(score, scores.get(self._owners[number], 0.0))
        return scores

    def _by_shared_pairs(self, query: str) -> dict[str, float]:
        scores = self._bm25.scores(query[:MAX_FUZZY])
        return {name: score / (score + BM25_HALF) for name, score in scores.items()}


def _candidate(name: str, shares: Mapping[str, float]) -> Candidate:
    """Channels are witnesses: each lessens the doubt that the others leave."""
    doubt = math.prod(1 - share for share in shares.values())
    return Candidate(name, 1 - doubt, shares)

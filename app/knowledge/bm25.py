"""BM25 over pairs of neighbouring characters: a story shares words with a subject and resembles no sentence of it."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

K1: Final = 1.2
B: Final = 0.5
"""How far a subject with many utterances is held against itself; below the usual 0.75, as all have about as many."""


class Bm25:
    """Subjects, each by all its sentences. Robertson/Sparck Jones weights, Lucene's idf."""

    def __init__(self, sentences_of: Mapping[str, Sequence[str]]) -> None:
        """A pair counts once a sentence, so that one repetitive sentence does not speak for its subject."""
        counts = {
            name: Counter(pair for sentence in sentences for pair in set(pairs(sentence)))
            for name, sentences in sentences_of.items()
        }
        average = sum(count.total() for count in counts.values()) / max(len(counts), 1) or 1.0
        frequency = Counter(pair for count in counts.values() for pair in count)
        self._postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for name, count in counts.items():
            length = K1 * (1 - B + B * count.total() / average)
            for pair, times in count.items():
                idf = math.log(1 + (len(counts) - frequency[pair] + 0.5) / (frequency[pair] + 0.5))
                self._postings[pair].append((name, idf * times * (K1 + 1) / (times + length)))

    def scores(self, query: str) -> dict[str, float]:
        """The score of every subject that shares a pair with ``query``; unbounded, about 10 for a good match."""
        totals: defaultdict[str, float] = defaultdict(float)
        for pair in dict.fromkeys(pairs(query)):  # in their order, so that sums do not differ between processes
            for name, weight in self._postings.get(pair, ()):
                totals[name] += weight
        return totals


def pairs(text: str) -> Iterable[str]:
    """“车票钱” gives 车票, 票钱; a single character stands for itself."""
    return map("".join, pairwise(text)) if len(text) > 1 else (text,)

"""BM25 over pairs of neighbouring characters: a story shares words with an utterance without resembling it."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

K1: Final = 1.2
B: Final = 0.5
"""How far a long utterance is held against itself; below the usual 0.75, as ours are all short."""


class Bm25:
    """Scores owners by their best sentence. Robertson/Sparck Jones weights, Lucene's idf."""

    def __init__(self, sentences: Sequence[str], owners: Sequence[str]) -> None:
        self._owners = owners
        counts = [Counter(pairs(sentence)) for sentence in sentences]
        average = sum(map(Counter.total, counts)) / max(len(counts), 1) or 1.0
        frequency: Counter[str] = Counter(pair for count in counts for pair in count)
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, count in enumerate(counts):
            length = K1 * (1 - B + B * count.total() / average)
            for pair, times in count.items():
                idf = math.log(1 + (len(counts) - frequency[pair] + 0.5) / (frequency[pair] + 0.5))
                self._postings[pair].append((number, idf * times * (K1 + 1) / (times + length)))

    def scores(self, query: str) -> Mapping[str, float]:
        """The best sentence's score of every owner that shares a pair with ``query``."""
        totals: defaultdict[int, float] = defaultdict(float)
        for pair in set(pairs(query)):
            for number, weight in self._postings.get(pair, ()):
                totals[number] += weight
        best: dict[str, float] = {}
        for number, total in totals.items():
            owner = self._owners[number]
            if total > best.get(owner, 0.0):
                best[owner] = total
        return best


def pairs(text: str) -> Iterable[str]:
    """“车票钱” gives 车票, 票钱; a single character stands for itself."""
    return (text[i : i + 2] for i in range(len(text) - 1)) if len(text) > 1 else (text,)

"""BM25 of whole subjects: a story shares words with a subject and resembles no sentence of it."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

K1: Final = 1.2
B: Final = 0.5
"""How far a subject with many utterances is held against itself; below the usual 0.75, as all have about as many."""
HALF: Final = 12.0
"""The score that counts half; about what a good match of a short question has."""


class Bm25:
    """Subjects, each by all its sentences. Robertson/Sparck Jones weights, Lucene's idf."""

    def __init__(self, subjects: Sequence[Iterable[Collection[str]]]) -> None:
        """``subjects`` are sentences, a sentence its terms. A term counts once a sentence, so that one repetitive
        sentence does not speak for its subject."""
        counts = [Counter(term for sentence in sentences for term in set(sentence)) for sentences in subjects]
        average = sum(count.total() for count in counts) / max(len(counts), 1) or 1.0
        frequency = Counter(term for count in counts for term in count)
        postings: dict[str, list[tuple[int, float]]] = {term: [] for term in frequency}
        for subject, count in enumerate(counts):
            length = K1 * (1 - B + B * count.total() / average)
            for term, times in count.items():
                idf = math.log(1 + (len(counts) - frequency[term] + 0.5) / (frequency[term] + 0.5))
                postings[term].append((subject, idf * times * (K1 + 1) / (times + length)))
        self._size = len(counts)
        self._postings = {
            term: (np.array([subject for subject, _ in found]), np.array([weight for _, weight in found]))
            for term, found in postings.items()
        }

    def scores(self, terms: Iterable[str]) -> NDArray[np.float64]:
        """What every subject shares with a query's terms, from 0 to below 1."""
        # Each term once, in their order, so that sums do not differ between processes.
        found = [self._postings[term] for term in dict.fromkeys(terms) if term in self._postings]
        if not found:
            return np.zeros(self._size)
        subjects, weights = (np.concatenate(parts) for parts in zip(*found, strict=True))
        totals = np.bincount(subjects, weights, minlength=self._size)
        return totals / (totals + HALF)


def pairs(items: Sequence[str]) -> list[str]:
    """Neighbours joined: “车票钱” gives 车票, 票钱; a single item stands for itself."""
    return [one + other for one, other in pairwise(items)] if len(items) > 1 else [item for item in items if item]

"""A linear model over utterances: least squares on what a sentence is made of, one column a subject."""

import hashlib
import math
import os
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

RIDGE: Final = 1.0
"""How strongly weights are held near zero; every sentence has length 1, so this is as much as one sentence."""
MIN_SENTENCES: Final = 2
"""Sentences that a feature must occur in: what stands in one only says nothing about another."""


class Linear:
    """Ridge regression, solved in its dual: there are fewer sentences than features."""

    def __init__(
        self, sentences: Sequence[Collection[str]], owners: Sequence[int], size: int, *, cache: Path | None = None
    ) -> None:
        """``sentences`` by their features, ``owners`` their subjects from 0 to ``size``.

        What was learnt from the very same sentences before is taken from ``cache``: learning takes seconds.
        """
        # In their order, so that columns and sums do not differ between processes.
        frequency = Counter(feature for sentence in sentences for feature in dict.fromkeys(sentence))
        kept = [feature for feature, times in frequency.items() if times >= MIN_SENTENCES]
        self._column = {feature: index for index, feature in enumerate(kept)}
        self._idf = np.array(
            [math.log((len(sentences) + 1) / (frequency[feature] + 1)) + 1 for feature in kept], dtype=np.float32
        )
        lesson = hashlib.sha256(repr((RIDGE, kept, [list(one) for one in sentences], list(owners), size)).encode())
        known = _remembered(cache, lesson.hexdigest(), (len(kept), size))
        self._weights = self._learn(sentences, owners, size) if known is None else known
        if known is None and cache is not None:
            _remember(cache, lesson.hexdigest(), self._weights)

    def _learn(self, sentences: Sequence[Collection[str]], owners: Sequence[int], size: int) -> NDArray[np.float32]:
        rows = [self._vector(sentence) for sentence in sentences]
        likeness = _products(rows, len(self._column))
        likeness[np.diag_indices(len(rows))] += RIDGE
        truth = np.zeros((len(rows), size), dtype=np.float32)
        truth[np.arange(len(rows)), owners] = 1
        shares = np.linalg.solve(likeness, truth) if rows else truth
        weights = np.zeros((len(self._column), size), dtype=np.float32)
        for (columns, values), share in zip(rows, shares, strict=True):
            weights[columns] += np.outer(values, share)
        return weights

    def scores(self, features: Collection[str]) -> NDArray[np.float32]:
        """Near 1 for a subject that the features speak for, near 0 for one they say nothing about."""
        columns, values = self._vector(features)
        return np.asarray(values @ self._weights[columns])

    def _vector(self, features: Collection[str]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The known features' columns, and their weights scaled to length 1."""
        known = [self._column[feature] for feature in features if feature in self._column]
        columns = np.array(sorted(set(known)), dtype=np.int64)
        values = self._idf[columns]
        length = float(np.sqrt(values @ values))
        return columns, values / (length or 1.0)


def _products(rows: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]], columns: int) -> NDArray[np.float32]:
    """Every row times every row: few features are shared, so it is added up feature by feature."""
    lengths = [len(row_columns) for row_columns, _ in rows]
    row_of = np.repeat(np.arange(len(rows)), lengths)
    column_of = np.concatenate([row_columns for row_columns, _ in rows]) if rows else np.array([], dtype=np.int64)
    value_of = np.concatenate([values for _, values in rows]) if rows else np.array([], dtype=np.float32)
    order = np.argsort(column_of, kind="stable")
    bounds = np.searchsorted(column_of[order], np.arange(columns + 1))
    result = np.zeros((len(rows), len(rows)), dtype=np.float32)
    for start, end in pairwise(bounds):
        here = order[start:end]
        result[np.ix_(row_of[here], row_of[here])] += np.outer(value_of[here], value_of[here])
    return result


def _remembered(cache: Path | None, lesson: str, shape: tuple[int, int]) -> NDArray[np.float32] | None:
    """The weights that were learnt from this lesson; None for another one, and for a file that is no good."""
    if cache is None or not cache.exists():
        return None
    try:
        with np.load(cache, allow_pickle=False) as stored:
            weights: NDArray[np.float32] = stored["weights"]
            return weights if str(stored["lesson"]) == lesson and weights.shape == shape else None
    except (OSError, ValueError, KeyError, BadZipFile):
        return None  # half-written or of another version: learn again


def _remember(cache: Path, lesson: str, weights: NDArray[np.float32]) -> None:
    """Keep them for the next start; where that is not allowed, it learns again."""
    aside = cache.with_suffix(f".{os.getpid()}.npz")
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(aside, lesson=np.array(lesson), weights=weights)
        aside.replace(cache)
    except OSError:
        aside.unlink(missing_ok=True)

"""Keyword groups: all words of one group must occur. The rules that staff can read and write."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

DOUBT: Final = 0.38
"""What one complete group leaves of the doubt; two leave less, three little."""
MIN_SOUNDS: Final = 2
MAX_SOUNDS: Final = 6
"""Syllables of a keyword that is listened for: one alone sounds like too much, and longer ones are not written."""


class Keywords:
    """Each subject's groups over some kind of word: as written, or as they sound."""

    def __init__(self, subjects: Sequence[Sequence[frozenset[str]]]) -> None:
        self._size = len(subjects)
        self._groups: list[tuple[int, int, float]] = []
        self._groups_of_word: dict[str, list[int]] = defaultdict(list)
        for subject, groups in enumerate(subjects):
            for group in dict.fromkeys(groups):
                for word in group:
                    self._groups_of_word[word].append(len(self._groups))
                # A group of two words is rarer than one of one, so it says more.
                self._groups.append((subject, len(group), DOUBT ** (0.75 + 0.25 * len(group))))

    @property
    def words(self) -> Collection[str]:
        return self._groups_of_word.keys()

    def scores(self, heard: Collection[str]) -> NDArray[np.float64]:
        """From 0, where no group of a subject is complete among the words ``heard``, towards 1."""
        complete: dict[int, int] = defaultdict(int)
        for word in set(heard) & self._groups_of_word.keys():
            for group in self._groups_of_word[word]:
                complete[group] += 1
        doubt = np.ones(self._size)
        for group, words in complete.items():
            subject, size, left = self._groups[group]
            if words == size:
                doubt[subject] *= left
        return 1 - doubt


def heard_sounds(sounds: Sequence[str]) -> set[str]:
    """Every run of syllables that may be a keyword, each as one string."""
    return {
        " ".join(sounds[start : start + length])
        for length in range(MIN_SOUNDS, MAX_SOUNDS + 1)
        for start in range(len(sounds) - length + 1)
    }

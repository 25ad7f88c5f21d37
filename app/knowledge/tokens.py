"""jieba, kept to ourselves: our own tokenizer, our words, no cache file.

jieba keeps its dictionary as ``jieba.cache`` at a fixed name in the shared temporary folder, loads
whatever lies there, and needs a writable one. Building the dictionary in memory costs 5 % more time
(docs/decisions/001) and needs neither.
"""

import logging
import re
from collections.abc import Iterable
from math import log
from typing import Final

from jieba import Tokenizer

RARE: Final = 3
"""Occurrences in jieba's corpus up to which a word is left out: more than half of its dictionary, 50 MB of names and
book words that no keyword needs (keywords are added whatever their frequency)."""
_RUN: Final = re.compile("[a-z0-9]+")  # “5000” is one word, as it is for jieba

logging.getLogger("jieba").setLevel(logging.WARNING)


def _read_dictionary(tokenizer: Tokenizer) -> tuple[dict[str, int], int]:
    """jieba's words that are met, with their frequencies and, at 0, what they begin with; and the sum of all."""
    frequencies: dict[str, int] = {}
    total = 0
    with tokenizer.get_dict_file() as lines:
        for line in lines:
            word, times, *_ = line.decode().split(" ")
            total += int(times)
            if int(times) > RARE:
                frequencies[word] = int(times)
                for end in range(1, len(word)):
                    frequencies.setdefault(word[:end], 0)
    return frequencies, total


class Tokens:
    """A tokenizer that knows ``words`` beside jieba's dictionary."""

    def __init__(self, words: Iterable[str]) -> None:
        tokenizer = Tokenizer()
        # What Tokenizer.initialize() does, without its cache file; half a second.
        tokenizer.FREQ, tokenizer.total = _read_dictionary(tokenizer)
        tokenizer.initialized = True
        for word in words:
            tokenizer.add_word(word)
        log_total = log(tokenizer.total)
        self._unknown = -log_total
        # Zero stands for what only begins a word. One object a weight: there are few, and 600,000 words.
        weight_of = {times: log(times) - log_total if times else 0.0 for times in set(tokenizer.FREQ.values())}
        self._weights = {word: weight_of[times] for word, times in tokenizer.FREQ.items()}

    def cut(self, text: str) -> frozenset[str]:
        """The words of ``text``, also those inside longer words, and every character (“补” of “补贴”).

        What ``cut_for_search(text, HMM=False)`` gives, in one pass from the right: the likeliest way to read
        the rest of the sentence is known before each character's words are weighed.
        """
        best_end, ends = self._ways(text)
        words = {*text, *_RUN.findall(text)}
        start = 0
        while start < len(text):
            end = best_end[start]
            words.update(text[first:last] for first in range(start, end) for last in ends[first] if last <= end)
            start = end
        return frozenset(words)

    def split(self, text: str) -> list[str]:
        """``text`` in its likeliest words, one after the other."""
        best_end, _ = self._ways(text)
        words, start = list[str](), 0
        while start < len(text):
            words.append(text[start : best_end[start]])
            start = best_end[start]
        return words

    def knows(self, word: str) -> bool:
        """Whether it is a word by itself."""
        return bool(self._weights.get(word))

    def _ways(self, text: str) -> tuple[list[int], list[list[int]]]:
        """For every character where the likeliest word that begins there ends, and where any word may."""
        weights, unknown = self._weights, self._unknown
        likelihood = [0.0] * (len(text) + 1)
        ends: list[list[int]] = [[]] * len(text)
        best_end = [0] * len(text)
        for start in range(len(text) - 1, -1, -1):
            here: list[int] = []
            best, best_end[start] = (weights.get(text[start]) or unknown) + likelihood[start + 1], start + 1
            end = start + 1
            while (weight := weights.get(text[start:end])) is not None and end <= len(text):
                if weight:
                    here.append(end)
                    weight += likelihood[end]
                    if weight >= best:
                        best, best_end[start] = weight, end
                end += 1
            likelihood[start], ends[start] = best, here
        return best_end, ends

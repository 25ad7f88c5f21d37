"""jieba, kept to ourselves: our own tokenizer, our words, no cache file.

jieba keeps its dictionary as ``jieba.cache`` at a fixed name in the shared temporary folder, loads
whatever lies there, and needs a writable one. Building the dictionary in memory costs 5 % more time
(docs/decisions/001) and needs neither.
"""

import logging
from collections.abc import Iterable

from jieba import Tokenizer

logging.getLogger("jieba").setLevel(logging.WARNING)


class Tokens:
    """A tokenizer that knows ``words`` beside jieba's dictionary. Building one takes most of a second."""

    def __init__(self, words: Iterable[str]) -> None:
        self._tokenizer = Tokenizer()
        # What Tokenizer.initialize() does, without its cache file.
        self._tokenizer.FREQ, self._tokenizer.total = self._tokenizer.gen_pfdict(self._tokenizer.get_dict_file())
        self._tokenizer.initialized = True
        for word in words:
            self._tokenizer.add_word(word)

    def cut(self, text: str) -> frozenset[str]:
        """The words of ``text``, also those inside longer words, and every character (“补” of “补贴”)."""
        return frozenset(self._tokenizer.cut_for_search(text, HMM=False)).union(text)

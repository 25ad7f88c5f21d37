"""The meaning of a sentence in time for its answer, or not at all."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import structlog

from app.knowledge.index import Index, Vector
from app.knowledge.semantic import Semantic, Stopped

IN_TIME: Final = 0.25
"""Seconds an answer waits for its question's meaning; then the other channels decide."""
REMEMBERED: Final = 2_000
"""Sentences whose meaning is kept."""

log = structlog.get_logger()


class Meanings:
    """Embeddings computed one at a time in a thread of their own, so that they take at most one core."""

    def __init__(self, index: Index, semantic: Semantic | None) -> None:
        self._index = index
        self._semantic = semantic
        self._thread = ThreadPoolExecutor(1, "meanings") if semantic else None
        self._waiting = 0
        self._closing = False
        self._remembered: OrderedDict[str, Vector] = OrderedDict()

    @property
    def speaks(self) -> bool:
        """Whether there is a model and it has learnt what the index knows."""
        return self._semantic is not None and self._index.knows_meanings

    async def learn(self) -> None:
        """Embed what the index knows; until that is done, the channel of meaning is silent."""
        if self._semantic is None or self._thread is None:
            return
        sentences = [sentence for own in self._index.sentences for sentence in own]
        learnt = partial(self._semantic.embed_all, sentences, go_on=lambda: not self._closing)
        try:
            vectors = await asyncio.get_running_loop().run_in_executor(self._thread, learnt)
        except Stopped:
            return
        self._index.learn_meanings(vectors)
        log.info("meanings_learnt", sentences=len(sentences))

    async def of(self, sentence: str) -> Vector | None:
        """The sentence's embedding; None where there is no model, it is still learning, or it is not in time."""
        if self._semantic is None or self._thread is None or not self._index.knows_meanings:
            return None
        known = self._remembered.get(sentence)
        if known is not None:
            return known
        if self._waiting * 0.02 > IN_TIME:
            return None  # a rush: whoever queues here now is not served in time
        self._waiting += 1
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, self._semantic.embed, sentence)
        try:
            found = await asyncio.wait_for(work, IN_TIME)
        except TimeoutError:
            return None
        finally:
            self._waiting -= 1
        self._remembered[sentence] = found
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def close(self) -> None:
        self._closing = True
        if self._thread:
            self._thread.shutdown(wait=True, cancel_futures=True)

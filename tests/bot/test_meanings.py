"""The meaning of a sentence in time for its answer, or not at all."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from bot import meanings as module
from bot.meanings import Meanings

VECTOR = np.array([1.0, 0.0], dtype=np.float32)


class Model:
    """Embeds at once, or not before it is let go."""

    def __init__(self):
        self.go = threading.Event()
        self.go.set()
        self.asked = []

    def embed(self, sentence):
        self.asked.append(sentence)
        self.go.wait(10)
        return VECTOR

    def embed_all(self, sentences, *, go_on):
        return np.stack([VECTOR for _ in sentences])


def index_of(*sentences):
    learnt = SimpleNamespace(sentences=[list(sentences)], knows_meanings=False)

    def learn(vectors):
        learnt.knows_meanings, learnt.vectors = True, vectors

    learnt.learn_meanings = learn
    return learnt


@pytest.fixture
async def learnt():
    model = Model()
    meanings = Meanings(index_of("路费能报吗"), model)
    await meanings.learn()
    yield meanings, model
    model.go.set()
    meanings.close()


async def test_a_meaning_is_silent_until_everything_is_learnt():
    meanings = Meanings(index_of("路费能报吗"), Model())

    before = (meanings.speaks, await meanings.of("路费"))
    await meanings.learn()

    assert before == (False, None)
    assert meanings.speaks
    assert (await meanings.of("路费")).tolist() == VECTOR.tolist()
    meanings.close()


async def test_without_a_model_nothing_is_computed():
    meanings = Meanings(index_of("路费能报吗"), None)
    await meanings.learn()

    assert (meanings.speaks, await meanings.of("路费")) == (False, None)
    meanings.close()


async def test_a_sentence_is_embedded_once(learnt):
    meanings, model = learnt

    await meanings.of("路费")
    await meanings.of("路费")

    assert model.asked == ["路费"]


async def test_a_meaning_that_is_late_is_not_waited_for(learnt, monkeypatch):
    meanings, model = learnt
    monkeypatch.setattr(module, "IN_TIME", 0.05)
    model.go.clear()

    assert await meanings.of("路费") is None
    model.go.set()

"""Fits what each channel's word is worth (`Weights` in app/knowledge/index.py).

`python -m benchmarks.weights` prints both sets; it takes some minutes. A multinomial logit: what a channel says of an
intent is a feature, “none of these” has a constant of its own and is right where a sentence is about nothing of ours.
Fitted to the validation sentences of another author, and to every utterance, asked of an index that has not learnt it.
"""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import yaml
from numpy.typing import NDArray

from app.core.config import ROOT, load_settings
from app.knowledge.index import CHANNELS, Index, Vector
from app.knowledge.library import Library
from app.knowledge.publish import PARTS, without_part
from app.knowledge.semantic import load_semantic
from app.main import build_index, semantic_cache
from app.policies.catalogue import load_knowledge
from bot.exam import Question, read_questions
from bot.route import is_aspect, is_redirect, is_small_talk

DATA: Final = ROOT / "tests/data"
STEPS: Final = 600
PACE: Final = 0.05
RIDGE: Final = 1e-3
"""Keeps a weight small that a few sentences would make large."""

STRANGE: Final = 0.3
"""Share of messages that are about nothing of ours: a guess, somewhat above what the validation sentences have."""

Embed = Callable[[Sequence[str]], Vector]
Table = NDArray[np.float32]


def fit(features: Table, right: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """``features``: sentence × intent × channel; ``right``: sentence × (intents, none).

    Sentences about nothing of ours count STRANGE together, however few they are.
    """
    strange = right[:, -1]
    counts = np.where(strange, STRANGE / strange.sum(), (1 - STRANGE) / (~strange).sum())[:, None]
    weights, nothing = np.full(features.shape[2], 3.0), 5.0
    momentum, size = np.zeros(len(weights) + 1), np.zeros(len(weights) + 1)
    for step in range(1, STEPS + 1):
        odds = np.concatenate([features @ weights, np.full((len(features), 1), nothing)], axis=1)
        chances = np.exp(odds - odds.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        wanted = chances * right
        wanted /= wanted.sum(axis=1, keepdims=True) + 1e-12
        error = (chances - wanted) * counts
        gradient = np.append(np.einsum("si,sic->c", error[:, :-1], features) + RIDGE * weights, error[:, -1].sum())
        momentum = 0.9 * momentum + 0.1 * gradient
        size = 0.99 * size + 0.01 * gradient**2
        move = PACE * (momentum / (1 - 0.9**step)) / (np.sqrt(size / (1 - 0.99**step)) + 1e-8)
        weights, nothing = np.maximum(weights - move[:-1], 0.0), nothing - move[-1]
    return weights, float(nothing)


def held(index: Index, sentences: Sequence[str], embed: Embed | None) -> Table:
    """What every channel of ``index`` says of every intent of it, for sentences that it has not learnt."""
    meanings: Sequence[Vector | None] = [None] * len(sentences)
    if embed:
        index.learn_meanings(embed([sentence for own in index.sentences for sentence in own]))
        meanings = list(embed(sentences))
    rows = [index.channels(index.read(one), vector) for one, vector in zip(sentences, meanings, strict=True)]
    return np.stack(rows).transpose(0, 2, 1).astype(np.float32)


def _aligned(table: Table, index: Index, subjects: Sequence[str]) -> Table:
    """``table`` by subjects; nothing is said of one that the index does not know."""
    column = {name: number for number, name in enumerate(index.names)}
    result = np.zeros((len(table), len(subjects), table.shape[2]), dtype=np.float32)
    for number, name in enumerate(subjects):
        if name in column:
            result[:, number] = table[:, column[name]]
    return result


def questions(library: Library, part: int) -> list[Question]:
    return [
        Question(sentence, frozenset([name]))
        for name, intent in library.intents.items()
        if not is_aspect(name)
        for number, sentence in enumerate(intent.utterances)
        if number % PARTS == part
    ]


def validation() -> list[Question]:
    lines = [json.loads(line) for line in (DATA / "dev_queries.jsonl").read_text(encoding="utf-8").splitlines()]
    return read_questions(lines, yaml.safe_load((DATA / "topics.yaml").read_text(encoding="utf-8")))


def main() -> None:
    library, _ = load_knowledge(ROOT / "intents")
    subjects = [name for name in library.intents if not is_aspect(name)]
    harmless = np.array([is_small_talk(name) or is_redirect(name) for name in subjects])
    exams = [
        (Index(without_part(library.intents, part), library.lexicon, is_aspect=is_aspect), questions(library, part))
        for part in range(PARTS)
    ]
    foreign = [name for name in library.intents if is_redirect(name)]
    for part in range(PARTS):
        left_out = foreign[part::PARTS]
        known = {name: intent for name, intent in library.intents.items() if name not in left_out}
        strange = [Question(one, frozenset()) for name in left_out for one in library.intents[name].utterances]
        exams.append((Index(known, library.lexicon, is_aspect=is_aspect), strange))
    exams.append((build_index(library), validation()))
    asked = [question for _, own in exams for question in own]
    right = np.zeros((len(asked), len(subjects) + 1), dtype=bool)
    for row, question in enumerate(asked):
        right[row, :-1] = [name in question.expect for name in subjects] if question.expect else harmless
        right[row, -1] = not question.expect
    semantic = load_semantic("off" if "--lexical" in sys.argv else "auto", semantic_cache(load_settings()))
    for way in (None, semantic.embed_all) if semantic else (None,):
        tables = [held(index, [one.text for one in own], way) for index, own in exams]
        table = np.concatenate(
            [_aligned(table, index, subjects) for table, (index, _) in zip(tables, exams, strict=True)]
        )
        weights, nothing = fit(table, right)
        print("用语义" if way else "不用语义", f"{len(asked)} 句，“都不是”{nothing:.1f}")
        print("  " + "，".join(f"{name} {weight:.1f}" for name, weight in zip(CHANNELS, weights, strict=True)))


if __name__ == "__main__":
    main()

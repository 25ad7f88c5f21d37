"""Fits what each channel's word is worth (`Weights` in app/knowledge/index.py) on the validation sentences.

`python -m benchmarks.weights` prints both sets. A multinomial logit: what a channel says of an intent is a feature,
“none of these” has a constant of its own and is right where a sentence is about nothing of ours.
"""

import json
import sys
from pathlib import Path
from typing import Final

import numpy as np
import yaml
from numpy.typing import NDArray

from app.core.config import ROOT, load_settings
from app.knowledge.index import CHANNELS, Index
from app.knowledge.semantic import load_semantic
from app.main import build_index, semantic_cache
from app.policies.catalogue import load_knowledge
from bot.exam import Question, read_questions
from bot.route import is_aspect, is_redirect, is_small_talk

DATA: Final = ROOT / "tests/data"
EXAMS: Final = {"dev_queries.jsonl": "topics.yaml", "validation_queries.jsonl": ""}
STEPS: Final = 800
PACE: Final = 0.05
RIDGE: Final = 1e-3
"""Keeps a weight small that a few sentences would make large."""


def exam(file: Path, topics: str) -> list[Question]:
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    table = yaml.safe_load((DATA / topics).read_text(encoding="utf-8")) if topics else {}
    return read_questions(lines, table)


def fit(features: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """``features``: sentence × intent × channel; ``right``: sentence × (intents, none)."""
    weights, nothing = np.full(features.shape[2], 3.0), 5.0
    momentum, size = np.zeros(len(weights) + 1), np.zeros(len(weights) + 1)
    for step in range(1, STEPS + 1):
        odds = np.concatenate([features @ weights, np.full((len(features), 1), nothing)], axis=1)
        chances = np.exp(odds - odds.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        wanted = chances * right
        wanted /= wanted.sum(axis=1, keepdims=True) + 1e-12
        error = (chances - wanted) / len(features)
        gradient = np.append(np.einsum("si,sic->c", error[:, :-1], features) + RIDGE * weights, error[:, -1].sum())
        momentum = 0.9 * momentum + 0.1 * gradient
        size = 0.99 * size + 0.01 * gradient**2
        move = PACE * (momentum / (1 - 0.9**step)) / (np.sqrt(size / (1 - 0.99**step)) + 1e-8)
        weights, nothing = np.maximum(weights - move[:-1], 0.0), nothing - move[-1]
    return weights, float(nothing)


def table(index: Index, questions: list[Question], names: list[str], embed: bool) -> NDArray[np.float64]:
    semantic = load_semantic("auto" if embed else "off", semantic_cache(load_settings()))
    if semantic and (known := semantic.embed_all([one for own in index.sentences for one in own])) is not None:
        index.learn_meanings(known)
    rows = [
        index.channels(index.read(question.text), semantic.embed(question.text) if semantic else None)
        for question in questions
    ]
    kept = [not is_aspect(name) for name in names]
    return np.stack(rows).transpose(0, 2, 1)[:, kept]


def main() -> None:
    library, _ = load_knowledge(ROOT / "intents")
    index, names = build_index(library), list(library.intents)
    subjects = [name for name in names if not is_aspect(name)]
    questions = [
        question for file, topics in EXAMS.items() if (DATA / file).exists() for question in exam(DATA / file, topics)
    ]
    harmless = np.array([is_small_talk(name) or is_redirect(name) for name in subjects])
    right = np.zeros((len(questions), len(subjects) + 1), dtype=bool)
    for row, question in enumerate(questions):
        right[row, :-1] = [name in question.expect for name in subjects] if question.expect else harmless
        right[row, -1] = not question.expect
    for embed in (False, True) if "--lexical" not in sys.argv else (False,):
        weights, nothing = fit(table(index, questions, names, embed), right)
        print("用语义" if embed else "不用语义", f"{len(questions)} 句，“都不是”{nothing:.1f}")
        print("  " + "，".join(f"{name} {weight:.1f}" for name, weight in zip(CHANNELS, weights, strict=True)))


if __name__ == "__main__":
    main()

"""Publishing: fitting how sure is sure enough to the knowledge as it stands, by leaving parts of it out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.knowledge.calibration import MENU_SIZE, Thresholds, decide
from app.knowledge.index import Index, Ranking, Vector
from app.knowledge.library import Library
from app.knowledge.schema import Intent

PARTS: Final = 10
"""Into so many parts the sentences are cut; each is asked of an index that has learnt the others."""
MAX_WRONG: Final = 0.02
"""Share of left-out sentences that may be answered by another intent at once. A menu with the right line in it costs
little: each line carries its decisive fact."""
MAX_STRANGE: Final = 0.04
"""Share of sentences about a left-out matter of other offices that may be answered as if it were ours."""
KEPT: Final = 0.98
"""Share of the right lines among the first three that a menu still shows."""
LEAST_OFFER: Final = 0.02
"""A guess less likely than this is noise, whatever it would keep."""
LOWEST: Final = 0.5
HIGHEST: Final = 0.95
"""Between which the threshold is looked for."""

Progress = Callable[[int, int], None]
Embed = Callable[[Sequence[str]], Vector]


@dataclass(frozen=True, slots=True)
class Asked:
    """A sentence asked of an index that does not know it. ``right`` is empty where it does not know the subject."""

    ranking: Ranking
    right: str


@dataclass(frozen=True, slots=True)
class Fit:
    """Thresholds, and what they do on the sentences they were fitted to."""

    thresholds: Thresholds
    sentences: int
    direct: float
    wrong: float
    strange: float


def leave_out(
    library: Library,
    make_index: Callable[[Mapping[str, Intent]], Index],
    *,
    is_subject: Callable[[str], bool],
    is_foreign: Callable[[str], bool],
    embed: Embed | None,
    tell: Progress,
) -> list[Asked]:
    """Every utterance of a subject asked of an index without it; those of other offices' matters also of one that
    knows nothing of the matter."""
    asked: list[Asked] = []
    subjects = {name: intent for name, intent in library.intents.items() if is_subject(name)}
    foreign = [name for name in subjects if is_foreign(name)]
    for part in range(PARTS):
        tell(part, PARTS)
        kept = without_part(library.intents, part)
        asked += _ask(make_index, kept, _sentences(subjects, part), embed)
        strangers = foreign[part::PARTS]
        known = {name: intent for name, intent in library.intents.items() if name not in strangers}
        questions = [(sentence, "") for name in strangers for sentence in subjects[name].utterances]
        asked += _ask(make_index, known, questions, embed)
    tell(PARTS, PARTS)
    return asked


def fit(
    asked: Sequence[Asked],
    *,
    are_kin: Callable[[str, str], bool],
    are_near: Callable[[str, str], bool],
    is_answer: Callable[[str], bool],
) -> Fit:
    """The lowest threshold that keeps both promises. ``is_answer`` tells an answer from small talk and redirects,
    which do no harm where they are wrong; ``are_near`` that one points to the other, so that nobody is led astray."""
    places = [
        (rank, one.ranking.subjects[rank].confidence)
        for one in asked
        if one.right
        for rank in range(min(MENU_SIZE, len(one.ranking.subjects)))
        if one.ranking.subjects[rank].intent == one.right
    ]
    offer = max(float(np.quantile([chance for _, chance in places], 1 - KEPT)) if places else 0.0, LEAST_OFFER)
    found = Fit(Thresholds(direct=HIGHEST, offer=offer), len(asked), 0.0, 0.0, 0.0)
    for direct in np.arange(HIGHEST, LOWEST - 0.001, -0.01):
        tried = _try(
            asked, Thresholds(direct=round(float(direct), 2), offer=round(offer, 3)), are_kin, are_near, is_answer
        )
        if tried.wrong > MAX_WRONG or tried.strange > MAX_STRANGE:
            break
        found = tried
    return found


def _try(
    asked: Sequence[Asked],
    thresholds: Thresholds,
    are_kin: Callable[[str, str], bool],
    are_near: Callable[[str, str], bool],
    is_answer: Callable[[str], bool],
) -> Fit:
    known = strange = right = wrong = answered = 0
    for one in asked:
        direct = decide(one.ranking.subjects, thresholds, are_kin=are_kin).direct
        harmful = bool(direct) and is_answer(direct)
        if one.right:
            known += 1
            right += direct == one.right
            wrong += harmful and direct != one.right and not are_near(direct, one.right)
        else:
            strange += 1
            answered += harmful
    return Fit(thresholds, known + strange, right / max(known, 1), wrong / max(known, 1), answered / max(strange, 1))


def _ask(
    make_index: Callable[[Mapping[str, Intent]], Index],
    intents: Mapping[str, Intent],
    questions: Iterable[tuple[str, str]],
    embed: Embed | None,
) -> list[Asked]:
    index = make_index(intents)
    questions = list(questions)
    meanings: Sequence[Vector | None] = [None] * len(questions)
    if embed:
        index.learn_meanings(embed([sentence for own in index.sentences for sentence in own]))
        meanings = list(embed([sentence for sentence, _ in questions]))
    return [
        Asked(index.rank(sentence, meaning), right)
        for (sentence, right), meaning in zip(questions, meanings, strict=True)
    ]


def without_part(intents: Mapping[str, Intent], part: int) -> dict[str, Intent]:
    """The intents without one in PARTS of their utterances."""
    return {
        name: intent.model_copy(
            update={"utterances": [one for number, one in enumerate(intent.utterances) if number % PARTS != part]}
        )
        for name, intent in intents.items()
    }


def _sentences(intents: Mapping[str, Intent], part: int) -> Iterable[tuple[str, str]]:
    for name, intent in intents.items():
        for number, sentence in enumerate(intent.utterances):
            if number % PARTS == part:
                yield sentence, name

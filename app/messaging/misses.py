"""Questions that were missed, put together by likeness, so that staff see what is asked most."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import fuzz, process

from app.language.normalise import normalise
from app.messaging.models import MissedQuestion, Outcome

ALIKE: Final = 60.0
"""rapidfuzz's ratio (0…100) from which two sentences ask the same."""
SHOWN: Final = 5
"""Wordings of a cluster that are shown."""


@dataclass
class Cluster:
    """Sentences like the first of them, and what became of them."""

    times: int = 0
    unanswered: int = 0
    not_in_menu: int = 0
    chosen: int = 0
    sentences: list[str] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)


def cluster(missed: Sequence[MissedQuestion]) -> list[Cluster]:
    """Each sentence joins the cluster whose first sentence it is most like, or begins one. Largest first."""
    clusters: list[Cluster] = []
    heads: list[str] = []
    for question in missed:
        said = normalise(question.text)
        near = process.extractOne(said, heads, scorer=fuzz.ratio, processor=None, score_cutoff=ALIKE)
        if near is None:
            heads.append(said)
            clusters.append(Cluster())
        _add(clusters[near[2]] if near else clusters[-1], question)
    return sorted(clusters, key=lambda one: -one.times)


def _add(cluster: Cluster, question: MissedQuestion) -> None:
    cluster.times += 1
    cluster.unanswered += question.outcome == Outcome.UNANSWERED
    cluster.not_in_menu += question.outcome == Outcome.NOT_IN_MENU
    cluster.chosen += question.outcome == Outcome.CHOSEN
    if question.text not in cluster.sentences and len(cluster.sentences) < SHOWN:
        cluster.sentences.append(question.text)
    if question.intent and question.intent not in cluster.intents:
        cluster.intents.append(question.intent)

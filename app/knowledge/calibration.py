"""How sure is sure enough: thresholds fitted to the knowledge, and kept beside it in ``calibration.yaml``."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import Field

from app.knowledge.files import read_document, validate
from app.knowledge.index import Candidate
from app.knowledge.schema import Strict

FILE: Final = "calibration.yaml"
MENU_SIZE: Final = 3
Share = Annotated[float, Field(gt=0, le=1)]


class Thresholds(Strict):
    """Probabilities: from ``direct`` an intent is answered at once, from ``offer`` it is worth a menu's line."""

    direct: Share = 0.7
    offer: Share = 0.05


class Calibration(Strict):
    """The thresholds without and with the channel of meaning, and the version of the knowledge they were fitted to."""

    knowledge: str = ""
    lexical: Thresholds = Thresholds()
    with_meaning: Thresholds = Thresholds()


@dataclass(frozen=True, slots=True)
class Decision:
    """Either one intent to answer at once, or the nearest ones to choose from; neither where nothing is near."""

    direct: str
    near: Sequence[str]
    reason: str


def decide(
    subjects: Sequence[Candidate],
    thresholds: Thresholds,
    *,
    are_kin: Callable[[str, str], bool],
    is_pressing: Callable[[str], bool] = lambda intent: False,
) -> Decision:
    """``subjects`` best first. Kin (a menu and what stands in it) are no rivals: either answers the question. What is
    pressing is answered at half the certainty."""
    if not subjects:
        return Decision("", (), "没有像的")
    first, *others = subjects
    certain = first.confidence + sum(other.confidence for other in others if are_kin(first.intent, other.intent))
    near = [one.intent for one in subjects if one.confidence >= thresholds.offer]
    needed = thresholds.direct / 2 if is_pressing(first.intent) else thresholds.direct
    reason = f"把握{first.confidence:.2f}，直接回答要{needed:.2f}"
    return Decision(first.intent if certain >= needed else "", near, reason)


def knowledge_version(folder: Path) -> str:
    """A fingerprint of every file of the knowledge but the calibration itself."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).as_posix()
        if name != FILE:
            digest.update(f"{name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def read_calibration(folder: Path) -> Calibration:
    """What was fitted last; sensible thresholds where nothing was. Raises KnowledgeBroken."""
    path = folder / FILE
    return validate(read_document(path, root=folder), Calibration) if path.exists() else Calibration()


def write_calibration(folder: Path, calibration: Calibration) -> None:
    text = "# 由 yanlu intents publish 算出来的，不用手改\n" + yaml.safe_dump(calibration.model_dump(), sort_keys=False)
    (folder / FILE).write_text(text, encoding="utf-8")

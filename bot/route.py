"""What the router has decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.knowledge.index import Candidate
from app.knowledge.lexicon import Group
from app.policies.follow_ups import ASPECTS


@dataclass(frozen=True, slots=True)
class Route:
    """What the router decided. ``skill`` is empty where the intent has an answer of its own."""

    intent: str
    skill: str
    options: tuple[str, ...] = ()
    """The menu's intents, when it is a fallback."""
    candidates: Sequence[Candidate] = ()
    reason: str = ""
    aspect: str = ""
    """The intent under ``followup/`` that says what is asked of the policy."""
    groups: tuple[Group, ...] = ()
    """Whom a follow-up asks about."""
    keeps_menu: bool = False
    """A choice from the menu leaves it open for the next choice."""
    is_choice: bool = False
    """Picked by number, label or tap."""
    is_question: bool = False
    """The sender's own words about a matter of theirs, not small talk and no choice."""


def is_small_talk(intent: str) -> bool:
    """Whether it leaves the subject where it was: thanks, “more”, a call for a human."""
    return intent.startswith("smalltalk/")


def is_aspect(intent: str) -> bool:
    """Whether it asks something of whatever was talked about: materials, where, how long."""
    return intent.startswith(ASPECTS)


def is_redirect(intent: str) -> bool:
    """Whether it sends people to another office, whose matter it is."""
    return intent.startswith("neighbours/")

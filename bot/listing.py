"""A list that was shown and is still before the sender's eyes: what they say next may be about it.

A skill that shows one keeps it in ``State.shown`` with its ``kind`` and ``at``; here each kind says which words it
hears.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.forms import Scope

FRESH: Final = 30 * 60
"""Seconds for which a list is heard."""


@dataclass(frozen=True)
class Listing:
    """``hears(text, shown, scope)``: whether ``text`` is about the list; then ``skill`` answers."""

    skill: str
    hears: Callable[[str, Mapping[str, Any], Scope], bool]


LISTINGS: Final[dict[str, Listing]] = {}
"""By the kind of what is listed."""


def listening(shown: Mapping[str, Any], now: int) -> Listing | None:
    """What hears the next words, where a list is still fresh."""
    if not shown or now - shown.get("at", 0) > FRESH:
        return None
    return LISTINGS.get(shown.get("kind", ""))

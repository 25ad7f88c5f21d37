"""A list of things in the chat (events, jobs): which one is meant by “第二个”, and whose words “报名” are.

The skill that shows a list calls ``put_up``; for half an hour, while nothing newer asks for numbers, the words that
its kind hears go to that kind's skill. A kind says once what it hears: ``LISTS["events"] = ListKind(…)``.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.skill import State

FRESH: Final = 30 * 60
"""Seconds for which a list on the screen hears choices."""
_NUMBER: Final = re.compile(r"(?:第|选|选第|我选|我选第|要|要第)?([1-9一二三四五六七八九两])(?:个|号|项|条|种)?")
_NUMERALS: Final = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))


@dataclass(frozen=True, slots=True)
class ListKind:
    """What a list of one kind of things hears, and the skill that answers."""

    skill: str
    hears: Callable[[str, State], bool]
    """Whether these words, normalised, choose from the list in ``state.shown``."""


LISTS: Final[dict[str, ListKind]] = {}
"""By ``state.shown["kind"]``."""


def chosen_number(said: str) -> int | None:
    """The number in “2”, “二”, “第二个”, “选2号”; None where it is no choice."""
    found = _NUMBER.fullmatch(said)
    return (_NUMERALS.get(found[1]) or int(found[1])) if found else None


def put_up(state: State, kind: str, ids: Sequence[int], *, now: datetime, picked: int | None = None) -> None:
    """The reply shows these rows, numbered from 1 in this order; ``picked`` is the one that is talked about."""
    state.options = []
    state.shown = {"kind": kind, "ids": list(ids), "at": int(now.timestamp())}
    if picked is not None:
        state.shown["picked"] = picked


def heard_by_list(said: str, state: State, now: int) -> ListKind | None:
    """The kind whose list is on the screen and hears ``said``; None where a menu, a skill's question or a form came
    after it. ``now`` in seconds since 1970."""
    kind = LISTS.get(state.shown.get("kind", ""))
    if kind is None or state.options or state.expects:
        return None
    at = state.shown.get("at", 0)
    return kind if at >= state.form.get("at", 0) and now - at <= FRESH and kind.hears(said, state) else None

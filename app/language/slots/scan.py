"""How a reader goes through a text."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from app.language.slots.found import Found

T = TypeVar("T")
Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[T, ...] | None]]
"""A pattern, and the meanings of what it matched, the likeliest first.

Of () the words are used up and mean nothing here (“三个月” counts no people); None: the pattern was wrong.
"""


def scan(text: str, rules: Sequence[Rule[T]]) -> list[Found[T]]:
    """What the rules find, in the order of the text.

    Where two matches overlap the one that begins first counts, then the longer one, then the earlier rule.
    """
    matches = [
        (match.start(), -match.end(), order, match, meaning)
        for order, (pattern, meaning) in enumerate(rules)
        for match in pattern.finditer(text)
        if match.end() > match.start()
    ]
    found: list[Found[T]] = []
    reached = 0
    for start, minus_end, _, match, meaning in sorted(matches, key=lambda each: each[:3]):
        if start < reached:
            continue
        values = meaning(match)
        if values is None:
            continue
        reached = -minus_end
        if values:
            found.append(Found(values[0], start, reached, tuple(values[1:])))
    return found

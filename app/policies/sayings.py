"""Words that mean something, near each other, and whether they are denied."""

import re
from collections.abc import Sequence
from typing import Final

NEAR: Final = 18
"""Characters within which words that belong together stand: voice messages have no commas."""
EITHER: Final = "|"
DENIED: Final = re.compile(
    "(?:不是|不算|没(?:有|得|哪个|人|有人|有哪个)?|并非|非|无|未|不|不想|不愿意?|不要|不敢|不再)(?:给我?|过|得|去|和他|跟他)?$"
)
"""What turns the words after it into their opposite."""


class Sayings:
    """Each saying is one word, or several that stand near each other; of a word written “招了|请了” either will do."""

    def __init__(self, said: Sequence[str | list[str]], *, near: int = NEAR) -> None:
        self._near = near
        groups = [[one] if isinstance(one, str) else one for one in said]
        self._groups = [[_either([word]) for word in group] for group in groups]
        self._first = _either([group[0] for group in groups])

    def judge(self, text: str) -> bool | None:
        """True if the text says one of them, False if it denies it, None if it does not speak of it."""
        if not self._first.search(text):
            return None
        verdict: bool | None = None
        for first, *others in self._groups:
            for found in first.finditer(text):
                begin = max(0, found.start() - self._near)
                around = text[begin : found.end() + self._near]
                places = [
                    found.start(),
                    *(begin + hit.start() if (hit := one.search(around)) else -1 for one in others),
                ]
                if -1 in places:
                    continue
                if not any(DENIED.search(text[:place]) for place in places):
                    return True
                verdict = False
        return verdict


def _either(words: Sequence[str]) -> re.Pattern[str]:
    spelt = {re.escape(way) for word in words for way in word.split(EITHER)}
    return re.compile("|".join(sorted(spelt, key=len, reverse=True)) or "(?!)")

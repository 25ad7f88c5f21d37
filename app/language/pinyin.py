"""How a text sounds: one syllable a character, with the sounds run together that people here mix up.

A character has one reading, the commonest: a wrong character is matched by sound only where both sides read it alike.
"""

import os
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # 40 MB of readings of phrases, which are not looked at here

from pypinyin import lazy_pinyin  # it reads the environment while it is imported

__all__ = ["SYLLABLES", "blurred", "lazy_pinyin", "syllables"]

_FINALS: Final = {
    "": "a ai an ang ao e ei en eng er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "d": "a ai an ang ao e en eng i ian iao ie ing iu ong ou u uan ui un uo",
    "f": "a an ang ei en eng o ou u",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan un uo v ve",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "r": "an ang ao e en eng i ong ou u ua uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "sh": "a ai an ang ao e en eng i ou u ua uai uan uang ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "w": "a ai an ang ei en eng o u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "zh": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
}
SYLLABLES: Final = frozenset(initial + final for initial, finals in _FINALS.items() for final in finals.split())
"""Every syllable of Mandarin without its tone, as it is typed."""
_LONGEST: Final = max(map(len, SYLLABLES))
_RUN: Final = re.compile("[a-z]+|.", re.DOTALL)
_FLAT: Final = {"zh": "z", "ch": "c", "sh": "s"}
_MIN_TYPED: Final = 3
"""Letters from which a single typed syllable is taken for one: “app” is none, “ok” and “a” are nothing."""


def syllables(text: str) -> list[str]:
    """The sounds of a normalised ``text``, typed pinyin (“butie”) cut into its syllables; digits stay as they are."""
    return list(_sounds(text))


def _sounds(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        if len(run) == 1:
            yield _sound(run)
        else:
            yield from _typed(run)


@cache
def _sound(character: str) -> str:
    reading = lazy_pinyin(character)[0]
    return blurred(reading) if reading in SYLLABLES else character


@cache
def blurred(syllable: str) -> str:
    """``syllable`` with what Guizhou speech does not tell apart: zh/z, ch/c, sh/s, n/l, hu/f, -ng/-n."""
    syllable = _FLAT.get(syllable[:2], syllable[:2]) + syllable[2:]
    if syllable.startswith("n"):
        syllable = "l" + syllable[1:]
    elif syllable.startswith("hu"):
        syllable = "f" + (syllable[2:] or "u")
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


def _typed(run: str) -> list[str]:
    """``run`` in as few syllables as it takes; a word that is no pinyin is one sound by itself."""
    ways: list[list[str] | None] = [[], *[None] * len(run)]
    for start, way in enumerate(ways):
        if way is None:
            continue
        for end in range(start + 1, min(start + _LONGEST, len(run)) + 1):
            before = ways[end]
            if run[start:end] in SYLLABLES and (before is None or len(way) + 1 < len(before)):
                ways[end] = [*way, run[start:end]]
    found = ways[-1]
    if not found or (len(found) == 1 and len(run) < _MIN_TYPED):
        return [run]
    return [blurred(syllable) for syllable in found]

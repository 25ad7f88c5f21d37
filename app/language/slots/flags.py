"""What people want of a job besides the trade, the place and the pay: 包吃, 不上夜班, 日结."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.language.slots.found import Found
from app.language.slots.plain import plain
from app.language.slots.words import Hit, Words

_NOT: Final = (
    "(?:不是非要|不一定要?|不要求|不需要|用不着|不想要|不强求|不想|不愿意?|不要|不用|不必|不做|不干|不找|不求|无需"
    "|没有|没得|莫得|不|没|莫|别)"
)
_NOT_BEFORE: Final = re.compile(f"({_NOT}{{1,2}})$")
_ONE_NOT: Final = re.compile(_NOT)
_REFUSED: Final = re.compile(
    "的?(?:话|工作|厂|活)?(?:我|我们|就|都|也|是){0,3}(?:不去|不要|不干|不考虑|不做|不行|不得行)"
)
_WAIVED: Final = re.compile(
    "的?(?:就|都|也|我|是){0,2}(?:不要|不用|不需要|用不着|不必|无所谓|没关系|不重要|可有可无|不去|不干|不做|不考虑)"
)
_ASKED_BEFORE: Final = re.compile("(?:(.)[不没]\\1.?|有没得?)$")
"""“有没有”, “要不要”, “愿不愿意” deny nothing."""
_ASKED_AFTER: Final = re.compile("的?(?:工作|厂|活路?|岗位?)?(?:吗|嘛|么|呀|迈)")
_LOOK_BACK: Final = 8


@dataclass(frozen=True, slots=True)
class Flag:
    """A thing that a job may have, and whether it is wanted or waived."""

    name: str
    wanted: bool = True

    def said(self) -> str:
        if self.wanted:
            return self.name
        return f"不一定{self.name}" if self.name.startswith("不") else f"不要{self.name}"


class Flags:
    """The things that people ask of a job, and their words for them.

    ``waived`` are words that give a thing up by themselves: “夜班也行” for 不上夜班. ``together`` are words for several
    things at once: “包吃住”.
    """

    def __init__(
        self,
        words: Mapping[str, Iterable[str]],
        *,
        waived: Mapping[str, Iterable[str]] | None = None,
        together: Mapping[str, Sequence[str]] | None = None,
        apart: Iterable[str] = (),
    ) -> None:
        self._meant: dict[str, tuple[Flag, ...]] = {
            plain(word): (Flag(name),) for name, also in words.items() for word in (*also, name)
        }
        self._meant |= {
            plain(word): (Flag(name, wanted=False),) for name, also in (waived or {}).items() for word in also
        }
        self._meant |= {plain(word): tuple(map(Flag, names)) for word, names in (together or {}).items()}
        self._words = Words(self._meant, apart)

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(flag.name for flags in self._meant.values() for flag in flags))

    @property
    def words(self) -> Collection[str]:
        """Every name, and every word for one."""
        return self._meant.keys()

    def read_flags(self, text: str) -> list[Found[Flag]]:
        return list(self._found(plain(text)))

    def _found(self, text: str) -> Iterator[Found[Flag]]:
        for hit in self._words.not_overlapping(text):
            flags, start = self._meant[hit.word], hit.start
            given_up = _given_up(text, hit)
            for left, flag in zip(range(len(flags), 0, -1), flags, strict=True):
                end = start + -(-(hit.end - start) // left)  # “包吃住” says two things: 包吃, and 住
                yield Found(Flag(flag.name, flag.wanted != given_up), start, end)
                start = end


def _given_up(text: str, hit: Hit) -> bool:
    """Whether the words beside it say the contrary; “不包住的不去” says it twice, and wants it."""
    before = text[max(0, hit.start - _LOOK_BACK) : hit.start]
    said = _NOT_BEFORE.search(before)
    if not said or _ASKED_BEFORE.search(before) or (said[0].startswith("没") and _ASKED_AFTER.match(text, hit.end)):
        return _WAIVED.match(text, hit.end) is not None
    times = len(_ONE_NOT.findall(said[0])) + bool(_REFUSED.match(text, hit.end))
    return times % 2 == 1

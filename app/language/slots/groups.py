"""Groups of people that benefits are for, as somebody says or denies to belong to one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.language.slots.found import Found
from app.language.slots.plain import plain
from app.language.slots.words import Words


@dataclass(frozen=True, slots=True)
class GroupSaid:
    """A group by its name in the list."""

    name: str
    denied: bool = False
    asked_for_other: bool = False
    """Somebody else is meant than the writer: “我妈是脱贫户”."""

    def said(self) -> str:
        if self.asked_for_other:
            return ("家里人不是" if self.denied else "家里人是") + self.name
        return ("不是" if self.denied else "") + self.name


_DENIED_BEFORE: Final = re.compile(
    "(?:(?<!是)不是|(?<!算)不算|(?<!有)没[有得]?|莫得|算不上|不属于|不再是|(?:不|没)吃|不享受|没办|没评|没纳入|还?没当|非)"
    "(?:过|了|上|到|什么|哪样|啥子?|的|我们|一个|个|得|成)?$"
)
_NONE: Final = "(?:没得|没有|莫得|没办|不是|不算)(?:[，。！；]|了|$)"
_DENIED_AFTER: Final = re.compile(f".(?:证|户|人|身份)?我(?:也|都|还)?{_NONE}|证(?:也|都|还|就)?{_NONE}")
"""“残疾证没得” denies it; “招人没得” is a question here."""
_OTHER: Final = re.compile(
    "家里人|屋头人|家人|老公|老婆|婆娘|媳妇|爱人|丈夫|妻子|男人|对象|爸|妈|爹|父亲|母亲|父母|老汉|老人|爷爷|奶奶|外公|外婆|公公|婆婆|岳父|岳母|"
    "儿子?|女儿|姑娘|娃|崽|孩子|小孩|哥|弟|姐|妹|兄弟|侄|外甥|孙|叔|伯|舅|姨|姑|亲戚|邻居|朋友|同学|老乡|同事|[他她]|别人|人家|"
    "(?:帮|替|给|代)[^我，。！？；]{1,4}[问办看查]"
)
_STOP: Final = re.compile("[，。！？；、]")
_SELF: Final = re.compile(
    "我们?(?:和|跟|同|与|两).*|我们?家(?=[是不属也都算有没])|我(?:自己|本人|也|就|是|不|没|属|算|这|一)|本人"
)
_LOOK_BACK: Final = 12


class Groups:
    """The groups that are known, and the words each is called by."""

    def __init__(self, words: Mapping[str, Iterable[str]], *, apart: Iterable[str] = ()) -> None:
        self._meant = {plain(word): name for name, also in words.items() for word in (name, *also)}
        self._words = Words(self._meant, apart)

    def read_groups(self, text: str) -> list[Found[GroupSaid]]:
        text = plain(text)
        return [
            Found(self._said(text, self._meant[hit.word], hit.start, hit.end), hit.start, hit.end)
            for hit in self._words.not_overlapping(text)
        ]

    def _said(self, text: str, name: str, start: int, end: int) -> GroupSaid:
        clause = _STOP.split(text[max(0, start - _LOOK_BACK) : start])[-1]
        denied = bool(_DENIED_BEFORE.search(clause) or _DENIED_AFTER.match(text, end - 1))
        return GroupSaid(name, denied, _of_other(clause))


def _of_other(clause: str) -> bool:
    """Whether ``clause``, which leads up to the group, speaks of somebody else last."""
    other = max((found.end() for found in _OTHER.finditer(clause)), default=0)
    own = max((found.end() for found in _SELF.finditer(clause)), default=0)
    return other > own

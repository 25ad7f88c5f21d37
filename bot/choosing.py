"""Which line of a list is meant, and whether another page of it: “2”, “第二个”, “报名第二个”, “下一页”. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

PAGE: Final = 3
"""Lines that are shown at a time, numbered from 1 on every page."""
NEXT: Final = frozenset(
    {
        *("下一页", "下页", "翻页", "换一批", "换一页", "更多", "看更多", "还有吗", "还有呢"),
        *("还有没有", "还有没得", "还有哪些", "还有别的吗", "后面的", "后面的呢", "再看几个"),
    }
)
BEFORE: Final = frozenset({"上一页", "上页", "前一页", "往回", "返回", "前面的"})
_LINE: Final = r"第?([1-9一二三四五六七八九两])(?:个|号|场|班|项|家|条)?"
_ONLY: Final = re.compile(rf"(?:看看?|我?选|我?要看?|我想看|问)?{_LINE}(?:的?(?:详情|详细|情况|呢|看看))?")
_WITHIN: Final = re.compile(_LINE)
_FILLERS: Final = (
    "请问|那个?|这[个场家]|[它是在要得去到的我还都有吗呢嘛不咯哈些点]|需要|你们|没有|没得|一下|好多|多少|几"
    "|什么|哪样|啥子?|东西"
)
LONG: Final = 16
"""Characters of a question about what is open; a longer one has a subject of its own."""
_NUMERALS: Final = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))


def line_number(said: str) -> int | None:
    """The line that these words pick, and nothing else; None where they do not."""
    found = _ONLY.fullmatch(said)
    return _number(found[1]) if found else None


def split_line(said: str) -> tuple[int | None, str]:
    """The line that is named in “报名第二个”, None where there is none, and the words without it."""
    found = _WITHIN.search(said)
    return (_number(found[1]), said[: found.start()] + said[found.end() :]) if found else (None, said)


def asking(words: str) -> Callable[[str], bool]:
    """Whether a whole sentence asks for one of ``words`` (alternatives of a pattern) and names nothing else.

    “那要带些什么东西” is about what is open, “木岗的车间在哪里” is not.
    """
    pattern = re.compile(f"(?:{_FILLERS})*(?:{words})(?:{words}|{_FILLERS})*")
    return lambda said: len(said) <= LONG and pattern.fullmatch(said) is not None


def on_page(shown: Mapping[str, Any]) -> Sequence[int]:
    """The rows that are on the screen, by their numbers."""
    start = shown.get("start", 0)
    ids: Sequence[int] = shown["ids"][start : start + PAGE]
    return ids


def at_line(shown: Mapping[str, Any], number: int) -> int | None:
    """The row with this number; None where the page has no such line."""
    page = on_page(shown)
    return page[number - 1] if 1 <= number <= len(page) else None


def other_page(shown: Mapping[str, Any], said: str) -> int | None:
    """Where the page begins that is asked for; None when there is none."""
    start = shown.get("start", 0) + (-PAGE if said in BEFORE else PAGE)
    return start if 0 <= start < len(shown["ids"]) else None


def _number(numeral: str) -> int:
    return _NUMERALS.get(numeral) or int(numeral)

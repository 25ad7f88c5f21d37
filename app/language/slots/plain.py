"""The text as the readers see it: one width, one script, no blanks, few marks."""

import re
import unicodedata
from typing import Final

from opencc import OpenCC

from app.language.characters import strip_illegal
from app.language.normalise import MAX_QUERY, MAX_TAIL

_BLANK: Final = re.compile(r"\s+")
_TO_SIMPLIFIED: Final = OpenCC("t2s")
_MARKS: Final = str.maketrans({",": "，", "?": "？", "!": "！", ":": "：", ";": "；", "—": "-", "–": "-"})


def plain(text: str) -> str:
    """``text`` in NFKC, simplified, lower case, without blanks; of a long one the beginning and the end."""
    if len(text) > 4 * MAX_QUERY:
        text = text[: 2 * MAX_QUERY] + text[-2 * MAX_QUERY :]
    text = unicodedata.normalize("NFKC", strip_illegal(text)).lower()
    text = _TO_SIMPLIFIED.convert(_BLANK.sub("", text)).translate(_MARKS)
    return text if len(text) <= MAX_QUERY else text[: MAX_QUERY - MAX_TAIL] + text[-MAX_TAIL:]

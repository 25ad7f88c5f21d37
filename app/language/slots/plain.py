"""The spelling that the readers of slots read: like normalise, but with the signs that carry meaning."""

import re
import unicodedata
from typing import Final

from opencc import OpenCC

from app.language.characters import strip_illegal
from app.language.normalise import MAX_QUERY, MAX_TAIL

_TO_SIMPLIFIED: Final = OpenCC("t2s")
to_simplified: Final = _TO_SIMPLIFIED.convert
_SIGNS: Final = str.maketrans(
    {
        **dict.fromkeys(',()[]{}<>【】《》「」“”"|\n\r…', "，"),
        **dict.fromkeys("‐‑‒–—―−─", "-"),
        **dict.fromkeys("〜∼", "~"),
        "?": "？",
        "!": "！",
        ":": "：",
        ";": "；",
    }
)
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_FULL_STOP: Final = re.compile(r"(?<!\d)\.|\.(?!\d)")
# Two numbers with a blank between are two numbers: “2月13号 2个人”, “初八 8点”.
_BETWEEN_NUMBERS: Final = re.compile(r"(?<=\d)\s+(?=\d)")
_NOISE: Final = re.compile(r"[^\w，。、？！：；\-~./+¥]+|_+")


def plain(text: str) -> str:
    """``text`` as the readers read it: NFKC, simplified, lower case, without blanks; 6,000 is 6000.

    Of punctuation ，。、？！：；-~ stay, and within numbers and rates . / + and ¥. A bracket or a new line is a ，.
    It is at most MAX_QUERY long: of a longer one the beginning and the end are kept.
    """
    if len(text) > 4 * MAX_QUERY:
        text = text[: 2 * MAX_QUERY] + text[-2 * MAX_QUERY :]
    text = _THOUSANDS.sub("", unicodedata.normalize("NFKC", strip_illegal(text)).lower())
    text = _FULL_STOP.sub("。", _BETWEEN_NUMBERS.sub("，", text.translate(_SIGNS)))
    text = _NOISE.sub("", _TO_SIMPLIFIED.convert(text))
    return text if len(text) <= MAX_QUERY else text[: MAX_QUERY - MAX_TAIL] + text[-MAX_TAIL:]

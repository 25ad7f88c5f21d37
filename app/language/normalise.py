"""One spelling for what people type in many: width, case, traditional characters, blanks, punctuation."""

import re
import unicodedata
from typing import Final

from opencc import OpenCC

from app.language.characters import strip_illegal

MAX_QUERY: Final = 200
"""Characters of a message that are read for its meaning; time grows with them."""
MAX_TAIL: Final = 80
"""Of these, how many are its last ones: after a long story the question comes at the end."""

_NOISE: Final = re.compile(r"[\W_]+")
_TO_SIMPLIFIED: Final = OpenCC("t2s")


def normalise(text: str) -> str:
    """``text`` as it is compared: NFKC, simplified, lower case, letters and digits only, at most MAX_QUERY long.

    Of a longer one the beginning and the end are kept.
    """
    if len(text) > 4 * MAX_QUERY:
        text = text[: 2 * MAX_QUERY] + text[-2 * MAX_QUERY :]
    text = unicodedata.normalize("NFKC", strip_illegal(text)).lower()
    text = _NOISE.sub("", _TO_SIMPLIFIED.convert(text))
    return text if len(text) <= MAX_QUERY else text[: MAX_QUERY - MAX_TAIL] + text[-MAX_TAIL:]

"""One spelling for what people type in many: width, case, blanks, punctuation."""

import re
import unicodedata
from typing import Final

from app.language.characters import strip_illegal

MAX_QUERY: Final = 200
"""Characters of a message that are read for its meaning; nobody's question is longer, and time grows with it."""

_NOISE: Final = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """``text`` as the router compares it: NFKC, lower case, letters and digits only, at most MAX_QUERY long."""
    text = unicodedata.normalize("NFKC", strip_illegal(text[: MAX_QUERY * 2]))
    return _NOISE.sub("", text.lower())[:MAX_QUERY]

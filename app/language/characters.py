"""Characters that no text of ours may carry."""

import re
from typing import Final

# XML 1.0 has no room for these; JSON and PostgreSQL refuse some of them too. WeChat delivers them all the same.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def strip_illegal(text: str) -> str:
    """``text`` without control characters, lone surrogates and non-characters."""
    return _ILLEGAL.sub("", text)

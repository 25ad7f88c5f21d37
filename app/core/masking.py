"""Keeping people's numbers and our secrets out of logs, rows and errors."""

import re
from typing import Final

_ID_NUMBER = re.compile(r"(?<!\d)([1-9]\d{5})((?:19|20)\d{9})(\d{2}[\dXx])(?![\dXx])")
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})(?!\d)")
_OPENID = re.compile(r"(?<![A-Za-z0-9_-])(o[A-Za-z0-9_-]{5})[A-Za-z0-9_-]{18,}([A-Za-z0-9_-]{4})(?![A-Za-z0-9_-])")
_SECRET = re.compile(r"(?i)\b(secret|access_token|token|session_key|appsecret|password)(=|\"?: ?\"?)([^&\s\"']+)")

HIDDEN: Final = "••••"


def mask_people(text: str) -> str:
    """``text`` with ID numbers and mobile phones shortened: 520203••••••••1234, 138••••5678."""
    text = _ID_NUMBER.sub(r"\1••••••••\3", text)
    return _PHONE.sub(r"\1••••\3", text)


def mask_all(text: str) -> str:
    """``text`` as a log may keep it: people's numbers, openids and secrets hidden."""
    text = _OPENID.sub(r"\1••••\2", mask_people(text))
    return _SECRET.sub(rf"\1\2{HIDDEN}", text)

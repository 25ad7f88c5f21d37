"""Keeping people's numbers and our secrets out of logs, rows and errors."""

import re
from typing import Final

_ID_NUMBER = re.compile(r"(?<!\d)([1-9]\d{5})[ -]?(?:18|19|20)\d{6}[ -]?(\d{3}[\dXx])(?![\dXx])")
_PHONE = re.compile(r"(?<!\d)((?:(?:\+|00)?86[ -]?)?1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})(?!\d)")
_LONG_NUMBER = re.compile(r"\d{3}")
_OPENID = re.compile(r"(?<![A-Za-z0-9_-])(o[A-Za-z0-9_-]{5})[A-Za-z0-9_-]{18,}([A-Za-z0-9_-]{4})(?![A-Za-z0-9_-])")
_NAME: Final = r"(?:secret|token|session_?key|aes_?key|secret_?key|password|passwd)"
_SECRET = re.compile(
    rf"(?i)({_NAME}(?:_previous)?\\*[\"']?\s*[=:]\s*)"
    r"""(?:\\+["'][^"']*|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^&\s"',;)}\]]+)"""
)
_BEARER = re.compile(r"(?i)\b(Bearer +)[^\s\"',;)}\]]+")
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s\"']+@")
_SECRET_KEY = re.compile(rf"(?i){_NAME}(?:_previous)?$|^id_number$|^authorization$")

HIDDEN: Final = "••••"


def mask_people(text: str) -> str:
    """``text`` with ID numbers and mobile phones shortened: 520203••••••••1234, 138••••5678."""
    if not _LONG_NUMBER.search(text):
        return text
    text = _ID_NUMBER.sub(r"\1••••••••\2", text)
    return _PHONE.sub(r"\1••••\3", text)


def drop_people(text: str) -> str:
    """``text`` without ID numbers and mobile phones."""
    return _PHONE.sub(" ", _ID_NUMBER.sub(" ", text)) if _LONG_NUMBER.search(text) else text


def mask_all(text: str) -> str:
    """``text`` as a log may keep it: people's numbers, openids and secrets hidden."""
    text = _OPENID.sub(r"\1••••\2", mask_people(text))
    text = _BEARER.sub(rf"\1{HIDDEN}", _URL_PASSWORD.sub(rf"\1{HIDDEN}@", text))
    return _SECRET.sub(rf"\1{HIDDEN}", text)


def names_a_secret(key: str) -> bool:
    """Whether what stands under ``key`` is hidden whole, whatever it looks like."""
    return _SECRET_KEY.search(key) is not None

"""The names of fields as the sender wrote them, fit to print."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.errors import FieldError
from app.core.validation import describe

MAX_ERRORS = 20
"""Nobody mends more at a time, and a body of unknown keys must not buy a megabyte of answer."""

MAX_NAME = 100
SOURCES = {"body", "query", "header", "cookie", "path"}


def field_error(error: Mapping[str, Any]) -> FieldError:
    """One of pydantic's findings about a request."""
    return describe(error, field_name(error["loc"]))


def field_name(location: Sequence[int | str]) -> str:
    """``("body", "passengers", 0, "name")`` as ``passengers.0.name``, fit to print; the whole body is ``body``.

    Names are the sender's own and may hold anything: what cannot be printed becomes U+FFFD, and a
    long one is cut.
    """
    parts = list(location[1:]) if len(location) > 1 and location[0] in SOURCES else list(location)
    name = ".".join(str(part)[: MAX_NAME + 1] for part in parts if part != "[key]")
    shown = "".join("\ufffd" if unicodedata.category(each)[0] == "C" else each for each in name[: MAX_NAME + 1])
    return shown if len(shown) <= MAX_NAME else shown[: MAX_NAME - 1] + "…"

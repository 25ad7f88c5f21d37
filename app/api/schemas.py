"""The types that requests are made of. Strict: ``true`` is no number, ``"3"`` is no integer, a misspelt key is refused.

For JSON bodies: ``Incoming`` and every type here but those named ``…Param``.
For query and path: ``Line``, ``Day``, ``Instant``, ``Choice``, ``CountParam``, ``RowId``, ``Filter``.

FastAPI hands JSON to pydantic as Python values, where strict dates and enums would want Python
objects; ``Day``, ``Instant`` and ``Choice`` take the text that JSON has.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema
from pydantic_core import PydanticCustomError

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years beyond these are slips of the finger, and overflow when moved to another zone."""

BIGGEST_ROW = 2**31 - 1
"""PostgreSQL refuses to compare our numbers of rows with a larger one."""

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
DIGITS = re.compile(r"-?\d{1,19}", re.ASCII)

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class Incoming(BaseModel):
    """A JSON body, or a part of one: exactly these keys, exactly these types."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Outgoing(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def one_line(text: str) -> str:
    """``text`` in NFC, trimmed, without the invisible.

    Zero-width and bidi controls (category Cf: U+200B, U+202A…, U+FEFF) are removed silently: they
    come along when a number is copied out of the address book or a chat, and nobody can see what
    they are asked to delete. Control characters, line breaks too, lone surrogates and noncharacters
    are refused: something is wrong with the sender.
    """
    return _clean(text, allowed="")


def many_lines(text: str) -> str:
    """As ``one_line``, but tabs and line breaks may stay; line breaks become ``\\n``."""
    return _clean(text.replace("\r\n", "\n").replace("\r", "\n"), allowed="\n\t")


def _clean(text: str, allowed: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if text.isprintable():
        return text
    kept = "".join(each for each in text if unicodedata.category(each) != "Cf")
    if any(_unfit(each) for each in kept if each not in allowed):
        raise PydanticCustomError("control_character", "里面有换行或看不见的控制字符，请删去后重填。")
    return kept.strip()


def _unfit(character: str) -> bool:
    category, point = unicodedata.category(character), ord(character)
    return category in ("Cc", "Cs", "Zl", "Zp") or point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def day_of(value: object) -> date:
    """A date written ``2026-02-18`` and no other way."""
    if isinstance(value, str) and DAY.fullmatch(value) and FIRST_YEAR <= int(value[:4]) <= LAST_YEAR:
        try:
            return date.fromisoformat(value)
        except ValueError:  # no such day; the sentence below says so
            pass
    elif isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise PydanticCustomError("bad_date", "要写成真实的日期，例如 2026-02-18。")


def instant_of(value: object) -> datetime:
    """An ISO 8601 instant with its zone, in UTC."""
    if isinstance(value, str) and INSTANT.fullmatch(value) and FIRST_YEAR <= int(value[:4]) <= LAST_YEAR:
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError:  # no such day or hour; the sentence below says so
            pass
    elif isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    raise PydanticCustomError(
        "bad_instant", "要写成带时区的时刻，例如 2026-02-18T08:30:00+08:00；放在网址里时，加号写成 %2B。"
    )


def number_of(value: object) -> int:
    """A query or path parameter in plain digits; no ``1e3``, ``3.0``, ``+3``, ``1_000`` or ``３``."""
    if isinstance(value, str) and DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise PydanticCustomError("bad_number", "要填整数，只用数字。")


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


Line = Annotated[str, AfterValidator(one_line), Field(min_length=1, max_length=200)]
"""One line of text, 1–200 characters after cleaning. Narrower: ``Annotated[Line, Field(max_length=64)]``."""

Prose = Annotated[str, AfterValidator(many_lines), Field(min_length=1, max_length=2000)]
"""Text of several lines, 1–2,000 characters after cleaning."""

Count = Annotated[int, Strict(), Field(ge=0, le=1_000_000)]
"""So many of something. Narrower: ``Annotated[Count, Field(ge=1, le=10)]``."""

Fen = Annotated[int, Strict(), Field(ge=0, le=10_000_000_000)]
"""Money, up to 一亿元."""

Day = Annotated[date, BeforeValidator(day_of), WithJsonSchema({"type": "string", "format": "date"})]
Instant = Annotated[datetime, BeforeValidator(instant_of), WithJsonSchema({"type": "string", "format": "date-time"})]

Choice = Annotated[E, Strict(False)]
"""A member of an enum by its value: ``mode: Choice[TripMode]``."""

CountParam = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(number_of)]
RowId = Annotated[int, Field(ge=1, le=BIGGEST_ROW), BeforeValidator(number_of)]
"""A row's id in a path. Whatever is none is 404."""

Filter = Annotated[T | None, BeforeValidator(_none_if_empty)]
"""An optional query parameter: ``city: Filter[Line] = None``. Empty (``?city=``) counts as not given."""

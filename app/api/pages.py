"""Lists, page by page: ``{"items": […], "next": cursor or null}``.

A cursor is the last item's sort key, so a row that comes or goes between two pages neither repeats
nor hides another. It carries no secret and no signature; it is opaque and nothing but ``next``
should be sent back, but a made-up one can do no more than start the list elsewhere.

    NEWEST = Cursor("jobs", datetime, int)

    after = NEWEST.read(page)                     # None on the first page
    rows = list_jobs(session, after=after, limit=page.limit + 1)
    shown, following = cut(rows, page, NEWEST, key=lambda job: (job.posted_at, job.id))
    return Listing(items=[JobItem.of(job) for job in shown], next=following)
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field, TypeAdapter

from app.api.schemas import BIGGEST_ROW, Day, Filter, Instant, Outgoing, number_of
from app.core.errors import FieldError, Invalid

MAX_CURSOR = 400
Limit = Annotated[int, Field(ge=1, le=100), BeforeValidator(number_of)]
Row = TypeVar("Row")
Item = TypeVar("Item")

KEY_TYPES: dict[type, Any] = {
    int: Annotated[int, Field(ge=-BIGGEST_ROW, le=BIGGEST_ROW)],
    str: Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f]*$")],
    date: Day,
    datetime: Instant,
}


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page was asked for."""

    cursor: str | None
    limit: int


async def _page(
    cursor: Annotated[Filter[str], Query(description="上一页答复里的 next；第一页不填")] = None,
    limit: Annotated[Limit, Query(description="一页几条")] = 20,
) -> PageRequest:
    return PageRequest(cursor, limit)


Page = Annotated[PageRequest, Depends(_page)]


class Cursor:
    """The cursors of one list: its name, so that another list's is refused, and its sort key's types."""

    def __init__(self, listing: str, *key: type) -> None:
        self.listing = listing
        shape = (Literal[listing], *(KEY_TYPES[each] for each in key))
        self.adapter: TypeAdapter[tuple[Any, ...]] = TypeAdapter(tuple[shape])  # type: ignore[valid-type]

    def write(self, *key: object) -> str:
        """The cursor behind an item with this sort key."""
        checked = self.adapter.validate_python((self.listing, *key))
        return base64.urlsafe_b64encode(self.adapter.dump_json(checked)).rstrip(b"=").decode("ascii")

    def read(self, page: PageRequest) -> tuple[Any, ...] | None:
        """The sort key to go on behind, None on the first page. Raises Invalid for any cursor we did not write."""
        if page.cursor is None:
            return None
        try:
            key = self._key(page.cursor)
        except ValueError as error:  # pydantic's and base64's are ValueErrors
            raise _foreign() from error
        if self.write(*key) != page.cursor:
            raise _foreign()
        return key

    def _key(self, cursor: str) -> tuple[Any, ...]:
        if len(cursor) > MAX_CURSOR:
            raise ValueError("too long")
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return self.adapter.validate_json(raw, strict=True)[1:]


def _foreign() -> Invalid:
    sentence = "“cursor”要原样填上一页答复里的 next；第一页不填。"
    return Invalid(errors=[FieldError("cursor", "bad_cursor", sentence)])


class Listing(Outgoing, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


def cut(
    rows: Sequence[Row], page: PageRequest, cursor: Cursor, key: Callable[[Row], tuple[object, ...]]
) -> tuple[Sequence[Row], str | None]:
    """The page's rows and the next cursor, from rows fetched with ``limit + 1``."""
    if len(rows) <= page.limit:
        return rows, None
    shown = rows[: page.limit]
    return shown, cursor.write(*key(shown[-1]))

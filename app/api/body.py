"""Request bodies, bounded in size and time before anything reads them.

Starlette alone accepts 200 MB and waits for ever. Here a body is read whole into memory, up to its
path's cap and within the deadline, and only then handed on; what goes wrong is answered here.
"""

import asyncio
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.json_body import check_json
from app.api.problems import is_api, refusal
from app.core.errors import BadRequest, TooLarge, TooSlow, UnsupportedMediaType, YanluError

GRACE = 1024 * 1024
"""So much of an oversized body is still read and dropped: a sender that is cut off in mid-body often
sees a broken connection instead of the 413."""

MAX_LENGTH_DIGITS = 15


class _Gone(Exception):
    """The sender hung up before the body was complete."""


class BodyLimits:
    """ASGI middleware: caps and deadline everywhere, and under ``/api`` JSON or nothing.

    ``caps`` lists path prefixes with the most bytes that a body under them may have; the first that
    fits counts. The last must be ``"/"``, so that no path is forgotten. ``deadline`` is in seconds,
    for the whole body. Refusals: 413 too large, 408 too slow, 400 where Content-Length is
    not a number or not true, and under ``/api`` 415 for another content type and whatever
    ``check_json`` says.
    """

    def __init__(self, app: ASGIApp, *, caps: Sequence[tuple[str, int]], deadline: float = 10.0) -> None:
        if not caps or caps[-1][0] != "/":
            raise ValueError('the last prefix must be "/"')
        self.app = app
        self.caps = caps
        self.deadline = deadline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
            if body and is_api(scope):
                check_content_type(scope)
                check_json(body)
        except _Gone:
            return
        except YanluError as error:
            # A body not read to its end leaves the connection unusable for the next request.
            hang_up = {"Connection": "close"} if isinstance(error, TooLarge | TooSlow) else {}
            await refusal(scope, error, hang_up)(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        cap = next(most for prefix, most in self.caps if scope["path"].startswith(prefix) or prefix == "/")
        declared = declared_length(scope)
        if declared is not None and declared > cap + GRACE:
            raise TooLarge
        try:
            async with asyncio.timeout(self.deadline):
                body = await _collect(receive, cap)
        except TimeoutError as error:
            raise TooSlow from error
        if declared is not None and declared != len(body):
            raise BadRequest("Content-Length 与实际内容的长度不符。")
        return body


async def _collect(receive: Receive, cap: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= cap + GRACE:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= cap:
            chunks.append(chunk)
        more = message.get("more_body", False)
    if size > cap:
        raise TooLarge
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body in one message, then whatever the server says next."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


def declared_length(scope: Scope) -> int | None:
    """The Content-Length header, None without one. Raises BadRequest for one that is no number."""
    values = {value for name, value in scope["headers"] if name == b"content-length"}
    if not values:
        return None
    value: bytes = values.pop()
    if values or not value.isdigit() or len(value) > MAX_LENGTH_DIGITS:
        raise BadRequest("Content-Length 写得不对。")
    return int(value)


def check_content_type(scope: Scope) -> None:
    """Raise UnsupportedMediaType unless the body calls itself JSON, in UTF-8."""
    values = [value for name, value in scope["headers"] if name == b"content-type"]
    kind, *parameters = (values[0] if len(values) == 1 else b"").decode("latin-1").lower().split(";")
    is_json = kind.strip() == "application/json" or (kind.startswith("application/") and kind.strip().endswith("+json"))
    charsets = {each.strip().removeprefix("charset=").strip('"') for each in parameters if "charset=" in each}
    if not is_json or not charsets <= {"utf-8", "utf8"}:
        raise UnsupportedMediaType

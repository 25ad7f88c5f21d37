"""What both of WeChat's doors share: the handshake, the address line before the body, the body within limits."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.types import Receive, Scope, Send

from app.core.clock import machine_seconds
from app.core.metrics import messages_total
from app.wechat.codec import MAX_BODY, Codec, Envelope, EnvelopeRefused

BODY_DEADLINE: Final = 2.0
"""Seconds for a body to arrive; WeChat's come in one packet."""
HANDLED, DUPLICATE = messages_total.labels("handled"), messages_total.labels("duplicate")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes out: status and body; text unless it is XML."""

    status: int
    body: str = ""
    media_type: str = "text/plain; charset=utf-8"


SILENT: Final = Answered(200, "success")


class Door(ABC):
    """One app's callback, as an ASGI application: a framework's routing would cost as much as the answer."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if scope["method"] == "POST":
            answered = await self.receive(query, receive)
        elif scope["method"] in ("GET", "HEAD"):
            answered = self.handshake(query)
        else:
            answered = Answered(405)
        body = answered.body.encode()
        headers = [(b"content-type", answered.media_type.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": answered.status, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})

    def handshake(self, query: Mapping[str, str]) -> Answered:
        """WeChat asks whether we know the token; we say its echostr back."""
        try:
            self._codec.check_address(query, now=machine_seconds())
        except EnvelopeRefused as refused:
            return refuse(refused.reason)
        return Answered(200, query.get("echostr", ""))

    @abstractmethod
    async def receive(self, query: Mapping[str, str], receive: Receive) -> Answered:
        """A message or event."""

    async def open(self, query: Mapping[str, str], receive: Receive) -> Envelope:
        """The authentic content. The address first: a stranger's body is not even read. Raises EnvelopeRefused."""
        signature = self._codec.check_address(query, now=machine_seconds())
        return self._codec.open_body(signature, query, await _read_body(receive))


def refuse(reason: str) -> Answered:
    messages_total.labels("refused").inc()
    log.info("callback_refused", reason=reason)
    return Answered({"size": 413, "slow": 408}.get(reason, 403))


async def _read_body(receive: Receive) -> bytes:
    """The body, within MAX_BODY bytes and BODY_DEADLINE seconds. Raises EnvelopeRefused."""
    body, more = b"", True
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            while more:
                event = await receive()
                if event["type"] == "http.disconnect":
                    raise EnvelopeRefused("gone")
                body += event.get("body", b"")
                more = event.get("more_body", False)
                if len(body) > MAX_BODY:
                    raise EnvelopeRefused("size")
    except TimeoutError:
        raise EnvelopeRefused("slow") from None
    return body

"""The door WeChat knocks at: GET (handshake) and POST (messages) of ``/wechat``.

Whatever is not proven to come from WeChat gets a bare 4xx. Whatever is, gets a 200: an answer, or a
kind sentence that asks to send it again; never an error page, which WeChat would show as a fault notice.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from app.core.clock import Clock, machine_seconds
from app.core.metrics import failures_total, message_seconds, messages_total
from app.messaging.inbound import Replayed
from app.messaging.rendering import MessageTemplates
from app.wechat.codec import MAX_BODY, Codec, Envelope, EnvelopeRefused
from app.wechat.messages import Kind, Message
from app.wechat.parse import MessageUnreadable, read_message
from app.wechat.replies import Text, render
from bot.conversation import Conversation

BODY_DEADLINE: Final = 2.0
"""Seconds for a body to arrive; WeChat's come in one packet."""
SILENT: Final = "success"

log = structlog.get_logger()


class Callback:
    """One account's callback."""

    def __init__(
        self,
        codec: Codec,
        conversation: Conversation,
        templates: MessageTemplates,
        clock: Clock,
        *,
        on_message: Callable[[Message], None] = lambda message: None,
    ) -> None:
        """``on_message`` hears of every authentic message (the simulator learns its followers by it)."""
        self._codec = codec
        self._conversation = conversation
        self._templates = templates
        self._clock = clock
        self._on_message = on_message

    async def handshake(self, request: Request) -> Response:
        """WeChat asks whether we know the token; we say its echostr back."""
        try:
            self._codec.check_address(request.query_params, now=machine_seconds())
        except EnvelopeRefused as refused:
            return _refuse(refused.reason)
        return PlainTextResponse(request.query_params.get("echostr", ""))

    async def receive(self, request: Request) -> Response:
        begun = time.monotonic()
        try:
            envelope = await self._open(request)
        except EnvelopeRefused as refused:
            return _refuse(refused.reason)
        try:
            message = read_message(envelope.content, is_json=envelope.is_json)
        except MessageUnreadable as unreadable:
            return self._apologise_unread(unreadable, envelope)
        self._on_message(message)
        try:
            answer = await self._conversation.answer(envelope, message, waited=time.monotonic() - begun)
        except Replayed:
            return _refuse("replay")
        except Exception as error:
            failures_total.labels(type(error).__name__).inc()
            log.exception("turn_failed", kind=message.type_name, event_name=message.event)
            return self._apologise(message, envelope)
        outcome = "duplicate" if answer.duplicate else "handled"
        messages_total.labels(outcome).inc()
        message_seconds.observe(time.monotonic() - begun)
        return self._send(answer.xml, envelope)

    async def _open(self, request: Request) -> Envelope:
        query = request.query_params
        # The address first: a stranger's body is not even read.
        self._codec.check_address(query, now=machine_seconds())
        body = await _read_body(request)
        return self._codec.open(query, body, now=machine_seconds())

    def _send(self, xml: str, envelope: Envelope) -> Response:
        if not xml:
            return PlainTextResponse(SILENT)
        return Response(self._codec.seal(xml, envelope, now=machine_seconds()), media_type="application/xml")

    def _apologise(self, message: Message, envelope: Envelope) -> Response:
        if not message.shows_reply:
            return PlainTextResponse(SILENT)
        sorry = Text(self._templates.render("conversation/failed"))
        return self._send(render(sorry, message, created=int(self._clock.now().timestamp())), envelope)

    def _apologise_unread(self, unreadable: MessageUnreadable, envelope: Envelope) -> Response:
        """The words are lost, but where the sender can be told, they hear of it."""
        failures_total.labels("unreadable").inc()
        log.warning("message_unreadable", reason=unreadable.reason)
        if not (unreadable.sender and unreadable.receiver) or unreadable.kind == Kind.EVENT:
            return PlainTextResponse(SILENT)
        return self._apologise(Message(Kind.UNKNOWN, unreadable.receiver, unreadable.sender, 0), envelope)


def _refuse(reason: str) -> Response:
    messages_total.labels("refused").inc()
    log.info("callback_refused", reason=reason)
    return Response(status_code=413 if reason == "size" else 408 if reason == "slow" else 403)


async def _read_body(request: Request) -> bytes:
    """The body, within MAX_BODY bytes and BODY_DEADLINE seconds. Raises EnvelopeRefused."""
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            parts: list[bytes] = []
            size = 0
            async for part in request.stream():
                size += len(part)
                if size > MAX_BODY:
                    raise EnvelopeRefused("size")
                parts.append(part)
            return b"".join(parts)
    except TimeoutError:
        raise EnvelopeRefused("slow") from None
    except ClientDisconnect:
        raise EnvelopeRefused("gone") from None

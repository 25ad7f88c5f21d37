"""The door WeChat knocks at: GET (handshake) and POST (messages) of ``/wechat``.

Whatever is not proven to come from WeChat gets a bare 4xx. Whatever is, gets a 200: an answer, or a
kind sentence that asks to send it again; never an error page, which WeChat would show as a fault notice.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.types import Receive, Scope, Send

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
HANDLED, DUPLICATE = messages_total.labels("handled"), messages_total.labels("duplicate")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answered:
    """What goes out: status and body; text unless it is XML."""

    status: int
    body: str = ""
    media_type: str = "text/plain; charset=utf-8"


SILENT: Final = Answered(200, "success")


class Callback:
    """One account's callback, as an ASGI application: a framework's routing would cost as much as the answer."""

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
            return _refuse(refused.reason)
        return Answered(200, query.get("echostr", ""))

    async def receive(self, query: Mapping[str, str], receive: Receive) -> Answered:
        """A message or event."""
        begun = time.monotonic()
        try:
            # The address first: a stranger's body is not even read.
            signature = self._codec.check_address(query, now=machine_seconds())
            envelope = self._codec.open_body(signature, query, await _read_body(receive))
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
        (DUPLICATE if answer.duplicate else HANDLED).inc()
        message_seconds.observe(time.monotonic() - begun)
        return self._send(answer.xml, envelope)

    def _send(self, xml: str, envelope: Envelope) -> Answered:
        if not xml:
            return SILENT
        return Answered(200, self._codec.seal(xml, envelope, now=machine_seconds()), "application/xml")

    def _apologise(self, message: Message, envelope: Envelope) -> Answered:
        if not message.shows_reply:
            return SILENT
        sorry = Text(self._templates.render("conversation/failed"))
        return self._send(render(sorry, message, created=int(self._clock.now().timestamp())), envelope)

    def _apologise_unread(self, unreadable: MessageUnreadable, envelope: Envelope) -> Answered:
        """The words are lost, but where the sender can be told, they hear of it."""
        failures_total.labels("unreadable").inc()
        log.warning("message_unreadable", reason=unreadable.reason)
        if not (unreadable.sender and unreadable.receiver) or unreadable.kind == Kind.EVENT:
            return SILENT
        return self._apologise(Message(Kind.UNKNOWN, unreadable.receiver, unreadable.sender, 0), envelope)


def _refuse(reason: str) -> Answered:
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

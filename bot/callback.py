"""The door WeChat knocks at: GET (handshake) and POST (messages) of ``/wechat``.

Whatever is not proven to come from WeChat gets a bare 4xx. Whatever is, gets a 200: an answer, or a
kind sentence that asks to send it again; never an error page, which WeChat would show as a fault notice.
"""

import time
from collections.abc import Callable, Mapping

import structlog
from starlette.types import Receive

from app.core.clock import Clock, machine_seconds
from app.core.metrics import failures_total, message_seconds
from app.messaging.inbound import Replayed
from app.messaging.rendering import MessageTemplates
from app.wechat.codec import Codec, Envelope, EnvelopeRefused
from app.wechat.messages import Kind, Message
from app.wechat.parse import MessageUnreadable, read_message
from app.wechat.replies import Text, render
from bot.conversation import Conversation
from bot.door import DUPLICATE, HANDLED, SILENT, Answered, Door, refuse

log = structlog.get_logger()


class Callback(Door):
    """The official account's callback."""

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
        super().__init__(codec)
        self._conversation = conversation
        self._templates = templates
        self._clock = clock
        self._on_message = on_message

    async def receive(self, query: Mapping[str, str], receive: Receive) -> Answered:
        """A message or event."""
        begun = time.monotonic()
        try:
            envelope = await self.open(query, receive)
        except EnvelopeRefused as refused:
            return refuse(refused.reason)
        try:
            message = read_message(envelope.content, is_json=envelope.is_json)
        except MessageUnreadable as unreadable:
            return self._apologise_unread(unreadable, envelope)
        self._on_message(message)
        try:
            answer = await self._conversation.answer(envelope, message, waited=time.monotonic() - begun)
        except Replayed:
            return refuse("replay")
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

"""The mini-program's door: GET (handshake) and POST (messages and events, XML or JSON) of ``/wechat/mini``.

WeChat shows nothing of our answer here, so it is always `success`, and the words follow as a customer-service
message. `success` ends WeChat's tries for good: it is said once the message is stored, and whoever finds a stored
message that nobody answers any more (its process died) answers it.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.types import Receive

from app.core.clock import SHANGHAI, Clock, machine_seconds
from app.core.db import Database
from app.core.errors import YanluError
from app.core.metrics import failures_total
from app.messaging import inbound, late
from app.messaging.inbound import Delivery, Replayed
from app.messaging.windows import what_opens
from app.people.models import Channel
from app.wechat.codec import Codec, EnvelopeRefused
from app.wechat.messages import Kind, Message, SubscribeChoice, SubscribeChoices, SubscribeOutcome
from app.wechat.parse import MessageUnreadable, read_message
from bot.door import DUPLICATE, HANDLED, SILENT, Answered, Door, refuse
from bot.turn import Turns

LOOK: Final = 30.0
"""Seconds between looks for messages that nobody answers any more."""
AGAIN: Final = Answered(503)
"""Not stored: WeChat shall send it again."""
YEAR_3000: Final = 32_503_680_000

SendLater = Callable[..., Any]
"""``send_later(session, openid, text, key, *, now)``: a unit's verb that puts a message into the delivery ledger."""
OnSubscribe = Callable[..., Any]
"""``on_subscribe(session, openid, template_id, outcome, *, at)``: a unit's verb that keeps the credit."""

log = structlog.get_logger()


class MiniDoor(Door):
    """The callback of the mini-program that goes with the account."""

    def __init__(
        self,
        codec: Codec,
        db: Database,
        turns: Turns,
        clock: Clock,
        *,
        send_later: SendLater | None = None,
        on_subscribe: OnSubscribe | None = None,
        on_message: Callable[[Message], None] = lambda _: None,
    ) -> None:
        """Both verbs run inside the unit that stores what they are about. Without ``send_later`` answers are kept."""
        super().__init__(codec)
        self._db = db
        self._turns = turns
        self._clock = clock
        self._send_later = send_later
        self._on_subscribe = on_subscribe
        self._on_message = on_message
        self._answering: set[asyncio.Task[None]] = set()

    async def receive(self, query: Mapping[str, str], receive: Receive) -> Answered:
        try:
            envelope = await self.open(query, receive)
        except EnvelopeRefused as refused:
            return refuse(refused.reason)
        try:
            message = read_message(envelope.content, is_json=envelope.is_json)
        except MessageUnreadable as unreadable:
            failures_total.labels("unreadable").inc()
            log.warning("message_unreadable", reason=unreadable.reason, channel=Channel.MINI_PROGRAM)
            return SILENT
        signature, digest = envelope.signature, envelope.digest
        delivery = self._turns.delivery(message, signature=signature, digest=digest, channel=Channel.MINI_PROGRAM)
        content = envelope.content.decode("utf-8", "replace")
        try:
            new = await self._db.write(self._take_in, delivery, message, content)
        except Replayed:
            return refuse("replay")
        except Exception as error:
            failures_total.labels(type(error).__name__).inc()
            log.exception("message_not_stored", kind=message.type_name, event_name=message.event)
            return AGAIN
        (HANDLED if new else DUPLICATE).inc()
        self._on_message(message)
        if new and message.kind is not Kind.EVENT:
            self._begin(delivery.key)
        return SILENT

    async def take_up_what_is_left(self) -> None:
        """Answer, until cancelled, what another process or an earlier one of ours has left."""
        while True:
            try:
                begun_before = int(machine_seconds()) - late.LEASE
                for key in await self._db.read(late.left_over, begun_before=begun_before):
                    await self._answer(key)
            except (YanluError, SQLAlchemyError) as error:
                log.warning("left_over_put_off", error=type(error).__name__)
            await asyncio.sleep(LOOK)

    async def close(self) -> None:
        """Let what has begun finish."""
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _begin(self, key: str) -> None:
        task = asyncio.create_task(self._answer(key))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, key: str) -> None:
        """The turn of a stored message, and its answer on its way; what fails is taken up later."""
        try:
            waiting = await self._db.read(late.read_late, key)
            if waiting and waiting.answer is None:
                await self._turns.finish(waiting)
            if self._send_later:
                await self._db.write(self._hand_over, key)
        except Exception as error:
            failures_total.labels(type(error).__name__).inc()
            log.exception("turn_failed", key=key, channel=Channel.MINI_PROGRAM)

    # --- units of work ---

    def _take_in(self, session: Session, delivery: Delivery, message: Message, content: str) -> bool:
        """Store the message before anything is made of it. False for one that came before. Raises Replayed."""
        now = self._clock.now()
        intent = "late" if message.kind is not Kind.EVENT else message.event[:80]
        opens = what_opens(event=message.event)
        if not inbound.record_message(session, delivery, intent=intent, reply="", now=now, opens=opens):
            inbound.record_repeat(session, delivery, now=now)
            return False
        if message.kind is not Kind.EVENT:
            late.open_late(session, delivery, content)
        elif isinstance(message.detail, SubscribeChoices) and self._on_subscribe:
            at = datetime.fromtimestamp(message.created, SHANGHAI) if 0 < message.created < YEAR_3000 else now
            for choice in message.detail.items:
                if outcome := _outcome(message.event, choice):
                    self._on_subscribe(session, message.from_user, choice.template_id, outcome, at=at)
        return True

    def _hand_over(self, session: Session, key: str) -> None:
        """Exactly once: the answer leaves its row in the transaction that puts it into the ledger."""
        ready = late.hand_over(session, key)
        if ready and self._send_later:
            openid, text = ready
            self._send_later(session, openid, text, key, now=self._clock.now())


def _outcome(event: str, choice: SubscribeChoice) -> SubscribeOutcome | None:
    if not choice.template_id:
        return None
    if event == "subscribe_msg_sent_event":
        return SubscribeOutcome.FAILED if choice.error_code else SubscribeOutcome.SENT
    no = SubscribeOutcome.WITHDRAWN if event == "subscribe_msg_change_event" else SubscribeOutcome.REJECTED
    by_status = {"accept": SubscribeOutcome.ACCEPTED, "reject": no}
    return by_status.get(choice.status.lower())

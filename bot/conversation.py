"""In time for WeChat: repeats join the first try, and what takes too long is answered later."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlmodel import Session

from app.core.clock import Clock
from app.core.db import Database
from app.core.errors import Busy
from app.messaging import inbound, late
from app.messaging.answers import send_answer
from app.messaging.inbound import Delivery, Replayed
from app.messaging.rendering import MessageTemplates
from app.messaging.windows import what_opens
from app.wechat.codec import Envelope
from app.wechat.messages import Message
from app.wechat.replies import Text, render
from bot.turn import Answer, Told, Turns

DEADLINE: Final = 3.5
"""Seconds from a message's arrival to its answer; WeChat hangs up after 5."""
LATE_GRACE: Final = 0.8
"""Seconds more to store “please wait”; after that it is said without being stored."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Work:
    """A message being answered in this process, and the delivery that began it."""

    task: "asyncio.Task[Answer]"
    delivery: Delivery
    told: Told


class Conversation:
    """Turns, within WeChat's five seconds."""

    def __init__(
        self, db: Database, turns: Turns, templates: MessageTemplates, clock: Clock, *, deadline: float = DEADLINE
    ) -> None:
        self._db = db
        self._clock = clock
        self._turns = turns
        self._templates = templates
        self._deadline = deadline
        self._work: dict[str, Work] = {}
        self._watches: set[asyncio.Task[None]] = set()

    async def answer(self, envelope: Envelope, message: Message, *, waited: float = 0.0) -> Answer:
        """The reply to this delivery. ``waited`` seconds of the deadline have gone into receiving it.

        Raises Replayed, and whatever keeps a turn from being answered.
        """
        delivery = self._turns.delivery(message, signature=envelope.signature, digest=envelope.digest)
        begun = self._work.get(delivery.key)
        work = begun or self._begin(delivery, message)
        if begun and begun.delivery.signature == delivery.signature and begun.delivery.digest != delivery.digest:
            raise Replayed
        done, _ = await asyncio.wait([work.task], timeout=max(self._deadline - waited, 0.0))
        if not done:
            return await self._answer_later(work, delivery, message, envelope)
        answer = work.task.result()
        if begun and begun.delivery.signature != delivery.signature:
            await self._db.write(inbound.record_repeat, delivery, now=self._clock.now())
        return Answer(answer.xml, answer.text, duplicate=True) if begun else answer

    async def close(self) -> None:
        """Let what has begun finish."""
        await asyncio.gather(*(work.task for work in self._work.values()), *self._watches, return_exceptions=True)

    def _begin(self, delivery: Delivery, message: Message) -> Work:
        told = Told()
        work = Work(asyncio.create_task(self._turns.answer(delivery, message, told)), delivery, told)
        self._work[delivery.key] = work
        work.task.add_done_callback(lambda _: self._work.pop(delivery.key, None))
        return work

    async def _answer_later(self, work: Work, delivery: Delivery, message: Message, envelope: Envelope) -> Answer:
        """Say “please wait”, stored so that every delivery hears it and another process can finish the work."""
        if work.told.xml:
            self._watch(self._db.write(inbound.record_repeat, delivery, now=self._clock.now()), delivery)
            return Answer(work.told.xml, duplicate=True)
        log.warning("answer_late", key=delivery.key, kind=message.type_name)
        now = self._clock.now()
        please_wait = Text(self._templates.render("conversation/waiting"))
        xml = render(please_wait, message, created=int(now.timestamp())) if message.shows_reply else ""
        content = envelope.content.decode("utf-8", "replace")
        try:
            opens = what_opens(event=message.event)
            storing = self._db.write(_store_late, delivery, content, xml, opens, now=now)
            stored = await asyncio.wait_for(storing, LATE_GRACE)
            self._watch(self._see_it_through(work, stored=True), delivery)
            return Answer(stored)
        except (TimeoutError, Busy):
            # The database is slower than WeChat waits: say it all the same, and let the turn store what was said.
            work.told.xml = xml
            self._watch(self._see_it_through(work, stored=False), delivery)
            return Answer(xml)

    async def _see_it_through(self, work: Work, *, stored: bool) -> None:
        """Wait for the work. An answer that was stored as if it had been shown is kept for the next message."""
        answer = await work.task
        if not stored and answer.text and not answer.late:
            await self._db.write(_keep_answer, work.delivery, answer.text, now=self._clock.now())
            self._turns.forget(work.delivery)

    def _watch(self, work: Awaitable[None], delivery: Delivery) -> None:
        """Let ``work`` go on after the answer has left. What it fails at is taken up with the sender's next message."""

        async def watched() -> None:
            try:
                await work
            except Exception:
                log.exception("late_work_failed", key=delivery.key)

        task = asyncio.create_task(watched())
        self._watches.add(task)
        task.add_done_callback(self._watches.discard)


def _keep_answer(session: Session, delivery: Delivery, text: str, *, now: datetime) -> None:
    late.keep_answer(session, delivery, text)
    send_answer(session, delivery.openid, delivery.key, text, now=now)


def _store_late(session: Session, delivery: Delivery, content: str, xml: str, opens: str, *, now: datetime) -> str:
    """Store “please wait” as the message's reply; where the answer came first after all, return that."""
    if inbound.record_message(session, delivery, intent="late", reply=xml, now=now, opens=opens):
        late.open_late(session, delivery, content)
        return xml
    reply = inbound.stored_reply(session, delivery.key)
    if reply is None:
        raise Replayed
    return reply

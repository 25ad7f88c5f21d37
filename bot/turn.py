"""One turn: read what is known, decide outside the database, then commit effect and reply together."""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Final

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.core.clock import Clock, local, machine_seconds
from app.core.db import Database, lost_its_parent
from app.core.errors import Busy
from app.core.masking import mask_people
from app.jobs.desk import Desk
from app.knowledge.calibration import MENU_SIZE
from app.knowledge.library import Library
from app.messaging import inbound, late
from app.messaging.answers import send_answer
from app.messaging.inbound import Delivery, Known, Replayed, Stale
from app.messaging.late import Late
from app.messaging.rendering import MessageTemplates
from app.messaging.windows import what_opens
from app.people.models import Channel
from app.policies.catalogue import Catalogue
from app.wechat.messages import Message
from app.wechat.parse import read_message
from app.wechat.replies import MAX_TEXT_BYTES, Reply, Text, render, split_text
from bot.following import STILL
from bot.forms import REMINDS, Scope
from bot.meanings import Meanings
from bot.route import Route, is_aspect, is_small_talk
from bot.router import CHECK, FOR_FORM, MORE, READY, UNCLEAR, Router
from bot.skill import PREPARES, SKILLS, Ahead, State, Turn
from bot.skills.conversation import settle_offer
from bot.skills.forms import open_question

GUESSES: Final = 10_000
"""People whose dialogue is remembered between their messages."""
TRIES: Final = 100
"""How often a turn starts over when another message of the same person commits first; of a burst, one does."""
MAX_ASKED: Final = 200
"""Characters of a question that are remembered."""
NEAR: Final = 0.02
"""Probability from which another reading of a question is remembered, for “不是这个”."""
FORM_SKILLS: Final = {FOR_FORM.skill, UNCLEAR.skill, CHECK}
STATE_FIELDS: Final = {field.name for field in fields(State)}
LATE_SEPARATOR: Final = "\n—— 上面是您先前问的 ——\n"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back for a message: its passive reply's XML (empty: nothing to show) and its text."""

    xml: str
    text: str = ""
    duplicate: bool = False
    late: bool = False
    """The sender was told to wait; the text is kept for their next message."""


@dataclass(slots=True)
class Told:
    """What a sender has meanwhile been told while their message is still being worked on."""

    xml: str = ""


class Turns:
    """Answers messages one by one; knows nothing of HTTP, deadlines or envelopes."""

    def __init__(
        self,
        db: Database,
        router: Router,
        meanings: Meanings,
        library: Library,
        catalogue: Catalogue,
        templates: MessageTemplates,
        jobs: Desk,
        clock: Clock,
    ) -> None:
        self._db = db
        self._router = router
        self._meanings = meanings
        self._library = library
        self._catalogue = catalogue
        self._templates = templates
        self._jobs = jobs
        self._clock = clock
        self._guesses: OrderedDict[tuple[Channel, str], Known] = OrderedDict()

    async def answer(self, delivery: Delivery, message: Message, told: Told) -> Answer:
        """Exactly one effect and one reply for ``message``, however often and wherever it is delivered.

        Raises Replayed for an altered replay, Busy when the database cannot be had.
        """
        if guess := self._guesses.get(_sender(delivery)):
            route = await self._route(message, guess)
            if route.skill != READY:
                try:
                    return await self._write(delivery, message, told, route, guess, None)
                except Stale:
                    pass
                except IntegrityError as error:
                    if not lost_its_parent(error):
                        raise  # otherwise the person was deleted or joined with another: look them up
        for _ in range(TRIES):
            known = await self._db.read(inbound.look_up, delivery)
            if known.digest is not None and known.digest != delivery.digest:
                raise Replayed
            if known.reply is not None:
                if known.digest is None:
                    await self._db.write(inbound.record_repeat, delivery, now=self._clock.now())
                return Answer(known.reply, duplicate=True)
            waiting = await self._waiting_answer(known)
            route = await self._route(message, known)
            with suppress(Stale):
                return await self._write(delivery, message, told, route, known, waiting)
        raise Busy

    async def _route(self, message: Message, known: Known) -> Route:
        state = _state(known)
        now = int(self._clock.now().timestamp())
        meaning = None
        if self._meanings.speaks and self._router.is_read(message, state):
            meaning = await self._meanings.of(message.text)
        route = self._router.route(message, state, now=now, meaning=meaning)
        if prepare := PREPARES.get(route.skill):
            scope = Scope(self._catalogue, self._library.lexicon, self._jobs.reader, local(self._clock.now()).date())
            prepare(Ahead(message.text, route.intent, state, scope, self._templates, now))
        return route

    async def _write(
        self, delivery: Delivery, message: Message, told: Told, route: Route, known: Known, waiting: Late | None
    ) -> Answer:
        """Commit the turn. What it leaves behind is guessed to be what the next turn finds, which saves reading it;
        the dialogue's version and the message's key tell when the guess is wrong."""
        self.forget(delivery)
        answer, after = await self._db.write(self._commit, delivery, message, told, route, known, waiting)
        if after is not None:
            self._guesses[_sender(delivery)] = after
            if len(self._guesses) > GUESSES:
                self._guesses.popitem(last=False)
        return answer

    def forget(self, delivery: Delivery) -> None:
        """Look this person up again at their next message."""
        self._guesses.pop(_sender(delivery), None)

    async def _waiting_answer(self, known: Known) -> Late | None:
        """This person's oldest late answer; one that nobody works on any more is finished first."""
        waiting = await self._db.read(late.read_late, known.late_key) if known.late_key else None
        if waiting is None or not waiting.given_up(int(machine_seconds())):
            return waiting
        try:
            await self.finish(waiting)
        except Exception:
            # It must not stand in the way of everything its sender says from now on.
            log.exception("late_answer_failed", key=waiting.key)
            await self._db.write(late.fulfil, waiting.key, self._templates.render("conversation/failed"))
        return await self._db.read(late.read_late, waiting.key)

    async def finish(self, waiting: Late) -> None:
        """Work out an answer that is owed: a process that died has left it undone, or it was put off at the door."""
        content = waiting.message.encode()
        message = read_message(content, is_json=content.startswith(b"{"))
        delivery = self.delivery(message, signature="", digest="", channel=inbound.channel_of(waiting.key))
        for _ in range(TRIES):
            known = await self._db.read(inbound.look_up, delivery)
            route = await self._route(message, known)
            try:
                await self._write(delivery, message, Told(), route, known, None)
                return
            except Stale:
                current = await self._db.read(late.read_late, waiting.key)
                if current is None or current.answer is not None:
                    return  # another process was quicker
        raise Busy

    def delivery(
        self, message: Message, *, signature: str, digest: str, channel: Channel = Channel.OFFICIAL_ACCOUNT
    ) -> Delivery:
        return Delivery(
            key=inbound.key_of(message, channel),
            signature=signature,
            digest=digest,
            channel=channel,
            openid=message.from_user,
            machine_time=int(machine_seconds()),
        )

    # --- inside the unit of work ---

    def _commit(
        self,
        session: Session,
        delivery: Delivery,
        message: Message,
        told: Told,
        route: Route,
        known: Known,
        waiting: Late | None,
    ) -> tuple[Answer, Known | None]:
        """The unit of work. Also returns what the next turn will find, where that is certain."""
        now = self._clock.now()
        reply: Reply | None = None
        after: Known | None = None
        if message.shows_reply:
            turn = self._begin(session, delivery, message, route, known)
            reply = self._perform(turn, route)
            if waiting is not None and waiting.key != delivery.key:
                reply = self._with_waiting(session, reply, route, waiting)
            reply = self._fit(turn, reply)
            after = inbound.advance_dialogue(session, turn.person_id, known, _stored(turn.state), now=now)
        answer = self._written(reply, message)
        if told.xml:
            answer = Answer(told.xml, answer.text, late=True)
        intent = route.intent or route.skill
        inbound.note_following(session, delivery, message.event.lower(), now=now)
        opens = what_opens(event=message.event)
        if inbound.record_message(session, delivery, intent=intent, reply=answer.xml, now=now, opens=opens):
            if answer.late:
                late.keep_answer(session, delivery, answer.text)
                send_answer(session, delivery.openid, delivery.key, answer.text, now=now)
            return answer, None if answer.late else after
        if late.fulfil(session, delivery.key, answer.text):
            send_answer(session, delivery.openid, delivery.key, answer.text, now=now)
            # “Please wait” was stored and stays this message's reply; the answer waits for the next.
            return Answer(inbound.stored_reply(session, delivery.key) or "", answer.text, late=True), None
        raise Stale

    def _begin(self, session: Session, delivery: Delivery, message: Message, route: Route, known: Known) -> Turn:
        now = self._clock.now()
        state = _state(known)
        return Turn(
            session=session,
            message=message,
            person_id=inbound.ensure_person(session, delivery, known, now=now),
            intent=route.intent,
            aspect=route.aspect,
            groups=route.groups,
            before=state.about,
            state=state,
            library=self._library,
            catalogue=self._catalogue,
            templates=self._templates,
            jobs=self._jobs,
            now=now,
        )

    def _perform(self, turn: Turn, route: Route) -> Reply:
        state = turn.state
        if state.offered_for and (route.is_choice or route.is_question):
            settle_offer(turn, chosen=route.is_choice and route.intent in state.options)
        if not route.keeps_menu:
            state.options, state.expects = list(route.options), ""
        if route.is_question:
            state.asked = mask_people(turn.message.text)[:MAX_ASKED]
            state.near = [one.intent for one in route.candidates[1 : 1 + MENU_SIZE] if one.confidence >= NEAR]
        if route.skill != MORE:
            state.more = ""  # a new subject: what was left of the old one is over
        if route.intent and not is_small_talk(route.intent) and route.skill != STILL:
            state.misses = 0
            if not is_aspect(route.intent):
                state.about = ""
            state.shown = {}  # another subject: a number means nothing of the old list any more
        form_before = state.form
        reply = SKILLS[route.skill](turn) if route.skill else turn.perform()
        asked_now = state.form != form_before
        return reply if asked_now else self._with_open_question(turn, route, reply)

    def _with_open_question(self, turn: Turn, route: Route, reply: Reply) -> Reply:
        """Under an answer to something else, the question of the form that waits; or how to get back to it."""
        form = turn.open_form()
        if form is None or route.skill in FORM_SKILLS or is_small_talk(route.intent) or not isinstance(reply, Text):
            return reply
        if int(turn.now.timestamp()) - form.at > REMINDS or not (question := open_question(turn)):
            return reply
        numbered = turn.state.options or turn.state.shown.get("at") == int(turn.now.timestamp())
        if numbered or len(f"{reply.content}\n{question}".encode()) > MAX_TEXT_BYTES:
            question = self._templates.render("forms/resume")
        return Text(f"{reply.content}\n{question}")

    def _with_waiting(self, session: Session, reply: Reply, route: Route, waiting: Late) -> Reply:
        """Put the answer that is waiting in front, and show it once."""
        if waiting.answer is None:
            return Text(self._templates.render("conversation/still_waiting")) if route.skill == READY else reply
        if not isinstance(reply, Text):
            return reply
        if not late.take_answer(session, waiting.key):
            raise Stale
        return Text(waiting.answer if route.skill == READY else waiting.answer + LATE_SEPARATOR + reply.content)

    def _fit(self, turn: Turn, reply: Reply) -> Reply:
        """What does not fit into one message is kept for 「更多」."""
        if not isinstance(reply, Text) or len(reply.content.encode("utf-8", "replace")) <= MAX_TEXT_BYTES:
            return reply
        hint = "\n" + self._templates.render("conversation/more_hint")
        first, rest = split_text(reply.content, limit=MAX_TEXT_BYTES - len(hint.encode()))
        turn.state.more = rest.strip()
        return Text(first + hint) if turn.state.more else Text(first)

    def _written(self, reply: Reply | None, message: Message) -> Answer:
        if reply is None:
            return Answer("")
        text = reply.content if isinstance(reply, Text) else ""
        return Answer(render(reply, message, created=int(self._clock.now().timestamp())), text)


def _sender(delivery: Delivery) -> tuple[Channel, str]:
    return delivery.channel, delivery.openid


def _stored(state: State) -> dict[str, Any]:
    """What is set of it: most of a state is empty most of the time, and every message writes it."""
    return {name: value for name, value in vars(state).items() if value}


def _state(known: Known) -> State:
    """The dialogue as stored; keys of an older or newer version of ours are left out."""
    return State(**{name: value for name, value in known.state.items() if name in STATE_FIELDS})

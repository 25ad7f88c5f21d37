"""Taking a message in: what is known of it, and the rows that commit with its effect.

This is the path of every message, so it speaks Core statements that SQLAlchemy compiles once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlmodel import Session, col

from app.core.db.upsert import InsertNew
from app.messaging.models import Dialogue, InboundMessage, LateAnswer
from app.people.models import Channel, Identity, Person
from app.wechat.messages import Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try of WeChat's to hand us a message."""

    key: str
    """The message's, the same for every try."""
    signature: str
    """The try's; empty when nobody is delivering (a late answer finished after a restart)."""
    digest: str
    channel: Channel
    openid: str
    machine_time: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows before a turn."""

    reply: str | None
    """The stored reply, when this message was already answered."""
    digest: str | None
    """Of the body that came with this signature before."""
    late_key: str | None
    """The oldest message of this sender whose answer is late."""
    person_id: int | None
    version: int
    """Of the dialogue; 0 when there is none yet."""
    state: Mapping[str, Any]


MINI_MARK: Final = "m"
"""Ends the key of a message to the mini-program: what is finished later is finished on its own channel."""


def key_of(message: Message, channel: Channel) -> str:
    return message.dedup_key + (MINI_MARK if channel is Channel.MINI_PROGRAM else "")


def channel_of(key: str) -> Channel:
    return Channel.MINI_PROGRAM if key.endswith(MINI_MARK) else Channel.OFFICIAL_ACCOUNT


class Replayed(Exception):
    """The address line was used before with another body: refused."""


class Stale(Exception):
    """Another turn committed first: look again and start over."""


REPEAT: Final = "repeat"
"""The intent of a further delivery's row."""

_insert_message: Final = InsertNew(InboundMessage)
_insert_identity: Final = InsertNew(Identity)
_insert_dialogue: Final = InsertNew(Dialogue)

_DELIVERY: Final = select(
    select(col(InboundMessage.reply)).where(col(InboundMessage.dedup_key) == bindparam("key")).scalar_subquery(),
    select(col(InboundMessage.digest)).where(col(InboundMessage.signature) == bindparam("signature")).scalar_subquery(),
    select(func.min(LateAnswer.dedup_key)).where(col(LateAnswer.openid) == bindparam("openid")).scalar_subquery(),
)
_PERSON: Final = (
    select(col(Identity.person_id), col(Dialogue.version), col(Dialogue.state))
    .join(Dialogue, col(Dialogue.person_id) == col(Identity.person_id), isouter=True)
    .where(col(Identity.channel) == bindparam("channel"), col(Identity.openid) == bindparam("openid"))
)
_ADVANCE: Final = (
    update(Dialogue)
    .where(col(Dialogue.person_id) == bindparam("person"), col(Dialogue.version) == bindparam("seen_version"))
    .values(
        version=bindparam("next_version"),
        state=bindparam("next_state", type_=Dialogue.__table__.c.state.type),  # type: ignore[attr-defined]
        updated_at=bindparam("now", type_=Dialogue.__table__.c.updated_at.type),  # type: ignore[attr-defined]
    )
)
_NEW_PERSON: Final = insert(Person).returning(col(Person.id))


def look_up(session: Session, delivery: Delivery) -> Known:
    """Everything a turn needs to know before it begins."""
    connection = session.connection()
    keys = {"key": delivery.key, "signature": delivery.signature, "openid": delivery.openid}
    reply, digest, late_key = connection.execute(_DELIVERY, keys).one()
    person = connection.execute(_PERSON, {"channel": delivery.channel, "openid": delivery.openid}).first()
    person_id, version, state = person or (None, None, None)
    return Known(reply, digest, late_key, person_id, version or 0, state or {})


def record_message(
    session: Session, delivery: Delivery, *, intent: str, reply: str, now: datetime, opens: str = ""
) -> bool:
    """Store the message's reply. False when the message or its address line was there before: then nothing else of
    this turn may be kept."""
    row = {
        "dedup_key": delivery.key,
        "signature": delivery.signature or None,
        "digest": delivery.digest,
        "openid": delivery.openid,
        "received_at": now,
        "intent": intent,
        "reply": reply,
        "opens": opens,
    }
    return _insert_message(session.connection(), row)


def record_repeat(session: Session, delivery: Delivery, *, now: datetime) -> None:
    """Note the address line of a further delivery. Raises Replayed when it came before with another body."""
    repeat = replace(delivery, key=f"{delivery.key}/{delivery.signature}")
    if record_message(session, repeat, intent=REPEAT, reply="", now=now):
        return
    used = select(col(InboundMessage.digest)).where(col(InboundMessage.signature) == delivery.signature)
    if session.connection().execute(used).scalar_one() != delivery.digest:
        raise Replayed


def stored_reply(session: Session, key: str) -> str | None:
    statement = select(col(InboundMessage.reply)).where(col(InboundMessage.dedup_key) == key)
    reply: str | None = session.connection().execute(statement).scalar_one_or_none()
    return reply


def ensure_person(session: Session, delivery: Delivery, known: Known, *, now: datetime) -> int:
    """The sender's person, made at their first message. Raises Stale when another turn has just made it."""
    if known.person_id is not None:
        return known.person_id
    connection = session.connection()
    person_id: int = connection.execute(_NEW_PERSON, {"created_at": now}).scalar_one()
    identity = {"person_id": person_id, "channel": delivery.channel, "openid": delivery.openid, "unionid": None}
    if not _insert_identity(connection, identity):
        raise Stale
    return person_id


def note_following(session: Session, delivery: Delivery, event: str, *, now: datetime) -> None:
    """Remember who does not follow the account any more, and who does again."""
    if event in ("subscribe", "unsubscribe"):
        same = col(Identity.channel) == delivery.channel, col(Identity.openid) == delivery.openid
        since = now if event == "unsubscribe" else None
        session.connection().execute(update(Identity).where(*same).values(unfollowed_at=since))


def advance_dialogue(
    session: Session, person_id: int, known: Known, state: Mapping[str, Any], *, now: datetime
) -> Known:
    """Compare and set: the conversation goes on only from the version that this turn has seen.

    Returns what the next turn will find. Raises Stale.
    """
    after = Known(None, None, None, person_id, known.version + 1, state)
    connection = session.connection()
    if known.version == 0:
        row = {"person_id": person_id, "version": 1, "state": state, "updated_at": now}
        if not _insert_dialogue(connection, row):
            raise Stale
        return after
    values = {
        "person": person_id,
        "seen_version": known.version,
        "next_version": after.version,
        "next_state": state,
        "now": now,
    }
    if connection.execute(_ADVANCE, values).rowcount != 1:
        raise Stale
    return after


def forget_messages(session: Session, *, created_before: int) -> int:
    """Delete rows of messages so old (seconds since 1970) that nobody can deliver them again; at most 200 a call.

    A message keeps its row while its answer is still owed. Returns how many went.
    """
    # Keys begin with the message's CreateTime, so the oldest stand together at the front of the index.
    owed = select(col(LateAnswer.dedup_key)).where(col(LateAnswer.answer).is_(None))
    oldest = (
        select(col(InboundMessage.dedup_key))
        .where(col(InboundMessage.dedup_key) < f"{created_before}.", col(InboundMessage.dedup_key).not_in(owed))
        .order_by(col(InboundMessage.dedup_key))
        .limit(200)
    )
    found = session.connection().execute(delete(InboundMessage).where(col(InboundMessage.dedup_key).in_(oldest)))
    return int(found.rowcount)

"""Taking a message in: what is known of it, and the rows that commit with its effect.

This is the path of every message, so it speaks Core statements that SQLAlchemy compiles once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlmodel import Session, col

from app.core.db.upsert import InsertNew
from app.messaging.models import Dialogue, InboundMessage, LateAnswer, SeenSignature
from app.people.models import Channel, Identity, Person


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


class Replayed(Exception):
    """The address line was used before with another body: refused."""


class Stale(Exception):
    """Another turn committed first: look again and start over."""


_insert_signature: Final = InsertNew(SeenSignature)
_insert_message: Final = InsertNew(InboundMessage)
_insert_identity: Final = InsertNew(Identity)
_insert_dialogue: Final = InsertNew(Dialogue)

_DELIVERY: Final = select(
    select(col(InboundMessage.reply)).where(col(InboundMessage.dedup_key) == bindparam("key")).scalar_subquery(),
    select(col(SeenSignature.digest)).where(col(SeenSignature.signature) == bindparam("signature")).scalar_subquery(),
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
_DIGEST: Final = select(col(SeenSignature.digest)).where(col(SeenSignature.signature) == bindparam("signature"))
_NEW_PERSON: Final = insert(Person).returning(col(Person.id))


def look_up(session: Session, delivery: Delivery) -> Known:
    """Everything a turn needs to know before it begins."""
    connection = session.connection()
    keys = {"key": delivery.key, "signature": delivery.signature, "openid": delivery.openid}
    reply, digest, late_key = connection.execute(_DELIVERY, keys).one()
    person = connection.execute(_PERSON, {"channel": delivery.channel, "openid": delivery.openid}).first()
    person_id, version, state = person or (None, None, None)
    return Known(reply, digest, late_key, person_id, version or 0, state or {})


def remember_delivery(session: Session, delivery: Delivery) -> None:
    """Note the address line, so that it cannot come back with another body. Raises Replayed when it just did."""
    if not delivery.signature:
        return
    connection = session.connection()
    row = {"signature": delivery.signature, "digest": delivery.digest, "seen_at": delivery.machine_time}
    if _insert_signature(connection, row):
        return
    if connection.execute(_DIGEST, {"signature": delivery.signature}).scalar_one() != delivery.digest:
        raise Replayed


def record_message(session: Session, delivery: Delivery, *, intent: str, reply: str, now: datetime) -> bool:
    """Store the message's reply. False when it already had one: then nothing else of this turn may be kept."""
    row = {
        "dedup_key": delivery.key,
        "openid": delivery.openid,
        "received_at": now,
        "intent": intent,
        "reply": reply,
    }
    return _insert_message(session.connection(), row)


def stored_reply(session: Session, key: str) -> str:
    statement = select(col(InboundMessage.reply)).where(col(InboundMessage.dedup_key) == key)
    return str(session.connection().execute(statement).scalar_one())


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


def forget_signatures(session: Session, *, older_than: int) -> int:
    """Delete address lines that the time window refuses anyway; at most 200 a call. Returns how many."""
    oldest = (
        select(col(SeenSignature.signature))
        .where(col(SeenSignature.seen_at) < older_than)
        .order_by(col(SeenSignature.seen_at))
        .limit(200)
    )
    found = session.connection().execute(delete(SeenSignature).where(col(SeenSignature.signature).in_(oldest)))
    return int(found.rowcount)

"""The inbox: matters handed to a human."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from typing import Final

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.core.errors import Conflict, NotFound
from app.core.masking import mask_people
from app.messaging.answers import send_answer
from app.messaging.models import Dialogue, InboxItem, LateAnswer
from app.people.models import Channel, Identity

MAX_TEXT: Final = 1_000
"""Characters kept of one matter."""
KEPT_DAYS: Final = 180
"""Days that a closed matter is kept."""


def call_human(session: Session, person_id: int, text: str, *, now: datetime) -> InboxItem:
    """Put the person's words into the inbox: into their open item, or a new one. Empty words only call."""
    text = mask_people(text.strip())
    item = find_open(session, person_id)
    if item is None:
        item = InboxItem(person_id=person_id, text=text[:MAX_TEXT], opened_at=now, updated_at=now)
    elif text and text not in item.text.splitlines():
        item.text, item.updated_at = "\n".join(filter(None, [item.text, text]))[:MAX_TEXT], now
    session.add(item)
    session.flush()
    return item


def find_open(session: Session, person_id: int) -> InboxItem | None:
    statement = select(InboxItem).where(InboxItem.person_id == person_id, col(InboxItem.closed_at).is_(None))
    return session.exec(statement.order_by(col(InboxItem.id))).first()


def list_open(session: Session) -> Sequence[InboxItem]:
    """Oldest first."""
    return session.exec(select(InboxItem).where(col(InboxItem.closed_at).is_(None)).order_by(col(InboxItem.id))).all()


def reply_to(session: Session, item_id: int, words: str, *, now: datetime) -> InboxItem:
    """Send ``words`` where WeChat still takes them, keep them for the person's next message otherwise; close the item.

    Raises NotFound, Conflict.

    The dialogue's version is raised, so that a process that guesses at what it last saw looks again.
    """
    item = close_item(session, item_id, now=now)
    identity = session.exec(
        select(Identity).where(Identity.person_id == item.person_id, Identity.channel == Channel.OFFICIAL_ACCOUNT)
    ).first()
    if identity is None:
        raise NotFound(f"第{item_id}号留言的人已经不在了。")
    key = f"{int(now.timestamp())}.inbox-{item_id}-{token_hex(4)}"
    session.add(LateAnswer(dedup_key=key, openid=identity.openid, message="", answer=words, begun_at=0))
    session.flush()
    send_answer(session, identity.openid, key, words, now=now)
    touch = update(Dialogue).where(col(Dialogue.person_id) == item.person_id)
    session.connection().execute(touch.values(version=Dialogue.version + 1))
    return item


def close_item(session: Session, item_id: int, *, now: datetime) -> InboxItem:
    """Somebody has seen to it. Raises NotFound, Conflict when it is closed already."""
    item = session.get(InboxItem, item_id)
    if item is None:
        raise NotFound(f"没有第{item_id}号留言。")
    if item.closed_at is not None:
        raise Conflict(f"第{item_id}号留言已经处理过了。")
    item.closed_at = now
    session.add(item)
    return item


def forget_closed(session: Session, *, closed_before: datetime) -> int:
    """Delete what was seen to long ago; at most 200 a call. Returns how many went."""
    oldest = select(col(InboxItem.id)).where(col(InboxItem.closed_at) < closed_before).limit(200)
    return int(session.connection().execute(delete(InboxItem).where(col(InboxItem.id).in_(oldest))).rowcount)

"""The inbox: matters handed to a human."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from app.core.errors import NotFound
from app.core.masking import mask_people
from app.messaging.models import InboxItem

MAX_TEXT: Final = 1_000
"""Characters kept of one matter."""


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


def close_item(session: Session, item_id: int, *, now: datetime) -> InboxItem:
    """Somebody has seen to it. Closing again changes nothing. Raises NotFound."""
    item = session.get(InboxItem, item_id)
    if item is None:
        raise NotFound(f"没有第{item_id}号留言。")
    item.closed_at = item.closed_at or now
    session.add(item)
    return item

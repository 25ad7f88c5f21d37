"""Subscribe messages that people have allowed: one tap, one message (一次性订阅)."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from app.core.db.upsert import InsertNew
from app.messaging.delivery_models import SubscribeCredit
from app.wechat.messages import SubscribeOutcome

_insert = InsertNew(SubscribeCredit)


def accept(session: Session, openid: str, template_id: str, *, now: datetime) -> None:
    """They tapped “允许”: one more message of this template may reach them."""
    _change(session, openid, template_id, now, {"credits": SubscribeCredit.credits + 1, "refused": False})


def refuse(session: Session, openid: str, template_id: str, *, now: datetime) -> None:
    """They switched it off: none, until they allow it again."""
    _change(session, openid, template_id, now, {"credits": 0, "refused": True})


def keep_credit(session: Session, openid: str, template_id: str, outcome: SubscribeOutcome, *, at: datetime) -> None:
    """What an event tells. “No” to one question takes nothing away of what was allowed before."""
    if outcome is SubscribeOutcome.ACCEPTED:
        accept(session, openid, template_id, now=at)
    elif outcome is SubscribeOutcome.WITHDRAWN:
        refuse(session, openid, template_id, now=at)


def _change(session: Session, openid: str, template_id: str, now: datetime, values: dict[str, object]) -> None:
    connection = session.connection()
    fresh = {"openid": openid, "template_id": template_id, "credits": 0, "refused": False, "updated_at": now}
    _insert(connection, fresh)
    mine = col(SubscribeCredit.openid) == openid, col(SubscribeCredit.template_id) == template_id
    connection.execute(update(SubscribeCredit).where(*mine).values(**values, updated_at=now))

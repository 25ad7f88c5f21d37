"""Answers that come after WeChat has hung up: sent where the account may, and kept for the next message anyway."""

from datetime import datetime

from sqlmodel import Session, select

from app.messaging import deliveries
from app.messaging.delivery_models import Purpose
from app.messaging.delivery_rules import Message
from app.messaging.inbound import channel_of
from app.people.models import Channel, Identity


def send_answer(session: Session, openid: str, late_key: str, text: str, *, now: datetime) -> None:
    """Order the late answer ``late_key``, which is kept, as a customer-service message: whichever comes first shows it.

    Without text, or to somebody who has no row yet, there is nothing to order; the mini-program's answers go their own
    way (`bot/mini.py`).
    """
    if channel_of(late_key) is not Channel.OFFICIAL_ACCOUNT:
        return
    account = Identity.channel == Channel.OFFICIAL_ACCOUNT, Identity.openid == openid
    person_id = session.exec(select(Identity.person_id).where(*account)).first() if text else None
    if person_id is not None:
        deliveries.push(session, person_id, Message(text), Purpose.ANSWER, now=now, late_key=late_key)


def send_mini_answer(session: Session, openid: str, text: str, _key: str, *, now: datetime) -> None:
    """Order the answer to what was said in the mini-program, where nothing can be shown in passing."""
    mini = Identity.channel == Channel.MINI_PROGRAM, Identity.openid == openid
    person_id = session.exec(select(Identity.person_id).where(*mini)).first() if text else None
    if person_id is not None:
        deliveries.push(session, person_id, Message(text, mini=True), Purpose.ANSWER, now=now)

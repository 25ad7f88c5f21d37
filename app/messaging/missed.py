"""Sentences that were not answered at once: kept without their senders, so that staff can teach them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.core.masking import mask_people
from app.messaging.models import MissedQuestion, Outcome

KEPT_DAYS: Final = 180
"""Days that a sentence is kept: a season and the time to learn from it."""
__all__ = ["Outcome", "forget_missed", "list_missed", "record_missed"]


def record_missed(session: Session, text: str, outcome: Outcome, *, now: datetime, intent: str = "") -> None:
    """Keep ``text`` with ID and phone numbers masked; ``intent`` is what its sender picked from the menu."""
    session.add(MissedQuestion(text=mask_people(text), outcome=outcome, intent=intent, asked_at=now))


def list_missed(session: Session) -> Sequence[MissedQuestion]:
    """Oldest first."""
    return session.exec(select(MissedQuestion).order_by(col(MissedQuestion.id))).all()


def forget_missed(session: Session, *, asked_before: datetime) -> int:
    """Delete what is older; at most 200 a call. Returns how many went."""
    oldest = select(col(MissedQuestion.id)).where(col(MissedQuestion.asked_at) < asked_before).limit(200)
    found = session.connection().execute(delete(MissedQuestion).where(col(MissedQuestion.id).in_(oldest)))
    return int(found.rowcount)

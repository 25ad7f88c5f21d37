"""Answers that were not ready in time: kept until the person writes again."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from app.core.db.upsert import InsertNew
from app.messaging.inbound import MINI_MARK, Delivery
from app.messaging.models import LateAnswer

LEASE: Final = 60
"""Machine seconds after which an unfinished answer is taken to be given up (its process died)."""

_insert_late: Final = InsertNew(LateAnswer)


@dataclass(frozen=True, slots=True)
class Late:
    """A late answer: still being worked on (``answer`` None) or waiting to be seen."""

    key: str
    message: str
    answer: str | None
    begun_at: int

    def given_up(self, machine_time: int) -> bool:
        return self.answer is None and machine_time - self.begun_at > LEASE


def open_late(session: Session, delivery: Delivery, message: str) -> None:
    """Note that ``message`` got a “please wait” and still owes its sender an answer."""
    row = {
        "dedup_key": delivery.key,
        "openid": delivery.openid,
        "message": message,
        "answer": None,
        "begun_at": delivery.machine_time,
    }
    _insert_late(session.connection(), row)


def keep_answer(session: Session, delivery: Delivery, answer: str) -> None:
    """Keep an answer that was stored in time but could not be shown in time."""
    row = {
        "dedup_key": delivery.key,
        "openid": delivery.openid,
        "message": "",
        "answer": answer,
        "begun_at": delivery.machine_time,
    }
    _insert_late(session.connection(), row)


def fulfil(session: Session, key: str, answer: str) -> bool:
    """Give a late message its answer; an empty one is nothing to show. False when it has one or is not late."""
    unanswered = col(LateAnswer.dedup_key) == key, col(LateAnswer.answer).is_(None)
    statement = (
        update(LateAnswer).where(*unanswered).values(answer=answer, message="")
        if answer
        else delete(LateAnswer).where(*unanswered)
    )
    return session.connection().execute(statement).rowcount == 1


def read_late(session: Session, key: str) -> Late | None:
    columns = LateAnswer.dedup_key, LateAnswer.message, LateAnswer.answer, LateAnswer.begun_at
    row = session.connection().execute(select(*columns).where(col(LateAnswer.dedup_key) == key)).first()  # type: ignore[call-overload]
    return Late(*row) if row else None


def hand_over(session: Session, key: str) -> tuple[str, str] | None:
    """Remove an answer because it goes out by itself: (openid, answer). None when it is not ready or already gone."""
    ready = col(LateAnswer.dedup_key) == key, col(LateAnswer.answer).is_not(None)
    taken = delete(LateAnswer).where(*ready).returning(col(LateAnswer.openid), col(LateAnswer.answer))
    row = session.connection().execute(taken).first()
    return (row[0], str(row[1])) if row else None


def left_over(session: Session, *, begun_before: int) -> list[str]:
    """Keys of mini-program messages whose answer is ready and not handed over, or that nobody works on any more."""
    undone = col(LateAnswer.answer).is_not(None) | (col(LateAnswer.begun_at) < begun_before)
    statement = select(col(LateAnswer.dedup_key)).where(col(LateAnswer.dedup_key).endswith(MINI_MARK), undone)
    return list(session.connection().execute(statement.limit(200)).scalars())


def take_answer(session: Session, key: str) -> bool:
    """Remove an answer because it is now being shown. False when another turn has shown it."""
    ready = col(LateAnswer.dedup_key) == key, col(LateAnswer.answer).is_not(None)
    return session.connection().execute(delete(LateAnswer).where(*ready)).rowcount == 1


def give_back(session: Session, key: str, openid: str, answer: str) -> None:
    """It could not be sent after all: keep it for the person's next message."""
    row = {"dedup_key": key, "openid": openid, "message": "", "answer": answer, "begun_at": 0}
    _insert_late(session.connection(), row)

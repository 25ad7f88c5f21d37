"""A second tap on the button is not a second booking: the same key and body get the first answer again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.core.db.upsert import InsertNew
from app.core.errors import Busy, Conflict
from app.people.models import IdempotencyKey

KEPT: Final = timedelta(days=2)
_insert: Final = InsertNew(IdempotencyKey)


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    default_detail = "这个请求编号用过了，内容却不一样。请换一个编号再提交。"


@dataclass(frozen=True, slots=True)
class Kept:
    status: int
    body: str


def digest_of(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()


def take_key(session: Session, person_id: int, key: str, digest: str, *, machine_now: datetime) -> Kept | None:
    """None: the key is this unit's, which must ``keep_answer``. Otherwise the first answer. Raises KeyReused.

    Taken before anything is judged: a twin on PostgreSQL waits here until the first has committed or was refused.
    Were it let in, it would be refused for what the first has just made (“you have booked already”).
    """
    row = {"person_id": person_id, "key": key, "digest": digest, "status": 0, "body": "", "created_at": machine_now}
    if _insert(session.connection(), row):
        return None
    kept = session.get(IdempotencyKey, (person_id, key))
    if kept is None:
        raise Busy  # it was there a moment ago: forgotten just now
    if kept.digest != digest:
        raise KeyReused
    return Kept(kept.status, kept.body)


def keep_answer(session: Session, person_id: int, key: str, answer: Kept) -> None:
    """Keep what was made, in the unit of work that has taken the key and made it."""
    mine = col(IdempotencyKey.person_id) == person_id, col(IdempotencyKey.key) == key
    session.connection().execute(update(IdempotencyKey).where(*mine).values(status=answer.status, body=answer.body))


def forget_keys(session: Session, *, machine_now: datetime) -> int:
    """Delete old ones; at most 200 a call. Returns how many went."""
    old = select(col(IdempotencyKey.person_id), col(IdempotencyKey.key))
    rows = session.exec(old.where(col(IdempotencyKey.created_at) < machine_now - KEPT).limit(200)).all()
    for person_id, key in rows:
        mine = col(IdempotencyKey.person_id) == person_id, col(IdempotencyKey.key) == key
        session.connection().execute(delete(IdempotencyKey).where(*mine))
    return len(rows)

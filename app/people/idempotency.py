"""A second tap on the button is not a second booking: the same key and body get the first answer again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app.core.db.upsert import InsertNew
from app.core.errors import Conflict
from app.people.models import IdempotencyKey

KEPT: Final = timedelta(days=2)
_insert: Final = InsertNew(IdempotencyKey)


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    default_detail = "这个请求编号用过了，内容却不一样。请换一个编号再提交。"


class Raced(Exception):
    """The same key was kept by another request meanwhile: this unit is undone, and its answer is the other's."""


@dataclass(frozen=True, slots=True)
class Kept:
    status: int
    body: str


def digest_of(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()


def kept_answer(session: Session, person_id: int, key: str, digest: str) -> Kept | None:
    """The first answer; None for a new key. Raises KeyReused."""
    row = session.get(IdempotencyKey, (person_id, key))
    if row is None:
        return None
    if row.digest != digest:
        raise KeyReused
    return Kept(row.status, row.body)


def keep_answer(session: Session, person_id: int, key: str, digest: str, answer: Kept, *, now: datetime) -> None:
    """Keep what was made, in the unit of work that made it. Raises Raced."""
    row = {"person_id": person_id, "key": key, "digest": digest, "status": answer.status, "body": answer.body}
    if not _insert(session.connection(), {**row, "created_at": now}):
        raise Raced


def forget_keys(session: Session, *, now: datetime) -> int:
    """Delete old ones; at most 200 a call. Returns how many went."""
    old = select(col(IdempotencyKey.person_id), col(IdempotencyKey.key))
    rows = session.exec(old.where(col(IdempotencyKey.created_at) < now - KEPT).limit(200)).all()
    for person_id, key in rows:
        mine = col(IdempotencyKey.person_id) == person_id, col(IdempotencyKey.key) == key
        session.connection().execute(delete(IdempotencyKey).where(*mine))
    return len(rows)

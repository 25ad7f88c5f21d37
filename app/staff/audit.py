"""The audit trail: rows that are only ever added, each sealed with a digest over itself and the one before."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.core.clock import local
from app.core.masking import mask_people
from app.staff.models import AuditRow, Staff

KEYS: Final[Mapping[str, frozenset[str]]] = {
    "staff.add": frozenset({"role"}),
    "staff.renew": frozenset(),
    "staff.disable": frozenset(),
    "staff.role": frozenset({"role"}),
    "inbox.reply": frozenset(),
    "inbox.close": frozenset(),
    "deliveries.create": frozenset({"title", "recipients"}),
    "deliveries.pause": frozenset(),
    "deliveries.resume": frozenset(),
    "deliveries.retry": frozenset({"again"}),
    "events.import": frozenset({"new", "changed", "errors"}),
    "events.cancel": frozenset({"told"}),
    "workshops.import": frozenset({"new", "changed", "errors"}),
    "menu.push": frozenset(),
    "jobs.publish": frozenset({"legal_basis"}),
    "jobs.reject": frozenset(),
    "jobs.close": frozenset(),
    "backup.restore": frozenset({"file", "by"}),
}
"""What each action tells; another set of keys is a mistake of ours."""
LOCK: Final = 7_305_002
START: Final = "0" * 64
PAGE: Final = 500


def record(
    session: Session, staff: Staff | None, action: str, about: str, detail: Mapping[str, Any], *, now: datetime
) -> None:
    """Add a row, in the unit of work of what it tells. Raises ValueError for an action or keys nobody has declared."""
    if action not in KEYS or KEYS[action] != frozenset(detail):
        raise ValueError(f"{action} tells {sorted(detail)}, declared is {sorted(KEYS.get(action, ()))}")
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})  # one chain
    row = AuditRow(
        at=now,
        staff_id=staff.id if staff else None,
        name=staff.name if staff else "命令行",
        action=action,
        object=about,
        detail=json.loads(mask_people(json.dumps(dict(detail), ensure_ascii=False))),
        digest="",
    )
    row.digest = _digest(row, _last_digest(session))
    session.add(row)
    session.flush()


def list_rows(session: Session, *, limit: int = 100) -> Sequence[AuditRow]:
    """Newest first."""
    return session.exec(select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)).all()


def first_broken(session: Session) -> int | None:
    """The number of the first row that is not as it was written, or stands after a gap; None when all is well."""
    before, after = START, 0
    while True:
        wanted = select(AuditRow).where(col(AuditRow.id) > after).order_by(col(AuditRow.id)).limit(PAGE)
        rows = session.exec(wanted).all()
        for row in rows:
            if row.digest != _digest(row, before):
                return row.id
            before, after = row.digest, row.id
        if not rows:
            return None


def _last_digest(session: Session) -> str:
    newest = select(AuditRow.digest).order_by(col(AuditRow.id).desc()).limit(1)
    return session.exec(newest).first() or START


def _digest(row: AuditRow, before: str) -> str:
    said = [before, int(local(row.at).timestamp()), row.staff_id, row.name, row.action, row.object, row.detail]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

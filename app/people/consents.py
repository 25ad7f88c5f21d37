"""What people have agreed to, and since when."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, func, select

from app.people.models import Channel, Consent
from app.people.purposes import PURPOSES, ConsentRequired, find_purpose


def set_consent(
    session: Session, person_id: int, purpose: str, *, granted: bool, channel: Channel, now: datetime
) -> Consent:
    """Note what they said to the present text. Raises NotFound for an unknown purpose."""
    known = find_purpose(purpose)
    consent = Consent(
        person_id=person_id,
        purpose=purpose,
        version=known.version,
        text_hash=known.text_hash,
        granted=granted,
        channel=channel,
        at=now,
    )
    session.add(consent)
    session.flush()
    return consent


def latest_consents(session: Session, people: Collection[int]) -> dict[tuple[int, str], Consent]:
    """The newest word of each person on each purpose."""
    newest = select(func.max(Consent.id)).where(col(Consent.person_id).in_(people))
    newest = newest.group_by(col(Consent.person_id), col(Consent.purpose))
    rows = session.exec(select(Consent).where(col(Consent.id).in_(newest)))
    return {(row.person_id, row.purpose): row for row in rows}


def said(session: Session, people: Collection[int]) -> dict[tuple[int, str], bool]:
    """Yes or no, where somebody said anything. A yes to an older text is no yes to the present one."""
    return {
        key: row.granted and row.version == PURPOSES[row.purpose].version
        for key, row in latest_consents(session, people).items()
        if row.purpose in PURPOSES
    }


def require_consent(session: Session, person_id: int, purpose: str) -> None:
    """Raises ConsentRequired."""
    if not said(session, [person_id]).get((person_id, purpose)):
        raise ConsentRequired(purpose)

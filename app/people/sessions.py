"""Signing in from the mini-program. Tokens live by the machine's clock, which no simulator moves."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from app.core.db.upsert import InsertNew
from app.core.errors import Unauthenticated
from app.people.linking import join_people, learn_unionid, redeem_link
from app.people.models import Channel, Identity, Person, PersonSession
from app.people.tokens import hash_of, new_token

LASTS: Final = timedelta(days=30)
ENDED: Final = "登录过期了，请重新打开小程序。"

_insert_identity: Final = InsertNew(Identity)


def sign_in(
    session: Session, openid: str, unionid: str | None, link: str | None, *, now: datetime, machine_now: datetime
) -> tuple[str, datetime]:
    """A new session of whoever has this openid in the mini-program: (token, when it ends).

    They are joined with who they are in the chat by WeChat's unionid, or by the token that the chat handed out.
    A link token that is no good is no reason to keep anybody out.
    """
    identity = _ensure_identity(session, openid, now=now)
    person_id = learn_unionid(session, identity, unionid) if unionid else identity.person_id
    linked = redeem_link(session, link, machine_now=machine_now) if link else None
    if linked is not None:
        person_id = join_people(session, person_id, linked)
    return open_session(session, person_id, machine_now=machine_now)


def open_session(session: Session, person_id: int, *, machine_now: datetime) -> tuple[str, datetime]:
    """The token, which is shown this once, and when it ends."""
    token, expires_at = new_token(), machine_now + LASTS
    row = PersonSession(token_hash=hash_of(token), person_id=person_id, created_at=machine_now, expires_at=expires_at)
    session.add(row)
    return token, expires_at


def find_person(session: Session, token: str, *, machine_now: datetime) -> int:
    """Whose token it is. Raises Unauthenticated, the same for every reason."""
    row = session.get(PersonSession, hash_of(token))
    if row is None or row.revoked_at is not None or row.expires_at <= machine_now:
        raise Unauthenticated(ENDED)
    return row.person_id


def revoke(session: Session, token: str, *, machine_now: datetime) -> None:
    """Sign out: from now on the token is worth nothing."""
    mine = update(PersonSession).where(col(PersonSession.token_hash) == hash_of(token))
    session.connection().execute(mine.values(revoked_at=machine_now))


def forget_sessions(session: Session, *, machine_now: datetime) -> int:
    """Delete what can let nobody in any more; at most 200 a call. Returns how many went."""
    over = or_(col(PersonSession.expires_at) <= machine_now, col(PersonSession.revoked_at).is_not(None))
    oldest = select(col(PersonSession.token_hash)).where(over).limit(200)
    gone = delete(PersonSession).where(col(PersonSession.token_hash).in_(oldest))
    return int(session.connection().execute(gone).rowcount)


def _ensure_identity(session: Session, openid: str, *, now: datetime) -> Identity:
    """Who has this openid; somebody new at the first time, also when a phone signs in twice at once."""
    mini = select(Identity).where(Identity.channel == Channel.MINI_PROGRAM, Identity.openid == openid)
    mini = mini.with_for_update()  # whoever is just being joined or deleted: wait, and see what they are then
    if found := session.exec(mini).first():
        return found
    person = Person(created_at=now)
    session.add(person)
    session.flush()
    row = {"person_id": person.id, "channel": Channel.MINI_PROGRAM, "openid": openid, "unionid": None}
    if not _insert_identity(session.connection(), row):
        session.delete(person)
        session.flush()
    return session.exec(mini).one()

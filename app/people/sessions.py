"""Signing in from the mini-program."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from app.core.errors import Unauthenticated
from app.people.linking import join_people, redeem_link
from app.people.models import Channel, Identity, Person, PersonSession
from app.people.tokens import hash_of, new_token

LASTS: Final = timedelta(days=30)
ENDED: Final = "登录过期了，请重新打开小程序。"


def sign_in(
    session: Session, openid: str, unionid: str | None, link: str | None, *, now: datetime
) -> tuple[str, datetime]:
    """A new session of whoever has this openid in the mini-program: (token, when it ends).

    They are joined with who they are in the chat by WeChat's unionid, or by the token that the chat handed out.
    A link token that is no good is no reason to keep anybody out.
    """
    mini = Identity.channel == Channel.MINI_PROGRAM, Identity.openid == openid
    identity = session.exec(select(Identity).where(*mini)).first()
    others = {redeem_link(session, link, now=now)} if link else set()
    if unionid:
        others |= set(session.exec(select(Identity.person_id).where(Identity.unionid == unionid)).all())
    if identity is None:
        person_id = min((one for one in others if one), default=None) or _new_person(session, now)
        identity = Identity(person_id=person_id, channel=Channel.MINI_PROGRAM, openid=openid)
    identity.unionid = unionid or identity.unionid
    session.add(identity)
    session.flush()
    person_id = identity.person_id
    for other in others - {None, person_id}:
        if other is not None:
            person_id = join_people(session, person_id, other)
    return open_session(session, person_id, now=now)


def open_session(session: Session, person_id: int, *, now: datetime) -> tuple[str, datetime]:
    """The token, which is shown this once, and when it ends."""
    token, expires_at = new_token(), now + LASTS
    row = PersonSession(token_hash=hash_of(token), person_id=person_id, created_at=now, expires_at=expires_at)
    session.add(row)
    return token, expires_at


def find_person(session: Session, token: str, *, now: datetime) -> int:
    """Whose token it is. Raises Unauthenticated, the same for every reason."""
    row = session.get(PersonSession, hash_of(token))
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        raise Unauthenticated(ENDED)
    return row.person_id


def revoke(session: Session, token: str, *, now: datetime) -> None:
    """Sign out: from now on the token is worth nothing."""
    mine = update(PersonSession).where(col(PersonSession.token_hash) == hash_of(token))
    session.connection().execute(mine.values(revoked_at=now))


def forget_sessions(session: Session, *, now: datetime) -> int:
    """Delete what can let nobody in any more; at most 200 a call. Returns how many went."""
    over = or_(col(PersonSession.expires_at) <= now, col(PersonSession.revoked_at).is_not(None))
    oldest = select(col(PersonSession.token_hash)).where(over).limit(200)
    gone = delete(PersonSession).where(col(PersonSession.token_hash).in_(oldest))
    return int(session.connection().execute(gone).rowcount)


def _new_person(session: Session, now: datetime) -> int:
    person = Person(created_at=now)
    session.add(person)
    session.flush()
    return person.id

"""One human, several openids: joined by WeChat's unionid or by a token of ours, never by a number that was typed."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Table, delete, exists, update
from sqlmodel import Session, col, select

from app.people.models import Channel, Identity, LinkToken, Person
from app.people.rows import PERSON, lock_people, tables_with, unique_with_person
from app.people.tokens import hash_of, new_token

LASTS: Final = timedelta(minutes=15)


def hand_out_link(session: Session, person_id: int, *, machine_now: datetime) -> str:
    """A token for the path of a mini-program link in the chat."""
    token = new_token()
    session.add(LinkToken(token_hash=hash_of(token), person_id=person_id, expires_at=machine_now + LASTS))
    return token


def redeem_link(session: Session, token: str, *, machine_now: datetime) -> int | None:
    """Whom the token was handed to; None when it is used, over or not ours. One conditional UPDATE: once."""
    good = (
        col(LinkToken.token_hash) == hash_of(token),
        col(LinkToken.used_at).is_(None),
        col(LinkToken.expires_at) > machine_now,
    )
    used = update(LinkToken).where(*good).values(used_at=machine_now).returning(col(LinkToken.person_id))
    return session.connection().execute(used).scalar_one_or_none()


def learn_unionid(session: Session, identity: Identity, unionid: str) -> int:
    """WeChat says who is behind an openid: joined with everybody else it says that of. Returns who they are now."""
    identity.unionid = unionid
    session.add(identity)
    session.flush()
    person_id = identity.person_id
    same = select(Identity.person_id).where(Identity.unionid == unionid, Identity.person_id != person_id)
    for other in session.exec(same.distinct()).all():
        person_id = join_people(session, person_id, other)
    return person_id


def join_people(session: Session, one: int, other: int) -> int:
    """Make two persons one: all that is about either is about the one that stays, who is returned.

    Who follows the account stays, with the conversation as it stands; of none such, the older. ``one`` stays as it is
    where the other is gone, or where both have an openid in the same app: those are two humans, and a link was
    forwarded. What is joined can never be told apart again.
    """
    if one == other or len(lock_people(session, {one, other})) < 2:
        return one
    apps = {person: _apps(session, person) for person in (one, other)}
    if apps[one] & apps[other]:
        return one
    followers = [person for person, known in apps.items() if Channel.OFFICIAL_ACCOUNT in known]
    keep = min(followers or (one, other))
    gone = other if keep == one else one
    session.flush()
    _keep_what_only_one_told(session, keep, gone)
    for table in tables_with(PERSON):
        _move(session, table, keep, gone)
    session.expire_all()
    session.connection().execute(delete(Person).where(col(Person.id) == gone))
    return keep


def _apps(session: Session, person_id: int) -> set[str]:
    return set(session.exec(select(Identity.channel).where(Identity.person_id == person_id)))


def _keep_what_only_one_told(session: Session, keep: int, gone: int) -> None:
    rows = {row.id: row for row in session.exec(select(Person).where(col(Person.id).in_((keep, gone))))}
    for name, value in rows[gone].model_dump().items():
        if getattr(rows[keep], name) is None:
            setattr(rows[keep], name, value)
    session.flush()


def _move(session: Session, table: Table, keep: int, gone: int) -> None:
    """Rows that would collide with one of who stays are given up: they say the same, or something older."""
    theirs = table.alias()
    connection = session.connection()
    for names in unique_with_person(table):
        same = [theirs.c[name] == table.c[name] for name in names]
        collides = exists().where(theirs.c[PERSON] == keep, *same)
        connection.execute(delete(table).where(table.c[PERSON] == gone, collides))
    connection.execute(update(table).where(table.c[PERSON] == gone).values({PERSON: keep}))


def forget_links(session: Session, *, machine_now: datetime) -> int:
    """Delete what is over; at most 200 a call. Returns how many went."""
    oldest = select(col(LinkToken.token_hash)).where(col(LinkToken.expires_at) <= machine_now).limit(200)
    gone = delete(LinkToken).where(col(LinkToken.token_hash).in_(oldest))
    return int(session.connection().execute(gone).rowcount)

"""One human in two apps: joined by proof only, and everything of both is the one's afterwards."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import SQLModel, select

from app.core.clock import SHANGHAI
from app.core.errors import Unauthenticated
from app.messaging import inbox
from app.messaging.models import Dialogue, InboxItem
from app.people import consents, linking, sessions
from app.people.models import Channel, Consent, Identity, Person, PersonSession
from app.people.rows import PERSON, tables_with, unique_with_person

NOW = datetime(2027, 2, 8, 10, 0, tzinfo=SHANGHAI)


def chatter(session, openid="o1", *, unionid=None):
    """Somebody of the chat, in the middle of a conversation."""
    person = Person(created_at=NOW)
    session.add(person)
    session.flush()
    session.add(Identity(person_id=person.id, channel=Channel.OFFICIAL_ACCOUNT, openid=openid, unionid=unionid))
    session.add(Dialogue(person_id=person.id, version=3, state={"about": "x"}, updated_at=NOW))
    return person.id


def sign_in(session, openid="m1", unionid=None, link=None, *, now=NOW):
    token, _ = sessions.sign_in(session, openid, unionid, link, now=now)
    session.flush()
    return token, sessions.find_person(session, token, now=now)


async def test_stranger_becomes_a_person_and_stays_the_same(db):
    _, first = await db.write(sign_in)
    _, again = await db.write(sign_in)
    _, other = await db.write(sign_in, "m2")

    assert (first == again, first == other) == (True, False)


async def test_unionid_joins_the_mini_program_with_the_chat(db):
    chat = await db.write(chatter, unionid="u1")

    _, person = await db.write(sign_in, "m1", "u1")

    assert person == chat


async def test_link_from_the_chat_joins_once_and_for_a_quarter_of_an_hour(db):
    chat = await db.write(chatter)
    link = await db.write(linking.hand_out_link, chat, now=NOW)
    late = await db.write(linking.hand_out_link, chat, now=NOW)

    _, joined = await db.write(sign_in, "m1", None, link)
    _, second = await db.write(sign_in, "m2", None, link)
    _, third = await db.write(sign_in, "m3", None, late, now=NOW + timedelta(minutes=16))
    _, forged = await db.write(sign_in, "m4", None, "forged")

    assert joined == chat
    assert chat not in (second, third, forged)


async def test_two_persons_become_one_and_nothing_of_either_is_lost(db):
    """They used the mini-program first, and only then tapped the chat's link."""

    def before(session):
        token, alone = sign_in(session)
        consents.set_consent(session, alone, "news", granted=True, channel=Channel.MINI_PROGRAM, now=NOW)
        inbox.call_human(session, alone, "补贴没到", now=NOW)
        session.add(Dialogue(person_id=alone, version=1, state={}, updated_at=NOW))
        chat = chatter(session)
        return token, alone, chat, linking.hand_out_link(session, chat, now=NOW)

    token, alone, chat, link = await db.write(before)
    _, joined = await db.write(sign_in, "m1", None, link)

    def after(session):
        return {
            "old token": sessions.find_person(session, token, now=NOW),
            "identities": {row.openid for row in session.exec(select(Identity).where(Identity.person_id == chat))},
            "consent": session.exec(select(Consent.person_id)).all(),
            "inbox": session.exec(select(InboxItem.person_id)).all(),
            "dialogue": [(row.person_id, row.state) for row in session.exec(select(Dialogue))],
            "gone": session.get(Person, alone),
        }

    assert joined == chat
    assert await db.read(after) == {
        "old token": chat,
        "identities": {"o1", "m1"},
        "consent": [chat],
        "inbox": [chat],
        "dialogue": [(chat, {"about": "x"})],
        "gone": None,
    }


async def test_no_table_with_people_is_forgotten_when_two_are_joined(db):
    """Every table that has a person_id, also one of a later feature, is moved by its columns."""

    def unit(session):
        one, other = chatter(session), chatter(session, "o2")
        for table in tables_with(PERSON):
            assert "person_id" in table.c
        keep = linking.join_people(session, one, other)
        left = [
            table.name
            for table in tables_with(PERSON)
            if session.connection().execute(table.select().where(table.c.person_id == other)).first()
        ]
        return keep == one, left

    assert await db.write(unit) == (True, [])
    named = {table.name for table in SQLModel.metadata.sorted_tables if "person_id" in table.c}
    assert {"identity", "dialogue", "inbox_item", "delivery", "consent", "person_session"} <= named
    assert unique_with_person(SQLModel.metadata.tables["delivery"]) == [["batch_id"]]


async def test_token_ends_when_it_is_over_revoked_or_forged(db):
    token, _ = await db.write(sign_in)

    for wrong, when in ((token + "x", NOW), ("", NOW), (token, NOW + timedelta(days=31))):
        with pytest.raises(Unauthenticated, match="重新打开"):
            await db.read(sessions.find_person, wrong, now=when)
    await db.write(sessions.revoke, token, now=NOW)
    with pytest.raises(Unauthenticated):
        await db.read(sessions.find_person, token, now=NOW)


async def test_token_is_nowhere_in_the_database(db):
    token, _ = await db.write(sign_in)

    rows = await db.read(lambda session: [row.model_dump() for row in session.exec(select(PersonSession))])
    assert len(rows) == 1
    assert token not in str(rows)


async def test_what_is_over_is_forgotten(db):
    await db.write(sign_in)
    await db.write(sign_in, "m2", now=NOW + timedelta(days=20))

    assert await db.write(sessions.forget_sessions, now=NOW + timedelta(days=31)) == 1
    assert await db.write(sessions.forget_sessions, now=NOW + timedelta(days=31)) == 0

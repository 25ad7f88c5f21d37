"""One human in two apps: joined by proof only, and everything of both is the one's afterwards."""

import asyncio
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from app.messaging import inbox
from app.messaging.models import Dialogue, InboxItem
from app.people import consents, linking, sessions
from app.people.models import Channel, Consent, Identity, Person
from app.people.rows import PERSON, tables_with, unique_with_person

from .lives import NOW, chatter, fill, sign_in, whole_life


def identities(session):
    return dict(session.exec(select(Identity.openid, Identity.person_id)).all())


async def test_stranger_becomes_a_person_and_stays_the_same(db):
    _, first = await db.write(sign_in)
    _, again = await db.write(sign_in)
    _, other = await db.write(sign_in, "m2")

    assert (first == again, first == other) == (True, False)


async def test_unionid_joins_the_mini_program_with_the_chat(db):
    chat = await db.write(chatter, unionid="u1")

    _, person = await db.write(sign_in, "m1", "u1")

    assert person == chat


async def test_unionid_that_the_chat_learns_later_joins_too(db):
    chat = await db.write(chatter)
    token, alone = await db.write(sign_in, "m1", "u1")

    def learn(session):
        account = session.exec(select(Identity).where(Identity.openid == "o1")).one()
        return linking.learn_unionid(session, account, "u1")

    joined = await db.write(learn)

    assert (alone != chat, joined) == (True, chat)
    assert await db.read(sessions.find_person, token, machine_now=NOW) == chat


async def test_link_from_the_chat_joins_once_and_for_a_quarter_of_an_hour(db):
    chat = await db.write(chatter)
    link = await db.write(linking.hand_out_link, chat, machine_now=NOW)
    late = await db.write(linking.hand_out_link, await db.write(chatter, "o2"), machine_now=NOW)

    _, joined = await db.write(sign_in, "m1", None, link)
    _, second = await db.write(sign_in, "m2", None, link)
    _, third = await db.write(sign_in, "m3", None, late, now=NOW + timedelta(minutes=16))
    _, forged = await db.write(sign_in, "m4", None, "forged")

    assert joined == chat
    assert len({chat, second, third, forged}) == 4


async def test_link_that_two_phones_tap_at_once_is_one_of_theirs(db):
    chat = await db.write(chatter)
    link = await db.write(linking.hand_out_link, chat, machine_now=NOW)

    found = await asyncio.gather(*(db.write(sign_in, f"m{number}", None, link) for number in range(6)))

    assert [person for _, person in found].count(chat) == 1
    assert len({person for _, person in found}) == 6


async def test_link_token_is_good_once_however_many_bring_it_at_once(db):
    chat = await db.write(chatter)
    link = await db.write(linking.hand_out_link, chat, machine_now=NOW)

    found = await asyncio.gather(*(db.write(linking.redeem_link, link, machine_now=NOW) for _ in range(8)))

    assert sorted(found, key=str) == [chat, *[None] * 7]


async def test_link_that_was_forwarded_joins_no_two_humans(db):
    """Somebody who is in the chat themselves taps a friend's link: nobody has two openids in one app."""
    mine, _ = await db.write(whole_life, "o1", "m1")
    friend = await db.write(chatter, "o2")
    link = await db.write(linking.hand_out_link, friend, machine_now=NOW)

    _, tapped = await db.write(sign_in, "m1", None, link)

    assert tapped == mine
    assert await db.read(identities) == {"o1": mine, "m1": mine, "o2": friend}


async def test_second_mini_program_openid_is_another_human_too(db):
    mine, _ = await db.write(whole_life, "o1", "m1")
    link = await db.write(linking.hand_out_link, mine, machine_now=NOW)

    _, stranger = await db.write(sign_in, "m2", None, link)

    assert stranger != mine


async def test_two_persons_become_one_and_nothing_of_either_is_lost(db):
    """They used the mini-program first, and only then tapped the chat's link."""

    def before(session):
        token, alone = sign_in(session)
        person = session.get(Person, alone)
        person.township = "岩脚"
        session.add(person)
        consents.set_consent(session, alone, "news", granted=True, channel=Channel.MINI_PROGRAM, now=NOW)
        inbox.call_human(session, alone, "补贴没到", now=NOW)
        session.add(Dialogue(person_id=alone, version=1, state={}, updated_at=NOW))
        chat = chatter(session)
        return token, alone, chat, linking.hand_out_link(session, chat, machine_now=NOW)

    token, alone, chat, link = await db.write(before)
    _, joined = await db.write(sign_in, "m1", None, link)

    def after(session):
        return {
            "old token": sessions.find_person(session, token, machine_now=NOW),
            "identities": identities(session),
            "consent": session.exec(select(Consent.person_id)).all(),
            "inbox": session.exec(select(InboxItem.person_id)).all(),
            "dialogue": [(row.person_id, row.state) for row in session.exec(select(Dialogue))],
            "township": session.get(Person, chat).township,
            "gone": session.get(Person, alone),
        }

    assert joined == chat
    assert await db.read(after) == {
        "old token": chat,
        "identities": {"o1": chat, "m1": chat},
        "consent": [chat],
        "inbox": [chat],
        "dialogue": [(chat, {"about": "x"})],
        "township": "岩脚",
        "gone": None,
    }


async def test_no_table_with_people_is_forgotten_when_two_are_joined(db):
    """Both have a row in every table that has a person_id; of a later feature's, `lives.fill` must make one."""

    def numbers(session):
        connection = session.connection()
        found = {table.name: connection.execute(table.select()).mappings().all() for table in tables_with(PERSON)}
        return {name: [row[PERSON] for row in rows] for name, rows in found.items()}

    def before(session):
        chat = chatter(session)
        fill(session, chat, name="chat", openid="o1")
        _, alone = sign_in(session, "m1")
        fill(session, alone, name="alone", openid="m1")
        open_session = sessions.open_session(session, chat, machine_now=NOW)
        return chat, alone, open_session

    chat, alone, _ = await db.write(before)
    told = await db.read(numbers)
    assert [name for name, people in told.items() if set(people) != {chat, alone}] == []

    assert await db.write(linking.join_people, alone, chat) == chat

    joined = await db.read(numbers)
    assert [name for name, people in joined.items() if set(people) != {chat}] == []
    lost = {name for name, people in joined.items() if len(people) < len(told[name])}
    assert lost == {"dialogue", "job_preference"}  # of these everybody has one
    assert {"identity", "inbox_item", "delivery", "consent", "person_session"} <= set(told)


async def test_batch_that_both_were_in_is_sent_to_the_one_once(db):
    assert unique_with_person(SQLModel.metadata.tables["delivery"]) == [["batch_id"]]


async def test_joining_with_who_is_gone_changes_nothing(db):
    chat = await db.write(chatter)

    assert await db.write(linking.join_people, chat, 999) == chat
    assert await db.write(linking.join_people, chat, chat) == chat
    assert await db.read(identities) == {"o1": chat}


async def test_same_phone_joining_and_signing_in_at_once_ends_as_one_person(db):
    """On PostgreSQL the second waits for the first, and finds who they are by then."""
    for number in range(5):
        chat = await db.write(chatter, f"o{number}")
        await db.write(sign_in, f"m{number}")
        link = await db.write(linking.hand_out_link, chat, machine_now=NOW)
        tries = [db.write(sign_in, f"m{number}", None, link if at % 2 == 0 else None) for at in range(6)]

        found = await asyncio.gather(*tries, return_exceptions=True)

        assert [one for one in found if isinstance(one, IntegrityError)] == []
        assert (await db.read(identities))[f"m{number}"] == chat

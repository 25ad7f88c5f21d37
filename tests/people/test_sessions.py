"""Tokens: shown once, kept as hashes, worth nothing when they are over."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import func, select

from app.core.errors import Unauthenticated
from app.people import linking, sessions
from app.people.models import LinkToken, Person, PersonSession

from .lives import NOW, chatter, sign_in


@pytest.mark.parametrize("wrong", ["", "forged", "1", "\x00", "ü" * 40])
async def test_forged_token_lets_nobody_in(db, wrong):
    await db.write(sign_in)

    with pytest.raises(Unauthenticated, match="重新打开"):
        await db.read(sessions.find_person, wrong, machine_now=NOW)


async def test_token_is_good_for_its_days_and_not_a_second_longer(db):
    token, person = await db.write(sign_in)
    end = NOW + sessions.LASTS

    assert await db.read(sessions.find_person, token, machine_now=end - timedelta(seconds=1)) == person
    with pytest.raises(Unauthenticated):
        await db.read(sessions.find_person, token, machine_now=end)


async def test_revoked_token_lets_nobody_in(db):
    token, _ = await db.write(sign_in)
    other, person = await db.write(sign_in)

    await db.write(sessions.revoke, token, machine_now=NOW)

    with pytest.raises(Unauthenticated):
        await db.read(sessions.find_person, token, machine_now=NOW)
    assert await db.read(sessions.find_person, other, machine_now=NOW) == person


async def test_tokens_are_nowhere_in_the_database(db):
    token, person = await db.write(sign_in)
    link = await db.write(linking.hand_out_link, person, machine_now=NOW)

    def everything(session):
        return [row.model_dump() for model in (PersonSession, LinkToken) for row in session.exec(select(model))]

    rows = await db.read(everything)
    assert len(rows) == 2
    assert token not in str(rows)
    assert link not in str(rows)


async def test_first_sign_ins_at_once_make_one_person(db):
    found = await asyncio.gather(*(db.write(sign_in) for _ in range(8)))

    assert len({person for _, person in found}) == 1
    assert len({token for token, _ in found}) == 8
    assert await db.read(lambda session: session.exec(select(func.count()).select_from(Person)).one()) == 1


async def test_what_is_over_is_forgotten(db):
    await db.write(sign_in)
    revoked, _ = await db.write(sign_in, "m2", now=NOW + timedelta(days=20))
    await db.write(sign_in, "m3", now=NOW + timedelta(days=20))
    await db.write(sessions.revoke, revoked, machine_now=NOW)
    later = NOW + timedelta(days=31)

    assert await db.write(sessions.forget_sessions, machine_now=later) == 2
    assert await db.write(sessions.forget_sessions, machine_now=later) == 0


async def test_links_that_are_over_are_forgotten(db):
    chat = await db.write(chatter)
    await db.write(linking.hand_out_link, chat, machine_now=NOW)

    assert await db.write(linking.forget_links, machine_now=NOW + timedelta(minutes=14)) == 0
    assert await db.write(linking.forget_links, machine_now=NOW + timedelta(minutes=15)) == 1

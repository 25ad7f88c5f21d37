"""The number of who was deleted is never given again, also in a database that was there before that was so."""

import sqlite3
from contextlib import closing

from alembic import command

from app.core.migrations import alembic_config
from app.messaging import inbox
from app.messaging.models import InboxItem
from app.people import own_data

from .lives import NOW, chatter


async def test_number_of_a_deleted_person_and_of_their_matter_is_not_given_again(db):
    def live_and_go(session, openid):
        person = chatter(session, openid)
        item = inbox.call_human(session, person, "补贴没到", now=NOW)
        own_data.delete_person(session, person)
        return person, item.id

    first = await db.write(live_and_go, "o1")
    second = await db.write(live_and_go, "o2")

    assert second[0] > first[0]
    assert second[1] > first[1]


async def test_inbox_number_that_staff_still_see_means_nobody_else(db):
    """A clerk answers the list on their screen: the words must not go to a stranger."""

    def call(session, openid):
        person = chatter(session, openid)
        return person, inbox.call_human(session, person, "补贴没到", now=NOW).id

    person, seen = await db.write(call, "o1")
    await db.write(own_data.delete_person, person)
    await db.write(call, "o2")

    assert await db.read(lambda session: session.get(InboxItem, seen)) is None


def test_rebuilding_the_tables_loses_nobody_and_there_is_a_way_back(tmp_path):
    path = tmp_path / "yanlu.db"
    config = alembic_config(f"sqlite:///{path}")
    command.upgrade(config, "2026_11_23_people")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO person (id, created_at, township) VALUES (7, '2026-11-22 08:00:00', '岩脚')")
        connection.execute("INSERT INTO identity (person_id, channel, openid) VALUES (7, 'official_account', 'o1')")
        connection.execute(
            "INSERT INTO inbox_item (id, person_id, text, opened_at, updated_at)"
            " VALUES (3, 7, '补贴没到', '2026-11-22 08:00:00', '2026-11-22 08:00:00')"
        )
        connection.commit()

    before = look(path)
    command.upgrade(config, "2026_11_23_numbers")
    after = look(path)
    command.downgrade(config, "2026_11_23_people")
    back = look(path)

    assert before[0] == after[0] == back[0]
    assert (before[1], after[1], back[1]) == (0, 2, 0)


def look(path):
    """The rows, and how many tables never give a number again."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in ("person", "inbox_item")}
        rows["indexes"] = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        ).fetchall()
        kept = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
        return rows, connection.execute(kept).fetchone()[0]

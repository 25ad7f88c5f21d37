"""My data: all of it to take along, none of it left behind."""

from datetime import timedelta

import pytest
from sqlmodel import SQLModel, select

from app.messaging.models import Dialogue
from app.people import consents, own_data
from app.people.models import Channel, Identity, Person
from app.people.own_data import KEPT_BACK, NAMES, TITLES
from app.people.purposes import ConsentRequired
from app.people.rows import OPENID, PERSON, tables_with

from .lives import NOW, sign_in, whole_life


def tables_about_people():
    return {*tables_with(PERSON), *tables_with(OPENID), SQLModel.metadata.tables["person"]}


def everything_in(session):
    """All rows of all tables about people, as text."""
    connection = session.connection()
    return {table.name: [str(row) for row in connection.execute(table.select())] for table in tables_about_people()}


def test_every_table_about_people_has_a_title_to_show():
    assert {table.name for table in tables_about_people()} == set(TITLES)


def test_every_column_about_people_is_shown_in_chinese_or_kept_back_for_a_reason():
    columns = {column.name for table in tables_about_people() for column in table.c}

    assert columns == set(NAMES) | KEPT_BACK
    assert set(NAMES) & KEPT_BACK == set()


def test_no_table_keeps_people_under_another_column():
    """Whoever points at a person calls it ``person_id``, or neither joining nor deleting would find it."""
    pointing = {
        (table.name, key.parent.name)
        for table in SQLModel.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "person"
    }

    assert {column for _, column in pointing} == {PERSON}
    assert {table for table, _ in pointing} == {table.name for table in tables_with(PERSON)}


async def test_export_has_something_of_every_table_and_nothing_of_others_or_ours(db):
    person, token = await db.write(whole_life)
    await db.write(whole_life, "o2", "m2")

    found = await db.read(own_data.export, person)

    text = str(found)
    assert set(found) == set(TITLES.values())
    assert {one["微信标识"] for one in found["微信身份"]} == {"o1", "m1"}
    assert [word for word in ("补贴没到", "您好", "答案", "<xml/>", "岩脚") if word not in text] == []
    assert [word for word in ("o2", "m2", token, "token_hash", "person_id", "'id'") if word in text] == []


async def test_deleting_one_leaves_nothing_of_them_and_everything_of_the_other(db):
    await db.write(whole_life, "o2", "m2")
    alone = await db.read(everything_in)
    person, _ = await db.write(whole_life)
    both = await db.read(everything_in)
    assert [name for name, rows in both.items() if len(rows) == len(alone[name])] == []

    await db.write(own_data.delete_person, person)

    assert await db.read(everything_in) == alone


async def test_who_deleted_everything_is_somebody_new_at_the_next_word(db):
    person, _ = await db.write(whole_life)
    await db.write(own_data.delete_person, person)

    _, again = await db.write(sign_in, "m1", now=NOW + timedelta(days=1))

    assert again != person
    assert await db.read(lambda session: session.exec(select(Dialogue)).all()) == []
    assert await db.read(lambda session: [row.id for row in session.exec(select(Person))]) == [again]
    assert await db.read(lambda session: len(session.exec(select(Identity)).all())) == 1


async def test_consent_to_an_older_text_does_not_count(db, monkeypatch):
    person, _ = await db.write(whole_life)
    assert await db.read(consents.said, [person]) == {(person, "job_push"): True}

    newer = consents.PURPOSES["job_push"].__class__("岗位推送", 2, "新的文字")
    monkeypatch.setitem(consents.PURPOSES, "job_push", newer)

    assert await db.read(consents.said, [person]) == {(person, "job_push"): False}


async def test_consent_taken_back_counts_at_once_and_the_first_word_stays_proven(db):
    person, _ = await db.write(whole_life)

    await db.write(consents.set_consent, person, "job_push", granted=False, channel=Channel.MINI_PROGRAM, now=NOW)

    assert await db.read(consents.said, [person]) == {(person, "job_push"): False}
    said = await db.read(lambda session: [row.granted for row in session.exec(select(consents.Consent))])
    assert said == [True, False]


async def test_what_needs_a_consent_says_which_one_is_missing(db):
    person, _ = await db.write(whole_life)
    await db.read(consents.require_consent, person, "job_push")

    with pytest.raises(ConsentRequired, match="身份证号") as refused:
        await db.read(consents.require_consent, person, "id_number")

    assert (refused.value.status, refused.value.code) == (403, "consent_required")
    assert refused.value.members == {"purpose": "id_number"}

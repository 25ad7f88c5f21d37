"""My data: all of it to take along, none of it left behind."""

from datetime import timedelta

from sqlmodel import SQLModel, select

from app.messaging import deliveries, inbox
from app.messaging.delivery_models import Purpose, SubscribeCredit
from app.messaging.delivery_rules import Message
from app.messaging.models import Dialogue, InboundMessage, LateAnswer
from app.people import consents, idempotency, linking, own_data
from app.people.idempotency import Kept
from app.people.models import Channel, Identity, Person
from app.people.own_data import TITLES
from app.people.rows import OPENID, PERSON, tables_with

from .test_linking import NOW, chatter, sign_in


def whole_life(session, openid="o1", mini="m1"):
    """Somebody with a row in every table that has rows about people."""
    person = chatter(session, openid)
    link = linking.hand_out_link(session, person, now=NOW)
    sign_in(session, mini, None, link)
    linking.hand_out_link(session, person, now=NOW)
    consents.set_consent(session, person, "job_push", granted=True, channel=Channel.MINI_PROGRAM, now=NOW)
    idempotency.keep_answer(session, person, f"key-{openid}", "d", Kept(201, "{}"), now=NOW)
    inbox.call_human(session, person, "补贴没到", now=NOW)
    deliveries.push(session, person, Message("您好"), Purpose.ANSWER, now=NOW)
    said = {"digest": "", "received_at": NOW, "intent": "x", "reply": "<xml/>", "opens": "message"}
    session.add(InboundMessage(dedup_key=f"1.{openid}", openid=openid, **said))
    session.add(LateAnswer(dedup_key=f"2.{openid}", openid=openid, message="", answer="答案", begun_at=0))
    session.add(SubscribeCredit(openid=mini, template_id="T", credits=1, updated_at=NOW))
    session.flush()
    return person


def count_rows(session):
    connection = session.connection()
    return {table.name: len(connection.execute(table.select()).all()) for table in tables_about_people()}


def tables_about_people():
    return {*tables_with(PERSON), *tables_with(OPENID), SQLModel.metadata.tables["person"]}


def test_every_table_about_people_has_a_title_to_show():
    assert {table.name for table in tables_about_people()} == set(TITLES)


async def test_export_has_something_of_every_table_and_no_secret(db):
    person = await db.write(whole_life)
    await db.write(whole_life, "o2", "m2")

    found = await db.read(own_data.export, person)

    assert set(found) == set(TITLES.values())
    assert found["微信身份"][0]["person_id"] == person
    text = str(found)
    assert "o1" in text
    assert "o2" not in text
    assert "token_hash" not in text


async def test_deleting_one_leaves_nothing_of_them_and_everything_of_the_other(db):
    await db.write(whole_life, "o2", "m2")
    alone = await db.read(count_rows)
    person = await db.write(whole_life)
    assert min((await db.read(count_rows)).values()) > 1

    await db.write(own_data.delete_person, person)

    assert await db.read(count_rows) == alone


async def test_who_deleted_everything_is_somebody_new_at_the_next_word(db):
    person = await db.write(whole_life)
    await db.write(own_data.delete_person, person)

    _, again = await db.write(sign_in, "m1", now=NOW + timedelta(days=1))

    assert await db.read(lambda session: session.exec(select(Dialogue)).all()) == []
    assert await db.read(lambda session: [row.id for row in session.exec(select(Person))]) == [again]
    assert await db.read(lambda session: len(session.exec(select(Identity)).all())) == 1


async def test_consent_to_an_older_text_does_not_count(db, monkeypatch):
    person = await db.write(whole_life)
    assert await db.read(consents.said, [person]) == {(person, "job_push"): True}

    newer = consents.PURPOSES["job_push"].__class__("岗位推送", 2, "新的文字")
    monkeypatch.setitem(consents.PURPOSES, "job_push", newer)

    assert await db.read(consents.said, [person]) == {(person, "job_push"): False}


async def test_consent_taken_back_counts_at_once(db):
    person = await db.write(whole_life)
    await db.write(consents.set_consent, person, "job_push", granted=False, channel=Channel.MINI_PROGRAM, now=NOW)

    assert await db.read(consents.said, [person]) == {(person, "job_push"): False}

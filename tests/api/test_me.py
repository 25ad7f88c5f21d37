"""Everything of one's own over the API, and so many requests a person."""

import asyncio

import pytest
from sqlmodel import SQLModel, func, select

from app.messaging.models import Dialogue, InboxItem
from app.people.models import Consent, Identity
from tests.messages import say
from tests.serving import make_settings, served

from .conftest import problem_of, sign_in
from .test_sessions import link_for


async def test_me_tells_what_is_known_and_each_purpose_by_itself(service):
    _, client = service

    me = (await client.get("/api/v1/me", headers=await sign_in(client))).json()

    assert set(me) == {"township", "since", "consents"}
    assert me["township"] is None
    assert [(one["purpose"], one["version"], one["granted"]) for one in me["consents"]] == [
        ("job_push", 1, False),
        ("news", 1, False),
        ("id_number", 1, False),
    ]


async def test_township_is_kept_as_the_county_writes_it(service):
    _, client = service
    headers = await sign_in(client)

    changed = await client.patch("/api/v1/me", json={"township": "岩脚镇"}, headers=headers)
    wrong = await client.patch("/api/v1/me", json={"township": "火星"}, headers=headers)
    untouched = await client.patch("/api/v1/me", json={}, headers=headers)
    cleared = await client.patch("/api/v1/me", json={"township": None}, headers=headers)

    assert changed.json()["township"] == untouched.json()["township"] == "岩脚"
    assert (wrong.status_code, problem_of(wrong)["errors"][0]["field"]) == (422, "township")
    assert cleared.json()["township"] is None


async def test_consents_are_given_and_taken_back_one_by_one(service):
    app, client = service
    headers = await sign_in(client)

    agreed = await client.put("/api/v1/me/consents/news", json={"granted": True}, headers=headers)
    me = (await client.get("/api/v1/me", headers=headers)).json()
    withdrawn = await client.put("/api/v1/me/consents/news", json={"granted": False}, headers=headers)
    unknown = await client.put("/api/v1/me/consents/nothing", json={"granted": True}, headers=headers)

    assert (agreed.json()["granted"], agreed.json()["version"]) == (True, 1)
    assert [one["purpose"] for one in me["consents"] if one["granted"]] == ["news"]
    assert withdrawn.json()["granted"] is False
    assert (unknown.status_code, problem_of(unknown)["code"]) == (404, "not_found")
    rows = await app.state.services.db.read(lambda session: session.exec(select(Consent)).all())
    assert [(row.granted, row.channel, len(row.text_hash)) for row in rows] == [
        (True, "mini_program", 64),
        (False, "mini_program", 64),
    ]


async def test_export_is_told_in_chinese(service):
    _, client = service
    headers = await sign_in(client)
    await client.put("/api/v1/me/consents/news", json={"granted": True}, headers=headers)

    exported = (await client.get("/api/v1/me/export", headers=headers)).json()["data"]

    assert set(exported) == {"本人", "微信身份", "登录", "同意过的授权"}
    assert exported["微信身份"][0]["微信标识"] == "m1"
    assert exported["同意过的授权"][0]["同意"] is True


async def test_deleting_everything_ends_the_token_and_the_chat_begins_anew(service):
    app, client = service
    db = app.state.services.db
    await say(client, "租房补贴", openid="o-a")
    await say(client, "人工", openid="o-a")
    headers = await sign_in(client, "m1", link=await db.write(link_for, "o-a"))

    gone = await client.delete("/api/v1/me", headers=headers)
    after = await client.get("/api/v1/me", headers=headers)
    left = await db.read(count_all)
    await say(client, "人工", openid="o-a")

    assert (gone.status_code, after.status_code) == (204, 401)
    assert left == {}
    assert await db.read(lambda session: len(session.exec(select(InboxItem)).all())) == 1


async def test_number_of_who_was_deleted_is_nobody_elses(service):
    """On SQLite it went to the next newcomer, in whose conversation the deleted one's then went on."""
    app, client = service
    db = app.state.services.db
    await say(client, "租房补贴", openid="o-a")
    headers = await sign_in(client, "m1", link=await db.write(link_for, "o-a"))
    await client.delete("/api/v1/me", headers=headers)

    await say(client, "你好", openid="o-b")
    await say(client, "路费能报吗", openid="o-a")

    people = await db.read(lambda session: dict(session.exec(select(Identity.openid, Identity.person_id)).all()))
    talks = await db.read(lambda session: dict(session.exec(select(Dialogue.person_id, Dialogue.version)).all()))
    assert set(people) == {"o-a", "o-b"}
    assert talks == {people["o-a"]: 1, people["o-b"]: 1}


async def test_deleting_while_something_is_written_is_never_a_failure(service):
    app, client = service
    for number in range(5):
        headers = await sign_in(client, f"r{number}")
        writes = [client.put("/api/v1/me/consents/news", json={"granted": True}, headers=headers) for _ in range(8)]

        answers = await asyncio.gather(*writes[:4], client.delete("/api/v1/me", headers=headers), *writes[4:])

        assert {answer.status_code for answer in answers} <= {200, 204, 401, 409}
    assert await app.state.services.db.read(count_all) == {}


async def test_one_phone_gone_wild_is_slowed_and_the_others_are_not(service):
    _, client = service
    wild, calm = await sign_in(client, "m1"), await sign_in(client, "m2")

    answers = [await client.get("/api/v1/me", headers=wild) for _ in range(75)]

    slowed = [answer for answer in answers if answer.status_code == 429]
    assert slowed
    assert int(slowed[0].headers["Retry-After"]) >= 1
    assert (await client.get("/api/v1/me", headers=calm)).status_code == 200


async def test_new_token_does_not_begin_the_count_anew(service):
    _, client = service
    for _ in range(3):
        headers = await sign_in(client)
        codes = [(await client.get("/api/v1/me", headers=headers)).status_code for _ in range(30)]

    assert 429 in codes


@pytest.mark.parametrize("limits", ["off"])
async def test_limits_can_be_switched_off_with_the_simulator(database_url, limits):
    async with served(make_settings(database_url, rate_limits=limits)) as (_, client):
        headers = await sign_in(client)
        codes = {(await client.get("/api/v1/me", headers=headers)).status_code for _ in range(75)}

    assert codes == {200}


OURS = {"clock_shift", "access_token", "api_quota", "executor", "staff", "audit_row", "missed_question"}
"""Tables that say nothing of anybody."""


def count_all(session):
    """Rows left anywhere but in our own tables."""
    tables = [table for table in SQLModel.metadata.sorted_tables if table.name not in OURS]
    counts = {table.name: session.exec(select(func.count()).select_from(table)).one() for table in tables}
    return {name: count for name, count in counts.items() if count}

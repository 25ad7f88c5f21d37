"""The mini-program, through the simulator: a question answered there, a permission given, a notice that uses it."""

import asyncio

import pytest
from sqlmodel import select

from app.messaging import deliveries
from app.messaging.delivery_models import Purpose
from app.messaging.delivery_rules import Message
from app.people.models import Identity
from tests.serving import make_settings, served


@pytest.fixture
async def service(database_url):
    async with served(make_settings(database_url, engine="on")) as (app, client):
        yield app, client


async def act(client, openid, **what):
    answer = await client.post(f"/simulator/api/followers/{openid}/send", json=what)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def phone(client, openid, count):
    """Until so many messages stand there: how each came, and what it says."""
    async with asyncio.timeout(20):
        while len(items := (await client.get(f"/simulator/api/followers/{openid}/inbox")).json()["items"]) < count:
            await asyncio.sleep(0.05)
    return [(one["via"], one["text"]) for one in items]


async def push(app, openid, message):
    def unit(session):
        person = session.exec(select(Identity.person_id).where(Identity.openid == openid)).one()
        deliveries.push(session, person, message, Purpose.TRAVEL, now=app.state.services.clock.now())

    await app.state.services.db.write(unit)


async def test_question_in_the_mini_program_is_answered_there(service):
    _, client = service

    told = await act(client, "m1", type="mini_text", text="去中山打工车费能不能报")
    ((via, text),) = await phone(client, "m1", 1)

    assert (told["delivered"], told["reply"]) == (True, None)
    assert (via, "1000元" in text) == ("custom", True)


async def test_permission_is_used_up_by_one_notice_and_the_next_has_no_way(service):
    app, client = service
    await client.post("/api/v1/sessions", json={"code": "sim:m1"})
    await act(client, "m1", type="subscribe_popup", template_id="TRIP", accept=True)
    notice = Message("车明早八点开", "TRIP", {"thing1": "明早八点发车"})

    await push(app, "m1", notice)
    first = await phone(client, "m1", 1)
    await push(app, "m1", notice)
    async with asyncio.timeout(20):
        while await app.state.services.db.read(deliveries.list_due, app.state.services.clock.now(), 9):
            await asyncio.sleep(0.05)

    assert first == [("subscribe", "明早八点发车")]
    assert await phone(client, "m1", 1) == first


async def test_who_blocks_the_account_is_given_up_kindly(service):
    app, client = service
    await act(client, "o1", type="text", text="你好")
    await act(client, "o1", type="block")

    await push(app, "o1", Message("车明早八点开"))
    async with asyncio.timeout(20):
        while await app.state.services.db.read(deliveries.list_due, app.state.services.clock.now(), 9):
            await asyncio.sleep(0.05)

    assert [via for via, _ in await phone(client, "o1", 1)] == ["passive"]


async def test_same_human_is_known_by_unionid(service):
    app, client = service
    await client.put("/simulator/api/followers/m1/unionid?unionid=u1")
    await act(client, "o1", type="text", text="你好")

    def give(session):
        identity = session.exec(select(Identity).where(Identity.openid == "o1")).one()
        identity.unionid = "u1"  # as user/info tells it
        session.add(identity)

    await app.state.services.db.write(give)
    await client.post("/api/v1/sessions", json={"code": "sim:m1"})

    rows = await app.state.services.db.read(lambda session: session.exec(select(Identity)).all())
    assert len({row.person_id for row in rows}) == 1

"""What people decide by a word in the chat: not to be written to, to be written to, to be known in the mini-program."""

import re

import pytest
from sqlmodel import select

from app.messaging import deliveries
from app.messaging.claims import REFUSED, Ways, claim
from app.messaging.delivery_models import Delivery, DeliveryChunk, Purpose, State
from app.messaging.delivery_rules import Message
from app.people.models import Identity
from tests.messages import SAFE
from tests.serving import make_settings, served

NOTICE = Message("新的一期岗位出来了")


@pytest.fixture
async def service(database_url):
    async with served(make_settings(database_url)) as (app, client):
        yield app, client


async def order(app, openid):
    """A batch for this follower, snapshotted now."""
    services = app.state.services

    def unit(session):
        person = session.exec(select(Identity.person_id).where(Identity.openid == openid)).one()
        now = services.clock.now().replace(hour=12)
        batch = deliveries.open_batch(session, "x", Purpose.NEWS, created_by="x", now=now, message=NOTICE)
        deliveries.add_recipients(session, batch, [person], now=now)

    await services.db.write(unit)


async def take(app):
    """What would leave now: (parcels, states and reasons)."""
    services = app.state.services

    def unit(session):
        now = services.clock.now().replace(hour=12)
        parcels = []
        for chunk in session.exec(select(DeliveryChunk.id)).all():
            parcels += claim(session, chunk, f"run{chunk}", Ways(), limit=9, machine_time=0, now=now)[0]
        rows = [(row.state, row.reason) for row in session.exec(select(Delivery).order_by(Delivery.id))]
        return [one.message.text for one in parcels], rows

    return await services.db.write(unit)


async def test_who_opts_out_between_snapshot_and_send_gets_nothing(service):
    app, client = service
    await SAFE.ask(client, "你好")
    await order(app, "o-someone")

    answer = await SAFE.ask(client, "退订")
    parcels, rows = await take(app)

    assert "不再主动" in answer
    assert parcels == []
    assert rows == [(State.SKIPPED, REFUSED)]


async def test_without_the_look_at_refusals_it_would_be_sent(service, monkeypatch):
    """The guard off."""
    app, client = service
    await SAFE.ask(client, "你好")
    await order(app, "o-someone")
    await SAFE.ask(client, "退订")
    monkeypatch.setattr("app.messaging.claims.consents.said", lambda session, people: {})

    assert (await take(app))[0] == [NOTICE.text]


async def test_who_wants_news_again_gets_them(service):
    app, client = service
    await SAFE.ask(client, "退订")
    answer = await SAFE.ask(client, "接收通知")
    await order(app, "o-someone")

    assert "退订" in answer
    assert (await take(app))[0] == [NOTICE.text]


async def test_link_from_the_chat_makes_the_mini_program_know_them(service):
    app, client = service

    answer = await SAFE.ask(client, "小程序")
    token = re.search(r"link=([\w-]+)", answer)[1]
    signed_in = await client.post("/api/v1/sessions", json={"code": "sim:m-citizen", "link": token})

    def identities(session):
        return {row.openid: row.person_id for row in session.exec(select(Identity))}

    found = await app.state.services.db.read(identities)
    assert signed_in.status_code == 201
    assert found["m-citizen"] == found["o-someone"]


async def test_without_a_mini_program_the_chat_says_so(database_url):
    async with served(make_settings(database_url, mini_app_id="")) as (_, client):
        assert "还没有开通" in await SAFE.ask(client, "小程序")

"""From “最近有招聘会吗” to the reminder on the phone, and what calling it off does, through the simulator."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.core.clock import SHANGHAI
from app.jobs import events
from tests.jobs.events_made import make_event
from tests.serving import make_settings, served

NOW = datetime(2026, 12, 3, 20, 0, tzinfo=SHANGHAI)
SATURDAY = datetime(2026, 12, 5, 9, 0, tzinfo=SHANGHAI)
EVE = datetime(2026, 12, 4, 18, 0, tzinfo=SHANGHAI)


@pytest.fixture
async def service(database_url):
    async with served(make_settings(database_url, engine="on")) as (app, client):
        await set_clock(client, NOW)
        await app.state.services.db.write(lambda session: make_event(session, now=NOW, starts_at=SATURDAY).id)
        yield app, client


async def set_clock(client, at):
    assert (await client.post("/simulator/api/clock", json={"at": at.isoformat()})).status_code == 200


async def act(client, openid, text):
    answer = await client.post(f"/simulator/api/followers/{openid}/send", json={"type": "text", "text": text})
    assert answer.status_code == 200, answer.text
    return answer.json()["reply"]["text"]


async def told(client, openid, count):
    """Until so many messages came by themselves: what they say."""
    async with asyncio.timeout(20):
        while True:
            items = (await client.get(f"/simulator/api/followers/{openid}/inbox")).json()["items"]
            if len(found := [one["text"] for one in items if one["via"] == "custom"]) >= count:
                return found
            await asyncio.sleep(0.05)


async def test_who_registers_in_the_chat_is_reminded_on_the_eve_and_who_gives_up_is_not(service):
    _, client = service
    for openid in ("o1", "o2"):
        await act(client, openid, "招聘会")
        await act(client, openid, "报名第1个")
    await act(client, "o2", "取消报名")

    await set_clock(client, EVE + timedelta(seconds=1))
    (reminder,) = await told(client, "o1", 1)

    assert reminder.startswith("提醒您：春风行动招聘会")
    assert await told(client, "o2", 0) == []


async def test_calling_it_off_reaches_who_is_registered_within_seconds(service):
    app, client = service
    await act(client, "o1", "招聘会")
    await act(client, "o1", "报名第1个")

    now = app.state.services.clock.now()
    await app.state.services.db.write(lambda session: events.cancel_event(session, 1, now=now))
    (word,) = await told(client, "o1", 1)

    assert word.startswith("您报名的“春风行动招聘会”取消了")

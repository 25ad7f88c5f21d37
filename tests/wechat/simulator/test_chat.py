"""What the phone's page asks: the chat in true order, single records, the menu, the presets of the clock."""

import asyncio
from datetime import UTC, datetime

import pytest

from app.wechat.simulator.followers import Shown, Via
from app.wechat.simulator.presets import list_presets

from .conftest import make_world, text_reply


@pytest.fixture
async def world(callback):
    callback.answer = lambda query, body: (200, text_reply(query["openid"]).encode())
    return make_world()


@pytest.fixture
async def client(open_simulator, world):
    return await open_simulator(world)


async def chat(client, openid="o1", after=""):
    return (await client.get(f"/api/followers/{openid}/chat", params={"after": after})).json()


async def test_chat_tells_who_said_what_in_true_order(client, world):
    await client.post("/api/followers/o1/send", json={"type": "follow"})
    world.show("o1", Via.CUSTOM, Shown("text", "明天有车"))
    await client.post("/api/followers/o1/send", json={"type": "text", "text": "在吗"})

    told = await chat(client)

    lines = [
        (item["said"]["type"] if item["from"] == "follower" else item["via"], item.get("text"))
        for item in told["items"]
    ]
    assert lines == [("follow", None), ("passive", "您好"), ("custom", "明天有车"), ("text", None), ("passive", "您好")]
    assert [item["id"] for item in told["items"]] == sorted(item["id"] for item in told["items"])
    assert (told["following"], told["waiting"]) == (True, False)
    asked, answer = told["items"][-2:]
    assert asked["said"] == {"type": "text", "text": "在吗"}
    assert (asked["tries"], asked["finished"], asked["delivered"], asked["rejected"]) == (1, True, True, None)
    assert answer["record"] == asked["record"]


async def test_chat_of_a_known_version_is_not_sent_again(client, world):
    await client.post("/api/followers/o1/send", json={"type": "text", "text": "在吗"})
    version = (await chat(client))["version"]

    same = await chat(client, after=version)
    await client.post("/api/followers/o2/send", json={"type": "text", "text": "我也在"})
    others = await chat(client, after=version)
    world.show("o1", Via.MASS, Shown("text", "初一岗位"))
    newer = await chat(client, after=version)

    assert (same["items"], others["items"]) == (None, None)
    assert others["world"] > same["world"]
    assert (len(newer["items"]), newer["version"] > version) == (3, True)
    assert (await chat(client, after="rubbish"))["items"] == newer["items"]


async def test_chat_of_a_stranger_is_empty_and_makes_nobody(client, world):
    told = await chat(client, "o-nobody")

    assert (told["items"], told["following"], told["waiting"], world.followers) == ([], False, False, {})


async def test_chat_shows_a_message_on_its_way_and_how_often_it_was_tried(client, world, callback):
    world.faults.add("push", "delay", nth=1)
    sending = asyncio.create_task(client.post("/api/followers/o1/send", json={"type": "text", "text": "在吗"}))
    async with asyncio.timeout(10):
        while not (await chat(client))["waiting"]:
            await asyncio.sleep(0.01)
    (early,) = (await chat(client))["items"]
    await sending

    late = await chat(client)

    assert (early["finished"], early["tries"]) == (False, 0)
    assert (late["items"][0]["finished"], late["items"][0]["tries"], late["waiting"]) == (True, 2, False)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"type": "tap", "text": "满意", "id": "1"}, {"type": "tap", "text": "满意", "menu_id": "1"}),
        ({"type": "scan", "scene": "fair"}, {"type": "scan", "scene": "fair"}),
        ({"type": "voice", "text": None}, {"type": "voice", "text": None, "media_id": "voice-media-id"}),
        ({"type": "raw", "xml": "<xml><MsgType>text</MsgType></xml>"}, {"type": "raw"}),
    ],
)
async def test_what_was_said_is_kept_without_tickets_and_markup(client, body, said):
    await client.post("/api/followers/o1/send", json=body)

    assert (await chat(client))["items"][0]["said"] == said


async def test_a_huge_message_is_clipped_in_the_chat(client):
    await client.post("/api/followers/o1/send", json={"type": "text", "text": "长" * 20_000})

    assert (await chat(client))["items"][0]["said"]["text"].endswith("…（共20000字）")


async def test_a_record_is_found_by_its_number(client):
    await client.post("/api/followers/o1/send", json={"type": "text", "text": "在吗"})
    (item, _) = (await chat(client))["items"]

    record = (await client.get(f"/api/log/{item['record']}")).json()
    missing = await client.get("/api/log/1")

    assert (record["id"], record["said"], record["finished"]) == (item["record"], item["said"], True)
    assert (missing.status_code, "没有这条记录" in missing.json()["detail"]) == (404, True)


async def test_followers_tell_their_newest_message(client, world):
    await client.post("/api/followers/o1/send", json={"type": "text", "text": "在吗"})
    world.note_follower("o2")

    first, second = (await client.get("/api/followers")).json()["items"]

    assert first["newest"] == (await chat(client))["items"][-1]["id"]
    assert second["newest"] == 0


async def test_menu_is_what_the_account_has(client, world):
    before = (await client.get("/api/menu")).json()
    world.menu = [{"name": "政策", "type": "click", "key": "policies"}]

    assert before == {"button": []}
    assert (await client.get("/api/menu")).json() == {"button": world.menu}


async def test_clock_tells_the_lunar_day_and_where_to_go(client):
    told = (await client.post("/api/clock", json={"at": "2027-02-06T07:59:00+08:00"})).json()

    assert told["lunar"] == "正月初一"
    assert [preset["key"] for preset in told["presets"]] == ["spring_festival", "tomorrow", "hour", "now"]
    assert (await client.get("/api/clock")).json()["lunar"] == "正月初一"


def test_presets_lead_to_the_next_spring_festival():
    machine = datetime(2026, 3, 1, 4, tzinfo=UTC).timestamp()

    presets = list_presets(datetime.fromisoformat("2026-12-31T23:30:00+08:00"), machine)

    assert [preset["at"] for preset in presets] == [
        "2027-02-06T08:00:00+08:00",
        "2027-01-01T23:30:00+08:00",
        "2027-01-01T00:30:00+08:00",
        "2026-03-01T12:00:00+08:00",
    ]
    assert presets[0]["name"] == "2027年正月初一 08:00"


def test_presets_end_with_the_calendar():
    presets = list_presets(datetime.fromisoformat("2099-12-31T23:30:00+08:00"), 0)

    assert [preset["key"] for preset in presets] == ["now"]

"""The inspection and control API."""

import time
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from app.wechat.simulator.app import simulator_router

from .conftest import Callback, make_world, running, text_reply


@pytest.fixture
async def world(callback):
    callback.answer = lambda query, body: (200, text_reply(query["openid"]).encode())
    return make_world()


@pytest.fixture
async def client(open_simulator, world):
    return await open_simulator(world)


async def test_send_from_a_stranger_makes_the_follower(client, world):
    answer = await client.post("/api/followers/o9/send", json={"type": "text", "text": "在吗"})

    assert (answer.status_code, answer.json()) == (
        200,
        {"delivered": True, "tries": 1, "reply": {"type": "text", "text": "您好"}, "rejected": None},
    )
    (follower,) = (await client.get("/api/followers")).json()["items"]
    assert (follower["openid"], follower["following"], follower["interaction"]) == ("o9", True, "message")


async def test_inbox_lists_what_stands_on_the_phone(client):
    await client.post("/api/clock", json={"at": "2026-02-20T08:00:00+08:00"})
    await client.post("/api/followers/o1/send", json={"type": "click", "key": "JOBS"})

    (item,) = (await client.get("/api/followers/o1/inbox")).json()["items"]

    assert datetime.fromisoformat(item.pop("at")) - datetime.fromisoformat("2026-02-20T08:00:00+08:00") < timedelta(
        minutes=1
    )
    assert item == {"via": "passive", "type": "text", "text": "您好"}
    assert (await client.get("/api/followers/nobody/inbox")).json() == {"items": []}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"type": "text", "text": "x"}, "text"),
        ({"type": "tap", "text": "满意", "menu_id": "1"}, "text"),
        ({"type": "voice", "text": "想去中山"}, "voice"),
        ({"type": "image"}, "image"),
        ({"type": "video"}, "video"),
        ({"type": "location", "latitude": 26.2, "longitude": 105.5, "label": "六枝"}, "location"),
        ({"type": "link", "title": "标题"}, "link"),
        ({"type": "unknown"}, "file"),
        ({"type": "click", "text": "JOBS"}, "event.CLICK"),
        ({"type": "view", "url": "http://v"}, "event.VIEW"),
        ({"type": "report_location", "latitude": 26.2, "longitude": 105.5}, "event.LOCATION"),
        ({"type": "scan", "scene": "42"}, "event.subscribe"),
        ({"type": "follow"}, "event.subscribe"),
        ({"type": "unfollow"}, "event.unsubscribe"),
        ({"type": "raw", "xml": "<xml><MsgType>text</MsgType></xml>"}, "raw"),
    ],
)
async def test_send_speaks_for_the_follower(client, body, message):
    answer = await client.post("/api/followers/o1/send", json=body)

    assert answer.json()["delivered"]
    (record,) = (await client.get("/api/log", params={"openid": "o1"})).json()["items"]
    assert (record["kind"], record["message"]) == ("push", message)


async def test_who_unfollowed_can_only_come_back(client):
    await client.post("/api/followers/o1/send", json={"type": "unfollow"})

    refused = await client.post("/api/followers/o1/send", json={"type": "text", "text": "在吗"})
    scanned = await client.post("/api/followers/o1/send", json={"type": "scan", "scene": "42"})
    again = await client.post("/api/followers/o1/send", json={"type": "scan", "scene": "42"})

    assert (refused.status_code, "取消关注" in refused.json()["detail"]) == (422, True)
    assert (scanned.json()["delivered"], again.json()["delivered"]) == (True, True)
    messages = [item["message"] for item in (await client.get("/api/log")).json()["items"]]
    assert messages == ["event.unsubscribe", "event.subscribe", "event.SCAN"]


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("/api/followers/o1/send", "not json", "请求的内容不是 JSON。"),
        ("/api/followers/o1/send", "[" * 100_000, "请求的内容不是 JSON。"),
        ("/api/followers/o1/send", "[]", "填写不正确"),
        ("/api/followers/o1/send", "{}", "必须填写 type"),
        ("/api/followers/o1/send", '{"type": "dance"}', "不认识这种 type"),
        ("/api/followers/o1/send", '{"type": "text"}', "必须填写"),
        ("/api/followers/o1/send", '{"type": "text", "text": "\\ud800"}', "有无法编码的字符"),
        ("/api/followers/o1/send", '{"type": "location", "latitude": NaN, "longitude": 1}', "填写不正确"),
        (f"/api/followers/{'o' * 129}/send", '{"type": "text", "text": "x"}', "openid 不能超过 128 个字符。"),
        ("/api/clock", '{"at": "2026-02-20T08:00:00"}', "没有时区"),
        ("/api/clock", '{"at": "明天"}', "读不懂"),
        ("/api/clock", '{"at": "0001-01-01T00:00:00+14:00"}', "年份要在"),
        ("/api/clock", '{"at": 1}', "要写成字符串"),
        ("/api/faults", '{"api": "push", "kind": "explode"}', "不认识的故障“explode”"),
        ("/api/faults", '{"api": "push", "kind": "errcode:40001"}', "不认识的故障"),
        ("/api/faults", '{"api": "push", "kind": "wrong_app_id"}', "明文模式没有加密"),
        ("/api/faults", '{"api": "cgi-bin/token", "kind": "delay"}', "errcode:错误码"),
        ("/api/faults", '{"api": "push", "kind": "stale", "nht": 1}', "没有这一项"),
        ("/api/faults", '{"api": "push", "kind": "stale", "nth": 0}', "填写不正确"),
        ("/api/followers", '{"openid": ""}', "不能为空"),
    ],
)
async def test_wrong_input_is_refused_in_chinese(client, path, body, detail):
    answer = await client.post(path, content=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


async def test_unknown_addresses_are_problems_too(client):
    answers = [await client.get("/api/nothing"), await client.delete("/api/faults/77")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 2


async def test_clock_runs_on_from_where_it_was_set(client, world, callback):
    answer = await client.post("/api/clock", json={"at": "2026-02-20T00:00:00Z"})
    await client.post("/api/followers/o1/send", json={"type": "text", "text": "在吗"})

    told = datetime.fromisoformat((await client.get("/api/clock")).json()["at"])
    assert answer.json()["at"].startswith("2026-02-20T08:00:00")
    assert timedelta() <= told - datetime.fromisoformat("2026-02-20T08:00:00+08:00") < timedelta(minutes=1)
    query, body = callback.requests[0]
    assert b"<CreateTime>17715456" in body
    assert abs(int(query["timestamp"]) - time.time()) < 60  # signatures stay on the machine's clock


async def test_faults_are_listed_and_cleared(client):
    made = await client.post("/api/faults", json={"api": "/cgi-bin/token", "kind": "errcode:45009", "nth": 2})

    listed = (await client.get("/api/faults")).json()["items"]
    cleared = (await client.delete("/api/faults")).json()["items"]

    assert (made.status_code, listed, cleared) == (201, [made.json()], [])
    assert (listed[0]["api"], listed[0]["nth"]) == ("cgi-bin/token", 2)


async def test_noted_follower_gets_an_open_window(client, world):
    world.note_follower("o5")
    await client.post("/api/followers", json={"openid": "o6"})

    followers = (await client.get("/api/followers")).json()["items"]

    assert [(one["openid"], one["interaction"], one["inbox"]) for one in followers] == [
        ("o5", "message", 0),
        ("o6", "message", 0),
    ]


async def test_noted_events_count_as_what_they_are(world):
    for openid, event in [("o1", "CLICK"), ("o2", "subscribe"), ("o3", "LOCATION"), ("o4", "unsubscribe")]:
        world.note_follower(openid, event=event)

    assert [(one.interaction, one.following) for one in world.followers.values()] == [
        ("menu", True),
        ("follow", True),
        (None, True),
        (None, False),
    ]


async def test_service_that_notes_a_pushed_click_leaves_it_a_click(client, world, callback):
    def answer(query, body):
        world.note_follower(query["openid"])
        return 200, b""

    callback.answer = answer
    await client.post("/api/followers/o1/send", json={"type": "click", "key": "JOBS"})

    assert world.followers["o1"].interaction == "menu"


async def test_handshake_of_a_service_that_does_not_echo(client):
    assert (await client.post("/api/handshake")).json()["ok"] is False


def test_router_inside_the_service_calls_that_service():
    app = FastAPI()
    callback = Callback(app)
    callback.answer = lambda query, body: (200, text_reply(query["openid"]).encode())
    app.include_router(simulator_router(make_world()))

    with running(app) as address:
        answer = httpx.post(
            f"{address}/simulator/api/followers/o1/send",
            json={"type": "text", "text": "在吗"},
            headers={"Host": "evil.example"},
            trust_env=False,
        )

    assert answer.json()["reply"] == {"type": "text", "text": "您好"}


def test_msg_ids_ascend_and_fit_64_bits():
    world = make_world()

    ids = [world.next_id() for _ in range(1000)]

    assert ids == sorted(set(ids))
    assert time.time_ns() - 10**12 < ids[0] < ids[-1] < 2**63

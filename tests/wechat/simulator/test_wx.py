"""The fake api.weixin.qq.com."""

import httpx
import pytest

from app.wechat.simulator.app import create_simulator_app
from app.wechat.simulator.clock import parse_instant
from app.wechat.simulator.faults import names_api

from .conftest import APP_ID, make_world, running

APP = {"grant_type": "client_credential", "appid": APP_ID, "secret": "demo-secret"}
MINI = {"grant_type": "authorization_code", "appid": "wxmini", "secret": "mini-secret"}


class Machine:
    """The machine's clock, moved by hand."""

    def __init__(self):
        self.seconds = 1_771_545_600.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def world(machine):
    return make_world(machine=machine)


@pytest.fixture
async def client(open_simulator, world):
    return await open_simulator(world)


@pytest.fixture
def ask(client):
    async def get(path, **query):
        return (await client.get(f"/wx/{path}", params=query)).json()

    return get


@pytest.fixture
def stable(client):
    async def post(**fields):
        return (await client.post("/wx/cgi-bin/stable_token", json=APP | fields)).json()

    return post


async def test_token_outlives_its_successor_by_five_minutes(ask, machine):
    first = await ask("cgi-bin/token", **APP)
    second = await ask("cgi-bin/token", **APP)

    during = await ask("cgi-bin/getcallbackip", access_token=first["access_token"])
    machine.seconds += 300
    after = await ask("cgi-bin/getcallbackip", access_token=first["access_token"])
    newest = await ask("cgi-bin/getcallbackip", access_token=second["access_token"])

    assert (first["expires_in"], first["access_token"] != second["access_token"]) == (7200, True)
    assert (during, newest) == ({"ip_list": ["127.0.0.1"]},) * 2
    assert after["errcode"] == 40001


async def test_token_expires_by_the_machines_clock_only(ask, world, machine):
    token = (await ask("cgi-bin/token", **APP))["access_token"]
    world.clock.set(parse_instant("2027-01-01T00:00:00+08:00"))

    days_later_by_the_simulated_clock = await ask("cgi-bin/getcallbackip", access_token=token)
    machine.seconds += 7200
    expired = await ask("cgi-bin/getcallbackip", access_token=token)

    assert days_later_by_the_simulated_clock == {"ip_list": ["127.0.0.1"]}
    assert expired["errcode"] == 42001


async def test_token_can_be_had_2000_times_a_simulated_day(ask, world):
    world.clock.set(parse_instant("2026-02-20T08:00:00+08:00"))
    answers = [await ask("cgi-bin/token", **APP) for _ in range(2001)]
    world.clock.set(parse_instant("2026-02-21T00:00:00+08:00"))

    tomorrow = await ask("cgi-bin/token", **APP)

    assert [index for index, answer in enumerate(answers) if "errcode" in answer] == [2000]
    assert answers[2000]["errcode"] == 45009
    assert tomorrow["expires_in"] == 7200


async def test_stable_token_stays_until_five_minutes_before_its_end(ask, stable, machine):
    first = await stable()
    machine.seconds += 6900
    same = await stable()
    machine.seconds += 1
    renewed = await stable()

    assert (same["access_token"], same["expires_in"]) == (first["access_token"], 300)
    assert (renewed["access_token"] != first["access_token"], renewed["expires_in"]) == (True, 7200)
    both = [await ask("cgi-bin/getcallbackip", access_token=one["access_token"]) for one in (first, renewed)]
    assert both == [{"ip_list": ["127.0.0.1"]}] * 2


async def test_stable_token_is_forced_20_times_a_day_and_not_within_30_seconds(ask, stable, machine):
    first = await stable()
    forced = [await stable(force_refresh=True)]
    too_soon = await stable(force_refresh=True)
    for _ in range(20):
        machine.seconds += 30
        forced.append(await stable(force_refresh=True))

    tokens = [answer["access_token"] for answer in forced]
    assert too_soon["access_token"] == tokens[0]
    assert len(set(tokens)) == 20
    assert tokens[19] == tokens[20]
    assert (await ask("cgi-bin/getcallbackip", access_token=first["access_token"]))["errcode"] == 40001


async def test_both_kinds_of_token_are_good_at_once(ask, stable):
    tokens = [(await stable())["access_token"], (await ask("cgi-bin/token", **APP))["access_token"]]

    assert [await ask("cgi-bin/getcallbackip", access_token=one) for one in tokens] == [{"ip_list": ["127.0.0.1"]}] * 2


async def test_token_of_the_mini_program_does_not_open_the_account(ask, stable):
    token = (await stable(appid="wxmini", secret="mini-secret"))["access_token"]

    assert (await ask("cgi-bin/getcallbackip", access_token=token))["errcode"] == 40001


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"appid": "wxother"}, 40013),
        ({"appid": ["x"]}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
    ],
)
async def test_stable_token_refuses_wrong_credentials(stable, changed, errcode):
    answer = await stable(**changed)

    assert answer["errcode"] == errcode
    assert " rid: " in answer["errmsg"]


async def test_calls_that_wechat_cannot_read(client):
    answers = [
        await client.post("/wx/cgi-bin/stable_token", content="{"),
        await client.post("/wx/cgi-bin/stable_token", content="[1]"),
        await client.get("/wx/cgi-bin/stable_token"),
        await client.post("/wx/cgi-bin/token"),
        await client.get("/wx/cgi-bin/nothing"),
        await client.get("/wx/cgi-bin/getcallbackip"),
    ]

    assert [(answer.status_code, answer.json()["errcode"]) for answer in answers] == [
        (200, errcode) for errcode in (47001, 47001, 43002, 43001, 40066, 41001)
    ]


async def test_login_code_works_once_and_five_minutes(client, ask, machine):
    codes = [(await client.post("/api/followers/o1/js-code")).json()["code"] for _ in range(2)]

    first = await ask("sns/jscode2session", **MINI, js_code=codes[0])
    again = await ask("sns/jscode2session", **MINI, js_code=codes[0])
    machine.seconds += 300
    late = await ask("sns/jscode2session", **MINI, js_code=codes[1])
    invented = await ask("sns/jscode2session", **MINI, js_code="nonsense")

    assert (first["openid"], set(first)) == ("o1", {"openid", "session_key"})
    assert [answer["errcode"] for answer in (again, late, invented)] == [40163, 40029, 40029]


async def test_login_code_of_the_simulator_is_reusable(ask):
    answers = [await ask("sns/jscode2session", **MINI, js_code="sim:o7") for _ in range(2)]

    assert [answer["openid"] for answer in answers] == ["o7", "o7"]
    assert (await ask("sns/jscode2session", **MINI, js_code="sim:"))["errcode"] == 40029


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"appid": APP_ID}, 40013),
        ({"secret": "x"}, 40125),
        ({"js_code": ""}, 41008),
        ({"grant_type": "client_credential"}, 40002),
    ],
)
async def test_login_refuses_wrong_credentials(ask, changed, errcode):
    assert (await ask("sns/jscode2session", **(MINI | {"js_code": "sim:o1"} | changed)))["errcode"] == errcode


async def test_calls_are_counted_without_secrets(client, ask, stable):
    await stable()
    await ask("sns/jscode2session", **MINI, js_code="sim:o7")

    tokens = (await client.get("/api/calls", params={"api": "cgi-bin/stable_token"})).json()["items"]
    everything = await client.get("/api/calls")

    assert [(call["method"], call["status"], call["fault"]) for call in tokens] == [("POST", 200, None)]
    assert [(call["api"], call["openid"]) for call in everything.json()["items"]] == [
        ("cgi-bin/stable_token", None),
        ("sns/jscode2session", "o7"),
    ]
    assert "-secret" not in everything.text


async def test_fault_of_an_api_strikes_the_nth_call(client, stable, world):
    world.faults.add("cgi-bin/stable_token", "errcode:-1", nth=2)

    answers = [await stable() for _ in range(3)]

    assert [answer.get("errcode") for answer in answers] == [None, -1, None]
    assert [call.fault for call in world.log.calls()] == [None, "errcode:-1", None]


@pytest.mark.parametrize(
    ("wanted", "meant"), [("stable_token", True), ("/cgi-bin/stable_token", True), ("token", False), ("", False)]
)
def test_names_api_goes_by_whole_segments(wanted, meant):
    assert names_api(wanted, "cgi-bin/stable_token") is meant


async def test_fault_of_an_api_strikes_one_person(ask, world):
    world.faults.add("sns/jscode2session", "errcode:40226", openid="o1")

    answers = [await ask("sns/jscode2session", **MINI, js_code=f"sim:{openid}") for openid in ("o1", "o2")]

    assert [answer.get("errcode") for answer in answers] == [40226, None]


@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [("http_502", 502, "<html>"), ("invalid_json", 200, '{"errcode":0,"errmsg":"o'), ("empty", 200, "")],
)
async def test_broken_answers(client, world, kind, status, start):
    world.faults.add("cgi-bin/token", kind)

    answer = await client.get("/wx/cgi-bin/token", params=APP)

    assert (answer.status_code, answer.text[: len(start) or None]) == (status, start)


def test_late_and_cut_answers_over_real_http(world):
    world.faults.add("cgi-bin/token", "timeout", nth=1, seconds=60)
    world.faults.add("cgi-bin/token", "reset", nth=2)

    with (
        running(create_simulator_app(world, "http://127.0.0.1:9/wechat")) as address,
        httpx.Client(base_url=f"{address}/simulator/wx", timeout=0.2, trust_env=False) as client,
    ):
        with pytest.raises(httpx.ReadTimeout):
            client.get("/cgi-bin/token", params=APP)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/cgi-bin/token", params=APP)
        answer = client.get("/cgi-bin/token", params=APP)

    assert answer.json()["expires_in"] == 7200

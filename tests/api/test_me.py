"""Signing in through the simulator, and everything of one's own over the API."""

import asyncio
import re

import pytest
from pydantic import BaseModel
from sqlmodel import Session, func, select

from app.api.dependencies import CurrentPerson, Db, Now
from app.api.once import OnceDep
from app.people.models import Consent
from tests.serving import make_settings, served


@pytest.fixture
async def service(database_url):
    async with served(make_settings(database_url)) as (app, client):
        yield app, client


async def sign_in(client, who="m1", **more):
    answer = await client.post("/api/v1/sessions", json={"code": f"sim:{who}", **more})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_signing_in_answers_a_token_and_nothing_of_wechat(service):
    _, client = service

    answer = await client.post("/api/v1/sessions", json={"code": "sim:m1"})
    me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {answer.json()['token']}"})

    assert set(answer.json()) == {"token", "expires_at"}
    assert "session_key" not in answer.text
    assert me.json()["township"] is None
    assert [(one["purpose"], one["granted"]) for one in me.json()["consents"]] == [
        ("job_push", False),
        ("news", False),
        ("id_number", False),
    ]


async def test_single_use_code_opens_once(service):
    _, client = service
    code = (await client.post("/simulator/api/followers/m9/js-code")).json()["code"]

    first = await client.post("/api/v1/sessions", json={"code": code})
    second = await client.post("/api/v1/sessions", json={"code": code})

    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (401, "invalid_code")


async def test_broken_wechat_is_told_as_such(service):
    _, client = service
    await client.post("/simulator/api/faults", json={"api": "sns/jscode2session", "kind": "http_502"})

    answer = await client.post("/api/v1/sessions", json={"code": "sim:m1"})

    assert (answer.status_code, answer.json()["code"]) == (503, "wechat_unavailable")


async def test_township_and_consents_are_kept(service):
    _, client = service
    headers = await sign_in(client)

    changed = await client.patch("/api/v1/me", json={"township": "岩脚镇"}, headers=headers)
    wrong = await client.patch("/api/v1/me", json={"township": "火星"}, headers=headers)
    agreed = await client.put("/api/v1/me/consents/news", json={"granted": True}, headers=headers)
    unknown = await client.put("/api/v1/me/consents/nothing", json={"granted": True}, headers=headers)
    me = (await client.get("/api/v1/me", headers=headers)).json()
    cleared = await client.patch("/api/v1/me", json={"township": None}, headers=headers)

    assert changed.json()["township"] == "岩脚"
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "township")
    assert (agreed.json()["granted"], agreed.json()["version"]) == (True, 1)
    assert unknown.status_code == 404
    assert [one["granted"] for one in me["consents"] if one["purpose"] == "news"] == [True]
    assert cleared.json()["township"] is None


async def test_export_and_deletion(service):
    app, client = service
    headers = await sign_in(client)
    await client.put("/api/v1/me/consents/news", json={"granted": True}, headers=headers)

    exported = (await client.get("/api/v1/me/export", headers=headers)).json()
    gone = await client.delete("/api/v1/me", headers=headers)
    after = await client.get("/api/v1/me", headers=headers)

    assert {"本人", "微信身份", "登录", "同意过的授权"} <= set(exported["data"])
    assert (gone.status_code, after.status_code) == (204, 401)
    left = await app.state.services.db.read(lambda session: session.exec(select(func.count(Consent.id))).one())
    assert left == 0


async def test_signing_out_ends_this_token_only(service):
    _, client = service
    first, second = await sign_in(client), await sign_in(client)

    assert (await client.delete("/api/v1/sessions/current", headers=first)).status_code == 204
    assert (await client.get("/api/v1/me", headers=first)).status_code == 401
    assert (await client.get("/api/v1/me", headers=second)).status_code == 200


@pytest.mark.parametrize("credentials", [None, "Bearer", "Bearer forged", "Basic forged", "x" * 5000])
async def test_every_route_of_ones_own_wants_a_good_token(service, credentials):
    app, client = service
    headers = {"Authorization": credentials} if credentials else {}

    checked = 0
    for path, method in own_routes(app):
        answer = await client.request(method, path.replace("{purpose}", "news"), headers=headers, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), path
        checked += 1
    assert checked >= 6


def own_routes(app):
    """Every route under /api/v1 that its description says needs a token."""
    from app.api.docs import describe  # noqa: PLC0415

    for path, item in describe(app)["paths"].items():
        for method, operation in item.items():
            if operation.get("security"):
                yield path, method.upper()


async def test_no_route_takes_the_number_of_anothers_row_yet(service):
    """Two people: as soon as a route of one's own takes an id, it is walked here with the other's."""
    app, client = service
    mine, theirs = await sign_in(client, "m1"), await sign_in(client, "m2")
    taking = {path: re.findall(r"{(\w+)}", path) for path, _ in own_routes(app) if "{" in path}

    assert taking == {"/api/v1/me/consents/{purpose}": ["purpose"]}
    await client.put("/api/v1/me/consents/news", json={"granted": True}, headers=mine)
    me = (await client.get("/api/v1/me", headers=theirs)).json()
    assert [one["granted"] for one in me["consents"]] == [False, False, False]


async def test_one_phone_gone_wild_is_slowed_and_the_others_are_not(service):
    _, client = service
    wild, calm = await sign_in(client, "m1"), await sign_in(client, "m2")

    answers = [await client.get("/api/v1/me", headers=wild) for _ in range(75)]
    slowed = [answer for answer in answers if answer.status_code == 429]

    assert slowed
    assert int(slowed[0].headers["Retry-After"]) >= 1
    assert (await client.get("/api/v1/me", headers=calm)).status_code == 200


async def test_limits_can_be_switched_off_with_the_simulator(database_url):
    async with served(make_settings(database_url, rate_limits="off")) as (_, client):
        headers = await sign_in(client)
        codes = {(await client.get("/api/v1/me", headers=headers)).status_code for _ in range(75)}

    assert codes == {200}


class Made(BaseModel):
    number: int


@pytest.fixture
async def making(service):
    """A route that makes a row, as the ones of later features will."""
    app, client = service

    async def make(me: CurrentPerson, db: Db, now: Now, once: OnceDep):
        return await once.write(db, me, now, _make, me, now)

    app.add_api_route("/api/v1/made", make, methods=["POST"], status_code=201)
    return app, client, await sign_in(client)


def _make(session: Session, me, now):
    row = {"purpose": "news", "version": 1, "text_hash": "", "granted": True, "channel": "mini_program"}
    session.add(Consent(person_id=me, at=now, **row))
    session.flush()
    return Made(number=session.exec(select(func.count(Consent.id))).one())


async def test_same_key_and_body_make_one_thing_however_many_ask_at_once(making):
    _, client, headers = making
    keyed = {**headers, "Idempotency-Key": "tap-1"}

    answers = await asyncio.gather(*(client.post("/api/v1/made", json={"a": 1}, headers=keyed) for _ in range(8)))
    again = await client.post("/api/v1/made", json={"a": 1}, headers=keyed)
    other = await client.post("/api/v1/made", json={"a": 2}, headers=keyed)
    unkeyed = await client.post("/api/v1/made", json={"a": 1}, headers=headers)

    assert {(answer.status_code, answer.text) for answer in [*answers, again]} == {(201, '{"number":1}')}
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert unkeyed.json() == {"number": 2}


async def test_key_is_one_persons_own_and_must_be_readable(making):
    _, client, headers = making
    another = await sign_in(client, "m2")

    mine = await client.post("/api/v1/made", json={}, headers={**headers, "Idempotency-Key": "k"})
    theirs = await client.post("/api/v1/made", json={}, headers={**another, "Idempotency-Key": "k"})
    wrong = await client.post("/api/v1/made", json={}, headers={**headers, "Idempotency-Key": "有 空格".encode()})

    assert (mine.json()["number"], theirs.json()["number"]) == (1, 2)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_without_the_key_two_taps_make_two_things(making):
    """The guard off."""
    _, client, headers = making

    answers = [await client.post("/api/v1/made", json={}, headers=headers) for _ in range(2)]

    assert [answer.json()["number"] for answer in answers] == [1, 2]

"""``Idempotency-Key``: a second tap on the button makes nothing twice, and is not told off for the first."""

import asyncio

import pytest
from pydantic import BaseModel
from sqlmodel import Session, func, select
from starlette.responses import JSONResponse

from app.api.dependencies import CurrentPerson, Db, Now
from app.api.once import OnceDep
from app.core.errors import Conflict
from app.people.models import Consent, IdempotencyKey

from .conftest import problem_of, sign_in


class Made(BaseModel):
    number: int


class AlreadyMade(Conflict):
    code, default_detail = "already_made", "您已经办过了。"


@pytest.fixture
async def making(service):
    """Routes that make a row, as the ones of later features will: any number of them, or one a person."""
    app, client = service

    async def make(me: CurrentPerson, db: Db, now: Now, once: OnceDep):
        return await once.write(db, me, make_row, me, now)

    async def make_only(me: CurrentPerson, db: Db, now: Now, once: OnceDep):
        return await once.write(db, me, make_only_row, me, now)

    async def make_unguarded(me: CurrentPerson, db: Db, now: Now):
        made = await db.write(make_row, me, now)
        return JSONResponse(made.model_dump(), 201)

    for path, route in (("made", make), ("only", make_only), ("unguarded", make_unguarded)):
        app.add_api_route(f"/api/v1/{path}", route, methods=["POST"], status_code=201, response_model=None)
    return app, client, await sign_in(client)


def make_row(session: Session, me, now):
    row = {"purpose": "news", "version": 1, "text_hash": "", "granted": True, "channel": "mini_program"}
    session.add(Consent(person_id=me, at=now, **row))
    session.flush()
    return Made(number=count_made(session))


def make_only_row(session: Session, me, now):
    if session.exec(select(Consent.id).where(Consent.person_id == me)).first():
        raise AlreadyMade
    return make_row(session, me, now)


def count_made(session):
    return session.exec(select(func.count(Consent.id))).one()


def count_keys(session):
    return session.exec(select(func.count()).select_from(IdempotencyKey)).one()


async def tap(client, path, headers, times=8):
    return await asyncio.gather(*(client.post(f"/api/v1/{path}", json={"a": 1}, headers=headers) for _ in range(times)))


async def test_same_key_and_body_make_one_thing_however_many_ask_at_once(making):
    app, client, headers = making
    keyed = {**headers, "Idempotency-Key": "tap-1"}

    answers = [*await tap(client, "made", keyed), *await tap(client, "made", keyed, 1)]

    assert {(answer.status_code, answer.text) for answer in answers} == {(201, '{"number":1}')}
    assert await app.state.services.db.read(count_made) == 1


async def test_without_the_guard_every_tap_makes_one(making):
    app, client, headers = making

    await tap(client, "unguarded", {**headers, "Idempotency-Key": "tap-1"})

    assert await app.state.services.db.read(count_made) == 8


async def test_second_tap_is_not_refused_for_what_the_first_has_just_made(making):
    """Its twin must wait before it is judged, not only before it is kept: “you have booked already” would be a lie."""
    _, client, _ = making

    for number in range(6):
        mine = await sign_in(client, f"racer-{number}")
        answers = await tap(client, "only", {**mine, "Idempotency-Key": "tap"})
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1


async def test_another_body_or_another_path_under_the_same_key_is_a_conflict(making):
    _, client, headers = making
    keyed = {**headers, "Idempotency-Key": "tap-1"}
    await client.post("/api/v1/made", json={"a": 1}, headers=keyed)

    other_body = await client.post("/api/v1/made", json={"a": 2}, headers=keyed)
    other_path = await client.post("/api/v1/only", json={"a": 1}, headers=keyed)

    for answer in (other_body, other_path):
        assert (answer.status_code, problem_of(answer)["code"]) == (409, "idempotency_key_reused")


async def test_refusal_keeps_no_key_and_is_judged_afresh(making):
    app, client, headers = making
    db = app.state.services.db
    await client.post("/api/v1/made", json={}, headers=headers)
    keyed = {**headers, "Idempotency-Key": "tap-1"}

    refused = await client.post("/api/v1/only", json={}, headers=keyed)
    kept = await db.read(count_keys)
    await db.write(lambda session: [session.delete(row) for row in session.exec(select(Consent))])
    afresh = await client.post("/api/v1/only", json={}, headers=keyed)
    again = await client.post("/api/v1/only", json={}, headers=keyed)

    assert (refused.status_code, problem_of(refused)["code"], kept) == (409, "already_made", 0)
    assert (afresh.status_code, again.status_code) == (201, 201)
    assert again.text == afresh.text


async def test_key_is_one_persons_own(making):
    _, client, headers = making
    another = await sign_in(client, "m2")

    mine = await client.post("/api/v1/made", json={}, headers={**headers, "Idempotency-Key": "k"})
    theirs = await client.post("/api/v1/made", json={}, headers={**another, "Idempotency-Key": "k"})

    assert (mine.json()["number"], theirs.json()["number"]) == (1, 2)


@pytest.mark.parametrize("key", ["", "有 空格", "two words", "k" * 81, "k" * 500])
async def test_key_must_be_readable(making, key):
    app, client, headers = making

    answer = await client.post("/api/v1/made", json={}, headers={**headers, "Idempotency-Key": key.encode()})

    assert answer.status_code == 422
    assert problem_of(answer)["errors"][0]["field"].lower() == "idempotency-key"
    assert await app.state.services.db.read(count_made) == 0


async def test_no_key_means_every_request_counts(making):
    _, client, headers = making

    answers = [await client.post("/api/v1/made", json={}, headers=headers) for _ in range(2)]

    assert [answer.json()["number"] for answer in answers] == [1, 2]

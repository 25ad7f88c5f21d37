"""Signing in through the simulator, and out."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import func, select

from app.people import linking, sessions
from app.people.models import Channel, Identity, LinkToken, Person
from tests.messages import say
from tests.serving import make_settings, served

from .conftest import problem_of, sign_in


async def status_of_me(client, headers):
    return (await client.get("/api/v1/me", headers=headers)).status_code


async def test_signing_in_answers_a_token_and_nothing_of_wechat(service):
    _, client = service

    answer = await client.post("/api/v1/sessions", json={"code": "sim:m1"})
    me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {answer.json()['token']}"})

    assert (answer.status_code, me.status_code) == (201, 200)
    assert set(answer.json()) == {"token", "expires_at"}
    assert "session_key" not in answer.text
    assert answer.headers["Cache-Control"] == me.headers["Cache-Control"] == "no-store"


async def test_single_use_code_opens_once(service):
    _, client = service
    code = (await client.post("/simulator/api/followers/m9/js-code")).json()["code"]

    first = await client.post("/api/v1/sessions", json={"code": code})
    second = await client.post("/api/v1/sessions", json={"code": code})

    assert first.status_code == 201
    assert (second.status_code, problem_of(second)["code"]) == (401, "invalid_code")


@pytest.mark.parametrize("code", ["forged", f"sim:{'x' * 100}"])
async def test_code_that_is_none_is_refused(service, code):
    _, client = service

    answer = await client.post("/api/v1/sessions", json={"code": code})

    assert (answer.status_code, problem_of(answer)["code"]) == (401, "invalid_code")


@pytest.mark.parametrize("fault", [{"kind": "http_502"}, {"kind": "errcode:40164"}, {"kind": "errcode:45011"}], ids=str)
async def test_broken_wechat_is_told_as_such_and_nothing_of_ours_with_it(service, fault):
    """40164 names this machine's address: a sentence for the operator, not for whoever opens the mini-program."""
    _, client = service
    armed = await client.post("/simulator/api/faults", json={"api": "sns/jscode2session", **fault})
    assert armed.status_code < 300, armed.text

    answer = await client.post("/api/v1/sessions", json={"code": "sim:m1"})

    problem = problem_of(answer)
    assert (answer.status_code, problem["code"]) == (503, "wechat_unavailable")
    assert not any(each.isdigit() for each in problem["detail"])
    assert int(answer.headers["Retry-After"]) >= 1


async def test_phone_that_signs_in_twice_at_once_is_one_person(service):
    app, client = service

    answers = await asyncio.gather(*(client.post("/api/v1/sessions", json={"code": "sim:m1"}) for _ in range(12)))

    assert {answer.status_code for answer in answers} == {201}
    assert await app.state.services.db.read(count_people) == 1


async def test_link_from_the_chat_leads_to_the_same_person(service):
    app, client = service
    await say(client, "你好", openid="o-chat")
    link = await app.state.services.db.write(link_for, "o-chat")

    headers = await sign_in(client, "m1", link=link)

    assert await status_of_me(client, headers) == 200
    assert await app.state.services.db.read(count_people) == 1


@pytest.mark.parametrize("link", ["forged", "x" * 64])
async def test_link_that_is_no_good_keeps_nobody_out(service, link):
    _, client = service

    assert await status_of_me(client, await sign_in(client, "m1", link=link)) == 200


async def test_signing_out_ends_this_token_only(service):
    _, client = service
    first, second = await sign_in(client), await sign_in(client)

    signed_out = await client.delete("/api/v1/sessions/current", headers=first)

    assert signed_out.status_code == 204
    assert await status_of_me(client, first) == 401
    assert await status_of_me(client, second) == 200


@pytest.mark.parametrize(
    "credentials", [None, "Bearer", "Bearer forged", "Basic forged", "bearer\u00ff", "Bearer \u00ff", "x" * 5000]
)
async def test_forged_tokens_are_refused_on_every_route_alike(service, credentials):
    _, client = service
    headers = {"Authorization": credentials.encode("latin-1")} if credentials else {}

    answer = await client.get("/api/v1/me", headers=headers)

    assert (answer.status_code, problem_of(answer)["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_token_that_is_over_is_refused(service):
    app, client = service

    def open_old(session):
        person = Person(created_at=app.state.services.clock.now())
        session.add(person)
        session.flush()
        return [
            sessions.open_session(session, person.id, machine_now=datetime.now(UTC) - sessions.LASTS + margin)[0]
            for margin in (timedelta(minutes=-1), timedelta(minutes=1))
        ]

    over, living = await app.state.services.db.write(open_old)

    assert await status_of_me(client, {"Authorization": f"Bearer {over}"}) == 401
    assert await status_of_me(client, {"Authorization": f"Bearer {living}"}) == 200


async def test_travelling_in_time_signs_nobody_out(sqlite_url):
    """Tokens are judged by the machine's clock; the simulated one may jump by months."""
    async with served(make_settings(sqlite_url)) as (app, client):
        headers = await sign_in(client)
        far = app.state.services.clock.now() + timedelta(days=90)

        moved = await client.post("/simulator/api/clock", json={"at": far.isoformat()})

        assert moved.status_code < 300
        assert app.state.services.clock.now() >= far
        assert await status_of_me(client, headers) == 200
        later = await client.post("/api/v1/sessions", json={"code": "sim:m1"})
        expires_at = datetime.fromisoformat(later.json()["expires_at"])
        assert abs(expires_at - datetime.now(UTC) - sessions.LASTS) < timedelta(minutes=1)
        assert "link=" in await say(client, "小程序", openid="o-chat")
        link = await app.state.services.db.read(lambda session: session.exec(select(LinkToken)).one())
        assert abs(link.expires_at - datetime.now(UTC) - linking.LASTS) < timedelta(minutes=1)


def link_for(session, openid):
    chat = select(Identity.person_id).where(Identity.openid == openid, Identity.channel == Channel.OFFICIAL_ACCOUNT)
    return linking.hand_out_link(session, session.exec(chat).one(), machine_now=datetime.now(UTC))


def count_people(session):
    return session.exec(select(func.count()).select_from(Person)).one()

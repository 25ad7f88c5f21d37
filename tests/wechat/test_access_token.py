"""However many want a token, WeChat is asked once; and one that it refuses is replaced once."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import httpx
import pytest
from sqlmodel import select

from app.core.config import DEMO, ROOT
from app.core.db import open_database
from app.wechat import access_token
from app.wechat.access_token import AccessTokens
from app.wechat.calls import App
from app.wechat.models import AccessToken
from app.wechat.simulator.app import create_simulator_app
from app.wechat.simulator.world import World
from app.wechat.wx_errors import NeedsOperator, QuotaSpent, TokenRefused, TryAgain

from .cold_worker import claim_always
from .fake import REAL, TOKEN, Always, FakeWeChat, open_gateway, refusal
from .simulator.conftest import Account, running

API = "cgi-bin/getcallbackip"
ADDRESSES = {"ip_list": ["127.0.0.1"]}


@pytest.fixture
def fake():
    fake = FakeWeChat()
    fake.answers[API] = [Always(ADDRESSES)]
    return fake


@pytest.fixture
async def gateways(db, fake):
    """``gateways()`` opens another process's gateway on the same database."""
    opened = []

    def open_another(**changes):
        opened.append(open_gateway(fake, db, **changes))
        return opened[-1]

    yield open_another
    for one in opened:
        await one.close()


@pytest.fixture
def machine(monkeypatch):
    """The machine's clock of the tokens, moved by hand: ``machine(seconds)``."""
    shift = [0.0]
    real = access_token.machine_seconds
    monkeypatch.setattr(access_token, "machine_seconds", lambda: real() + shift[0])

    def move(seconds):
        shift[0] += seconds

    return move


def tokens_of(gateway):
    return gateway._calls._tokens[App.ACCOUNT]


def load_row(session):
    return session.exec(select(AccessToken)).one().model_dump()


def expect_no_lease(row):
    return row["refreshing_until"] == 0


async def test_sixteen_cold_calls_ask_once(gateways, fake, db):
    gateway = gateways()

    answers = await asyncio.gather(*(gateway.callback_addresses() for _ in range(16)))

    assert answers == [["127.0.0.1"]] * 16
    assert len(fake.calls(TOKEN)) == 1
    assert {call.query["access_token"] for call in fake.calls(API)} == {"token-number-1"}
    assert expect_no_lease(await db.read(load_row))


async def test_without_single_flight_and_lease_everybody_asks(gateways, fake, monkeypatch):
    monkeypatch.setattr(AccessTokens, "_shared", AccessTokens._obtain)
    monkeypatch.setattr(access_token, "claim", claim_always)
    gateway = gateways()

    await asyncio.gather(*(gateway.callback_addresses() for _ in range(16)))

    assert len(fake.calls(TOKEN)) > 1


async def test_without_single_flight_the_lease_alone_still_asks_once(gateways, fake, monkeypatch):
    monkeypatch.setattr(AccessTokens, "_shared", AccessTokens._obtain)
    gateway = gateways()

    await asyncio.gather(*(gateway.callback_addresses() for _ in range(16)))

    assert len(fake.calls(TOKEN)) == 1


async def test_the_token_request_carries_the_secret_in_its_body(gateways, fake):
    await gateways().callback_addresses()

    asked = fake.calls(TOKEN)[0]
    assert asked.query == {}
    assert asked.json == {
        "grant_type": "client_credential",
        "appid": REAL["wechat_app_id"],
        "secret": REAL["wechat_app_secret"],
        "force_refresh": False,
    }


async def test_another_process_reads_the_token_from_the_row(gateways, fake):
    await gateways().callback_addresses()
    await gateways().callback_addresses()

    assert len(fake.calls(TOKEN)) == 1


async def test_account_and_mini_program_have_a_token_each(gateways, fake):
    gateway = gateways()

    await asyncio.gather(gateway.callback_addresses(), gateway.send_custom("o-x", {"msgtype": "text"}, mini=True))

    assert {call.json["appid"] for call in fake.calls(TOKEN)} == {REAL["wechat_app_id"], REAL["mini_app_id"]}


async def test_the_token_is_sealed_in_the_row(sqlite_url, fake):
    db = open_database(sqlite_url)
    await open_gateway(fake, db).callback_addresses()
    await db.close()

    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        (sealed,) = connection.execute("SELECT sealed FROM access_token").fetchone()
        dump = "\n".join(connection.iterdump())
    assert sealed.startswith("aesgcm1:")
    assert [word for word in ("token-number-1", REAL["wechat_app_secret"]) if word in dump] == []


async def test_a_row_sealed_with_another_key_is_fetched_anew(gateways, fake):
    await gateways().callback_addresses()
    await gateways(secret_key="another-key-of-thirty-two-letters").callback_addresses()

    assert len(fake.calls(TOKEN)) == 2


async def test_without_a_secret_key_nothing_is_asked(gateways, fake):
    with pytest.raises(NeedsOperator, match="YANLU_SECRET_KEY"):
        await gateways(secret_key="").callback_addresses()

    assert fake.seen == []


async def test_a_token_is_renewed_five_minutes_before_its_end(gateways, fake, machine):
    gateway = gateways()
    await gateway.callback_addresses()

    machine(7200 - 302)
    await gateway.callback_addresses()
    before = len(fake.calls(TOKEN))
    machine(4)
    await gateway.callback_addresses()

    assert (before, len(fake.calls(TOKEN))) == (1, 2)


async def test_a_token_about_to_end_is_not_asked_for_with_every_call(gateways, fake):
    fake.expires_in = 299
    gateway = gateways()

    for _ in range(5):
        await gateway.callback_addresses()

    assert len(fake.calls(TOKEN)) == 1


async def test_the_old_token_serves_while_another_process_renews_it(gateways, fake, machine, db):
    gateway = gateways()
    await gateway.callback_addresses()
    machine(7200 - 200)
    row = await db.read(load_row)
    lease = access_token.machine_seconds() + 60
    assert await db.write(access_token.claim, row["app_id"], row["generation"], lease)

    answer = await gateway.callback_addresses()

    assert answer == ["127.0.0.1"]
    assert len(fake.calls(TOKEN)) == 1


async def test_the_old_token_serves_while_wechat_gives_none(gateways, fake, machine, db):
    gateway = gateways()
    await gateway.callback_addresses()
    machine(7200 - 200)
    fake.answers[TOKEN] = [httpx.Response(502, text="<html>")]

    answer = await gateway.callback_addresses()

    assert answer == ["127.0.0.1"]
    assert expect_no_lease(await db.read(load_row))


async def test_others_wait_for_the_row_and_never_ask(gateways, fake, db, monkeypatch):
    """A lease of somebody who is slow: the token comes through the row."""
    gateway = gateways()
    app_id = REAL["wechat_app_id"]
    lease = access_token.machine_seconds() + 60
    await db.write(access_token.claim, app_id, None, lease)
    waiting = asyncio.create_task(gateway.callback_addresses())
    await asyncio.sleep(0.2)
    assert fake.seen == []

    sealed = tokens_of(gateway)._seal("from-elsewhere")
    token = access_token.Token("from-elsewhere", access_token.machine_seconds() + 7200, 1)
    await db.write(access_token.store, app_id, sealed, token, lease, False)

    assert await waiting == ["127.0.0.1"]
    assert fake.calls(TOKEN) == []
    assert fake.calls(API)[0].query["access_token"] == "from-elsewhere"


async def test_waiting_for_the_row_ends_at_the_deadline(gateways, fake, db, monkeypatch):
    await db.write(access_token.claim, REAL["wechat_app_id"], None, access_token.machine_seconds() + 60)

    with pytest.raises(TryAgain) as caught:
        await tokens_of(gateways()).get(seconds=0.2)

    assert not caught.value.maybe_sent
    assert fake.seen == []


async def test_a_dead_holders_lease_runs_out(gateways, fake, db, machine):
    await db.write(access_token.claim, REAL["wechat_app_id"], None, access_token.machine_seconds() + 6)
    machine(7)

    assert await gateways().callback_addresses() == ["127.0.0.1"]
    assert len(fake.calls(TOKEN)) == 1


async def test_who_lost_the_lease_takes_what_the_other_stored(gateways, fake, db):
    gateway, other = gateways(), gateways()
    app_id = REAL["wechat_app_id"]

    tokens = tokens_of(gateway)
    asked = tokens._ask_for_another

    async def overtaken(old, forced_at):
        answer = await asked(old, forced_at)
        row = await db.read(load_row)
        newer = access_token.machine_seconds() + 60
        await db.write(access_token.release, app_id, row["refreshing_until"])
        await db.write(access_token.claim, app_id, row["generation"], newer)
        token = access_token.Token("the-others", access_token.machine_seconds() + 7200, 1)
        await db.write(access_token.store, app_id, tokens_of(other)._seal("the-others"), token, newer, False)
        return answer

    tokens._ask_for_another = overtaken

    await gateway.callback_addresses()

    assert fake.calls(API)[0].query["access_token"] == "the-others"


@pytest.mark.parametrize("errcode", [40001, 40014, 41001, 42001])
async def test_a_refused_token_is_replaced_once_and_the_call_succeeds(gateways, fake, errcode):
    fake.answers[API] = [refusal(errcode), Always(ADDRESSES)]
    gateway = gateways()

    answer = await gateway.callback_addresses()

    assert answer == ["127.0.0.1"]
    assert [call.query["access_token"] for call in fake.calls(API)] == ["token-number-1", "token-number-2"]
    # The second answer of stable_token was the very token that had been refused; only then is it forced.
    assert [call.json["force_refresh"] for call in fake.calls(TOKEN)] == [False, False, True]


async def test_a_refused_token_that_wechat_has_replaced_is_not_forced(gateways, fake):
    gateway = gateways()
    await gateway.callback_addresses()
    fake.tokens = 2
    fake.answers[API] = [refusal(40001), Always(ADDRESSES)]

    await gateway.callback_addresses()

    assert [call.json["force_refresh"] for call in fake.calls(TOKEN)] == [False, False]


async def test_wechat_is_forced_once_in_five_minutes(gateways, fake, machine):
    fake.answers[API] = [Always(refusal(40001))]
    gateway = gateways()

    for _ in range(3):
        with pytest.raises(TokenRefused):
            await gateway.callback_addresses()

    assert [call.json["force_refresh"] for call in fake.calls(TOKEN)].count(True) == 1


async def test_a_late_refusal_of_an_old_token_leaves_the_new_one(gateways, fake, db):
    """Compare and expire: sixteen calls with one dead token, told so one after the other, renew it once."""
    gateway = gateways()
    await gateway.callback_addresses()
    dead = await tokens_of(gateway).get(seconds=1)
    fake.tokens = 2

    for _ in range(16):
        await tokens_of(gateway).refused(dead)
        await tokens_of(gateway).get(seconds=5)

    assert len(fake.calls(TOKEN)) == 2


async def test_without_compare_and_expire_every_late_refusal_asks_again(gateways, fake, monkeypatch):
    def expire_whatever(session, app_id, generation):
        session.get(AccessToken, app_id).expires_at = 0.0
        session.flush()

    async def refuse_whatever(self, token):
        self._held = None
        await self._db.write(expire_whatever, self._app.app_id, token.generation)

    gateway = gateways()
    await gateway.callback_addresses()
    dead = await tokens_of(gateway).get(seconds=1)
    monkeypatch.setattr(AccessTokens, "refused", refuse_whatever)

    for _ in range(16):
        await tokens_of(gateway).refused(dead)
        await tokens_of(gateway).get(seconds=5)

    assert len(fake.calls(TOKEN)) > 16


@pytest.mark.parametrize("errcode", [40001, 40013, 40125, 40164, 40243, 89503])
async def test_what_a_person_must_mend_is_asked_once_and_not_looped(gateways, fake, errcode, db):
    fake.answers[TOKEN] = [Always(refusal(errcode, "invalid ip 203.0.113.9, not in whitelist"))]
    gateway = gateways()

    for _ in range(5):
        with pytest.raises(NeedsOperator) as caught:
            await gateway.callback_addresses()
        assert caught.value.errcode == errcode

    assert (len(fake.calls(TOKEN)), fake.calls(API)) == (1, [])
    assert expect_no_lease(await db.read(load_row))


async def test_once_it_is_mended_the_next_call_succeeds(gateways, fake, machine):
    fake.answers[TOKEN] = [refusal(40125)]
    gateway = gateways()
    with pytest.raises(NeedsOperator):
        await gateway.callback_addresses()

    machine(31)

    assert await gateway.callback_addresses() == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        (refusal(-1), TryAgain),
        (refusal(45011), TryAgain),
        (refusal(45009), QuotaSpent),
        (httpx.Response(502, text="<html>"), TryAgain),
        (httpx.Response(200, text=""), TryAgain),
        ({"expires_in": 7200}, TryAgain),
        ({"access_token": "x"}, TryAgain),
        (httpx.ConnectError("no route to secret"), TryAgain),
        (httpx.ReadTimeout("secret"), TryAgain),
    ],
    ids=str,
)
async def test_without_a_token_nothing_was_sent(gateways, fake, answer, ended, db):
    fake.answers[TOKEN] = [Always(answer)]

    with pytest.raises(ended) as caught:
        await gateways().send_custom("o-x", {"msgtype": "text"})

    assert type(caught.value) is ended
    assert fake.calls("cgi-bin/message/custom/send") == []
    assert expect_no_lease(await db.read(load_row))


# --- across processes, against a simulator of its own ---


@pytest.fixture
def simulator():
    account = Account(
        app_id=DEMO["wechat_app_id"],
        token=DEMO["wechat_token"],
        original_id=DEMO["wechat_original_id"],
        app_secret=DEMO["wechat_app_secret"],
    )
    world = World(account)
    with running(create_simulator_app(world, "http://127.0.0.1:9/wechat")) as address:
        yield world, f"{address}/simulator/wx"


def cold_start(database_url, api_base, processes, *more):
    """Start them all, then let them all call at once; returns how many calls succeeded in each."""
    command = [sys.executable, "-m", "tests.wechat.cold_worker", database_url, api_base, *more]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    workers = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    try:
        assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * processes
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        return [int(worker.communicate(timeout=30)[0]) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(10)
            worker.stdin.close()
            worker.stdout.close()


def test_cold_processes_ask_once_together(database_url, simulator, figure):
    world, api_base = simulator

    answered = cold_start(database_url, api_base, 5)

    fetches = len(world.log.calls("cgi-bin/stable_token"))
    figure(f"5 cold processes × 4 calls: {fetches} token fetch")
    assert answered == [4] * 5
    assert fetches == 1
    assert len(world.log.calls(API)) == 20


def test_cold_processes_without_the_lease_ask_each(sqlite_url, simulator, figure):
    world, api_base = simulator

    cold_start(sqlite_url, api_base, 5, "unguarded")

    fetches = len(world.log.calls("cgi-bin/stable_token"))
    figure(f"without the lease: 5 cold processes, {fetches} token fetches")
    assert fetches > 1

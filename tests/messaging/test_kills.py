"""kill -9, again and again, over a bulk send: nobody is lost, nobody sees it twice, and the rows tell the truth.

On SQLite the killed process is started again; on PostgreSQL its living peer takes over. Counted at a simulator that is
a process of its own. At full size in `make soak`.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from sqlmodel import func, select

from app.core.clock import Clock
from app.core.config import DEMO, ROOT, variable
from app.core.db import open_database
from app.messaging import deliveries
from app.messaging.delivery_models import Delivery, Purpose, State
from app.messaging.delivery_rules import Message
from app.messaging.sending import BULK_RUNS, IN_FLIGHT
from app.people.models import Identity
from tests.serving import OWN

from .test_deliveries import make_people

SOAK = bool(os.environ.get("YANLU_SOAK"))
ENDED = (State.SENT, State.FAILED, State.SKIPPED, State.UNKNOWN)
TOTAL, KILLS = (5000, 20) if SOAK else (500, 3)


def start(*arguments, **environment):
    """A process of ours with the demo's settings."""
    settings = {variable(name): value for name, value in {**DEMO, **OWN}.items()}
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def stop(process):
    process.terminate()
    process.wait(20)
    process.stdout.close()


@contextmanager
def simulator(account_type):
    """A simulator in a process of its own: yields the address that stands for api.weixin.qq.com."""
    process = start("app", "simulator", "--port", "0", YANLU_WECHAT_ACCOUNT_TYPE=account_type)
    try:
        address = process.stdout.readline().strip().partition("http://")[2].removesuffix("/simulator")
        yield f"http://{address}/simulator/wx"
    finally:
        stop(process)


def order(session, count, template, now):
    message = Message("开工了", "T" if template else "", {"thing1": "开工"})
    for begin in range(0, count, 200):
        spoke_at = None if template else now - timedelta(hours=1)
        people = make_people(session, min(200, count - begin), spoke_at=spoke_at)
        batch = session.exec(select(deliveries.DeliveryBatch)).first() or deliveries.open_batch(
            session, "开工了", Purpose.TRAVEL, created_by="小王", now=now, message=message
        )
        deliveries.add_recipients(session, batch, people, now=now)


async def count_states(db):
    rows = await db.read(
        lambda session: session.exec(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
    )
    return Counter(dict(rows))


async def finish(db, total, *, seconds, during=None):
    """Until everybody has come to an end; ``during`` is called while they have not."""
    async with asyncio.timeout(seconds):
        while True:
            states = await count_states(db)
            if sum(states[state] for state in ENDED) == total:
                return states
            if during:
                await during()
            await asyncio.sleep(0.05)


async def introduce(base, openids):
    """Let the simulator know our followers, each of whom has just said something."""
    async with httpx.AsyncClient(base_url=base.removesuffix("/wx"), trust_env=False, timeout=20) as client:
        for openid in openids:
            (await client.post("/api/followers", json={"openid": openid})).raise_for_status()


async def seen_at(base):
    """How many messages stand on each phone."""
    async with httpx.AsyncClient(base_url=base.removesuffix("/wx"), trust_env=False, timeout=20) as client:
        items = (await client.get("/api/followers")).json()["items"]
    return {item["openid"]: item["inbox"] for item in items if item["inbox"]}


async def run(url, base, total, kills, *, peers, account_type):
    """Send to everybody under fire. Returns the states at the end."""
    db = open_database(url)
    names = [f"w{number}" for number in range(peers)]
    dice = random.Random(total)
    environment = {
        "YANLU_DATABASE_URL": url,
        "YANLU_WECHAT_API_BASE": base,
        "YANLU_WECHAT_ACCOUNT_TYPE": account_type,
    }
    worker = "tests.messaging.sending_process"
    processes = {name: start(worker, name, **environment) for name in names}
    killed, fired_at = 0, -1

    async def kill_somebody():
        nonlocal killed, fired_at
        states = await count_states(db)
        progress = sum(states[state] for state in ENDED)
        if killed >= kills or not states[State.SENDING] or progress < fired_at + total // (kills + 2):
            return
        name = dice.choice(names)
        await asyncio.sleep(dice.random() * 0.05)
        process = processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        killed, fired_at = killed + 1, progress
        # A new name where a living peer must take over; the same one where the process comes back.
        names[names.index(name)] = after = f"{name}x" if peers > 1 else name
        processes[after] = start(worker, after, **environment)

    try:
        states = await finish(db, total, seconds=100 + total / 20, during=kill_somebody)
    finally:
        for process in processes.values():
            stop(process)
        await db.close()
    assert killed == kills
    return states


@pytest.mark.soak
@pytest.mark.parametrize("template", [False, True], ids=["custom", "template"])
async def test_bulk_send_survives_kills(database_url, template, figure):
    total, kills = TOTAL, KILLS
    db = open_database(database_url)
    for _ in range(total // 500):
        await db.write(order, 500, template, Clock().now())
    openids = await db.read(lambda session: session.exec(select(Identity.openid)).all())
    await db.close()
    peers = 1 if database_url.startswith("sqlite") else 2
    account_type = "service" if template else "subscription"

    with simulator(account_type) as base:
        await introduce(base, openids)
        states = await run(database_url, base, total, kills, peers=peers, account_type=account_type)
        seen = await seen_at(base)

    kind = "SQLite" if peers == 1 else "PostgreSQL"
    figure(f"{kind}, {'template' if template else 'custom'}: {total} recipients, {kills} kills: {dict(states)}")
    assert sum(states.values()) == total
    assert [openid for openid, times in seen.items() if times > 1] == []
    assert states[State.SENT] <= len(seen) <= states[State.SENT] + states[State.UNKNOWN]
    assert states[State.UNKNOWN] <= (0 if template else kills * IN_FLIGHT * BULK_RUNS)
    assert states[State.FAILED] == states[State.SKIPPED] == 0

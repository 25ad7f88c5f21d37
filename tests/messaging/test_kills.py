"""kill -9, again and again, over a bulk send: nobody is lost, nobody sees it twice, and the rows tell the truth.

On SQLite the killed process is started again; on PostgreSQL its living peer takes over. Counted at a provider that is
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
from app.core.config import ROOT
from app.core.db import open_database
from app.messaging import deliveries
from app.messaging.delivery_models import Delivery, Purpose, State
from app.messaging.delivery_rules import Message
from app.messaging.sending import BULK_RUNS, IN_FLIGHT

from .test_deliveries import make_people

SOAK = bool(os.environ.get("YANLU_SOAK"))
ENDED = (State.SENT, State.FAILED, State.SKIPPED, State.UNKNOWN)
SIZES = [
    pytest.param(500, 3, id="500"),
    pytest.param(5000, 20, id="5000", marks=[pytest.mark.soak, pytest.mark.skipif(not SOAK, reason="make soak")]),
]


@contextmanager
def child(*arguments):
    """A process of ours: yields (what it printed first, Popen). Ended by its own pid."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().strip(), process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(20)
        process.stdout.close()


@contextmanager
def provider():
    with child("tests.messaging.provider") as (port, _):
        yield f"http://127.0.0.1:{port}"


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


async def seen_at(address):
    async with httpx.AsyncClient(trust_env=False) as client:
        return Counter((await client.get(f"{address}/seen")).json())


async def run(url, address, total, kills, *, peers, seconds):
    """Send to everybody under fire. Returns the states at the end."""
    db = open_database(url)
    names = [f"w{number}" for number in range(peers)]
    dice = random.Random(total)
    start = lambda name: subprocess.Popen(  # noqa: E731
        [sys.executable, "-m", "tests.messaging.sending_process", url, address, name, "12"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    processes = {name: start(name) for name in names}
    killed, fired_at = 0, -1

    async def kill_somebody():
        nonlocal killed, fired_at
        states = await count_states(db)
        progress = sum(states[state] for state in ENDED)
        if killed >= kills or not states[State.SENDING] or progress < fired_at + total // (kills + 2):
            return
        name = dice.choice(names)
        await asyncio.sleep(dice.random() * 0.05)
        processes[name].send_signal(signal.SIGKILL)
        processes[name].wait()
        processes[name].stdout.close()
        killed, fired_at = killed + 1, progress
        # A name of its own each time where a peer must take over; the same one where the process comes back.
        names[names.index(name)] = after = f"{name}x" if peers > 1 else name
        processes[after] = start(after)
        if after != name:
            del processes[name]

    try:
        states = await finish(db, total, seconds=seconds, during=kill_somebody)
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait(20)
            process.stdout.close()
        await db.close()
    assert killed == kills
    return states


@pytest.mark.parametrize(("total", "kills"), SIZES)
@pytest.mark.parametrize("template", [False, True], ids=["custom", "template"])
async def test_bulk_send_survives_kills(database_url, total, kills, template, figure):
    db = open_database(database_url)
    clock = Clock()
    clock.set(clock.now().replace(hour=11))
    for _ in range(total // 500):
        await db.write(order, 500, template, clock.now())
    await db.close()
    peers = 1 if database_url.startswith("sqlite") else 2

    with provider() as address:
        states = await run(database_url, address, total, kills, peers=peers, seconds=100 + total / 20)
        seen = await seen_at(address)

    kind = "SQLite" if peers == 1 else "PostgreSQL"
    figure(f"{kind}, {'template' if template else 'custom'}: {total} recipients, {kills} kills: {dict(states)}")
    assert sum(states.values()) == total
    assert [openid for openid, times in seen.items() if times > 1] == []
    assert states[State.SENT] <= len(seen) <= states[State.SENT] + states[State.UNKNOWN]
    assert states[State.UNKNOWN] <= (0 if template else kills * IN_FLIGHT * BULK_RUNS)
    assert states[State.FAILED] == states[State.SKIPPED] == 0

"""Several processes, one simulated time."""

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from app.core import shared_clock
from app.core.clock import SHANGHAI, Clock
from app.core.db import open_database
from app.core.errors import Busy
from app.core.shared_clock import SharedClock, follow, load_shift

SPRING = datetime(2027, 2, 6, 8, tzinfo=SHANGHAI)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(shared_clock, "POLL", 0.01)


@pytest.fixture
def following():
    """``following(clock, ask)`` keeps a clock in step until the test ends."""
    tasks = []
    yield lambda clock, ask: tasks.append(asyncio.ensure_future(follow(clock, ask)))
    for task in tasks:
        task.cancel()


async def until(true):
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


def reads(clock, instant):
    return abs(clock.now() - instant) < MINUTE


async def test_two_shared_clocks_follow_each_other(database_url, following):
    databases = [open_database(database_url) for _ in range(2)]
    one, other = (SharedClock(db) for db in databases)
    for clock in (one, other):
        following(clock, clock.shift_of_others)

    one.set(SPRING)
    await until(lambda: reads(other, SPRING))
    other.set(SPRING + timedelta(days=3))
    await until(lambda: reads(one, SPRING + timedelta(days=3)))

    assert reads(other, SPRING + timedelta(days=3))
    for db in databases:
        await db.close()


async def test_shared_clock_does_not_fall_back_to_a_time_read_before_it_was_set(db):
    clock = SharedClock(db)
    clock.set(SPRING)
    await until(lambda: not clock._telling)

    asking = asyncio.create_task(clock.shift_of_others())
    await asyncio.sleep(0)  # the question is on its way
    clock.set(SPRING + timedelta(days=9))

    assert await asking is None
    await until(lambda: not clock._telling)
    assert await clock.shift_of_others() == timedelta(seconds=await db.read(load_shift))


@pytest.mark.parametrize(
    "trouble",
    [
        Busy(),
        httpx.ConnectError("nobody there"),
        KeyError("at"),
        ValueError("no instant"),
        TypeError("no object"),
        OperationalError("SELECT", {}, Exception("server closed the connection")),
    ],
    ids=repr,
)
async def test_follow_survives_a_silent_source(following, trouble):
    clock, asked = Clock(), []

    async def ask():
        asked.append(1)
        if len(asked) < 4:
            raise trouble
        return timedelta(days=1)

    following(clock, ask)
    await until(lambda: clock.shift == timedelta(days=1))

    assert len(asked) >= 4


async def test_follow_keeps_its_shift_while_nobody_has_set_one(db, following):
    clock, asked = SharedClock(db, timedelta(days=5)), []

    async def ask():
        asked.append(1)
        return await clock.shift_of_others()

    following(clock, ask)
    await until(lambda: len(asked) > 3)

    assert clock.shift == timedelta(days=5)

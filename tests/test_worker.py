"""The service's engine, `yanlu worker` beside it, and what is said of them."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from urllib.request import urlopen

import pytest
from sqlmodel import select

from app.commands.engine import COUNTS
from app.core.clock import Clock
from app.core.config import DEMO, ROOT, variable
from app.core.db import open_database
from app.messaging import deliveries
from app.messaging.delivery_models import Delivery, Purpose, State
from app.messaging.delivery_rules import Message
from tests import command
from tests.messaging.test_deliveries import make_people
from tests.serving import OWN, process

SETTINGS = {variable(name): value for name, value in {**DEMO, **OWN, "engine": "on"}.items()}


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env={**os.environ, **SETTINGS, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def status(url):
    answer = command.run("engine", "status", "--json", **{**SETTINGS, "YANLU_DATABASE_URL": url})
    return answer.returncode, json.loads(answer.stdout)


def test_without_a_process_the_status_says_so(sqlite_url):
    code, found = status(sqlite_url)

    assert (code, found["executors"]) == (1, [])
    idle = {"due": 0, "oldest_seconds": 0}
    assert found["tasks"] == [{"task": name, **idle} for name in COUNTS]
    shown = command.run("engine", "status", **{**SETTINGS, "YANLU_DATABASE_URL": sqlite_url})
    assert "yanlu worker" in shown.stdout


def test_service_carries_out_and_a_second_one_of_its_name_is_refused(database_url):
    with process(database_url, YANLU_ENGINE="on") as (base, _):
        code, found = status(database_url)
        second = run("serve", "--port", "0", YANLU_DATABASE_URL=database_url)
        with_api = {"YANLU_DATABASE_URL": database_url, "YANLU_WECHAT_API_BASE": f"{base}/simulator/wx"}
        worker = run("worker", **with_api)

    assert (code, [one["id"] for one in found["executors"]]) == (0, ["solo"])
    assert second.returncode == 1
    assert "YANLU_EXECUTOR_ID" in second.stderr
    assert (worker.returncode, "YANLU_EXECUTOR_ID" in worker.stderr) == (1, True)


def test_worker_stands_beside_the_service_and_goes_when_it_is_told(postgres_url):
    with process(postgres_url, YANLU_ENGINE="on") as (base, _):
        environment = {
            **os.environ,
            **SETTINGS,
            "YANLU_DATABASE_URL": postgres_url,
            "YANLU_WECHAT_API_BASE": f"{base}/simulator/wx",
            "YANLU_EXECUTOR_ID": "worker-1",
        }
        worker = subprocess.Popen([sys.executable, "-m", "app", "worker"], cwd=ROOT, env=environment)
        try:
            names = wait_for(postgres_url, 2)
            begun = time.monotonic()
            worker.send_signal(signal.SIGTERM)
            code = worker.wait(20)
        finally:
            worker.kill()
            worker.wait()
        took = time.monotonic() - begun
        left = status(postgres_url)[1]["executors"]

    assert names == ["solo", "worker-1"]
    assert (code, took < 10) == (0, True)
    assert [one["id"] for one in left] == ["solo"]


def test_worker_says_when_it_cannot_find_the_simulator(sqlite_url):
    answer = run("worker", YANLU_DATABASE_URL=sqlite_url)

    assert (answer.returncode, "YANLU_WECHAT_API_BASE" in answer.stderr) == (1, True)


def wait_for(url, count):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        names = [one["id"] for one in status(url)[1]["executors"]]
        if len(names) == count:
            return names
    pytest.fail(f"no {count} executors within 30 seconds")


@contextmanager
def dead_wechat():
    """Takes every connection and never says a word: yields what stands for api.weixin.qq.com."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def order_one(url):
    db = open_database(url)
    now = Clock().now()

    def unit(session):
        (person,) = make_people(session, 1, spoke_at=now - timedelta(minutes=5))
        deliveries.push(session, person, Message("您好"), Purpose.ANSWER, now=now)

    await db.write(unit)
    await db.close()


async def states(url):
    db = open_database(url)
    found = await db.read(lambda session: session.exec(select(Delivery.state)).all())
    await db.close()
    return found


def test_dead_wechat_holds_up_neither_answers_nor_the_shutdown(database_url, figure):
    asyncio.run(order_one(database_url))
    with (
        dead_wechat() as base,
        process(database_url, YANLU_ENGINE="on", YANLU_WECHAT_API_BASE=base) as (address, child),
    ):
        end = time.monotonic() + 20
        while asyncio.run(states(database_url)) != [State.SENDING]:
            assert time.monotonic() < end
            time.sleep(0.1)
        with urlopen(f"{address}/readyz", timeout=2) as ready:
            assert ready.status == 200
        with urlopen(f"{address}/metrics", timeout=2) as metrics:
            told = metrics.read().decode()
        begun = time.monotonic()
        child.terminate()
        child.wait(20)
    took = time.monotonic() - begun

    figure(f"WeChat dead, one send in flight: the service stopped within {took:.1f} s")
    assert took < 10
    for name in ("due", "oldest_seconds", "running", "executors", "last_sweep_seconds"):
        assert f"yanlu_engine_{name}" in told
    # Nobody can tell whether it arrived: by the send's own end, or else found by whoever comes next.
    assert asyncio.run(states(database_url)) in ([State.UNKNOWN], [State.SENDING])

"""Two worker processes behind one port, on PostgreSQL: both answer, one that dies is replaced, one signal ends all."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from app.core.config import DEMO, ROOT, variable
from tests.messages import SAFE, text_xml

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")

QUESTION = "去中山打工车费能不能报"
WORKER = b"multiprocessing.spawn"


@contextmanager
def two_workers(database_url):
    """`yanlu serve --workers 2` in a process group of its own: yields (base address, Popen)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {variable(name): value for name, value in DEMO.items()}
    settings |= {"YANLU_SIMULATOR": "on", "YANLU_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port), "--workers", "2"]
    with tempfile.TemporaryFile("w+") as log:
        service = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **settings}, start_new_session=True, stderr=log
        )
        service.stderr = log
        try:
            until_ready(service, 2)
            yield f"http://127.0.0.1:{port}", service
        finally:
            if service.poll() is None:
                os.killpg(service.pid, signal.SIGKILL)
                service.wait(10)


def until_ready(service, times):
    """Until so many workers, counted from the start, have said that everything is loaded."""

    def said():
        service.stderr.seek(0)
        return service.stderr.read().count('"event": "ready"')

    until(lambda: said() >= times)


def workers_of(service):
    """The worker processes, by what the system says of the service's children."""
    children = Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
    return [int(pid) for pid in children if WORKER in Path(f"/proc/{pid}/cmdline").read_bytes()]


def ask(base, text=QUESTION):
    sent = SAFE.pack(text_xml(text))
    return SAFE.text(httpx.post(f"{base}/wechat", params=sent.params, content=sent.content, timeout=20, verify=False))


def until(true, *, seconds=40):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def ask_each(base, workers):
    """Every worker's own answer: the others are held still meanwhile (the service would end them after 5 s)."""
    answers = []
    for worker in workers:
        others = [pid for pid in workers if pid != worker]
        for pid in others:
            os.kill(pid, signal.SIGSTOP)
        answers.append(ask(base))
        for pid in others:
            os.kill(pid, signal.SIGCONT)
    return answers


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_two_workers_answer_and_one_signal_stops_all_of_them(postgres_url, told):
    with two_workers(postgres_url) as (base, service):
        workers = workers_of(service)
        answers = ask_each(base, workers)

        (os.killpg if told == signal.SIGINT else os.kill)(service.pid, told)  # Ctrl-C reaches the whole group
        status = service.wait(15)

    assert ["1000元" in answer for answer in answers] == [True, True]
    assert status == 0
    assert [pid for pid in workers if Path(f"/proc/{pid}").exists()] == []


def test_sigterm_lets_the_workers_finish_the_answers_in_flight(postgres_url):
    with two_workers(postgres_url) as (base, service), psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE inbound_message IN ACCESS EXCLUSIVE MODE")
        answers = []
        asking = [threading.Thread(target=lambda: answers.append(ask(base))) for _ in range(4)]
        for thread in asking:
            thread.start()
        until(lambda: other.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (4,))

        service.send_signal(signal.SIGTERM)
        time.sleep(0.7)  # they wait for the lock for 3 s at most
        still = service.poll(), len(answers)
        other.rollback()
        for thread in asking:
            thread.join(15)

        assert still == (None, 0)
        assert ["1000元" in answer for answer in answers] == [True] * 4
        assert service.wait(15) == 0


def test_a_worker_that_dies_is_replaced_and_the_other_goes_on(postgres_url):
    with two_workers(postgres_url) as (base, service):
        first, second = workers_of(service)

        os.kill(first, signal.SIGKILL)
        answer = ask(base)
        until_ready(service, 3)
        answers = [answer, *ask_each(base, workers_of(service))]

        assert ["1000元" in answer for answer in answers] == [True] * 3
        assert second in workers_of(service)
        service.terminate()
        assert service.wait(15) == 0

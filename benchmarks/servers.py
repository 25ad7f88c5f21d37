"""Servers in processes of their own, and the CPU time they take."""

import os
import subprocess
import sys
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from app.core.config import DEMO, ROOT, variable
from app.server import bind

STARTER = """
import sys, uvicorn
from app.server import bind, run
module, name = sys.argv[1].split(":")
factory = getattr(__import__(module, fromlist=[name]), name)
application = factory() if name.startswith("create") else factory
listener = bind("127.0.0.1", 0)
print(listener.getsockname()[1], flush=True)
run(application, listener)
"""


@contextmanager
def server(target: str, folder: Path, *, semantic: str = "off") -> Iterator[tuple[int, int]]:
    """``target`` ("module:app" or "module:create_app") under the service's own uvicorn settings: (port, pid)."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", STARTER, target],
            env={**environment(folder), variable("semantic"): semantic},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            port = int(process.stdout.readline()) if process.stdout else 0
            wait_until_ready(port)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def gunicorn_server(target: str, folder: Path) -> Iterator[int]:
    """A WSGI application under gunicorn with keep-alive, one process of eight threads: yields its port."""
    folder.mkdir(parents=True, exist_ok=True)
    with bind("127.0.0.1", 0) as listener, (folder / "log").open("w") as log:
        listener.listen(256)
        port = listener.getsockname()[1]
        number = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", target, "--bind", f"fd://{number}", "-k", "gthread", "--threads", "8"],
            env=environment(folder),
            stdout=log,
            stderr=log,
            pass_fds=[number],
            cwd=folder,
        )
        try:
            wait_until_ready(port, answers=(200, 403))
            yield port
        finally:
            process.terminate()
            process.wait(20)


def wait_until_ready(port: int, *, answers: Container[int] = (200,), seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status in answers:
                    return
        except HTTPError as error:
            if error.code in answers:
                return
        except (URLError, ConnectionError, TimeoutError):
            if time.monotonic() > end:
                raise
        time.sleep(0.02)


@contextmanager
def command(folder: Path) -> Iterator[int]:
    """`yanlu serve` as an operator starts it, on an empty database: yields its port once it says it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0"],
        env=environment(folder),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = iter(process.stderr or ())
        yield int(next(line for line in lines if "http://" in line).strip().rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.wait(20)


def environment(folder: Path) -> dict[str, str]:
    """The demo's settings on a database in ``folder``."""
    settings = {variable(name): value for name, value in DEMO.items()}
    settings |= {"YANLU_SIMULATOR": "on", "YANLU_DATABASE_URL": f"sqlite:///{folder}/bench.db", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **settings, variable("semantic"): "off"}


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process, to the nanosecond: the usual clock ticks are 10 ms."""
    times = (path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(text.split()[0]) for text in times) / 1e9

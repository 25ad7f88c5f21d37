"""The service for tests: in this process on a free port, or in processes of its own."""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import httpx
import uvicorn

from app.core.config import DEMO, ROOT, Settings, variable
from app.main import create_app
from app.server import bind, uvicorn_config

STARTER = """
import sys
from importlib import import_module
from app.server import bind, run
module, name = sys.argv[1].split(":")
listener = bind("127.0.0.1", 0)
print(listener.getsockname()[1], flush=True)
run(getattr(import_module(module), name)(), listener)
"""


OWN = {"simulator": "on", "semantic": "off", "engine": "off"}
"""Of a service under test: learning meanings would take a minute of its processor, and a test that is not about what
goes out by itself needs nobody to carry it out."""


def make_settings(database_url, **changes):
    """Demo settings on this database; nothing of the environment or a .env counts."""
    return Settings(_env_file=None, **{**DEMO, **OWN, "database_url": database_url, **changes})


@asynccontextmanager
async def served(settings):
    """The service of ``settings`` in this event loop: yields (app, client)."""
    app = create_app(settings)
    with bind("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn_config(app))
        server.install_signal_handlers = lambda: None
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=base, timeout=20) as client:
            await until_ready(client)
            yield app, client
        server.should_exit = True
        await serving


async def until_ready(client):
    async with asyncio.timeout(20):
        while True:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.01)


@contextmanager
def process(database_url, *, target="app.main:create_app", **environment):
    """The service in a process of its own: yields (base address, Popen). Ended by its own pid."""
    settings = {variable(name): value for name, value in {**DEMO, **OWN}.items()}
    settings |= {"YANLU_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        [sys.executable, "-c", STARTER, target],
        env={**os.environ, **settings, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        base = f"http://127.0.0.1:{int(child.stdout.readline())}"
        wait_until_ready(base, child)
        yield base, child
    finally:
        child.terminate()
        child.wait(20)
        child.stdout.close()


def wait_until_ready(base, child, *, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert child.poll() is None, "the service ended before it was ready"
        try:
            with urlopen(f"{base}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, ConnectionError):
            pass
        time.sleep(0.02)
    raise TimeoutError(base)

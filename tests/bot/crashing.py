"""The service, made to kill itself at a chosen step of a turn. For tests only; started with ``--target``."""

import os
import signal

from sqlalchemy import Engine, event

from app.main import create_app

AT = int(os.environ.get("YANLU_TEST_CRASH_AT", "0"))
"""The step to die at, counted from 1 while armed; 0 never."""


class Bomb:
    armed = False
    steps = 0

    def step(self, *_):
        """About to do one more thing that the disk or WeChat could notice."""
        if not self.armed:
            return
        self.steps += 1
        if self.steps == AT:
            os.kill(os.getpid(), signal.SIGKILL)


bomb = Bomb()


@event.listens_for(Engine, "connect")
def count_statements(connection, _record):
    if hasattr(connection, "set_trace_callback"):
        connection.set_trace_callback(bomb.step)  # SQLite: savepoints and commits too


@event.listens_for(Engine, "before_cursor_execute")
def before_statement(connection, cursor, statement, *_):
    if connection.dialect.name == "postgresql":
        bomb.step()


@event.listens_for(Engine, "commit")
def before_commit(connection):
    if connection.dialect.name == "postgresql":
        bomb.step()


class Armed:
    """ASGI: a request with ``arm=1`` arms the bomb; its answer is one more step, and tells how many there were."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or b"arm=1" not in scope["query_string"]:
            await self._app(scope, receive, send)
            return
        bomb.armed, bomb.steps = True, 0

        async def counted(message):
            bomb.step()
            if message["type"] == "http.response.start":
                bomb.armed = False
                message["headers"] = [*message["headers"], (b"x-steps", str(bomb.steps).encode())]
            await send(message)

        await self._app(scope, receive, counted)


def create_crashing_app():
    return Armed(create_app())

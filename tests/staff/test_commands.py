"""`yanlu staff`, `yanlu deliveries` and `--as`, as a clerk types them."""

import asyncio
import json
import sqlite3
from contextlib import closing

import psycopg
import pytest

from app.core.config import DEMO, variable
from app.core.db import open_database
from tests import command
from tests.messaging.test_deliveries import make_people
from tests.serving import OWN


@pytest.fixture
def yanlu(database_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = {variable(name): value for name, value in {**DEMO, **OWN, "database_url": database_url}.items()}

    def run(*arguments, secret=""):
        return command.run(*arguments, **settings, YANLU_STAFF_SECRET=secret)

    return run


async def follow(database_url, count):
    db = open_database(database_url)
    await db.write(lambda session: make_people(session, count) and None)
    await db.close()


def add(yanlu, name, role, *more, **secret):
    answer = yanlu("staff", "add", name, "--role", role, "--json", *more, **secret)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)["secret"]


def test_a_bureau_sets_itself_up_and_sends(yanlu, database_url):
    boss = add(yanlu, "局长", "administrator")
    approver = add(yanlu, "老李", "approver", "--as", "局长", secret=boss)
    clerk = add(yanlu, "小王", "clerk", "--as", "局长", secret=boss)
    asyncio.run(follow(database_url, 230))

    refused = yanlu("deliveries", "new", "--text", "开工了", "--as", "小王", secret=clerk)
    made = yanlu("deliveries", "new", "--text", "开工了", "--as", "老李", "--json", secret=approver)
    paused = yanlu("deliveries", "pause", "1", "--as", "小王", secret=clerk)
    shown = json.loads(yanlu("deliveries", "list", "--json").stdout)
    resumed = yanlu("deliveries", "resume", "1", "--as", "老李", secret=approver)
    retried = yanlu("deliveries", "retry", "1", "--as", "老李", secret=approver)
    calls = json.loads(yanlu("deliveries", "calls", "1", "--json", "--as", "小王", secret=clerk).stdout)
    trail = json.loads(yanlu("staff", "audit", "--json", "--as", "局长", secret=boss).stdout)
    sound = yanlu("staff", "audit", "--verify", "--as", "局长", secret=boss)

    assert (refused.returncode, "审核" in refused.stderr) == (1, True)
    assert json.loads(made.stdout) == {"id": 1, "recipients": 230}
    assert calls == []
    assert (paused.returncode, resumed.returncode, retried.returncode) == (0, 0, 0)
    assert (shown[0]["state"], shown[0]["because"], shown[0]["counts"]["pending"]) == ("paused", "小王暂停", 230)
    assert [row["action"] for row in trail][:4] == [
        "deliveries.retry",
        "deliveries.resume",
        "deliveries.pause",
        "deliveries.create",
    ]
    assert (sound.returncode, sound.stdout.strip()) == (0, "审计记录完好。")


def test_without_a_name_or_secret_the_command_says_what_to_do(yanlu):
    boss = add(yanlu, "局长", "administrator")

    nameless = yanlu("deliveries", "pause", "1")
    secretless = yanlu("deliveries", "pause", "1", "--as", "局长")
    wrong = yanlu("deliveries", "pause", "1", "--as", "局长", secret="wrong")
    unknown = yanlu("deliveries", "pause", "1", "--as", "谁", secret=boss)
    missing = yanlu("deliveries", "pause", "1", "--as", "局长", secret=boss)

    assert [one.returncode for one in (nameless, secretless, wrong, unknown, missing)] == [1] * 5
    assert "--as" in nameless.stderr
    assert "YANLU_STAFF_SECRET" in secretless.stderr
    assert wrong.stderr == unknown.stderr
    assert "yanlu deliveries list" in missing.stderr


def test_renewed_secret_ends_the_old_one(yanlu):
    old = add(yanlu, "局长", "administrator")
    new = json.loads(yanlu("staff", "renew", "局长", "--as", "局长", "--json", secret=old).stdout)["secret"]

    assert yanlu("staff", "audit", "--as", "局长", secret=old).returncode == 1
    assert yanlu("staff", "audit", "--as", "局长", secret=new).returncode == 0


def test_secret_is_nowhere_in_the_database(yanlu, database_url):
    secret = add(yanlu, "局长", "administrator")

    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
            everything = "\n".join(connection.iterdump())
    else:
        with psycopg.connect(database_url) as connection:
            rows = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("staff", "audit_row")]
            everything = str(rows)
    assert "局长" in everything
    assert secret not in everything


def test_empty_and_endless_texts_are_refused(yanlu):
    boss = add(yanlu, "局长", "administrator")
    approver = add(yanlu, "老李", "approver", "--as", "局长", secret=boss)

    for text, why in (("  ", "不能是空的"), ("长" * 700, "太长")):
        answer = yanlu("deliveries", "new", "--text", text, "--as", "老李", secret=approver)
        assert (answer.returncode, why in answer.stderr) == (1, True)
    assert json.loads(yanlu("deliveries", "list", "--json").stdout) == []

"""What was acknowledged is there, whenever the process dies."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import psycopg
import pytest

KILLS = 100 if os.environ.get("YANLU_SOAK") else 10
WRITER = "tests.core.durable_writer"


def ids_in(url):
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return {id_ for (id_,) in connection.execute("SELECT id FROM person")}
    with psycopg.connect(url) as connection:
        return {id_ for (id_,) in connection.execute("SELECT id FROM person")}


def acknowledged_before_a_kill(url, first, lines):
    """Start a writer, let it acknowledge ``lines`` ids, kill it; every id it managed to say."""
    command = [sys.executable, "-m", WRITER, url, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        said = [writer.stdout.readline() for _ in range(lines)]
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.readlines()
    return {int(line) for line in said if line.endswith(b"\n")}


@pytest.mark.soak
def test_acknowledged_writes_outlive_sigkill(database_url, figure):
    dice, acknowledged = random.Random(1), set()

    for kill in range(KILLS):
        acknowledged |= acknowledged_before_a_kill(database_url, 1 + kill * 1_000_000, dice.randint(1, 300))

        assert acknowledged - ids_in(database_url) == set()
    figure(f"{KILLS} kills, {len(acknowledged)} acknowledged, 0 lost")

"""A file's rows, from the reading process: whatever the file is, this process keeps its time and memory."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.core.config import ROOT
from app.core.errors import Invalid
from app.jobs.sheets import TOO_BIG

DEADLINE: Final = 10.0
"""Seconds until the reading process is given up."""


@dataclass(frozen=True)
class Sheet:
    """What a file holds: rows by their numbers, and what a clerk should know about it."""

    rows: Sequence[tuple[int, dict[str, Any]]]
    notes: Sequence[str]


async def read_file(path: Path) -> Sheet:
    """Raises Invalid, in Chinese, for a file that cannot be taken as a whole."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.jobs.sheets",
        str(path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), DEADLINE)
    except TimeoutError:
        child.kill()
        await child.wait()
        raise Invalid(TOO_BIG) from None
    rows, notes = list[tuple[int, dict[str, Any]]](), list[str]()
    for line in output.decode().splitlines():
        found = json.loads(line)
        if isinstance(found, list):
            rows.append((found[0], found[1]))
        elif "error" in found:
            raise Invalid(found["error"])
        else:
            notes.append(found["note"])
    if child.returncode != 0:
        raise Invalid(TOO_BIG)
    return Sheet(rows, notes)

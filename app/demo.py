"""The demo county: fictional jobs, events and workshops, dated from the day they are loaded."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import yaml
from sqlmodel import Session

from app.core.clock import Clock, local
from app.core.config import ROOT, Settings
from app.core.db import Database, open_database
from app.jobs.event_rows import read_event
from app.jobs.events import save_event
from app.jobs.imports import take_in
from app.jobs.jobs import stamp
from app.jobs.workshop_rows import read_workshop
from app.jobs.workshops import save_workshop
from app.knowledge.lexicon import Lexicon, read_lexicon

FOLDER: Final = ROOT / "demo"
SOURCE: Final = "演示数据"
OURS: Final = {"posted_days_ago", "expires_in_days", "publish"}
"""Keys that the import does not know."""


async def load_demo(settings: Settings, *, folder: Path = FOLDER) -> int:
    """Fill an empty database; one that has jobs already stays as it is. Returns how many jobs were loaded."""
    clock = Clock.starting_at(settings.clock_start) if settings.clock_start else Clock()
    lexicon = read_lexicon(settings.intents_path)
    db = open_database(settings.database_url)
    try:
        if (await db.read(stamp))[0]:
            return 0
        loaded = await _load_jobs(db, folder, lexicon, clock)
        await db.write(_load_rest, folder, lexicon, clock)
    finally:
        await db.close()
    return loaded


async def _load_jobs(db: Database, folder: Path, lexicon: Lexicon, clock: Clock) -> int:
    rows = _read(folder / "jobs.yaml")["jobs"]
    now = clock.now()
    today = local(now).date()
    for publish in (True, False):
        some = [_dated(row, today) for row in rows if row.get("publish", True) is publish]
        await take_in(db, enumerate(some, 1), publish=publish, source=SOURCE, lexicon=lexicon, now=now)
    return len(rows)


def _dated(row: dict[str, Any], today: date) -> dict[str, Any]:
    """With days instead of distances from today; the township stands behind its county."""
    known = {
        name: value for name, value in row.items() if name not in {"posted_days_ago", "expires_in_days", "publish"}
    }
    return {
        **known,
        "district": f"{row.get('district', '')}{row.get('township', '')}",
        "posted_at": today - timedelta(days=row["posted_days_ago"]),
        "expires_at": today + timedelta(days=row["expires_in_days"]),
    }


def _load_rest(session: Session, folder: Path, lexicon: Lexicon, clock: Clock) -> None:
    gazetteer, now = lexicon.gazetteer, clock.now()
    county = gazetteer.home
    home = (county.province, county.city, county.district)
    for row in _read(folder / "events.yaml")["events"]:
        save_event(session, read_event(row, gazetteer, today=local(now).date(), home=home), now=now)
    for row in _read(folder / "workshops.yaml")["workshops"]:
        told = {**row, "trades": "、".join(row["trades"]), "is_example": row["example"]}
        save_workshop(session, read_workshop(told, gazetteer), now=now)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))

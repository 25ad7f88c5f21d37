"""140 first messages by somebody who saw no code, asked of the demo county's jobs."""

import json
from dataclasses import replace

from app.core.clock import Clock, local
from app.core.config import ROOT
from app.core.db import open_database
from app.demo import load_demo
from app.jobs.desk import Desk
from app.jobs.matching import LEGAL_AGE
from bot.exam import route_sentence
from tests.jobs.searches import unsaid
from tests.serving import make_settings

SENTENCES = ROOT / "tests/data/job_searches.jsonl"
PAGE = 3


async def test_shown_jobs_meet_every_stated_condition_or_the_reply_says_which_not(sqlite_url, router, figure):
    await load_demo(make_settings(sqlite_url))
    db = open_database(sqlite_url)
    lexicon, today = router.reader.lexicon, local(Clock().now()).date()
    desk = Desk(lexicon, router.reader)
    await desk.refresh(db)
    await db.close()
    rows = [json.loads(line) for line in SENTENCES.read_text("utf-8").splitlines()]

    wrong = [row["text"] for row in rows if not is_right(row, router, desk, today)]

    figure(f"job searches that words were added for: {len(rows) - len(wrong)} of {len(rows)} right")
    assert len(wrong) / len(rows) <= 0.08, wrong


def is_right(row, router, desk, today):
    intent = route_sentence(router, row["text"]).intent
    if intent not in {"jobs/search", "jobs/day_work"}:
        return False
    want = router.reader.read(row["text"], today, None)
    if intent == "jobs/day_work":
        want = replace(want, day_work=True, near_home=want.near_home or not (want.places or want.not_places))
    if want.age is not None and want.age < LEGAL_AGE:
        return True  # is shown none
    asker = desk.board.asker(want, today.toordinal())
    shown = [desk.board.offers[one.id] for one in desk.board.rank(asker, limit=PAGE)]
    return not want.says_nothing and not unsaid(row, asker, shown, router.reader.lexicon)

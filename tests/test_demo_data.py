"""The demo county's jobs, events and workshops hold together before anything loads them."""

import re
from collections import Counter
from datetime import time

import pytest
import yaml

from app.core.config import ROOT
from app.knowledge.lexicon import read_lexicon
from app.language.slots.places import Place

PHONE = re.compile(r"1[3-9]\d-0000-\d{4}")
LIVE_DAYS = 10
"""A job that is live when the demo is loaded stays so for at least these days."""
TEXTS = ("title", "education", "experience", "shift", "board_lodging", "description")


@pytest.fixture(scope="module")
def lexicon():
    return read_lexicon(ROOT / "intents")


def read(name: str) -> list[dict]:
    document = yaml.safe_load((ROOT / "demo" / f"{name}.yaml").read_text(encoding="utf-8"))
    return document[name]


JOBS, EVENTS, WORKSHOPS = read("jobs"), read("events"), read("workshops")
LIVE = [job for job in JOBS if job.get("publish", True) and job["expires_in_days"] > 0]


def text_of(job: dict) -> str:
    return "。".join([*(job[key] for key in TEXTS), *job["benefits"]])


def places_of(job: dict) -> set[Place]:
    """The place the job may stand for: a town of 中山 or 东莞 stands in ``district`` too."""
    province, city, district = job["province"], job["city"], job["district"]
    return {Place(province, city, district, job["township"]), Place(province, city, "", district)}


def test_demo_holds_as_many_as_promised():
    at_home = [job for job in LIVE if job["district"] == "六枝"]

    assert len(LIVE) >= 300
    assert len(at_home) >= 100
    assert len([job for job in JOBS if not job.get("publish", True)]) == 8
    assert len([job for job in JOBS if job["expires_in_days"] < 0]) == 4
    assert Counter(event["kind"] for event in EVENTS) == {"job_fair": 6, "training": 6}
    assert len(WORKSHOPS) == 24


def test_demo_keys_are_unique():
    ids = [job["id"] for job in JOBS] + [event["external_id"] for event in EVENTS]
    ids += [workshop["name"] for workshop in WORKSHOPS]

    assert [one for one, times in Counter(ids).items() if times > 1] == []


def test_demo_trades_and_places_are_those_of_the_lists(lexicon):
    trades = [job["trade"] for job in JOBS] + [event["trade"] for event in EVENTS if event["trade"]]
    trades += [trade for workshop in WORKSHOPS for trade in workshop["trades"]]
    places = lexicon.gazetteer.places
    home = lexicon.gazetteer.home
    townships = {place.township for place in places if home.holds(place)}

    assert set(trades) - set(lexicon.trades.names) == set()
    assert set(lexicon.trades.names) - {job["trade"] for job in LIVE} == set()
    assert [job["id"] for job in JOBS if not places_of(job) & places] == []
    assert {one["township"] for one in [*EVENTS, *WORKSHOPS]} - townships == set()


def test_demo_phones_belong_to_nobody():
    phones = [job["contact_phone"] for job in JOBS] + [one["phone"] for one in [*EVENTS, *WORKSHOPS]]

    assert [phone for phone in phones if not PHONE.fullmatch(phone)] == []


def test_demo_pay_and_days_run_forward():
    wrong = [job["id"] for job in JOBS if not 0 < job["salary_min"] <= job["salary_max"]]
    short = [job["id"] for job in LIVE if job["posted_days_ago"] < 0 or job["expires_in_days"] < LIVE_DAYS]

    assert wrong == []
    assert short == []
    assert {job["salary_unit"] for job in JOBS} == {"月", "日", "时", "件"}
    assert [event["external_id"] for event in EVENTS if not 2 <= event["in_days"] <= 40] == []
    assert [event["external_id"] for event in EVENTS if time.fromisoformat(event["time"]) < time(8)] == []


def test_demo_jobs_say_what_people_ask_for(lexicon):
    found: Counter[str] = Counter()
    for job in LIVE:
        found.update({one.value.name for one in lexicon.flags.read_flags(text_of(job)) if one.value.wanted})

    assert len([flag for flag, jobs in found.items() if jobs >= 8]) >= 8
    asked = (
        "包吃",
        "包住",
        "夫妻房",
        "不上夜班",
        "日结",
        "周结",
        "坐着干",
        "交社保",
        "双休",
        "能带娃",
        "不要经验",
        "短期",
    )
    assert [flag for flag in asked if found[flag] < 8] == []


def test_demo_jobs_come_from_many_employers_and_are_each_their_own():
    employers = Counter(job["employer"] for job in JOBS)
    descriptions = Counter(job["description"] for job in JOBS)

    assert [employer for employer, jobs in employers.items() if jobs > 6] == []
    assert [text for text, times in descriptions.items() if times > 1] == []


def test_demo_workshops_are_examples_with_jobs():
    employers = {job["employer"] for job in JOBS if job.get("workshop")}

    assert {workshop["employer"] for workshop in WORKSHOPS} == employers
    assert [one["name"] for one in WORKSHOPS if not one["example"] or "示例" not in one["name"]] == []
    far = [one for one in [*EVENTS, *WORKSHOPS] if not (26.0 <= one["lat"] <= 26.4 and 105.1 <= one["lng"] <= 105.7)]
    assert far == []

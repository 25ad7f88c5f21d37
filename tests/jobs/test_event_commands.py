"""`yanlu events` and `yanlu workshops`, as a clerk types them."""

import asyncio
import json
from datetime import timedelta

import pytest

from app.core.clock import Clock
from app.core.config import DEMO, ROOT, variable
from app.core.db import open_database
from app.jobs import events
from tests import command
from tests.messaging.test_deliveries import make_people
from tests.serving import OWN
from tests.staff.test_commands import add

SOON = f"{Clock().now() + timedelta(days=30):%Y-%m-%d}"
EVENTS = f"""编号,类型,名称,日期,时间,地点,乡镇,名额,天气
f-1,招聘会,春风行动招聘会,{SOON},9:00,街心花园广场,,100,晴
t-1,培训班,电焊培训班,{SOON},9:00,示例路1号,岩脚镇,30,晴
t-2,讲座,养生讲座,{SOON},9:00,示例路1号,,,晴
t-3,培训班,,{SOON},早上,示例路1号,,,晴
"""
WORKSHOP = {
    "name": "岩脚手套车间",
    "township": "岩脚镇",
    "lat": 26.34,
    "lng": 105.37,
    "phone": "0858-1",
    "is_example": True,
}


@pytest.fixture
def yanlu(database_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = {**DEMO, **OWN, "database_url": database_url, "intents_dir": str(ROOT / "intents")}
    settings = {variable(name): value for name, value in own.items()}

    def run(*arguments, secret=""):
        return command.run(*arguments, **settings, YANLU_STAFF_SECRET=secret)

    return run


async def register_somebody(database_url):
    db = open_database(database_url)

    def unit(session):
        [person] = make_people(session, 1)
        return events.register(session, person, 1, now=Clock().now()).id

    await db.write(unit)
    await db.close()


def test_events_are_imported_listed_and_called_off(yanlu, database_url, tmp_path):
    file = tmp_path / "events.csv"
    file.write_text(EVENTS, encoding="utf-8")
    boss = add(yanlu, "局长", "administrator")
    clerk = add(yanlu, "小王", "clerk", "--as", "局长", secret=boss)

    first = yanlu("events", "import", str(file), "--as", "小王", secret=clerk)
    again = json.loads(yanlu("events", "import", str(file), "--json").stdout)
    asyncio.run(register_somebody(database_url))
    listed = json.loads(yanlu("events", "list", "--json").stdout)
    nameless = yanlu("events", "cancel", "1")
    cancelled = yanlu("events", "cancel", "1", "--as", "小王", secret=clerk)
    twice = yanlu("events", "cancel", "1", "--as", "小王", secret=clerk)
    missing = yanlu("events", "cancel", "99", "--as", "小王", secret=clerk)
    left = json.loads(yanlu("events", "list", "--json").stdout)
    trail = json.loads(yanlu("staff", "audit", "--json", "--as", "局长", secret=boss).stdout)

    assert first.returncode == 1
    assert first.stderr.splitlines() == [
        "第4行：类型要写招聘会、培训班、培训里的一个。",
        "第5行：名称没有填；时间要写成 9:00 的样子。",
        "没有用上的列：天气",
    ]
    assert first.stdout.strip() == "新加 2 条，更新 0 条，2 行没导入，请改好再导一次。"
    assert (again["new"], again["changed"], [one["row"] for one in again["errors"]]) == (0, 2, [4, 5])
    assert [(row["external_id"], row["registered"]) for row in listed] == [("f-1", 1), ("t-1", 0)]
    assert nameless.returncode == 1
    assert (cancelled.returncode, cancelled.stdout.strip()) == (0, "1 号活动取消了，通知 1 个报了名的人。")
    assert (twice.returncode, twice.stderr) == (1, "这场已经取消过了。")
    assert missing.returncode == 1
    assert [row["external_id"] for row in left] == ["t-1"]
    assert [(row["action"], row["name"]) for row in trail][:3] == [
        ("events.cancel", "小王"),
        ("events.import", "命令行"),
        ("events.import", "小王"),
    ]


def test_workshops_are_imported_again_as_the_same_and_closed_ones_go(yanlu, tmp_path):
    file = tmp_path / "workshops.jsonl"
    file.write_text(json.dumps(WORKSHOP, ensure_ascii=False), encoding="utf-8")

    made = json.loads(yanlu("workshops", "import", str(file), "--json").stdout)
    listed = json.loads(yanlu("workshops", "list", "--json").stdout)
    file.write_text(json.dumps({**WORKSHOP, "active": False}), encoding="utf-8")
    closed = json.loads(yanlu("workshops", "import", str(file), "--json").stdout)
    left = json.loads(yanlu("workshops", "list", "--json").stdout)

    assert (made["new"], made["changed"], made["errors"], made["unknown"]) == (1, 0, [], [])
    assert [(one["name"], one["township"], one["is_example"]) for one in listed] == [("岩脚手套车间", "岩脚", True)]
    assert (closed["changed"], left) == (1, [])


def test_file_that_is_not_there_is_a_sentence(yanlu):
    answer = yanlu("workshops", "import", "nowhere.csv")

    assert (answer.returncode, answer.stderr) == (1, "nowhere.csv 打不开，请检查文件名。")

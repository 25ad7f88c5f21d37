"""Lists as the bureau keeps them: Chinese headings or English keys, what is wrong told row by row."""

import json
from datetime import date, datetime

import pytest
import yaml

from app.core.clock import SHANGHAI
from app.core.config import ROOT
from app.core.errors import Invalid
from app.jobs.event_models import EventKind, EventState
from app.jobs.event_rows import read_event
from app.jobs.rows import read_lines
from app.jobs.workshop_rows import read_workshop
from app.knowledge.lexicon import read_lexicon

TODAY = date(2026, 12, 1)
HOME = ("贵州", "六盘水", "六枝")
ROW = {"编号": "f-1", "类型": "招聘会", "名称": "春风行动招聘会", "日期": "2026-12-05", "时间": "9:00", "地点": "广场"}


@pytest.fixture(scope="module")
def gazetteer():
    return read_lexicon(ROOT / "intents").gazetteer


@pytest.fixture
def event(gazetteer):
    return lambda **given: read_event({**ROW, **given}, gazetteer, today=TODAY, home=HOME)


def test_chinese_headings_and_english_keys_say_the_same(event, gazetteer):
    english = {"id": "f-1", "kind": "job_fair", "title": "春风行动招聘会", "starts_at": "2026-12-05T09:00:00+08:00"}

    assert event() == read_event({**english, "place": "广场"}, gazetteer, today=TODAY, home=HOME)
    assert event()["starts_at"] == datetime(2026, 12, 5, 9, tzinfo=SHANGHAI)
    assert (event()["kind"], event()["state"], event()["fee"]) == (EventKind.JOB_FAIR, EventState.OPEN, "免费")


@pytest.mark.parametrize(
    ("given", "ends_at"),
    [
        ({}, None),
        ({"结束时间": "15：30"}, datetime(2026, 12, 5, 15, 30, tzinfo=SHANGHAI)),
        ({"结束日期": "2026年12月14日"}, datetime(2026, 12, 14, 17, tzinfo=SHANGHAI)),
        ({"days": 3, "结束时间": "12点"}, datetime(2026, 12, 7, 12, tzinfo=SHANGHAI)),
        ({"days": 3, "hours": 6}, datetime(2026, 12, 7, 15, tzinfo=SHANGHAI)),
    ],
)
def test_end_is_an_hour_a_day_or_so_many_days(event, given, ends_at):
    assert event(**given)["ends_at"] == ends_at


def test_day_may_be_told_from_today(event):
    assert event(日期="", in_days=5, time="09:30")["starts_at"] == datetime(2026, 12, 6, 9, 30, tzinfo=SHANGHAI)


def test_places_are_kept_by_their_short_names_and_home_is_what_is_not_said(event):
    levels = "province", "city", "district", "township"

    assert [event(乡镇="岩脚镇")[one] for one in levels] == [*HOME, "岩脚"]
    assert [event(市="六盘水", 乡镇="岩脚")[one] for one in levels] == [*HOME, "岩脚"]
    assert [event(省="广东省", 市="中山市")[one] for one in levels] == ["广东", "中山", "", ""]
    assert event(乡镇="牛场苗族彝族乡")["township"] == "牛场"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"名称": " "}, "名称没有填。"),
        ({"名称": "长" * 61}, "名称太长，最多60个字。"),
        ({"类型": "讲座"}, "类型要写招聘会、培训班、培训里的一个。"),
        ({"日期": "2026-02-30"}, "日期要写成真实的日期，比如 2026-12-05。"),
        ({"日期": "9999-12-31"}, "日期要写成真实的日期，比如 2026-12-05。"),
        ({"starts_at": "0001-01-01T00:00:00+08:00"}, "starts_at要写成 2026-12-05 09:00 的样子。"),
        ({"in_days": 10**12}, "in_days要填0到1000的整数。"),
        ({"时间": "早上"}, "时间要写成 9:00 的样子。"),
        ({"时间": "25:00"}, "时间要写成 9:00 的样子。"),
        ({"结束时间": "8:00"}, "结束时间要在开始以后。"),
        ({"名额": "很多"}, "名额要填整数，不限就空着。"),
        ({"名额": "-1"}, "名额要填整数，不限就空着。"),
        ({"纬度": "北纬"}, "纬度要填度数，比如 26.20。"),
        ({"编号": "", "地点": ""}, "编号没有填；地点没有填。"),
    ],
)
def test_what_is_wrong_is_said_in_chinese_all_at_once(event, given, message):
    with pytest.raises(Invalid) as refusal:
        event(**given)

    assert refusal.value.detail == message


@pytest.mark.parametrize(("said", "capacity"), [("30", 30), ("30人", 30), (30.0, 30), ("不限", None), ("", None)])
def test_capacity_is_a_number_or_open(event, said, capacity):
    assert event(名额=said)["capacity"] == capacity


def test_workshop_without_a_key_is_known_by_township_and_name(gazetteer):
    fields = read_workshop({"名称": "手套车间", "乡镇": "岩脚镇", "工种": ["缝纫", "手套"], "在用": "是"}, gazetteer)

    assert (fields["external_id"], fields["township"], fields["trades"]) == ("岩脚手套车间", "岩脚", "缝纫、手套")
    assert (fields["active"], fields["is_example"]) == (True, False)


@pytest.mark.parametrize(("said", "active"), [("否", False), ("停", False), (False, False), ("是", True), (True, True)])
def test_workshop_that_has_closed_says_so(gazetteer, said, active):
    assert read_workshop({"名称": "手套车间", "乡镇": "岩脚", "active": said}, gazetteer)["active"] is active


# --- files ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_as_excel_writes_it(encoding):
    lines = read_lines('名称,地点\r\n招聘会,广场\r\n\r\n培训班,"二楼,左边"\r\n'.encode(encoding), "a.csv")

    assert [(line.number, dict(line.values)) for line in lines] == [
        (2, {"名称": "招聘会", "地点": "广场"}),
        (4, {"名称": "培训班", "地点": "二楼,左边"}),
    ]


def test_json_lines_keep_their_numbers_and_a_broken_one_its_flaw():
    lines = read_lines(f"{json.dumps(ROW)}\n\n{{broken\n[1]\n".encode(), "a.jsonl")

    assert [(line.number, line.flaw) for line in lines] == [(1, ""), (3, "不是一行 JSON"), (4, "要写成 {…} 的样子")]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00\x81"])
def test_file_that_cannot_be_read_is_refused(content):
    with pytest.raises(Invalid):
        read_lines(content, "a.csv")


def test_demo_data_is_read_without_a_flaw(gazetteer):
    """What the demo loads goes through the same rows as a clerk's sheet."""
    kept = {name: yaml.safe_load((ROOT / f"demo/{name}.yaml").read_text())[name] for name in ("events", "workshops")}

    events = [read_event(row, gazetteer, today=TODAY, home=HOME) for row in kept["events"]]
    workshops = [read_workshop(row, gazetteer) for row in kept["workshops"]]

    assert {one["kind"] for one in events} == set(EventKind)
    assert {one["district"] for one in events} == {"六枝"}
    assert len({one["external_id"] for one in events}) == len(events) == 12
    assert len({one["external_id"] for one in workshops}) == len(workshops) == 24
    assert all(one["is_example"] and one["latitude"] for one in workshops)

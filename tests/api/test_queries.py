"""Query parameters: plain digits, real dates, known names; and cursors that only we can write."""

import base64
from datetime import UTC, date, datetime

import pytest

from app.api.pages import Cursor, PageRequest
from app.core.errors import Invalid

from .conftest import fields_of


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        *((f"limit={value}", [("limit", "bad_number")]) for value in ("abc", "1e3", "NaN", "3.0", "+3", "%203", "1_0")),
        *((f"limit={value}", [("limit", "bad_number")]) for value in ("%EF%BC%93", "", "9" * 5000, "%00", "true")),
        *((f"limit={value}", [("limit", "out_of_range")]) for value in ("0", "101", "-1", "9" * 19)),
        ("limit=3&limit=4", [("limit", "repeated_key")]),
        ("limit=200&lmit=3", [("lmit", "unknown_field")]),
        ("a%00b=1", [("a�b", "unknown_field")]),
        ("q=" + "a" * 65, [("q", "too_long")]),
        ("q=" + "a" * 50_000, [("q", "too_long")]),
        ("q=a%00b", [("q", "control_character")]),
        ("q=%20", [("q", "too_short")]),
        ("status=closed", [("status", "bad_choice")]),
        ("cursor=abc", [("cursor", "bad_cursor")]),
        ("cursor=" + "a" * 50_000, [("cursor", "bad_cursor")]),
        ("cursor=%F0%9F%98%80", [("cursor", "bad_cursor")]),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_wrong_parameter_is_422_with_its_name(client, query, fields):
    answer = await client.get(f"/policies?{query}")

    assert answer.status_code == 422
    assert fields_of(answer) == fields


async def test_right_parameters_are_taken(client):
    answer = await client.get(
        "/probe", params={"q": " 城\u200b关 ", "date": "2026-02-18", "at": "2026-02-18T08:00:00+08:00", "mode": "bus"}
    )

    assert answer.json() == {
        "q": "城关",
        "date": "2026-02-18",
        "at": "2026-02-18T00:00:00Z",
        "mode": "bus",
        "min_pay": None,
    }


async def test_an_empty_filter_counts_as_not_given(client):
    answer = await client.get("/probe?q=&date=&at=&mode=&min_pay=")

    assert answer.json() == {"q": None, "date": None, "at": None, "mode": None, "min_pay": None}


async def test_an_unknown_parameter_is_refused_where_the_route_has_none(client):
    answer = await client.get("/probe/rows/7?verbose=1")

    assert fields_of(answer) == [("verbose", "unknown_field")]


JOBS = Cursor("jobs", datetime, int)
KEY = datetime(2026, 2, 18, 8, 30, 15, 250_000, tzinfo=UTC), 7


def made_up(text, padding=b""):
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode() + padding.decode()


def test_a_cursor_brings_its_sort_key_back():
    assert JOBS.read(PageRequest(JOBS.write(*KEY), 20)) == KEY
    assert JOBS.read(PageRequest(None, 20)) is None
    assert Cursor("trips", date, str).read(
        PageRequest(Cursor("trips", date, str).write(date(2026, 2, 18), "中山"), 20)
    ) == (date(2026, 2, 18), "中山")


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor("trips", datetime, int).write(*KEY),
        JOBS.write(*KEY) + "=",
        JOBS.write(*KEY) + "A",
        JOBS.write(*KEY)[:-1],
        " " + JOBS.write(*KEY),
        made_up('["jobs", "2026-02-18T08:30:15.250000Z", 7]'),
        made_up('["jobs","2026-02-18T16:30:15.250000+08:00",7]'),
        made_up('["jobs","2026-02-18T08:30:15.250000Z",true]'),
        made_up('["jobs","2026-02-18T08:30:15.250000Z","7"]'),
        made_up('["jobs","2026-02-18T08:30:15.250000Z",9223372036854775808]'),
        made_up('["jobs","2026-02-18T08:30:15.250000Z",' + "9" * 300 + "]"),
        made_up('["jobs","2026-02-18T08:30:15.250000Z"]'),
        made_up('["jobs","2026-02-18T08:30:15.250000Z",7,8]'),
        made_up('["jobs",NaN,7]'),
        made_up('{"jobs":1}'),
        made_up("null"),
        made_up("[" * 250),
        made_up("中文"),
        "A",
        "+/+/",
        "====",
        "é",
        "\ud800",
    ],
)
def test_any_other_cursor_is_refused(cursor):
    with pytest.raises(Invalid) as refused:
        JOBS.read(PageRequest(cursor, 20))

    assert [(error.field, error.code) for error in refused.value.errors] == [("cursor", "bad_cursor")]


@pytest.mark.parametrize("text", [r'["names","\u0000"]', r'["names","\ud800"]', '["names","' + "a" * 101 + '"]'])
def test_a_cursor_of_unkeepable_text_is_refused(text):
    with pytest.raises(Invalid):
        Cursor("names", str).read(PageRequest(made_up(text), 20))

"""Whatever arrives in a body is refused by name, never a failure."""

import json

import pytest

from .conftest import JSON, fields_of, problem_of

DEEP = b'{"facts": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
HUGE = b"9" * 4301


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"seats": NaN}', [("seats", "not_finite")]),
        (b'{"ratio": NaN}', [("ratio", "not_finite")]),
        (b'{"ratio": Infinity}', [("ratio", "not_finite")]),
        (b'{"ratio": -Infinity}', [("ratio", "not_finite")]),
        (b'{"ratio": 1e400}', [("ratio", "not_finite")]),
        (b'{"facts": {"a": [1, NaN]}}', [("facts.a.1", "not_finite")]),
        (b'{"seats": ' + HUGE + b"}", [("seats", "not_finite")]),
        (b'{"facts": {"a": -' + HUGE + b"}}", [("facts.a", "not_finite")]),
        (b'{"seats": -1}', [("seats", "out_of_range")]),
        (b'{"seats": 11}', [("seats", "out_of_range")]),
        (b'{"seats": true}', [("seats", "wrong_type")]),
        (b'{"seats": "3"}', [("seats", "wrong_type")]),
        (b'{"seats": 3.0}', [("seats", "wrong_type")]),
        (b'{"seats": null}', [("seats", "wrong_type")]),
        (b'{"price_fen": 100000000000000000000}', [("price_fen", "not_finite")]),
        (b'{"price_fen": 10000000001}', [("price_fen", "out_of_range")]),
        (rb'{"name": "\ud800"}', [("name", "bad_text")]),
        (rb'{"name": "a\u0000b"}', [("name", "bad_text")]),
        (rb'{"facts": {"a": "\udfff"}}', [("facts.a", "bad_text")]),
        (rb'{"\ud800": 1}', [("�", "bad_text")]),
        (rb'{"facts": {"x\ud800y": 1}}', [("facts.x�y", "bad_text")]),
        (rb'{"a\u0007b": 1}', [("a�b", "unknown_field")]),
        (rb'{"\u202egnp": 1}', [("�gnp", "unknown_field")]),
        (rb'{"name": "a\nb"}', [("name", "control_character")]),
        (rb'{"name": "a\u0007b"}', [("name", "control_character")]),
        (rb'{"name": "a\u2028b"}', [("name", "control_character")]),
        (rb'{"name": "a\uffffb"}', [("name", "control_character")]),
        (rb'{"note": "a\u000bb"}', [("note", "control_character")]),
        (b'{"name": ""}', [("name", "too_short")]),
        (rb'{"name": " \u200b "}', [("name", "too_short")]),
        (b'{"name": "' + b"a" * 201 + b'"}', [("name", "too_long")]),
        (b'{"seats": 1, "seats": 2}', [("seats", "repeated_key")]),
        (b'{"passengers": [{"name": "a", "name": "b"}]}', [("passengers.0.name", "repeated_key")]),
        (DEEP, [("body", "too_deep")]),
        (b"[" * 100_000, [("body", "too_deep")]),
        (b'{"a":' * 40_000, [("body", "too_deep")]),
        (b"[" * 33 + b"]" * 33, [("body", "too_deep")]),
        (b"[]", [("body", "wrong_type")]),
        (b"NaN", [("body", "not_finite")]),
        (b"null", [("body", "wrong_type")]),
        (b"3", [("body", "wrong_type")]),
        (b"", [("body", "missing")]),
        (b'{"date": "2026-02-30"}', [("date", "bad_date")]),
        (b'{"date": "20260218"}', [("date", "bad_date")]),
        (b'{"date": "0001-01-01"}', [("date", "bad_date")]),
        (b'{"date": 20260218}', [("date", "bad_date")]),
        (b'{"at": "2026-02-18T08:00:00"}', [("at", "bad_instant")]),
        (b'{"at": "0001-01-01T00:00:00+08:00"}', [("at", "bad_instant")]),
        (b'{"at": "2026-02-18T08:00:00+99:00"}', [("at", "bad_instant")]),
        (b'{"at": 1771372800}', [("at", "bad_instant")]),
        (b'{"mode": "car"}', [("mode", "bad_choice")]),
        (b'{"mode": []}', [("mode", "bad_choice")]),
        (b'{"passengers": [{}]}', [("passengers.0.name", "missing")]),
        (b'{"passengers": {}}', [("passengers", "wrong_type")]),
        (b'{"passengers": [1]}', [("passengers.0", "wrong_type")]),
        (b'{"passengers": [{"name": "a", "child": 1}]}', [("passengers.0.child", "wrong_type")]),
        (b'{"passengers": [' + b",".join([b'{"name":"a"}'] * 11) + b"]}", [("passengers", "too_long")]),
        (b'{"sets": 1}', [("sets", "unknown_field")]),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_json_that_fits_no_field_is_422_with_the_field(client, body, fields):
    answer = await client.post("/probe", content=body, headers=JSON)

    assert answer.status_code == 422
    assert problem_of(answer)["code"] == "invalid"
    assert fields_of(answer) == fields


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"name": "\n"}',
        b"\xff\xfe{",
        b'{"name": "\xed\xa0\x80"}',
        "{}".encode("utf-16"),
        b"\x00",
    ],
)
async def test_what_is_no_json_is_400(client, body):
    answer = await client.post("/probe", content=body, headers=JSON)

    assert answer.status_code == 400
    assert problem_of(answer)["code"] == "bad_request"


async def test_text_is_normalised_and_the_invisible_is_dropped(client):
    sent = {
        "name": "\ufeff 王\u200b小e\u0301\u202c ",
        "note": "一\r\n二\t三\u200d",
        "date": "2026-02-18",
        "at": "2026-02-18T08:30:00+08:00",
        "mode": "bus",
    }

    kept = (await client.post("/probe", json=sent)).json()

    assert kept["name"] == "王小é"
    assert kept["note"] == "一\n二\t三"
    assert [kept["date"], kept["at"], kept["mode"]] == ["2026-02-18", "2026-02-18T00:30:00Z", "bus"]


async def test_a_byte_order_mark_is_forgiven(client):
    answer = await client.post("/probe", content=b"\xef\xbb\xbf{}", headers=JSON)

    assert answer.status_code == 200


async def test_sentences_name_the_field_and_the_way_to_mend_it(client):
    answer = await client.post("/probe", json={"name": "a" * 201, "mode": "car", "passengers": [{"name": ""}] * 11})

    assert [error["message"] for error in problem_of(answer)["errors"]] == [
        "“name”最多200个字。",
        "“mode”只能填：bus、train。",
        "“passengers”最多10项。",
    ]


async def test_no_more_than_twenty_errors_and_no_long_names_leave(client):
    answer = await client.post("/probe", json={f"{number}" + "x" * 5000: 1 for number in range(50)})

    errors = problem_of(answer)["errors"]
    assert len(errors) == 20
    assert {len(error["field"]) for error in errors} == {100}


async def test_what_was_sent_is_never_repeated(client):
    answer = await client.post("/probe", json={"seats": "13812345678", "mode": "13812345678", "date": "13812345678"})

    assert answer.status_code == 422
    assert "13812345678" not in answer.text


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "text/json",
        "application/json; charset=gbk",
        "",
    ],
)
async def test_another_content_type_is_415(client, content_type):
    answer = await client.post("/probe", content=b"{}", headers={"Content-Type": content_type})

    assert answer.status_code == 415
    assert problem_of(answer)["code"] == "unsupported_media_type"


async def test_no_content_type_at_all_is_415(client):
    answer = await client.post("/probe", content=b"{}")

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=UTF-8", "Application/JSON", "application/merge-patch+json"]
)
async def test_json_by_any_of_its_names_is_taken(client, content_type):
    answer = await client.post("/probe", content=json.dumps({}), headers={"Content-Type": content_type})

    assert answer.status_code == 200

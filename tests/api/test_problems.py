"""Every refusal under /api is a problem document; elsewhere it is a status and nothing else."""

from types import SimpleNamespace
from typing import get_args

import httpx
import pytest
from pydantic_core import core_schema

from app.api import problems
from app.api.field_errors import field_error, field_name
from app.core.errors import YanluError

from .conftest import problem_of


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/nothing", 404, "not_found"),
        ("OPTIONS", "/nothing", 404, "not_found"),
        ("TRACE", "/nothing", 404, "not_found"),
        ("GET", "/../../api", 404, "not_found"),
        ("GET", "/probe/", 404, "not_found"),
        ("PUT", "/probe", 405, "method_not_allowed"),
        ("BREW", "/probe", 405, "method_not_allowed"),
        ("GET", "/probe/rows/0", 404, "not_found"),
        ("GET", "/probe/rows/abc", 404, "not_found"),
        ("GET", "/probe/rows/1e3", 404, "not_found"),
        ("GET", "/probe/rows/%D9%A3", 404, "not_found"),
        ("GET", "/probe/rows/%00", 404, "not_found"),
        ("GET", "/probe/rows/%FF", 404, "not_found"),
        ("GET", "/probe/rows/9223372036854775808", 404, "not_found"),
        ("GET", "/probe/rows/" + "9" * 20_000, 404, "not_found"),
        ("POST", "/probe/refusals/full", 409, "trip_full"),
        ("POST", "/probe/refusals/consent", 403, "consent_required"),
        ("POST", "/probe/refusals/often", 429, "too_many"),
        ("POST", "/probe/refusals/surrogate", 409, "conflict"),
        ("POST", "/probe/refusals/401", 401, "unauthenticated"),
        ("POST", "/probe/refusals/418", 418, "im_a_teapot"),
        ("POST", "/probe/refusals/499", 499, "error"),
        ("POST", "/probe/refusals/502", 502, "internal"),
        ("POST", "/probe/refusals/503", 503, "unavailable"),
        ("POST", "/probe/refusals/crash", 500, "internal"),
    ],
)
async def test_a_refusal_is_a_problem_document(client, method, path, status, code):
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert problem_of(answer)["code"] == code
    assert "English" not in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/jobs", "/api/v1", "/%61pi/x"])
async def test_every_path_under_api_answers_problems(app, path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.get(path)

    assert answer.status_code == 404
    assert problem_of(answer)["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/apix", 404),
        ("GET", "/wechat", 405),
        ("POST", "/wechat", 422),
        ("POST", "/wechat?kind=full", 409),
        ("POST", "/wechat?kind=404", 404),
        ("POST", "/wechat?kind=crash", 500),
    ],
)
async def test_elsewhere_a_refusal_is_a_bare_status(app, method, path, status):
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(method, path)

    assert (answer.status_code, answer.content) == (status, b"")
    assert "content-type" not in answer.headers


async def test_refusals_carry_what_the_sender_needs_to_go_on(client):
    often = await client.post("/probe/refusals/often")
    stranger = await client.post("/probe/refusals/401")
    consent = await client.post("/probe/refusals/consent")

    assert often.headers["retry-after"] == "60"
    assert stranger.headers["www-authenticate"] == "Bearer"
    assert problem_of(consent)["purpose"] == "id_number"


async def test_head_is_get_without_the_body(client):
    got = await client.get("/probe/rows/7")
    head = await client.head("/probe/rows/7")
    missing = await client.head("/probe/rows/x")
    post_only = await client.head("/probe/refusals/full")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    assert (missing.status_code, missing.content) == (404, b"")
    assert (post_only.status_code, post_only.content) == (405, b"")


async def test_options_and_405_name_every_method_of_the_path(client):
    options = await client.options("/probe/rows/7")
    refused = await client.put("/probe/rows/7")

    assert (options.status_code, options.content) == (204, b"")
    assert options.headers["allow"] == "GET, DELETE, HEAD, OPTIONS"
    assert refused.headers["allow"] == "GET, DELETE, HEAD, OPTIONS"


async def test_a_garbled_host_breaks_nothing(client):
    crash = await client.post("/probe/refusals/crash", headers={"Host": "[::bad"})
    slash = await client.get("/policies/", headers={"Host": "[::bad"})

    assert (crash.status_code, slash.status_code) == (500, 404)


@pytest.mark.parametrize("kind", get_args(core_schema.ErrorType))
def test_every_finding_of_pydantic_has_a_chinese_sentence(kind):
    error = field_error({"type": kind, "loc": ("body", "seats"), "msg": "Input should be", "input": "PRIVATE"})

    assert error.field == "seats"
    assert "“seats”" in error.message
    assert "Input" not in error.message + error.code
    assert "PRIVATE" not in error.message


def test_a_validators_own_sentence_is_kept_and_a_librarys_english_is_not():
    ours = field_error({"type": "value_error", "loc": ("body",), "msg": "", "ctx": {"error": ValueError("要填一个")}})
    theirs = field_error({"type": "value_error", "loc": ("body",), "msg": "", "ctx": {"error": ValueError("no")}})

    assert ours.message == "“body”：要填一个"
    assert theirs.message == "“body”填得不对，请检查后再填。"


@pytest.mark.parametrize(
    ("location", "name"),
    [
        (("body",), "body"),
        (("body", "passengers", 0, "name"), "passengers.0.name"),
        (("query", "limit"), "limit"),
        (("header", "idempotency-key"), "idempotency-key"),
        (("body", "facts", "a", "[key]"), "facts.a"),
        (("body", "\ud800\n"), "��"),
        ((), ""),
    ],
)
def test_field_names_read_as_the_sender_wrote_them(location, name):
    assert field_name(location) == name


async def test_a_failure_is_logged_once_with_its_cause(client, monkeypatch):
    lines = []
    monkeypatch.setattr(problems, "log", SimpleNamespace(error=lambda event, **facts: lines.append((event, facts))))

    await client.post("/probe/refusals/crash")

    [(event, facts)] = lines
    assert event == "request_failed"
    assert (facts["method"], facts["path"]) == ("POST", "/api/v1/probe/refusals/crash")
    assert isinstance(facts["exc_info"], RuntimeError)


def test_the_base_error_shows_nothing_of_itself():
    assert YanluError().detail == "系统出了点问题，请稍后再试。"

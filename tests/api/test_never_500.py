"""Arbitrary JSON, arbitrary bytes, arbitrary queries: refused or taken, never a failure."""

import json
import sys
from urllib.parse import quote_from_bytes

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import JSON, make_app

FIELDS = ["seats", "price_fen", "ratio", "name", "note", "date", "at", "mode", "passengers", "facts", "child", "x"]
app = make_app()

texts = st.text(st.characters(exclude_categories=[]), max_size=20)
dates = st.from_regex(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2}))?", fullmatch=True
)
numbers = st.one_of(st.integers(), st.integers(-(10**5000), 10**5000), st.floats())
leaves = st.one_of(st.none(), st.booleans(), numbers, texts, dates, st.sampled_from(["bus", "", "\ud800"]))
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts | st.sampled_from(FIELDS), inner, max_size=4),
)
bodies = st.dictionaries(st.sampled_from(FIELDS) | texts, values, max_size=5) | values


async def status_of(method, path, **request):
    transport = httpx.ASGITransport(app=app)  # a failure is raised into the test
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1") as client:
        answer = await client.request(method, path, **request)
    answer.json()
    return answer.status_code


def dumps(value):
    """JSON as a careless sender writes it: NaN, lone surrogates and integers of any length."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return json.dumps(value).encode()
    finally:
        sys.set_int_max_str_digits(before)


@settings(max_examples=400, deadline=None)
@given(body=bodies)
async def test_arbitrary_json_is_never_a_failure(body):
    assert await status_of("POST", "/probe", content=dumps(body), headers=JSON) in (200, 422)


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f'{{"name": "{text}"}}'.encode()))
async def test_arbitrary_bytes_are_never_a_failure(body):
    assert await status_of("POST", "/probe", content=body, headers=JSON) in (200, 400, 422)


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(["q", "date", "at", "mode", "min_pay", "x"]),
    value=st.binary(max_size=30) | dates.map(str.encode),
)
async def test_arbitrary_queries_are_never_a_failure(name, value):
    assert await status_of("GET", f"/probe?{name}={quote_from_bytes(value)}") in (200, 422)


@settings(max_examples=200, deadline=None)
@given(path=st.binary(max_size=30), content_type=st.text(st.characters(codec="latin-1", categories=["L", "P", "Zs"])))
async def test_arbitrary_paths_and_types_are_never_a_failure(path, content_type):
    headers = {"Content-Type": content_type.strip().encode("latin-1")}

    status = await status_of("POST", f"/policies/{quote_from_bytes(path)}", content=b"{}", headers=headers)

    assert status in (404, 405, 415)

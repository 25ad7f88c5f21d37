"""The page and its files: from this tree, and nothing from elsewhere."""

import re

import pytest

from app.wechat.simulator.page import ASSETS, PAGE

from .conftest import make_world


@pytest.fixture
async def client(open_simulator):
    return await open_simulator(make_world())


@pytest.mark.parametrize("path", ["", "/"])
async def test_page_may_load_only_its_own(client, path):
    answer = await client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_every_file_is_served_as_what_it_is(client):
    kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

    for path in ASSETS.iterdir():
        answer = await client.get(f"/static/{path.name}")
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kinds[path.suffix])


@pytest.mark.parametrize("name", ["nothing.js", "..%2fswagger-ui%2fstart.js", "..%2f..%2f..%2fREADME.md"])
async def test_nothing_else_is_served(client, name):
    assert (await client.get(f"/static/{name}")).status_code == 404


def test_page_has_no_inline_script_style_or_foreign_address():
    sources = [PAGE.read_text(encoding="utf-8"), *(path.read_text(encoding="utf-8") for path in ASSETS.iterdir())]

    foreign = [
        found
        for text in sources
        for found in re.findall(r"""(?:src|href|url|import)[=(\s]+["'](https?:[^"']+)""", text)
    ]
    inline = re.findall(r"\son\w+=|\sstyle=|<script(?![^>]*\ssrc=)", sources[0])

    assert (foreign, inline) == ([], [])
    assert not [text for text in sources if "innerHTML" in text or "insertAdjacentHTML" in text]

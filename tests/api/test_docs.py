"""The description of the API, and the page that shows it without the internet."""

import re
from html.parser import HTMLParser

import pytest

from app.api.docs import FILES, FOLDER


class Loads(HTMLParser):
    """Every address that the page makes a browser fetch, and every script written into it."""

    def __init__(self):
        super().__init__()
        self.addresses, self.language, self.in_script, self.inline = [], None, False, ""

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.language = attributes.get("lang", self.language)
        self.in_script = tag == "script"
        if tag in ("script", "link", "img", "iframe"):
            self.addresses.append(attributes.get("src") or attributes.get("href"))

    def handle_data(self, data):
        self.inline += data.strip() if self.in_script else ""

    def handle_endtag(self, tag):
        self.in_script = False


async def test_the_page_loads_from_this_service_only(client):
    answer = await client.get("/docs")

    page = Loads()
    page.feed(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert page.language == "zh-CN"
    assert page.inline == ""
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert sorted(page.addresses) == sorted(f"/api/v1/docs/{name}" for name in FILES)
    for address in page.addresses:
        assert (await client.get(f"http://test{address}")).status_code == 200


async def test_the_page_allows_no_inline_script_and_no_other_host(client):
    rules = (await client.get("/docs")).headers["content-security-policy"]

    assert "default-src 'none'" in rules
    assert "script-src 'self';" in rules
    assert not re.search(r"https?:|\*|unsafe-eval", rules)


async def test_the_start_script_and_the_sheet_name_no_other_host():
    for name in ("start.js", "swagger-ui.css"):
        text = (FOLDER / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", text)


@pytest.mark.parametrize("name", ["VERSION", "index.html", "..%2F..%2Fpyproject.toml", "%2e%2e", "nothing.js", "%00"])
async def test_nothing_else_of_the_folder_is_served(client, name):
    answer = await client.get(f"/docs/{name}")

    assert answer.status_code == 404


async def test_the_description_holds_the_api_and_its_problems(client):
    description = (await client.get("/openapi.json")).json()

    assert all(path.startswith("/api/v1/") for path in description["paths"])
    assert {"/api/v1/policies", "/api/v1/policies/{policy_id}"} <= description["paths"].keys()
    responses = description["paths"]["/api/v1/policies"]["get"]["responses"]
    assert responses.keys() == {"200", "default"}
    assert responses["default"]["content"].keys() == {"application/problem+json"}
    assert "HTTPValidationError" not in description["components"]["schemas"]


async def test_every_reference_of_the_description_leads_somewhere(client):
    answer = await client.get("/openapi.json")

    schemas = answer.json()["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text)) <= schemas.keys()

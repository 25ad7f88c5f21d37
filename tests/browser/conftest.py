"""A real Chromium that walks through the phone. Without one the tests here are skipped and say so; not with CI=true."""

import os
import shutil

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.serving import make_settings, served

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = (
    "浏览器测试没有运行：找不到 Chromium。Debian、Ubuntu 可以 apt install chromium，或用 YANLU_TEST_CHROMIUM 指明。"
)
SKIPPED = []

expect.set_options(timeout=10_000)


def find_chromium():
    named = os.environ.get("YANLU_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chromium():
    """The path of a Chromium."""
    path = find_chromium()
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(MISSING, pytrace=False)
    if path is None:
        SKIPPED.append(MISSING)
        pytest.skip(MISSING)
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium):
    """Started once; every test gets a context of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def service(sqlite_url):
    """The whole service with its simulator on a free port: (app, client)."""
    async with served(make_settings(sqlite_url)) as (app, client):
        yield app, client


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser, service):
    """``await open_page()`` shows the phone; whatever the page complains of fails the test."""
    _, client = service
    complaints, contexts = [], []

    async def open_it(*, width=1440, height=900, path="/simulator", **options):
        viewport = {"width": width, "height": height}
        contexts.append(await browser.new_context(viewport=viewport, locale="zh-CN", **options))
        page = await contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        await page.goto(f"{client.base_url}{path}")
        return page

    yield open_it
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(open_page):
    """The phone on a desk."""
    return await open_page()


def pytest_terminal_summary(terminalreporter):
    if SKIPPED:
        terminalreporter.write_line(SKIPPED[0], yellow=True)

"""Alive at once, ready only when everything is loaded."""

import httpx

from app.main import create_app
from tests.serving import make_settings, served


async def test_a_service_that_is_still_loading_is_alive_and_not_ready(sqlite_url):
    app = create_app(make_settings(sqlite_url))  # its loading begins with its lifespan, which nobody has started

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        statuses = [(await client.get(path)).status_code for path in ("/healthz", "/readyz", "/api/v1/policies")]

    assert statuses == [200, 503, 503]


async def test_a_loaded_service_is_ready_and_counts(sqlite_url):
    async with served(make_settings(sqlite_url)) as (_, client):
        ready = await client.get("/readyz")
        metrics = (await client.get("/metrics")).text

    assert (ready.status_code, ready.text) == (200, "ready")
    assert 'yanlu_messages_total{outcome="handled"}' in metrics


async def test_the_simulator_is_absent_unless_it_is_switched_on(sqlite_url):
    async with served(make_settings(sqlite_url, simulator="off", wechat_token="of-our-own")) as (_, client):
        response = await client.get("/simulator/api/log")

    assert response.status_code == 404

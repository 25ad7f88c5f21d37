"""Events and workshops over the API: public lists, one's own registrations, once however often it is sent."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.core.clock import SHANGHAI
from app.jobs import events
from app.jobs.event_models import EventKind, EventState
from tests.jobs.events_made import make_event, make_workshop
from tests.serving import make_settings, served

from .conftest import fields_of, problem_of, sign_in

API = "/api/v1"
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=SHANGHAI)
SATURDAY = datetime(2026, 12, 5, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
async def events_api(database_url):
    """(app, client) on the first of December, with a fair for two, a class, one called off, and two workshops."""
    async with served(make_settings(database_url)) as (app, client):
        app.state.services.clock.set(NOW)
        await app.state.services.db.write(fill)
        yield app, client


def fill(session):
    make_event(session, now=NOW, starts_at=SATURDAY, capacity=2, external_id="f-1")
    make_event(
        session, now=NOW, kind=EventKind.TRAINING, title="电焊培训班", starts_at=SATURDAY, city="贵阳", district=""
    )
    make_event(session, now=NOW, title="不办了", state=EventState.CANCELLED)
    make_event(session, now=NOW, title="昨天的", starts_at=NOW - timedelta(days=1))
    make_workshop(session, now=NOW)
    make_workshop(session, now=NOW, name="郎岱缝纫车间", township="郎岱", latitude=26.07, longitude=105.33)


async def titles(client, **params):
    return [one["title"] for one in (await client.get(f"{API}/events", params=params)).json()["items"]]


async def test_list_needs_no_token_and_filters_by_kind_and_place(events_api):
    _, client = events_api

    page = (await client.get(f"{API}/events")).json()

    assert [one["title"] for one in page["items"]] == ["春风行动招聘会", "电焊培训班"]
    assert page["next"] is None
    fair = page["items"][0]
    assert (fair["external_id"], fair["kind"], fair["status"], fair["seats_left"]) == ("f-1", "job_fair", "open", 2)
    assert fair["starts_at"] == "2026-12-05T09:00:00+08:00"
    assert await titles(client, kind="training") == ["电焊培训班"]
    assert await titles(client, city="六盘水市") == await titles(client, city="六枝") == ["春风行动招聘会"]
    assert await titles(client, city="贵阳", kind="job_fair") == []
    assert (await client.get(f"{API}/events?kind=party")).status_code == 422


async def test_list_goes_page_by_page(events_api):
    _, client = events_api

    first = (await client.get(f"{API}/events?limit=1")).json()
    second = (await client.get(f"{API}/events", params={"limit": 1, "cursor": first["next"]})).json()

    assert [one["title"] for one in (*first["items"], *second["items"])] == ["春风行动招聘会", "电焊培训班"]
    assert second["next"] is None


async def test_each_is_shown_whole_the_cancelled_too(events_api):
    _, client = events_api

    statuses = [(await client.get(f"{API}/events/{number}")).json()["status"] for number in (1, 3)]

    assert statuses == ["open", "cancelled"]
    assert (await client.get(f"{API}/events/99")).status_code == 404


async def test_registering_twice_is_one_and_giving_up_frees_the_place(events_api):
    _, client = events_api
    me = await sign_in(client, "m1")

    first = await client.post(f"{API}/events/1/registrations", headers=me)
    again = await client.post(f"{API}/events/1/registrations", headers=me)
    mine = (await client.get(f"{API}/me/registrations", headers=me)).json()
    gone = [await client.delete(f"{API}/me/registrations/{first.json()['id']}", headers=me) for _ in range(2)]
    after = (await client.get(f"{API}/events/1")).json()

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first.json()["event_id"], first.json()["status"], first.json()["event"]["seats_left"]) == (
        1,
        "registered",
        1,
    )
    assert mine == {"items": [first.json()], "next": None}
    assert [(one.status_code, one.json()["status"]) for one in gone] == [(200, "cancelled")] * 2
    assert after["seats_left"] == 2


async def test_same_idempotency_key_gets_the_first_answer(events_api):
    _, client = events_api
    me = {**await sign_in(client, "m1"), "Idempotency-Key": "k-1"}

    answers = await asyncio.gather(*(client.post(f"{API}/events/1/registrations", headers=me) for _ in range(5)))
    other = await client.post(f"{API}/events/2/registrations", headers=me)

    assert {(one.status_code, one.text) for one in answers} == {(201, answers[0].text)}
    assert (other.status_code, problem_of(other)["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("event", "status", "code"), [(3, 409, "event_cancelled"), (4, 409, "event_started"), (99, 404, "not_found")]
)
async def test_refusals_have_a_code_and_a_kind_sentence(events_api, event, status, code):
    _, client = events_api

    refused = await client.post(f"{API}/events/{event}/registrations", headers=await sign_in(client))

    assert (refused.status_code, problem_of(refused)["code"]) == (status, code)


async def test_full_fair_is_409_and_says_so_in_the_list(events_api):
    app, client = events_api
    await app.state.services.db.write(
        lambda session: events.save_event(session, {"external_id": "f-1", "capacity": 0}, now=NOW)[1]
    )

    refused = await client.post(f"{API}/events/1/registrations", headers=await sign_in(client))

    assert (refused.status_code, problem_of(refused)["code"]) == (409, "event_full")
    assert (await client.get(f"{API}/events")).json()["items"][0]["status"] == "full"


async def test_export_names_what_they_are_registered_for_and_deleting_frees_the_place(events_api):
    _, client = events_api
    me = await sign_in(client)
    await client.post(f"{API}/events/1/registrations", headers=me)

    export = (await client.get(f"{API}/me/export", headers=me)).json()["data"]
    await client.delete(f"{API}/me", headers=me)

    assert [row["招聘会或培训班编号"] for row in export["报名的招聘会和培训班"]] == [1]
    assert (await client.get(f"{API}/events/1")).json()["seats_left"] == 2


# --- workshops ---


async def test_workshops_come_the_nearest_first_page_by_page(events_api):
    _, client = events_api

    plain = (await client.get(f"{API}/workshops")).json()["items"]
    first = (await client.get(f"{API}/workshops?near=26.07,105.33&limit=1")).json()
    params = {"near": "26.07,105.33", "limit": 1, "cursor": first["next"]}
    second = (await client.get(f"{API}/workshops", params=params)).json()

    assert [(one["name"], one["distance_m"]) for one in plain] == [("岩脚手套车间", None), ("郎岱缝纫车间", None)]
    assert [(one["name"], one["distance_m"]) for one in first["items"]] == [("郎岱缝纫车间", 0)]
    assert [(one["name"], one["distance_m"] // 1000) for one in second["items"]] == [("岩脚手套车间", 30)]
    assert second["next"] is None


async def test_workshops_of_a_township_and_one_whole(events_api):
    _, client = events_api

    found = (await client.get(f"{API}/workshops", params={"township": "岩脚镇"})).json()["items"]
    whole = (await client.get(f"{API}/workshops/{found[0]['id']}")).json()

    assert [(one["name"], one["trades"]) for one in found] == [("岩脚手套车间", ["手套", "缝纫"])]
    assert whole == found[0]
    assert (await client.get(f"{API}/workshops/99")).status_code == 404


@pytest.mark.parametrize("near", ["26.07", "north,east", "91,0", "0,181", "26.07,105.33,1", "nan,0"])
async def test_point_that_is_none_is_422(events_api, near):
    _, client = events_api

    refused = await client.get(f"{API}/workshops", params={"near": near})

    assert refused.status_code == 422
    assert fields_of(refused) == [("near", "invalid")]

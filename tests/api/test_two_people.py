"""Every route, walked: what belongs to one person is not there for another, and nothing of a person is public.

A later route makes these tests fail until it says here which kind it is.
"""

import re
from dataclasses import dataclass, field

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from sqlmodel import select

from app.api import dependencies
from app.api.dependencies import CurrentPerson, Db
from app.api.docs import describe
from app.api.frame import PREFIX, ROUTERS
from app.api.schemas import RowId
from app.core.errors import NotFound
from app.people.models import Consent
from tests.jobs.events_made import make_event

from .conftest import problem_of, sign_in

PUBLIC = {
    ("GET", "/docs"),
    ("GET", "/docs/{name}"),
    ("GET", "/events"),
    ("GET", "/events/{event_id}"),
    ("GET", "/jobs"),
    ("GET", "/jobs/{job_id}"),
    ("GET", "/openapi.json"),
    ("GET", "/policies"),
    ("GET", "/policies/facts"),
    ("GET", "/policies/{policy_id}"),
    ("POST", "/policies/eligibility"),
    ("POST", "/sessions"),
    ("GET", "/workshops"),
    ("GET", "/workshops/{workshop_id}"),
}
"""Routes without a token. They show nothing of anybody."""

NO_ROW = {"purpose", "event_id", "job_id"}
"""Parameters in a path that name no row of somebody's."""


@dataclass(frozen=True)
class Row:
    """How to make a row of somebody's: ``make(client, headers)`` answers its number as the path has it."""

    make: object
    bodies: dict = field(default_factory=dict)
    """A body that would do, by (method, path); where one is needed to get as far as the row."""


async def register(client, headers):
    event = (await client.get("/api/v1/events")).json()["items"][0]
    made = await client.post(f"/api/v1/events/{event['id']}/registrations", headers=headers)
    return made.json()["id"]


ROWS: dict[str, Row] = {"registration_id": Row(register)}
"""By the parameter of the path (``booking_id``). A feature with rows of somebody's adds its own."""


def routes(routers=ROUTERS):
    """(method, path, whether it wants a token) of every route, also of those that the description leaves out."""
    for router in routers:
        for route in router.routes:
            assert isinstance(route, APIRoute), route
            for method in sorted(route.methods):
                yield method, route.path, wants_token(route.dependant)


def wants_token(dependant):
    return dependant.call is dependencies._current_person or any(wants_token(one) for one in dependant.dependencies)


async def leaks(client, mine, theirs, rows, routers=ROUTERS):
    """Routes that show or change a row of mine to somebody else."""
    found = []
    for method, path, wanted in routes(routers):
        names = set(re.findall(r"{(\w+)}", path)) - NO_ROW
        if not wanted or not names:
            continue
        assert names <= set(rows), f"{method} {path}: ROWS must say how to make {sorted(names - set(rows))}"
        numbers = {name: await rows[name].make(client, mine) for name in names}
        body = next((rows[name].bodies.get((method, path)) for name in names), None)
        address = PREFIX + path.format(purpose="news", **numbers)
        missing = PREFIX + path.format(purpose="news", **dict.fromkeys(names, 2**31 - 1))
        huge = await client.request(
            method, PREFIX + path.format(purpose="news", **dict.fromkeys(names, 2**62)), json=body, headers=mine
        )
        assert huge.status_code == 404, f"{method} {path} fails at a number that no database has"
        seen = await client.request(method, address, json=body, headers=theirs)
        absent = await client.request(method, missing, json=body, headers=theirs)
        own = await client.request(method, address, json=body, headers=mine)
        assert own.status_code < 300, f"{method} {path} does not serve its owner: {own.text}"
        if (seen.status_code, seen.text) != (absent.status_code, absent.text) or seen.status_code != 404:
            found.append((method, path, seen.status_code))
    return found


async def test_nothing_of_one_person_is_there_for_another(service):
    app, client = service
    services = app.state.services
    await services.db.write(lambda session: make_event(session, now=services.clock.now()).id)

    assert await leaks(client, await sign_in(client, "m1"), await sign_in(client, "m2"), ROWS) == []


def test_only_what_shows_nothing_of_anybody_needs_no_token():
    assert {(method, path) for method, path, wanted in routes() if not wanted} == PUBLIC


async def test_description_says_of_every_route_whether_it_wants_a_token(service):
    app, _ = service
    described = {
        (method.upper(), path.removeprefix(PREFIX)): bool(operation.get("security"))
        for path, item in describe(app)["paths"].items()
        for method, operation in item.items()
    }

    known = {(method, path): wanted for method, path, wanted in routes()}

    assert set(known) - set(described) == {("GET", "/docs"), ("GET", "/docs/{name}"), ("GET", "/openapi.json")}
    assert {route: known[route] for route in described} == described


@pytest.mark.parametrize("credentials", [None, "Bearer forged"])
async def test_every_route_of_ones_own_wants_a_good_token(service, credentials):
    _, client = service
    headers = {"Authorization": credentials} if credentials else {}

    private = [(method, re.sub(r"{\w+}", "1", path)) for method, path, wanted in routes() if wanted]

    assert len(private) >= 6
    for method, path in private:
        answer = await client.request(method, PREFIX + path, headers=headers, json={})
        assert (answer.status_code, problem_of(answer)["code"]) == (401, "unauthenticated"), path


async def test_changes_of_one_person_do_not_show_at_another(service):
    _, client = service
    mine, theirs = await sign_in(client, "m1"), await sign_in(client, "m2")
    before = (await client.get("/api/v1/me", headers=theirs)).json()

    await client.put("/api/v1/me/consents/news", json={"granted": True}, headers=mine)
    await client.patch("/api/v1/me", json={"township": "岩脚镇"}, headers=mine)
    await client.delete("/api/v1/me", headers=mine)

    assert (await client.get("/api/v1/me", headers=theirs)).json() == before


# --- the walk itself, on a route that is right and two that are not ---

rows_router = APIRouter(prefix="/rows")


@rows_router.get("/sound/{row_id}")
async def show_own(row_id: RowId, me: CurrentPerson, db: Db) -> int:
    mine = select(Consent.id).where(Consent.id == row_id, Consent.person_id == me)
    found = await db.read(lambda session: session.exec(mine).first())
    if found is None:
        raise NotFound
    return found


@rows_router.get("/leaky/{row_id}")
async def show_any(row_id: RowId, me: CurrentPerson, db: Db) -> int:
    found = await db.read(lambda session: session.get(Consent, row_id))
    if found is None:
        raise NotFound
    return found.id


@rows_router.get("/telling/{row_id}")
async def tell_that_it_is_there(row_id: RowId, me: CurrentPerson, db: Db) -> int:
    found = await db.read(lambda session: session.get(Consent, row_id))
    if found is None or found.person_id != me:
        raise NotFound("没有这一条。" if found is None else "这一条不是您的。")
    return found.id


@pytest.fixture
def with_rows(service):
    app, client = service
    app.include_router(rows_router, prefix=PREFIX)

    async def make(client, headers):
        def newest(session):
            return session.exec(select(Consent.id).order_by(Consent.id.desc())).first()

        await client.put("/api/v1/me/consents/news", json={"granted": True}, headers=headers)
        return await app.state.services.db.read(newest)

    return client, {"row_id": Row(make)}


async def test_walk_finds_a_route_that_looks_by_number_only_and_one_that_tells_a_row_is_there(with_rows):
    client, rows = with_rows

    found = await leaks(client, await sign_in(client, "m1"), await sign_in(client, "m2"), rows, [rows_router])

    assert found == [("GET", "/rows/leaky/{row_id}", 200), ("GET", "/rows/telling/{row_id}", 404)]


async def test_walk_stops_at_a_route_that_nobody_has_told_it_of(with_rows):
    client, _ = with_rows

    with pytest.raises(AssertionError, match="ROWS must say how to make"):
        await leaks(client, await sign_in(client, "m1"), await sign_in(client, "m2"), {}, [rows_router])


def test_walk_notices_a_route_that_forgot_the_token():
    app = FastAPI()
    open_router = APIRouter()
    open_router.get("/rows/{row_id}")(lambda row_id: row_id)
    app.include_router(open_router)

    assert [(method, wanted) for method, _, wanted in routes([open_router])] == [("GET", False)]

"""The frame around a few routes that use every type of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from enum import StrEnum
from types import SimpleNamespace
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import Field
from starlette.exceptions import HTTPException

from app.api import docs, policies
from app.api.frame import PREFIX, install_api
from app.api.schemas import Choice, Count, CountParam, Day, Fen, Filter, Incoming, Instant, Line, Prose, RowId
from app.core.errors import Conflict, TooMany
from app.policies.catalogue import Catalogue
from app.policies.schema import Office, Policy, SourceDocument
from tests.serving import make_settings, served

NOW = datetime(2026, 2, 17, 16, 30, tzinfo=UTC)  # 2026-02-18 already, in Asia/Shanghai

probe = APIRouter(prefix="/probe")


class Mode(StrEnum):
    BUS = "bus"
    TRAIN = "train"


class Passenger(Incoming):
    name: Annotated[Line, Field(max_length=20)]
    child: bool = False


class Probe(Incoming):
    seats: Annotated[Count, Field(ge=1, le=10)] = 1
    price_fen: Fen = 0
    ratio: float = 0.0
    name: Line | None = None
    note: Prose | None = None
    date: Day | None = None
    at: Instant | None = None
    mode: Choice[Mode] | None = None
    passengers: Annotated[list[Passenger], Field(max_length=10)] = []
    facts: dict[str, Any] = {}


@probe.post("")
async def post_probe(body: Probe) -> Probe:
    return body


@probe.get("")
async def get_probe(
    q: Filter[Line] = None,
    date: Filter[Day] = None,
    at: Filter[Instant] = None,
    mode: Filter[Choice[Mode]] = None,
    min_pay: Filter[CountParam] = None,
) -> dict[str, Any]:
    return {"q": q, "date": date, "at": at, "mode": mode, "min_pay": min_pay}


@probe.get("/rows/{row_id}")
async def show_row(row_id: RowId) -> int:
    return row_id


@probe.delete("/rows/{row_id}")
async def delete_row(row_id: RowId) -> int:
    return row_id


@probe.post("/refusals/{kind}")
async def refuse(kind: str) -> None:
    if kind == "full":
        raise TripFull
    if kind == "consent":
        raise ConsentRequired
    if kind == "often":
        raise TooMany
    if kind == "surrogate":
        raise Conflict("坏字符\ud800")
    if kind.isdigit():
        raise HTTPException(int(kind), "English and internal")
    raise RuntimeError("secret 13812345678")


class TripFull(Conflict):
    code, default_detail = "trip_full", "这一班已经满了。"


class ConsentRequired(Conflict):
    status, code, default_detail = 403, "consent_required", "要先同意登记身份证号。"
    members = {"purpose": "id_number"}


def make_catalogue() -> Catalogue:
    return Catalogue(
        {
            "old_subsidy": make_policy(
                title="旧补贴", headline="发到2025年底。", validity={"until": datetime(2025, 12, 31).date()}
            ),
            "rent_subsidy": make_policy(
                title="租房补贴", headline="最后一天也算。", validity={"until": datetime(2026, 2, 18).date()}
            ),
            "transport_subsidy": make_policy(title="一次性交通补助", headline="外出打工的路费可以申请ABC。"),
        },
        {"hall": Office(id="hall", name="县就业局", kind="counter", phone="0858-1234567", example=True)},
        {
            "plan": SourceDocument(
                id="plan",
                title="工作方案",
                issuer="县政府",
                issued=datetime(2023, 1, 1).date(),
                published=datetime(2023, 1, 2).date(),
                facts=[],
                clauses={"正文17": "交通补助"},
            )
        },
    )


def make_policy(**changes: Any) -> Policy:
    return Policy.model_validate(
        {
            "title": "补助",
            "skill": "policies.answer",
            "headline": "一句话。",
            "benefits": [{"who": "脱贫劳动力", "amount": "每人1000元"}],
            "how": "带身份证到窗口。",
            "where": ["hall"],
            "validity": {},
            "unstated": ["申请材料"],
            "source": {"document": "plan", "clauses": ["正文17"]},
            **changes,
        }
    )


def make_app(body_deadline: float = 10.0) -> FastAPI:
    app = FastAPI(openapi_url=None)
    install_api(app, [docs.router, policies.router, probe], body_deadline=body_deadline)
    app.state.services = SimpleNamespace(catalogue=make_catalogue(), clock=SimpleNamespace(now=lambda: NOW), db=None)

    @app.post("/wechat")
    async def wechat(kind: str) -> None:
        await refuse(kind)

    return app


@pytest.fixture
def app() -> FastAPI:
    return make_app()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    # A failure must be seen as the answer it becomes, so it is not raised into the test.
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://test{PREFIX}") as client:
        yield client


@pytest.fixture
async def service(database_url: str) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """(app, client) of the whole service with its own simulator, on each kind of database."""
    async with served(make_settings(database_url)) as running:
        yield running


async def sign_in(client: httpx.AsyncClient, who: str = "m1", **more: Any) -> dict[str, str]:
    """The header of somebody who has just signed in."""
    answer = await client.post("/api/v1/sessions", json={"code": f"sim:{who}", **more})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


JSON = {"Content-Type": "application/json"}


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """The problem document, its shape checked."""
    problem: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "code", "detail", "errors"} <= problem.keys()
    assert problem["type"] == "about:blank"
    assert problem["status"] == answer.status_code
    assert any("\u4e00" <= each <= "\u9fff" for each in problem["detail"])
    for error in problem["errors"]:
        assert error.keys() == {"field", "code", "message"}
        assert any("\u4e00" <= each <= "\u9fff" for each in error["message"])
    return problem


def fields_of(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in problem_of(answer)["errors"]]

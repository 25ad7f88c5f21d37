"""The API's own description, and a page to read it on. Everything comes from this tree, nothing from a CDN."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse

from app.api.problems import PROBLEM_TYPE, Problem
from app.core.errors import NotFound

FOLDER = Path(__file__).parents[2] / "templates" / "static" / "swagger-ui"

FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "start.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
"""What the page loads. Nothing else of the folder is served."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Swagger UI sets inline styles
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """The description of everything under ``/api``."""
    return JSONResponse(describe(request.app), headers=HEADERS)


@router.get("/docs")
async def docs() -> FileResponse:
    return FileResponse(FOLDER / "index.html", media_type="text/html", headers=HEADERS)


@router.get("/docs/{name}")
async def docs_file(name: str) -> FileResponse:
    if name not in FILES:
        raise NotFound
    return FileResponse(FOLDER / name, media_type=FILES[name], headers=HEADERS)


def describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI of ``app``'s paths under ``/api``, each with the problem document it may answer. Made once."""
    if not hasattr(app.state, "api_description"):
        app.state.api_description = _describe(app)
    description: dict[str, Any] = app.state.api_description
    return description


def _describe(app: FastAPI) -> dict[str, Any]:
    whole = get_openapi(title="雁路 Yanlu", version=app.version, routes=app.routes)
    whole["paths"] = {path: item for path, item in whole["paths"].items() if path.startswith("/api/")}
    _, problem = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    schemas = whole.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own form of a refusal, never sent here
        schemas.pop(unused, None)
    schemas.update(problem["$defs"])
    for item in whole["paths"].values():
        for operation in item.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {
                "description": "办不了：code 是固定的英文代号，detail 可以直接给人看",
                "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
    return whole

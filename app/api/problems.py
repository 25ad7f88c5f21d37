"""Refusals as RFC 9457 problem documents under ``/api``; anywhere else a status and no body.

Only our own sentences leave: what was sent is never repeated, apart from the names of its fields.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from app.api.field_errors import MAX_ERRORS, field_error
from app.core.db import lost_its_parent
from app.core.errors import (
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    YanluError,
)

PROBLEM_TYPE = "application/problem+json"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RETRY_AFTER = {429: 60, 503: 5}
"""Seconds to wait, where the refusal itself does not say (``retry_after``)."""

log = structlog.get_logger()


FAMILY: dict[int, type[YanluError]] = {
    error.status: error
    for error in (
        BadRequest,
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        TooSlow,
        Conflict,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
        TooMany,
        Unavailable,
    )
}


class ProblemField(BaseModel):
    """One wrong field: where, a stable code, and how to mend it."""

    field: str
    code: str
    message: str


class Problem(BaseModel):
    """The shape of every refusal, as the OpenAPI description shows it."""

    type: Literal["about:blank"]
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemField]


def install_problem_handlers(app: FastAPI) -> None:
    """Make every refusal and failure of ``app`` leave as this module says. Call it once."""
    app.add_exception_handler(YanluError, _refused)
    app.add_exception_handler(HTTPException, _refused_by_router)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(IntegrityError, _overtaken)
    app.add_exception_handler(Exception, _failed)


def is_api(scope: Scope) -> bool:
    """Whether the request goes to the JSON API, known path or not."""
    path: str = scope["path"]
    return path == "/api" or path.startswith("/api/")


def refusal(scope: Scope, error: YanluError, headers: Mapping[str, str] | None = None) -> Response:
    """``error`` as this request's side of the house answers it."""
    every = {**_headers_of(error), **(headers or {}), "Cache-Control": "no-store"}
    if not (is_api(scope) or scope["path"].startswith("/simulator/api/")):
        return Response(status_code=error.status, headers=every)
    return Response(_document(error), error.status, {**every, "X-Content-Type-Options": "nosniff"}, PROBLEM_TYPE)


def _document(error: YanluError) -> bytes:
    document: dict[str, Any] = {
        **error.members,  # RFC 9457 extension members, such as ``purpose``
        "type": "about:blank",
        "title": _phrase(error.status),
        "status": error.status,
        "code": error.code,
        "detail": error.detail,
        "errors": [_field(each) for each in error.errors[:MAX_ERRORS]],
    }
    # "replace": a lone surrogate that slipped into a sentence must not turn a refusal into a failure.
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def _field(error: FieldError) -> dict[str, str]:
    return {"field": error.field, "code": error.code, "message": error.message}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # a number outside the registry has no phrase
        return "Error"


def _headers_of(error: YanluError) -> dict[str, str]:
    headers: dict[str, str] = {}
    retry_after = error.retry_after or RETRY_AFTER.get(error.status)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, YanluError)
    return refusal(request.scope, error)


async def _refused_by_router(request: Request, error: Exception) -> Response:
    """404, 405 and whatever the libraries raise; their English text is not shown."""
    assert isinstance(error, HTTPException)
    status, headers = error.status_code, dict(error.headers or {})
    if status == 405 and is_api(request.scope):
        headers["Allow"] = ", ".join(_allowed(request))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
    if status < 400:
        return Response(status_code=status, headers=headers)
    return refusal(request.scope, _of_status(status), headers)


def _of_status(status: int) -> YanluError:
    family = FAMILY.get(status)
    if family is not None:
        return family()
    if status >= 500:
        error = YanluError()
    else:
        error = BadRequest("这个请求办不了，请检查后再发。")
        error.code = _phrase(status).lower().replace(" ", "_").replace("-", "_").replace("'", "")
    error.status = status
    return error


def _allowed(request: Request) -> list[str]:
    """Every method of this path. The router itself names those of the first route that fits only."""
    found = [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]
    return [*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"]


async def _invalid(request: Request, error: Exception) -> Response:
    """A request that does not fit its types.

    A wrong path parameter is 404: no such thing is there, whatever the id looks like.
    """
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(each["loc"][:1] == ("path",) for each in found):
        return refusal(request.scope, NotFound())
    if any(each["type"] == "json_invalid" for each in found):
        return refusal(request.scope, BadRequest("请求内容不是正确的 JSON。"))
    return refusal(request.scope, Invalid(errors=[field_error(each) for each in found[:MAX_ERRORS]]))


async def _overtaken(request: Request, error: Exception) -> Response:
    """What the request was about has gone meanwhile: a person deleted, or joined with another."""
    assert isinstance(error, IntegrityError)
    if lost_its_parent(error):
        log.warning("request_overtaken", method=request.method, path=request.scope["path"])
        return refusal(request.scope, Conflict())
    return await _failed(request, error)


async def _failed(request: Request, error: Exception) -> Response:
    log.error("request_failed", method=request.method, path=request.scope["path"], exc_info=error)
    return refusal(request.scope, YanluError())

"""Refusals as problem documents (RFC 9457), for the simulator that runs as a process of its own."""

from dataclasses import asdict

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.core.errors import NotFound, YanluError


def add_problem_handlers(app: FastAPI) -> None:
    async def show_refusal(request: Request, error: Exception) -> JSONResponse:
        return problem(error if isinstance(error, YanluError) else YanluError())

    async def show_http_error(request: Request, error: Exception) -> JSONResponse:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return problem(NotFound("模拟器没有这个地址，或者不支持这种请求方法。"), status)

    app.add_exception_handler(YanluError, show_refusal)
    app.add_exception_handler(HTTPException, show_http_error)


def problem(error: YanluError, status: int | None = None) -> JSONResponse:
    content = {
        "type": "about:blank",
        "status": status or error.status,
        "code": error.code,
        "detail": error.detail,
        "errors": [asdict(one) for one in error.errors],
    }
    return JSONResponse(content, status or error.status, media_type="application/problem+json")

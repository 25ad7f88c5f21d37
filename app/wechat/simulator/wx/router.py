"""Every call goes through here: it is counted, meets its fault, and is answered by its family."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from app.core.errors import YanluError
from app.wechat.simulator.addresses import CallbackUrl
from app.wechat.simulator.checks import read_limited
from app.wechat.simulator.faults import ApiFault, Fault
from app.wechat.simulator.log import CallRecord
from app.wechat.simulator.world import World
from app.wechat.simulator.wx import articles, callback, custom, mass, menu, mini, notices, session, token
from app.wechat.simulator.wx.answers import WRONG_METHOD, Api, Call, WxError, refusal
from app.wechat.simulator.wx.broken import broken_answer
from app.wechat.simulator.wx.token import Desk

APIS: Final[Mapping[str, Api]] = {
    **token.APIS,
    **session.APIS,
    **callback.APIS,
    **custom.APIS,
    **notices.APIS,
    **menu.APIS,
    **mass.APIS,
    **mass.TAG_APIS,
    **articles.APIS,
    **mini.APIS,
}
JSON: Final = "application/json; encoding=utf-8"
LATE: Final = 30.0
"""Seconds that the fault ``timeout`` holds an answer when it does not say how many."""
GLANCE: Final = 0.2
HELD: Final = (ApiFault.TIMEOUT, ApiFault.LOST_BEFORE)


def wx_router(world: World, find_url: CallbackUrl) -> APIRouter:
    """``/wx/…``, the base address of the API as the service is told it."""
    router = APIRouter(prefix="/wx")

    @router.api_route("/{api:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    async def answer_call(api: str, request: Request) -> Response:
        with suppress(YanluError):
            world.callback_url = find_url(request)
        call = Call(api.strip("/"), request.method, dict(request.query_params), await read_limited(request))
        fault = world.faults.take(call.api, call.openid())
        record = _record(world, call, fault)
        response = _answer(world, call, fault)
        if fault is not None and fault.kind in HELD:  # TIMEOUT took effect, its answer is late
            await _hold(request, LATE if fault.seconds is None else fault.seconds)
        record.status, record.response = response.status_code, bytes(response.body).decode(errors="replace")
        return response

    return router


def _answer(world: World, call: Call, fault: Fault | None) -> Response:
    if fault is not None and fault.errcode is not None:
        return _json(refusal(fault.errcode, world.machine()))
    if fault is not None and fault.kind == ApiFault.LOST_BEFORE:
        return broken_answer(ApiFault.RESET)
    if fault is not None and fault.kind == ApiFault.REVOKED:
        world.state(Desk).apps.clear()
    if fault is not None and fault.kind == ApiFault.SENT_AS_DUPLICATE:
        return _json({**refusal(45065, world.machine()), "msg_id": _ask(world, call).get("msg_id", 0)})
    response = _picture(world, call) if call.api in mini.PICTURES else _json(_ask(world, call))
    if fault is None or fault.kind in (ApiFault.TIMEOUT, ApiFault.REVOKED):
        return response
    return broken_answer(ApiFault(fault.kind))


async def _hold(request: Request, seconds: float) -> None:
    """Let the caller wait, but not longer than the caller does: nobody stops a server that still owes an answer."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not await request.is_disconnected():
        await asyncio.sleep(min(left, GLANCE))


def _ask(world: World, call: Call) -> Mapping[str, Any]:
    """WeChat's answer. An unknown path gets errcode 40066 "invalid url", as on the real server."""
    try:
        api = APIS.get(call.api)
        if api is None:
            raise WxError(40066)
        if call.method != api.method:
            raise WxError(WRONG_METHOD[api.method])
        return api.answer(world, call)
    except WxError as error:
        return refusal(error.errcode, world.machine(), about=error.about, **error.more)


def _picture(world: World, call: Call) -> Response:
    try:
        return Response(mini.PICTURES[call.api](world, call), media_type="image/png")
    except WxError as error:
        return _json(refusal(error.errcode, world.machine(), about=error.about, **error.more))


def _json(answer: Mapping[str, Any]) -> Response:
    return Response(json.dumps(answer, ensure_ascii=False), media_type=JSON)


def _record(world: World, call: Call, fault: Fault | None) -> CallRecord:
    """Write the call down before it is answered, so that one which never ends is seen too."""
    query = {name: "***" if name == "secret" else value for name, value in call.query.items()}
    body = re.sub(r'("secret"\s*:\s*")[^"]*', r"\1***", call.body.decode(errors="replace"))
    record = CallRecord(world.now(), call.api, call.method, call.openid(), query, body)
    record.fault = fault.kind if fault else None
    world.log.append(record)
    return record

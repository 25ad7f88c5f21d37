"""Answers that are no answers: what a proxy, a bad line or a sick server make of a call."""

from fastapi import Response
from starlette.types import Receive, Scope, Send

from app.wechat.simulator.faults import ApiFault

BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Reset(Response):
    """Promises more than it sends and ends; the server can then only cut the connection.

    From inside an ASGI application nothing is nearer to a TCP reset. uvicorn logs an error each time.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def broken_answer(kind: ApiFault) -> Response:
    if kind is ApiFault.HTTP_502:
        return Response(BAD_GATEWAY, status_code=502, media_type="text/html")
    if kind is ApiFault.INVALID_JSON:
        return Response('{"errcode":0,"errmsg":"o', media_type="application/json; encoding=utf-8")
    if kind is ApiFault.HTML:
        return Response(BAD_GATEWAY, media_type="text/html")
    if kind is ApiFault.EMPTY:
        return Response(b"", media_type="application/json; encoding=utf-8")
    return Reset()

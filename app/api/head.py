"""HEAD, answered by the GET route without its body: FastAPI's own routes know only the methods they name."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import is_api


class HeadAsGet:
    """ASGI middleware: under ``/api`` a HEAD request runs the GET route, and no body leaves."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or not is_api(scope):
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, without_body)

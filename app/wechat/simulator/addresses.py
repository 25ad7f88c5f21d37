"""Where the service listens."""

from collections.abc import Callable

from fastapi import Request

from app.core.errors import Unavailable

CallbackUrl = Callable[[Request], str]


def callback_address(configured: str | None) -> CallbackUrl:
    """The configured callback address, or the very server that is asked: the simulator inside the service."""

    def find(request: Request) -> str:
        if configured is not None:
            return configured
        host, port = request.scope.get("server") or (None, None)
        if host is None or port is None:
            raise Unavailable("不知道服务的地址：请给模拟器设置回调地址。")
        # The address at which this connection came in, never the Host header, which anybody can write.
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/wechat"

    return find

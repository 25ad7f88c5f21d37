"""One request to WeChat over one HTTP client, within a total deadline: an answer, or an error that knows whether
the request may have got there.

Nothing of httpx leaves this file: its errors quote addresses, and WeChat's addresses carry secrets.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from app.wechat.wx_errors import NeedsOperator, PayloadRefused, TryAgain, WeChatError

CONNECTIONS: Final = 8
"""At most so many calls at once; the others wait their turn, within their deadline."""
KEPT_ALIVE: Final = 4.0
"""Seconds that an idle connection is kept: less than any server keeps it."""
CONNECT: Final = 3.0
MAX_ANSWER: Final = 4 * 1024 * 1024
CLOSING: Final = 0.4
"""Seconds that calls in flight get to end as TryAgain, and the client to let go of its connections."""

# One line a request, with its whole address, at INFO.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a JSON object, or bytes (a picture) where it is none."""

    fields: Mapping[str, Any]
    content: bytes = b""

    @property
    def errcode(self) -> int:
        return int(self.fields.get("errcode") or 0)

    @property
    def errmsg(self) -> str:
        return str(self.fields.get("errmsg") or "")


@dataclass(frozen=True, slots=True)
class Ask:
    """What goes out. With ``upload`` it is a form, with ``body`` JSON, with neither a GET."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    upload: tuple[str, bytes, str] | None = None
    """File name, content, media type; sent as ``media``."""
    may_be_bytes: bool = False


class Wire:
    """The HTTP client. One per process, used from one event loop."""

    def __init__(self, api_base: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=api_base.rstrip("/") + "/",
            transport=transport,
            trust_env=False,  # a proxy of the environment would read the secrets
            follow_redirects=False,
            verify=api_base.startswith("https"),  # a simulator on this machine needs no certificates loaded
            timeout=None,  # noqa: S113 every exchange has its deadline
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEPT_ALIVE),
        )
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._deadlines: set[asyncio.Timeout] = set()
        self._closed = False

    async def exchange(self, ask: Ask, *, seconds: float) -> Answer:
        """WeChat's answer, whatever its errcode. Raises TryAgain, NeedsOperator or PayloadRefused."""
        progress = _Progress()
        try:
            async with asyncio.timeout(seconds) as deadline:
                self._deadlines.add(deadline)
                try:
                    if self._closed:
                        raise TryAgain("服务正在停止。", api=ask.path)
                    async with self._turns:
                        return await self._send(ask, progress, seconds)
                finally:
                    self._deadlines.discard(deadline)
        except TimeoutError:
            raise TryAgain("微信没有按时回答。", api=ask.path, maybe_sent=progress.maybe_sent) from None
        except httpx.TransportError as error:
            raise _broken_line(error, ask.path, progress) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise TryAgain(api=ask.path, maybe_sent=progress.maybe_sent) from None

    @property
    def closed(self) -> bool:
        return self._closed

    async def close(self) -> None:
        """Within a second, whatever WeChat does: calls in flight end as TryAgain that may have been sent."""
        self._closed = True
        now = asyncio.get_running_loop().time()
        for deadline in self._deadlines:
            deadline.reschedule(now)
        try:
            async with asyncio.timeout(CLOSING):
                while self._deadlines:
                    await asyncio.sleep(0.005)
        except TimeoutError:
            pass  # whoever does not end is left behind
        try:
            async with asyncio.timeout(CLOSING):
                await self._client.aclose()
        except (TimeoutError, httpx.HTTPError, OSError):
            pass

    async def _send(self, ask: Ask, progress: "_Progress", seconds: float) -> Answer:
        request = self._request(ask, progress)
        # Before the deadline: a TLS handshake that is cancelled from outside leaves its socket open.
        request.extensions["timeout"] = httpx.Timeout(None, connect=min(CONNECT, seconds * 0.9)).as_dict()
        progress.maybe_sent = True
        response = await self._client.send(request, stream=True)
        try:
            content = b""
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > MAX_ANSWER:
                    raise TryAgain("微信的回答太长。", api=ask.path, maybe_sent=True)
        finally:
            await response.aclose()
        return _read(ask, response.status_code, content)

    def _request(self, ask: Ask, progress: "_Progress") -> httpx.Request:
        path, known = ask.path.lstrip("/"), {"trace": progress.note}
        if ask.upload is not None:
            return self._client.build_request(
                "POST", path, params=ask.query, files={"media": ask.upload}, extensions=known
            )
        if ask.body is None:
            return self._client.build_request("GET", path, params=ask.query, extensions=known)
        # WeChat shows \uXXXX in titles and menus as it stands there.
        body = json.dumps(ask.body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json; charset=utf-8"}
        return self._client.build_request(
            "POST", path, params=ask.query, content=body, headers=headers, extensions=known
        )


class _Progress:
    """How far a request got. From the moment it is handed over it may have been sent, unless the line is known to be
    still in the making."""

    __slots__ = ("maybe_sent",)

    def __init__(self) -> None:
        self.maybe_sent = False

    async def note(self, event: str, _info: Mapping[str, Any]) -> None:
        """httpcore's tracing."""
        if event in ("connection.connect_tcp.started", "connection.start_tls.started"):
            self.maybe_sent = False
        elif event.endswith("send_request_headers.started"):
            self.maybe_sent = True


def _broken_line(error: httpx.TransportError, api: str, progress: _Progress) -> WeChatError:
    if isinstance(error, httpx.UnsupportedProtocol):
        return NeedsOperator("接口地址不对，请检查 YANLU_WECHAT_API_BASE。", api=api)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return TryAgain("连不上微信，请检查服务器的网络。", api=api)
    return TryAgain("和微信的连接断了。", api=api, maybe_sent=progress.maybe_sent)


def _read(ask: Ask, status: int, content: bytes) -> Answer:
    """The answer in ``content``. Raises the error that an answer which is none stands for."""
    if status == 413:
        raise PayloadRefused("内容太大，微信没有收。", api=ask.path)
    if status == 429:
        raise TryAgain("调用太密，过一分钟再试。", wait=60, api=ask.path)
    if status >= 500 or status in (408, 425):
        raise TryAgain(f"微信的服务器出错（HTTP {status}）。", api=ask.path, maybe_sent=True)
    if status != 200:
        raise NeedsOperator(f"接口地址答了 HTTP {status}，请检查 YANLU_WECHAT_API_BASE 和网络。", api=ask.path)
    if ask.may_be_bytes and content[:1] not in (b"{", b"<", b""):
        return Answer({}, content)
    try:
        fields = json.loads(content)
        if isinstance(fields, dict):
            answer = Answer(fields)
            _ = answer.errcode  # a code that is no number is no answer
            return answer
    except (ValueError, TypeError, RecursionError):
        pass
    raise TryAgain("微信的回答读不懂。", api=ask.path, maybe_sent=True)

"""One HTTP request to the callback address, as WeChat makes it: five seconds for the whole answer."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import httpx

from app.wechat.simulator.log import Outcome
from app.wechat.simulator.opening import MAX_REPLY
from app.wechat.simulator.sealing import Wire

HEADERS: Final = {"User-Agent": "Mozilla/4.0", "Accept": "*/*", "Content-Type": "text/xml", "Pragma": "no-cache"}


@dataclass(frozen=True, slots=True)
class Exchange:
    outcome: Outcome
    seconds: float
    status: int | None = None
    body: bytes = b""


class Caller:
    """Holds the one HTTP client, made at the first request; to be closed when the process ends."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def post(self, url: str, wire: Wire, *, held_up: float = 0.0) -> Exchange:
        """Send one delivery. ``held_up`` seconds pass before the answer arrives here."""
        return await self._request("POST", url, wire, held_up)

    async def get(self, url: str, query: dict[str, str]) -> Exchange:
        return await self._request("GET", url, Wire(query, b""), 0.0)

    async def _request(self, method: str, url: str, wire: Wire, held_up: float) -> Exchange:
        started = time.monotonic()
        status, body = None, b""
        try:
            async with asyncio.timeout(self.timeout):
                request = self._open_client().build_request(
                    method, url, params=wire.query, content=wire.body, headers=HEADERS
                )
                response = await self._open_client().send(request, stream=True)
                try:
                    body, status = await _read(response), response.status_code
                finally:
                    await response.aclose()
                await asyncio.sleep(held_up)
        except TimeoutError:
            return Exchange(Outcome.TIMEOUT, time.monotonic() - started)
        except httpx.RequestError:
            return Exchange(Outcome.UNREACHABLE, time.monotonic() - started)
        outcome = Outcome.ANSWERED if status == httpx.codes.OK else Outcome.HTTP_ERROR
        return Exchange(outcome, time.monotonic() - started, status, body)

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            # No limits: the time is measured here, and a full pool must not eat into it. No proxy: it is loopback.
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
            self._client = httpx.AsyncClient(timeout=None, limits=limits, trust_env=False)  # noqa: S113
        return self._client


async def _read(response: httpx.Response) -> bytes:
    """The body, and no more of it than is needed to see that it is too long."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_REPLY:
            break
    return bytes(body)

"""A simulator in another process, as the service sees it: its clock, and its need to know who wrote to us."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import structlog

log = structlog.get_logger()


class RemoteSimulator:
    """``api_base`` is the address that stands for api.weixin.qq.com: ``http://host:port/simulator/wx``."""

    def __init__(self, api_base: str) -> None:
        address = api_base.removesuffix("/").removesuffix("/wx")
        self._client = httpx.AsyncClient(base_url=address, timeout=2)
        self._telling: set[asyncio.Task[None]] = set()

    async def shift(self) -> timedelta:
        """How far its clock is ahead of the machine's."""
        answer = await self._client.get("/api/clock")
        return datetime.fromisoformat(answer.json()["at"]) - datetime.now(UTC)

    def note_follower(self, openid: str, *, event: str = "") -> None:
        """Tell it, without waiting, that an authentic message of this person has come."""
        telling = asyncio.create_task(self._tell({"openid": openid, "event": event}))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def close(self) -> None:
        await asyncio.gather(*self._telling)
        await self._client.aclose()

    async def _tell(self, noted: dict[str, str]) -> None:
        try:
            await self._client.post("/api/followers", json=noted)
        except httpx.HTTPError as error:
            log.warning("simulator_not_told", error=str(error))

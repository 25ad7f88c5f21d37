"""Every call to WeChat that nobody asked for.

One per process, used from one event loop. Methods answer plain values and raise the family of `wx_errors`, always
within a total deadline. No database connection is held while WeChat is waited for.
"""

import httpx

from app.core.clock import Clock
from app.core.config import REAL_API_BASE, Settings
from app.core.db import Database
from app.core.errors import ConfigError
from app.wechat.calls import Calls
from app.wechat.families.articles import Articles
from app.wechat.families.followers import Followers
from app.wechat.families.mass import Mass
from app.wechat.families.messages import Messages
from app.wechat.families.mini_program import MiniProgram, MiniSession
from app.wechat.wire import Wire

__all__ = ["Gateway", "MiniSession", "api_base_of"]


class Gateway(Messages, Mass, MiniProgram, Followers, Articles):
    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        *,
        api_base: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``transport`` leads elsewhere than the network: to a simulator in this process."""
        self._wire = Wire(api_base, transport=transport)
        super().__init__(Calls(settings, db, clock, self._wire))

    async def close(self) -> None:
        """Within a second, whatever WeChat does: calls in flight end as TryAgain that may have been sent."""
        await self._wire.close()


def api_base_of(settings: Settings) -> str:
    """Where WeChat's APIs are for these settings. Raises ConfigError for a simulator that nobody can name."""
    if settings.wechat_api_base:
        return settings.wechat_api_base
    if settings.simulator_on:
        raise ConfigError(
            "开着模拟器，不知道它在哪里：请设 YANLU_WECHAT_API_BASE，如 http://127.0.0.1:8000/simulator/wx。"
        )
    return REAL_API_BASE

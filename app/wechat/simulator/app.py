"""Putting the simulator together: as a router inside the service, or as an application of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from app.wechat.simulator.addresses import callback_address
from app.wechat.simulator.control import followers_router
from app.wechat.simulator.inspection import inspection_router
from app.wechat.simulator.jobs import finish_for_ever
from app.wechat.simulator.page import add_page
from app.wechat.simulator.problems import add_problem_handlers
from app.wechat.simulator.pusher import Pusher
from app.wechat.simulator.world import World
from app.wechat.simulator.wx.router import wx_router


def simulator_router(world: World, callback_url: str | None = None) -> APIRouter:
    """Everything under ``/simulator``. Without a callback address the server that is asked is also called.

    The lifespan of whoever includes it closes the HTTP client. Refusals are raised as `YanluError`.
    """
    pusher = Pusher(world)
    find_url = callback_address(callback_url)

    @asynccontextmanager
    async def close_at_the_end(_: object) -> AsyncIterator[None]:
        finishing = asyncio.create_task(finish_for_ever(world, pusher))
        yield
        finishing.cancel()
        await asyncio.gather(finishing, return_exceptions=True)
        await pusher.close()

    router = APIRouter(prefix="/simulator", include_in_schema=False, lifespan=close_at_the_end)
    add_page(router)
    router.include_router(followers_router(world, pusher, find_url))
    router.include_router(inspection_router(world, pusher, find_url))
    router.include_router(wx_router(world, find_url))
    return router


def create_simulator_app(world: World, callback_url: str) -> FastAPI:
    """The simulator as a process of its own: `yanlu simulator --port N`."""
    app = FastAPI(title="雁路·微信模拟器", docs_url=None, redoc_url=None, openapi_url=None)
    add_problem_handlers(app)
    app.include_router(simulator_router(world, callback_url))
    return app

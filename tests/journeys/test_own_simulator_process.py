"""A simulator that stands alone: the service follows its clock and tells it who wrote."""

import asyncio
import socket
from contextlib import asynccontextmanager

import httpx
import uvicorn

from app.main import account_of
from app.server import bind, uvicorn_config
from app.wechat.simulator.app import create_simulator_app
from app.wechat.simulator.world import World
from tests.messages import SAFE, text_xml
from tests.serving import make_settings, served

QUESTION = "去中山打工车费能不能报"


@asynccontextmanager
async def simulator(callback):
    """A stand-alone simulator on a free port that pushes to ``callback``."""
    world = World(account_of(make_settings("sqlite:///unused")))
    with bind("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn_config(create_simulator_app(world, callback)))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=base, timeout=20) as client:
            async with asyncio.timeout(10):
                while not server.started:
                    await asyncio.sleep(0.01)
            yield client
        server.should_exit = True
        await serving


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def until(check):
    async with asyncio.timeout(10):
        while not await check():
            await asyncio.sleep(0.05)


async def test_a_simulator_of_its_own_is_followed_and_told(sqlite_url):
    async with simulator(f"http://127.0.0.1:{free_port()}/wechat") as phone:
        settings = make_settings(sqlite_url, wechat_api_base=str(phone.base_url.join("/simulator/wx")))
        async with served(settings) as (app, client):
            await SAFE.send(client, text_xml(QUESTION, openid="o-direct"))
            await phone.post("/simulator/api/clock", json={"at": "2027-02-06T08:00:00+08:00"})

            await until(lambda: knows(phone, "o-direct"))
            await until(lambda: shows(app, 2027))
            own = await client.get("/simulator/api/log")

    assert own.status_code == 404


async def knows(phone, openid):
    items = (await phone.get("/simulator/api/followers")).json()["items"]
    return openid in [item["openid"] for item in items]


async def shows(app, year):
    return app.state.services.clock.now().year == year

"""What WeChat does in its own time: a mass send reaches the phones, a publication ends, and the service is told."""

import asyncio
from typing import Final

from app.wechat.simulator.events import SYSTEM
from app.wechat.simulator.faults import ApiFault
from app.wechat.simulator.pusher import Pusher
from app.wechat.simulator.world import World
from app.wechat.simulator.wx.articles import finish_publications
from app.wechat.simulator.wx.mass import finish_jobs

GLANCE: Final = 0.3


async def finish_for_ever(world: World, pusher: Pusher) -> None:
    """Until cancelled. Without an address the service is told nothing: nobody has called from anywhere yet."""
    while True:
        await asyncio.sleep(GLANCE)
        events = [job.event() for job in finish_jobs(world)] + finish_publications(world)
        for event in events:
            fault = world.faults.take(f"event/{event.fields['Event']}", None)
            if world.callback_url and not (fault and fault.kind == ApiFault.LOST):
                await pusher.push(world.callback_url, SYSTEM, event)

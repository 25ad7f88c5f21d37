"""What WeChat asks when the owner of an account saves the callback address."""

import secrets
from dataclasses import dataclass

from app.wechat.codec import sign
from app.wechat.simulator.exchange import Caller
from app.wechat.simulator.log import Outcome
from app.wechat.simulator.tries import fresh_nonce
from app.wechat.simulator.world import World


@dataclass(frozen=True, slots=True)
class Handshake:
    """``ok`` when the service echoed exactly what it was asked to, and nothing else."""

    ok: bool
    status: int | None
    body: str


async def shake_hands(world: World, caller: Caller, url: str) -> Handshake:
    stamp, nonce, echo = str(int(world.machine())), fresh_nonce(), str(secrets.randbits(62))
    query = {"signature": sign(world.account.token, stamp, nonce), "timestamp": stamp, "nonce": nonce, "echostr": echo}
    exchange = await caller.get(url, query)
    ok = exchange.outcome is Outcome.ANSWERED and exchange.body == echo.encode()
    return Handshake(ok, exchange.status, exchange.body.decode(errors="replace"))

"""Up to three tries of one delivery, each with a fresh signature, with the faults that were asked for."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import Final

from app.wechat.simulator.exchange import Caller, Exchange
from app.wechat.simulator.faults import PUSH, Fault, PushFault
from app.wechat.simulator.log import Outcome, PushRecord, Try
from app.wechat.simulator.opening import readable
from app.wechat.simulator.sealing import FOREIGN_APP_ID, Wire, alter, seal, spoil
from app.wechat.simulator.world import World

TRIES: Final = 3
STALE_SECONDS: Final = 600
ALIKE: Final = 3
"""How many tries the fault ``parallel`` sends at once."""


async def deliver(world: World, caller: Caller, url: str, record: PushRecord) -> bytes | None:
    """The body of the first good answer, or None. Writes every request into the record.

    A try that fails early waits out its five seconds: nobody knows what WeChat does, and a service that
    restarts between two tries must be able to get the next one.
    """
    for number in range(1, TRIES + 1):
        started = time.monotonic()
        fault = world.faults.take(PUSH, record.openid)
        exchanges = await _send(world, caller, url, record, fault)
        record.tries += [_note(world, number, exchange, fault) for exchange in exchanges]
        world.steps.take(record.openid)
        if fault and fault.kind == PushFault.REPLAY_ALTERED:
            exchanges = exchanges[:1]  # whatever the forged copy got, the follower sees the answer to the true one
        for exchange in exchanges:
            if exchange.outcome is Outcome.ANSWERED:
                return exchange.body
        if number < TRIES:
            await asyncio.sleep(caller.timeout - (time.monotonic() - started))
    return None


def fresh_nonce() -> str:
    return str(10**9 + secrets.randbelow(9 * 10**9))


async def _send(world: World, caller: Caller, url: str, record: PushRecord, fault: Fault | None) -> Sequence[Exchange]:
    kind = fault.kind if fault else None
    wire = _wire(world, record, kind)
    record.request_raw = wire.body.decode()
    if fault and kind == PushFault.DELAY:
        held_up = caller.timeout if fault.seconds is None else fault.seconds
        return [await caller.post(url, wire, held_up=held_up)]
    if kind == PushFault.REPLAY_ALTERED:
        return [await caller.post(url, wire), await caller.post(url, _altered(world, record, wire))]
    wires = [wire]
    if kind == PushFault.DUPLICATE:
        wires = [wire, wire]
    elif kind == PushFault.PARALLEL:
        wires += [_wire(world, record, kind) for _ in range(ALIKE - 1)]
    return await asyncio.gather(*(caller.post(url, one) for one in wires))


def _wire(world: World, record: PushRecord, kind: str | None) -> Wire:
    """A fresh signature over the same content, spoilt where the fault says so."""
    stamp = int(world.machine()) - (STALE_SECONDS if kind == PushFault.STALE else 0)
    own = world.account.mini_app_id if record.mini else world.account.app_id
    app_id = FOREIGN_APP_ID if kind == PushFault.WRONG_APP_ID else own
    wire = seal(world.account, record.openid, record.request, timestamp=stamp, nonce=fresh_nonce(), sealed_for=app_id)
    if kind == PushFault.WRONG_SIGNATURE:
        return spoil(wire, "signature")
    return spoil(wire, "msg_signature") if kind == PushFault.WRONG_MSG_SIGNATURE else wire


def _altered(world: World, record: PushRecord, wire: Wire) -> Wire:
    xml = alter(record.request, world.next_id())
    stamp, nonce = int(wire.query["timestamp"]), wire.query["nonce"]
    return seal(world.account, record.openid, xml, timestamp=stamp, nonce=nonce, sealed_for=world.account.app_id)


def _note(world: World, number: int, exchange: Exchange, fault: Fault | None) -> Try:
    return Try(
        number,
        exchange.seconds,
        exchange.status,
        exchange.outcome,
        fault.kind if fault else None,
        None if exchange.status is None else readable(world.account, exchange.body),
    )

"""`/simulator/api/…`: the record, the clock, the faults, the handshake."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.core.errors import NotFound
from app.wechat.simulator.addresses import CallbackUrl
from app.wechat.simulator.checks import read_model
from app.wechat.simulator.clock import parse_instant
from app.wechat.simulator.faults import check_kind
from app.wechat.simulator.presets import show_clock
from app.wechat.simulator.pusher import Pusher
from app.wechat.simulator.world import World


class ClockIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    at: str


class FaultIn(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    api: str = Field(min_length=1, max_length=128)
    kind: str = Field(min_length=1, max_length=64)
    openid: str | None = Field(None, min_length=1, max_length=128)
    nth: int | None = Field(None, ge=1, le=1_000_000)
    seconds: float | None = Field(None, ge=0, le=3600, allow_inf_nan=False)


CLOCK: TypeAdapter[ClockIn] = TypeAdapter(ClockIn)
FAULT: TypeAdapter[FaultIn] = TypeAdapter(FaultIn)


def inspection_router(world: World, pusher: Pusher, callback_url: CallbackUrl) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/log")
    async def read_log(openid: str | None = None) -> dict[str, Any]:
        """Every push and call, oldest first."""
        return {"items": [one.as_json() for one in world.log if openid is None or one.openid == openid]}

    @router.get("/log/{record_id}")
    async def read_record(record_id: str) -> dict[str, Any]:
        """One push or call with all its tries, also while it is on its way."""
        record = world.log.find(record_id)
        if record is None:
            raise NotFound("没有这条记录，可能已经太旧，被新的挤掉了。")
        return record.as_json()

    @router.get("/menu")
    async def read_menu() -> dict[str, Any]:
        """The account's own menu; empty for an account without one."""
        return {"button": list(world.menu)}

    @router.get("/calls")
    async def list_calls(api: str | None = None) -> dict[str, Any]:
        return {"items": [call.as_json() for call in world.log.calls(api or None)]}

    @router.get("/clock")
    async def read_clock() -> dict[str, Any]:
        return show_clock(world)

    @router.post("/clock")
    async def set_clock(request: Request) -> dict[str, Any]:
        world.clock.set(parse_instant((await read_model(request, CLOCK)).at))
        world.steps.take()
        return show_clock(world)

    @router.get("/faults")
    async def list_faults() -> dict[str, Any]:
        return {"items": [fault.as_json() for fault in world.faults.items]}

    @router.post("/faults", status_code=201)
    async def add_fault(request: Request) -> dict[str, Any]:
        wanted = await read_model(request, FAULT)
        check_kind(wanted.api.strip("/"), wanted.kind, world.account.mode)
        fault = world.faults.add(wanted.api, wanted.kind, openid=wanted.openid, nth=wanted.nth, seconds=wanted.seconds)
        world.steps.take()
        return fault.as_json()

    @router.delete("/faults")
    async def clear_faults() -> dict[str, Any]:
        world.faults.clear()
        world.steps.take()
        return {"items": []}

    @router.delete("/faults/{fault_id}")
    async def remove_fault(fault_id: str) -> dict[str, Any]:
        fault = next((one for one in world.faults.items if str(one.id) == fault_id), None)
        if fault is None:
            raise NotFound("没有这个故障，可能已经清除了。")
        world.faults.items.remove(fault)
        world.steps.take()
        return fault.as_json()

    @router.post("/handshake")
    async def shake_hands(request: Request) -> dict[str, Any]:
        return asdict(await pusher.handshake(callback_url(request)))

    return router

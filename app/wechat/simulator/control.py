"""`/simulator/api/followers…`: make followers do things, and look at their phones."""

import secrets
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.core.errors import FieldError, Invalid
from app.wechat.simulator.addresses import CallbackUrl
from app.wechat.simulator.chat import read_chat
from app.wechat.simulator.checks import read_model
from app.wechat.simulator.followers import Follower
from app.wechat.simulator.log import PushRecord
from app.wechat.simulator.messages import kind_of
from app.wechat.simulator.pusher import Pusher
from app.wechat.simulator.sends import SEND, AnySend, Block, Raw, SubscribePopup
from app.wechat.simulator.world import World
from app.wechat.simulator.wx.mini import PhoneCodes
from app.wechat.simulator.wx.notices import Credits
from app.wechat.simulator.wx.session import LoginCodes

MAX_OPENID = 128


class FollowerIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    openid: str = Field(min_length=1, max_length=MAX_OPENID)
    event: str = Field("", max_length=64)


NEW_FOLLOWER: TypeAdapter[FollowerIn] = TypeAdapter(FollowerIn)


def followers_router(world: World, pusher: Pusher, callback_url: CallbackUrl) -> APIRouter:
    router = APIRouter(prefix="/api/followers")

    @router.get("")
    async def list_followers() -> dict[str, Any]:
        return {"items": [follower.as_json() for follower in world.followers.values()]}

    @router.post("", status_code=201)
    async def note_follower(request: Request) -> dict[str, Any]:
        """What a service in another process tells when a signed message reached it directly."""
        noted = await read_model(request, NEW_FOLLOWER)
        return world.note_follower(noted.openid, event=noted.event).as_json()

    @router.get("/{openid}/inbox")
    async def read_inbox(openid: str) -> dict[str, Any]:
        """What stands on this phone, oldest first; a stranger's is empty."""
        follower = world.followers.get(openid)
        return {"items": [item.as_json() for item in follower.inbox] if follower else []}

    @router.get("/{openid}/chat")
    async def show_chat(openid: str, after: str = "") -> dict[str, Any]:
        """What this follower said and saw, in true order; ``items`` is null when nothing came after that version."""
        return read_chat(world, openid, after=after)

    @router.post("/{openid}/send")
    async def send(openid: str, request: Request) -> dict[str, Any]:
        wanted = await read_model(request, SEND)
        record = await _send(world, pusher, callback_url(request), _check(openid), wanted)
        return {
            "delivered": record.delivered,
            "tries": max((one.number for one in record.tries), default=0),
            "reply": record.reply,
            "rejected": record.rejected,
        }

    @router.post("/{openid}/js-code", status_code=201)
    async def issue_login_code(openid: str) -> dict[str, str]:
        """The code that wx.login() would give this person: once, within five minutes."""
        return {"code": world.state(LoginCodes).issue(_check(openid), world.machine())}

    @router.post("/{openid}/phone-code", status_code=201)
    async def issue_phone_code(openid: str, phone: str = "13800000000") -> dict[str, str]:
        """The code of a tap on 「授权手机号」: once, within five minutes."""
        code = secrets.token_urlsafe(16)
        world.state(PhoneCodes).numbers[code] = phone, world.machine()
        return {"code": code}

    @router.put("/{openid}/unionid")
    async def set_unionid(openid: str, unionid: str = "") -> dict[str, Any]:
        """As if both apps stood under one platform account: WeChat then tells who is the same human."""
        world.follower(_check(openid)).unionid = unionid or None
        return world.follower(openid).as_json()

    return router


async def _send(world: World, pusher: Pusher, url: str, openid: str, wanted: AnySend) -> PushRecord:
    follower = _person(world, openid, wanted)
    if wanted.needs_following and not follower.following:
        raise Invalid("这位关注者已经取消关注，发不了消息；请先发送 follow 或 scan。")
    if isinstance(wanted, Raw):
        return await pusher.push_xml(url, openid, wanted.xml, kind=kind_of(wanted.xml), name="raw", said=wanted.said())
    if isinstance(wanted, Block):
        follower.blocks = wanted.on
        return PushRecord(world.now(), "block", openid, "", said=wanted.said(), delivered=True)
    if isinstance(wanted, SubscribePopup) and wanted.accept:
        world.state(Credits).accept(openid, wanted.template_id)
    inbound = wanted.inbound(follower)
    if wanted.interaction is not None:
        follower.touch(wanted.interaction, world.now())
    return await pusher.push(url, openid, inbound, said=wanted.said(), mini=wanted.mini)


def _person(world: World, openid: str, wanted: AnySend) -> Follower:
    """A stranger becomes a follower; only who scans or follows starts from not following."""
    if openid not in world.followers and wanted.type in ("scan", "follow"):
        world.followers[openid] = Follower(openid, following=False)
    return world.follower(openid)


def _check(openid: str) -> str:
    if len(openid) > MAX_OPENID:
        sentence = f"openid 不能超过 {MAX_OPENID} 个字符。"
        raise Invalid(sentence, errors=[FieldError("openid", "too_long", sentence)])
    return openid

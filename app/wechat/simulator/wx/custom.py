"""客服消息: POST message/custom/send and typing, of the account and of the mini-program.

Every call is a message of its own: WeChat removes no repeat here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from app.wechat.simulator.followers import Follower, Shown, Via
from app.wechat.simulator.world import World
from app.wechat.simulator.wx.answers import Api, Call, WxError, fine
from app.wechat.simulator.wx.token import require_token

MAX_TEXT: Final = 2048
"""UTF-8 bytes."""
RECENT: Final = timedelta(seconds=30)
TYPING: Final = timedelta(seconds=15)
KINDS: Final = {
    "text", "image", "voice", "video", "music", "news", "mpnews", "mpnewsarticle", "msgmenu", "wxcard",
    "miniprogrampage", "link",
}  # fmt: skip


@dataclass
class Typing:
    since: dict[str, datetime] = field(default_factory=dict)


def reachable(world: World, openid: object) -> Follower:
    """The follower. Raises WxError for a stranger, for who does not follow, for who refuses."""
    follower = world.followers.get(openid) if isinstance(openid, str) else None
    if follower is None:
        raise WxError(40003)
    if follower.blocks:
        raise WxError(48002)
    return follower


def _send(world: World, call: Call, *, mini: bool = False) -> Mapping[str, Any]:
    require_token(world, call, mini=mini)
    asked = call.json()
    kind = asked.get("msgtype")
    if kind not in KINDS:
        raise WxError(40008)
    content = asked.get(kind)
    if not isinstance(content, dict):
        raise WxError(44002)
    shown = _shown(kind, content)
    follower = reachable(world, asked.get("touser"))
    if not follower.following and not mini:
        raise WxError(45015)
    granted = follower.take_grant(world.now())
    if not granted:
        raise WxError(45015 if granted is None else 45047)
    world.show(follower.openid, Via.CUSTOM, shown)
    return fine()


def _shown(kind: str, content: Mapping[str, Any]) -> Shown:
    if kind == "text":
        text = content.get("content")
        if not isinstance(text, str) or not text:
            raise WxError(44004)
        if len(text.encode()) > MAX_TEXT:
            raise WxError(45002)
        return Shown("text", text)
    if kind == "news":
        articles = content.get("articles")
        if not isinstance(articles, list) or not articles:
            raise WxError(44002)
        if len(articles) > 1:
            raise WxError(45008)
        return Shown("news", str(articles[0].get("title", "")), {"articles": articles})
    title = content.get("title") or content.get("head_content") or content.get("media_id") or ""
    return Shown(kind, str(title), {"content": dict(content)})


def _type(world: World, call: Call, *, mini: bool = False) -> Mapping[str, Any]:
    require_token(world, call, mini=mini)
    asked = call.json()
    if asked.get("command") not in ("Typing", "CancelTyping"):
        raise WxError(45072)
    follower, now = reachable(world, asked.get("touser")), world.now()
    if follower.last_interaction is None or now - follower.last_interaction > RECENT:
        raise WxError(45080)
    typing = world.state(Typing).since
    begun = typing.get(follower.openid)
    if asked["command"] == "CancelTyping":
        typing.pop(follower.openid, None)
    elif begun is not None and now - begun < TYPING:
        raise WxError(45081)
    else:
        typing[follower.openid] = now
    return fine()


APIS: Final = {
    "cgi-bin/message/custom/send": Api("POST", _send),
    "cgi-bin/message/custom/typing": Api("POST", _type),
    "cgi-bin/message/custom/business/send": Api("POST", partial(_send, mini=True)),
    "cgi-bin/message/custom/business/typing": Api("POST", partial(_type, mini=True)),
}

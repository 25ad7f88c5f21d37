"""模板消息 of service accounts and 订阅通知 of the mini-program."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from app.wechat.simulator.account import AccountType
from app.wechat.simulator.followers import Shown, Via
from app.wechat.simulator.world import World
from app.wechat.simulator.wx.answers import Api, Call, WxError, fine
from app.wechat.simulator.wx.custom import reachable
from app.wechat.simulator.wx.token import require_token

REMEMBERED: Final = timedelta(minutes=10)
"""How long a client_msg_id is one message."""
LONGEST: Final = {
    "thing": 20,
    "character_string": 32,
    "letter": 32,
    "number": 32,
    "phrase": 5,
    "car_number": 8,
    "name": 10,
}
"""Characters of a value, by the kind that its name begins with."""


@dataclass
class Templates:
    known: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """(openid, client_msg_id): when it was sent."""


@dataclass
class Credits:
    """How often somebody has allowed a template; only what was allowed can be sent."""

    left: dict[tuple[str, str], int] = field(default_factory=dict)

    def accept(self, openid: str, template_id: str) -> None:
        key = openid, template_id
        self.left[key] = self.left.get(key, 0) + 1


def _send_template(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    if world.account.account_type is not AccountType.SERVICE:
        raise WxError(48001)
    asked = call.json()
    lines = _lines(asked)
    follower = reachable(world, asked.get("touser"))
    if not follower.following:
        raise WxError(43004)
    known, now = world.state(Templates).known, world.now()
    key = follower.openid, str(asked.get("client_msg_id", ""))
    if key[1] and key in known and now - known[key] < REMEMBERED:
        raise WxError(43116)
    known[key] = now
    number = world.next_id()
    world.show(follower.openid, Via.TEMPLATE, Shown("template", lines, {"template_id": asked["template_id"]}))
    return fine(msgid=number)


def _send_subscribe(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call, mini=True)
    asked = call.json()
    lines = _lines(asked)
    openid = asked.get("touser")
    if not isinstance(openid, str) or not openid:
        raise WxError(40003)
    left, key = world.state(Credits).left, (openid, str(asked["template_id"]))
    if left.get(key, 0) < 1:
        raise WxError(43101)
    left[key] -= 1
    world.show(openid, Via.SUBSCRIBE, Shown("subscribe", lines, {"template_id": key[1], "page": asked.get("page", "")}))
    return fine()


def _lines(asked: Mapping[str, Any]) -> str:
    """The message's values, a line each. Raises WxError naming the field that is wrong."""
    if not isinstance(asked.get("template_id"), str) or not asked["template_id"]:
        raise WxError(40037)
    data = asked.get("data")
    if not isinstance(data, dict) or not data:
        raise WxError(47003, "data is empty")
    for name, field_ in data.items():
        value = field_.get("value") if isinstance(field_, dict) else None
        kind = re.sub(r"\d+$", "", name)
        if not isinstance(value, str) or not value:
            raise WxError(47003, f"data.{name}.value is empty")
        if len(value) > LONGEST.get(kind, 200):
            raise WxError(47003, f"data.{name}.value invalid")
    return "\n".join(str(field_["value"]) for field_ in data.values())


APIS: Final = {
    "cgi-bin/message/template/send": Api("POST", _send_template),
    "cgi-bin/message/subscribe/send": Api("POST", _send_subscribe),
}

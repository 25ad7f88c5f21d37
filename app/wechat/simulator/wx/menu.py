"""自定义菜单: POST menu/create, GET menu/get and menu/delete."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.wechat.simulator.world import World
from app.wechat.simulator.wx.answers import Api, Call, WxError, fine
from app.wechat.simulator.wx.token import require_token

BUTTONS, SUB_BUTTONS = 3, 5
NAME_BYTES, SUB_NAME_BYTES, KEY_BYTES = 16, 60, 128
KINDS: Final = {"click", "view", "miniprogram", "scancode_push", "scancode_waitmsg", "location_select", "media_id"}


def _create(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    buttons: Any = call.json().get("button")
    _check(buttons, most=BUTTONS, name_bytes=NAME_BYTES)
    world.menu = buttons
    world.steps.take()
    return fine()


def _check(buttons: object, *, most: int, name_bytes: int) -> None:
    if not isinstance(buttons, Sequence) or not 1 <= len(buttons) <= most:
        raise WxError(40016)
    for button in buttons:
        name = button.get("name") if isinstance(button, dict) else None
        if not isinstance(name, str) or not 1 <= len(name.encode()) <= name_bytes:
            raise WxError(40018)
        if sub := button.get("sub_button"):
            _check(sub, most=SUB_BUTTONS, name_bytes=SUB_NAME_BYTES)
        elif button.get("type") not in KINDS:
            raise WxError(40017)
        elif button["type"] == "click" and not 1 <= len(str(button.get("key", "")).encode()) <= KEY_BYTES:
            raise WxError(40019)


def _get(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    if not world.menu:
        raise WxError(46003)
    return {"menu": {"button": world.menu}}


def _delete(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    world.menu = ()
    world.steps.take()
    return fine()


APIS: Final = {
    "cgi-bin/menu/create": Api("POST", _create),
    "cgi-bin/menu/get": Api("GET", _get),
    "cgi-bin/menu/delete": Api("GET", _delete),
}

"""获取接口调用凭据：GET /cgi-bin/token 和 POST /cgi-bin/stable_token。"""

from collections.abc import Mapping
from typing import Any, Final

from app.wechat.simulator.world import World
from app.wechat.simulator.wx.answers import Api, Call, WxError, check_credentials
from app.wechat.simulator.wx.tokens import Token, Tokens


class Desk:
    """The tokens of each app: the official account's and the mini-program's are apart."""

    def __init__(self) -> None:
        self.apps: dict[str, Tokens] = {}


def require_token(world: World, call: Call, *, mini: bool = False) -> None:
    """For every API that wants ``?access_token=`` of the account, or of the mini-program. Raises WxError."""
    value = call.query.get("access_token")
    if not value:
        raise WxError(41001)
    _tokens(world, world.account.mini_app_id if mini else world.account.app_id).check(value, world.machine())


def _get_token(world: World, call: Call) -> Mapping[str, Any]:
    app_id = _check_app(world, call.query)
    token = _tokens(world, app_id).new_plain(world.machine(), world.now().date())
    return _answer(world, token)


def _get_stable_token(world: World, call: Call) -> Mapping[str, Any]:
    asked = call.json()
    app_id = _check_app(world, asked)
    force = asked.get("force_refresh") is True
    token = _tokens(world, app_id).get_stable(world.machine(), world.now().date(), force=force)
    return _answer(world, token)


def _check_app(world: World, given: Mapping[str, Any]) -> str:
    """The app that asks: grant, id and secret are right. Raises WxError."""
    if given.get("grant_type") != "client_credential":
        raise WxError(40002)
    account = world.account
    if account.mini_app_id and given.get("appid") == account.mini_app_id:
        check_credentials(given, account.mini_app_id, account.mini_app_secret)
        return account.mini_app_id
    check_credentials(given, account.app_id, account.app_secret)
    return account.app_id


def _tokens(world: World, app_id: str) -> Tokens:
    return world.state(Desk).apps.setdefault(app_id, Tokens())


def _answer(world: World, token: Token) -> Mapping[str, Any]:
    return {"access_token": token.value, "expires_in": int(token.expires_at - world.machine())}


APIS: Final = {
    "cgi-bin/token": Api("GET", _get_token),
    "cgi-bin/stable_token": Api("POST", _get_stable_token),
}

"""小程序登录：GET /sns/jscode2session。"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.wechat.simulator.world import World
from app.wechat.simulator.wx.answers import Api, Call, WxError, check_credentials

CODE_LIFETIME: Final = 300
REUSABLE: Final = "sim:"
"""``sim:<openid>`` may be used for ever and means that openid."""


@dataclass(slots=True)
class _Code:
    openid: str
    expires_at: float
    used: bool = False


class LoginCodes:
    """The codes that wx.login() gave out. By the machine's clock, as all credentials."""

    def __init__(self) -> None:
        self._codes: dict[str, _Code] = {}

    def issue(self, openid: str, now: float) -> str:
        self._codes = {code: one for code, one in self._codes.items() if now < one.expires_at}
        code = f"0{secrets.token_urlsafe(23)}"
        self._codes[code] = _Code(openid, now + CODE_LIFETIME)
        return code

    def redeem(self, code: str, now: float) -> str:
        """The openid behind the code, once. Raises WxError."""
        if code.startswith(REUSABLE) and len(code) > len(REUSABLE):
            return code.removeprefix(REUSABLE)
        found = self._codes.get(code)
        if found is None or now >= found.expires_at:
            raise WxError(40029)
        if found.used:
            raise WxError(40163)
        found.used = True
        return found.openid


def _open_session(world: World, call: Call) -> Mapping[str, Any]:
    check_credentials(call.query, world.account.mini_app_id, world.account.mini_app_secret)
    if call.query.get("grant_type") != "authorization_code":
        raise WxError(40002)
    code = call.query.get("js_code")
    if not code:
        raise WxError(41008)
    openid = world.state(LoginCodes).redeem(code, world.machine())
    known = world.followers.get(openid)
    unionid = {"unionid": known.unionid} if known and known.unionid else {}
    return {"session_key": base64.b64encode(secrets.token_bytes(16)).decode(), "openid": openid, **unionid}


APIS: Final = {"sns/jscode2session": Api("GET", _open_session)}

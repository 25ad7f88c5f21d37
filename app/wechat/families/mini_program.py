"""The mini-program: login, phone number, codes and links that open it, and the check of what people write."""

import re
from dataclasses import dataclass
from typing import Any, Final

from app.wechat.calls import INTERACTIVE, Api, App, Calls
from app.wechat.features import Feature
from app.wechat.quotas import Limit
from app.wechat.wx_errors import PayloadRefused, TryAgain

MAX_TEXT: Final = 2500
"""Characters of one msg_sec_check."""
COMMENT: Final = 2
"""The scene of msg_sec_check: 1 profile, 2 comment, 3 forum, 4 social."""
RISKY_V1: Final = 87014
VERDICTS: Final = ("pass", "review", "risky")
_SCENE: Final = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


def _api(path: str, **more: Any) -> Api:
    return Api(path, Feature.MINI_PROGRAM, app=App.MINI_PROGRAM, **more)


# A code can be used once: a second try after a lost answer would only be told so.
SESSION: Final = _api("sns/jscode2session", seconds=INTERACTIVE, with_token=False)
PHONE: Final = _api("wxa/business/getuserphonenumber", seconds=INTERACTIVE)
APP_CODE: Final = _api("wxa/getwxacodeunlimit", limit=Limit(minute=5_000, block=10), repeatable=True)
URL_LINK: Final = _api("wxa/generate_urllink", limit=Limit(day=500_000, block=20))
CHECK: Final = _api(
    "wxa/msg_sec_check", limit=Limit(day=2_000_000, minute=4_000, block=10), repeatable=True, seconds=INTERACTIVE
)


@dataclass(frozen=True, slots=True)
class MiniSession:
    """Who opened the mini-program. WeChat's session_key is not kept anywhere."""

    openid: str
    unionid: str | None


class MiniProgram:
    _calls: Calls

    async def open_mini_session(self, code: str) -> MiniSession:
        """Who the code of wx.login() stands for. Raises CodeRefused for one that is wrong, old or used."""
        app = self._calls.apps[App.MINI_PROGRAM]
        query = {"appid": app.app_id, "secret": app.secret, "js_code": code, "grant_type": "authorization_code"}
        fields = (await self._calls.call(SESSION, query=query)).fields
        openid, unionid = fields.get("openid"), fields.get("unionid")
        if not (isinstance(openid, str) and openid):
            raise TryAgain("微信的回答里没有 openid。", api=SESSION.path, maybe_sent=True)
        return MiniSession(openid, unionid if isinstance(unionid, str) and unionid else None)

    async def phone_number(self, code: str) -> str:
        """The number behind the code of the getPhoneNumber button, without country code. Raises CodeRefused."""
        info = (await self._calls.call(PHONE, {"code": code})).fields.get("phone_info")
        number = info.get("purePhoneNumber") if isinstance(info, dict) else None
        if not (isinstance(number, str) and number):
            raise TryAgain("微信的回答里没有手机号。", api=PHONE.path, maybe_sent=True)
        return number

    async def app_code(self, scene: str, page: str = "") -> bytes:
        """A mini-program code (PNG or JPEG). ``scene`` of up to 32 letters, digits and a few signs."""
        if not _SCENE.fullmatch(scene):
            raise PayloadRefused("小程序码的参数最多 32 个字母、数字或符号，不能有空格和百分号。", api=APP_CODE.path)
        if page.startswith("/") or "?" in page:
            raise PayloadRefused("小程序码的页面不要以 / 开头，参数写在 scene 里。", api=APP_CODE.path)
        body = {"scene": scene, **({"page": page} if page else {})}
        answer = await self._calls.call(APP_CODE, body, may_be_bytes=True)
        if not answer.content:
            raise TryAgain("微信没有给图片。", api=APP_CODE.path, maybe_sent=True)
        return answer.content

    async def url_link(self, path: str, query: str = "") -> str:
        """A link for short messages that opens the mini-program; good for 30 days."""
        body = {"path": path, "query": query, "expire_type": 1, "expire_interval": 30}
        return str((await self._calls.call(URL_LINK, body)).fields.get("url_link", ""))

    async def check_text(self, openid: str, content: str) -> str:
        """What WeChat says of something a person wrote: ``pass``, ``review`` or ``risky``."""
        pieces = [content[start : start + MAX_TEXT] for start in range(0, len(content), MAX_TEXT)]
        verdicts = [await self._check(openid, piece) for piece in pieces]
        return max(verdicts, key=VERDICTS.index, default="pass")

    async def _check(self, openid: str, content: str) -> str:
        body = {"version": 2, "openid": openid, "scene": COMMENT, "content": content}
        try:
            fields = (await self._calls.call(CHECK, body)).fields
        except PayloadRefused as refused:
            if refused.errcode == RISKY_V1:
                return "risky"
            raise
        result = fields.get("result")
        verdict = result.get("suggest") if isinstance(result, dict) else None
        return verdict if verdict in VERDICTS else "review"

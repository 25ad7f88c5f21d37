"""What every API shares: the call, the shape of an answer, and WeChat's way of refusing."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.wechat.simulator.world import World

MESSAGES: Final = {
    -1: "system error",
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40013: "invalid appid",
    40029: "invalid code",
    40066: "invalid url",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40009: "invalid image size",
    40017: "invalid button type",
    40019: "invalid button key size",
    40035: "invalid parameter",
    40130: "invalid openid list size",
    41005: "media data missing",
    41030: "invalid page",
    44990: "query too long",
    45003: "title size out of limit",
    45066: "clientmsgid exist, retry later",
    45158: "tag name too long",
    46003: "menu no exist",
    85401: "expire interval out of limit",
    40007: "invalid media_id",
    40008: "invalid message type",
    40018: "invalid button name size",
    40037: "invalid template_id",
    40097: "invalid args",
    40129: "invalid scene",
    40016: "invalid button size",
    40032: "invalid openid list size",
    40059: "invalid msg id",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    43116: "duplicate client_msg_id",
    44002: "empty post data",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45028: "has no masssend quota",
    45056: "too many tags",
    45058: "can't modify system tag",
    45059: "can't add more tags to the user",
    45065: "clientmsgid exist",
    45067: "clientmsgid size out of limit",
    45072: "invalid command",
    45080: "no recent interaction",
    45081: "typing already set",
    45157: "invalid tag name",
    45159: "invalid tag id",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48002: "user block receive message",
    49003: "not match openid with appid",
}
WRONG_METHOD: Final = {"GET": 43001, "POST": 43002}


class WxError(Exception):
    """WeChat refuses a call: HTTP 200 and an errcode."""

    def __init__(self, errcode: int, about: str = "", **more: Any) -> None:
        self.errcode = errcode
        self.about = about
        """What of the request is meant (“data.thing1.value invalid”)."""
        self.more = more
        """Further members of the answer."""
        super().__init__(MESSAGES.get(errcode, "unknown error"))


@dataclass(frozen=True, slots=True)
class Call:
    """One request to api.weixin.qq.com."""

    api: str
    method: str
    query: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON body. Raises WxError 47001 when it is not a JSON object."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            raise WxError(47001) from None
        if not isinstance(document, dict):
            raise WxError(47001)
        return document

    def openid(self) -> str | None:
        """Whom the call is about, for faults and the log; None where that cannot be seen from outside."""
        try:
            named = self.json().get("touser")
        except WxError:
            named = None
        if isinstance(named, str):
            return named
        code = self.query.get("js_code", "")
        return code.removeprefix("sim:") if code.startswith("sim:") else self.query.get("openid")


@dataclass(frozen=True, slots=True)
class Api:
    method: str
    answer: Callable[[World, Call], Mapping[str, Any]]


def refusal(errcode: int, now: float, *, about: str = "", **more: Any) -> dict[str, Any]:
    """WeChat's error body, with the request id that its support asks for."""
    rid = f"{int(now):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    words = " ".join(filter(None, [MESSAGES.get(errcode, "unknown error"), about]))
    return {"errcode": errcode, "errmsg": f"{words} rid: {rid}", **more}


def fine(**more: Any) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok", **more}


def check_credentials(given: Mapping[str, Any], app_id: str, secret: str) -> None:
    """Raise WxError unless app id and secret are this app's; what the account leaves empty is not compared."""
    for name, expected, missing, wrong in (("appid", app_id, 41002, 40013), ("secret", secret, 41004, 40125)):
        if not expected:
            continue
        if not given.get(name):
            raise WxError(missing)
        if given[name] != expected:
            raise WxError(wrong)

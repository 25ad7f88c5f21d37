"""小程序: phone numbers, codes to scan, links, and whether words may be shown."""

import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.wechat.simulator.world import World
from app.wechat.simulator.wx.answers import Api, Call, WxError, fine
from app.wechat.simulator.wx.session import CODE_LIFETIME
from app.wechat.simulator.wx.token import require_token

SCENE: Final = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
RISKY: Final = ("刷单", "博彩", "办假证")
DOUBTFUL: Final = ("加微信", "日赚")
MAX_TEXT: Final = 2500


@dataclass
class PhoneCodes:
    """Given out by a tap on 「授权手机号」; once, within five minutes of the machine's clock."""

    numbers: dict[str, tuple[str, float]] = field(default_factory=dict)


def _phone(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call, mini=True)
    found = world.state(PhoneCodes).numbers.pop(str(call.json().get("code", "")), None)
    if found is None or world.machine() - found[1] > CODE_LIFETIME:
        raise WxError(40029)
    number = found[0]
    info = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": "86"}
    return fine(
        phone_info={**info, "watermark": {"timestamp": int(world.machine()), "appid": world.account.mini_app_id}}
    )


def picture(world: World, call: Call) -> bytes:
    """小程序码: a small picture. Raises WxError."""
    require_token(world, call, mini=True)
    asked = call.json()
    if not SCENE.fullmatch(str(asked.get("scene", ""))):
        raise WxError(40129)
    page = str(asked.get("page", ""))
    if page.startswith("/") or "?" in page:
        raise WxError(41030)
    if not 280 <= int(asked.get("width", 430)) <= 1280:
        raise WxError(40097)
    return _png(zlib.crc32(str(asked["scene"]).encode()))


def _png(seed: int, *, size: int = 25) -> bytes:
    """Grey squares that differ by scene: enough to see that it is another one."""
    rows = [bytes([0, *(255 * ((seed >> ((x * y) % 31)) & 1) for x in range(size))]) for y in range(size)]
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0),
        b"IDAT": zlib.compress(b"".join(rows)),
        b"IEND": b"",
    }
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _link(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call, mini=True)
    asked = call.json()
    if len(str(asked.get("query", ""))) > 1024:
        raise WxError(44990)
    if asked.get("expire_type") == 1 and not 1 <= int(asked.get("expire_interval", 0)) <= 30:
        raise WxError(85401)
    return fine(url_link=f"https://wxaurl.cn/{world.next_id() % 10**11:x}")


def _check_text(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call, mini=True)
    asked = call.json()
    content = asked.get("content")
    if asked.get("version") != 2 or not isinstance(content, str) or not content:
        raise WxError(40097)
    if len(content) > MAX_TEXT:
        raise WxError(45002)
    suggest = (
        "risky"
        if any(word in content for word in RISKY)
        else "review"
        if any(w in content for w in DOUBTFUL)
        else "pass"
    )
    label = 100 if suggest == "pass" else 20006
    return fine(result={"suggest": suggest, "label": label}, detail=[], trace_id=f"{world.next_id():x}")


APIS: Final = {
    "wxa/business/getuserphonenumber": Api("POST", _phone),
    "wxa/generate_urllink": Api("POST", _link),
    "wxa/msg_sec_check": Api("POST", _check_text),
}
PICTURES: Final = {"wxa/getwxacodeunlimit": picture}
"""What is answered with a picture and not with JSON."""

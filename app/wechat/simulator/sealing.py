"""A delivery as it goes over the wire: address line and body, in the account's mode."""

import re
from dataclasses import dataclass, replace

from app.wechat.codec import sign
from app.wechat.simulator.account import Account, Mode
from app.wechat.simulator.messages import cdata

FOREIGN_APP_ID = "wx00000000000000ff"


@dataclass(frozen=True, slots=True)
class Wire:
    query: dict[str, str]
    body: bytes


def seal(account: Account, openid: str, xml: str, *, timestamp: int, nonce: str, sealed_for: str) -> Wire:
    """Sign the message, and encrypt it unless the account is in plain mode.

    ``sealed_for`` is the app id inside the cipher text; not the account's own makes a misdirected message.
    """
    stamp = str(timestamp)
    query = {"signature": sign(account.token, stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": openid}
    cipher = account.cipher
    if cipher is None:
        return Wire(query, xml.encode())
    encrypted = cipher.encrypt(xml.encode(), sealed_for)
    signature = sign(account.token, stamp, nonce, encrypted)
    query |= {"encrypt_type": "aes", "msg_signature": signature}
    tag = f"<Encrypt>{cdata(encrypted)}</Encrypt>"
    if account.mode is Mode.SAFE:
        body = f"<xml>\n<ToUserName>{cdata(account.original_id)}</ToUserName>\n{tag}\n</xml>"
    else:
        opening, _, _ = xml.rpartition("</xml>")
        body = f"{opening or xml}{tag}\n</xml>"
    return Wire(query, body.encode())


def spoil(wire: Wire, parameter: str) -> Wire:
    """The same request with a signature that cannot be right."""
    value = wire.query[parameter]
    return replace(wire, query={**wire.query, parameter: ("1" if value[0] == "0" else "0") + value[1:]})


def alter(xml: str, msg_id: int) -> str:
    """Another message in the same words' place: what an eavesdropper would make of a captured one.

    It gets its own MsgId and second, so that only a memory of nonces can tell it from a new message.
    """
    xml = re.sub(r"<MsgId>\d+</MsgId>", f"<MsgId>{msg_id}</MsgId>", xml)
    xml = re.sub(r"<CreateTime>(\d+)</CreateTime>", lambda found: f"<CreateTime>{int(found[1]) + 1}</CreateTime>", xml)
    return xml.replace("<Content><![CDATA[", "<Content><![CDATA[（改）", 1)

"""Reading what the service answered: envelope, XML, and the rules that hold for every kind of reply."""

import hmac
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from app.wechat.codec import EnvelopeRefused, sign
from app.wechat.simulator.account import Account, Mode

MAX_REPLY: Final = 64 * 1024


class Rejected(Exception):
    """WeChat would not show this reply; ``reason`` says why, in Chinese."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def open_reply(account: Account, body: bytes) -> str:
    """The readable reply, decrypted where it is encrypted. Raises Rejected."""
    plain = _decode(body)
    if account.mode is Mode.PLAIN and "<Encrypt>" not in plain:
        return plain
    root = parse(plain)
    if root.find("Encrypt") is None:
        if account.mode is Mode.SAFE:
            raise Rejected("安全模式下的回复必须加密")
        return plain
    if account.cipher is None:
        raise Rejected("明文模式下的回复不能加密")
    names = ("Encrypt", "TimeStamp", "Nonce", "MsgSignature")
    encrypted, timestamp, nonce, signature = (required(root, name) for name in names)
    expected = sign(account.token, timestamp, nonce, encrypted)
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        raise Rejected("MsgSignature 不对")
    try:
        return _decode(account.cipher.decrypt(encrypted, account.app_id))
    except EnvelopeRefused as refused:
        raise Rejected(f"回复解不开（{refused.reason}）") from None


def readable(account: Account, body: bytes) -> str:
    """The same for people who read the log: what cannot be opened stands as it came."""
    try:
        return open_reply(account, body)
    except Rejected:
        return body.decode(errors="replace")


def parse(xml: str) -> Element:
    """The root ``<xml>``, in which no field stands twice. Raises Rejected."""
    if xml.lstrip()[:1] in ("{", "["):
        raise Rejected("回复的是 JSON，不是 XML")
    if "<!DOCTYPE" in xml:
        raise Rejected("回复里有 DOCTYPE")
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 without DOCTYPE there are no entities to blow up
    except ElementTree.ParseError as error:
        raise Rejected(f"回复不是合格的 XML（{error}）") from None
    if root.tag != "xml":
        raise Rejected(f"回复的根是 <{root.tag}>，不是 <xml>")
    names = [child.tag for child in root]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise Rejected(f"字段 {'、'.join(doubled)} 出现了不止一次")
    return root


def required(element: Element, path: str) -> str:
    """The text of a field that must be there and must not be empty. Raises Rejected."""
    value = optional(element, path)
    if not value:
        raise Rejected(f"缺少 {path}")
    return value


def optional(element: Element, path: str) -> str:
    """The text of a field, empty when it is not there. A field is text and nothing nested. Raises Rejected."""
    found = element.find(path)
    if found is None:
        return ""
    if len(found):
        raise Rejected(f"{path} 里套了别的标签")
    return found.text or ""


def _decode(body: bytes) -> str:
    if len(body) > MAX_REPLY:
        raise Rejected(f"回复超过 {MAX_REPLY // 1024} KB")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Rejected("回复不是 UTF-8") from None

"""What a follower sends, laid out as WeChat lays it out: strings in CDATA, numbers bare.

Nothing is cleaned: WeChat really delivers control characters, and so do we.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Scalar = str | int | float


class Nested(str):
    """Tags that stand inside a field, as they are."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message or event before WeChat gives it a sender, a time and an id."""

    kind: str
    """The MsgType."""
    fields: Mapping[str, Scalar]
    after_id: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def is_event(self) -> bool:
        return self.kind == "event"

    @property
    def name(self) -> str:
        """For people who read the log: ``text``, ``event.CLICK``."""
        return f"event.{self.fields.get('Event', '')}" if self.is_event else self.kind


def to_xml(inbound: Inbound, *, account: str, openid: str, at: datetime, msg_id: int) -> str:
    """The XML of one message. Events carry no MsgId."""
    head: dict[str, Scalar] = {
        "ToUserName": account,
        "FromUserName": openid,
        "CreateTime": int(at.timestamp()),
        "MsgType": inbound.kind,
    }
    tail: dict[str, Scalar] = {} if inbound.is_event else {"MsgId": msg_id}
    fields = {**head, **inbound.fields, **tail, **inbound.after_id}
    return "<xml>" + "\n".join(f"<{name}>{_value(value)}</{name}>" for name, value in fields.items()) + "\n</xml>"


def cdata(text: str) -> str:
    """A CDATA section; a ``]]>`` inside is split over two of them, as XML wants it."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _value(value: Scalar) -> str:
    if isinstance(value, Nested):
        return value
    if isinstance(value, str):
        return cdata(value)
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def text(content: str) -> Inbound:
    return Inbound("text", {"Content": content})


def tap(label: str, menu_id: str) -> Inbound:
    """A tapped line of a ``bizmsgmenu``: it comes as the text of its label."""
    is_number = menu_id.isascii() and menu_id.isdigit() and not menu_id.startswith("0")
    return Inbound("text", {"Content": label}, {"bizmsgmenuid": int(menu_id) if is_number else menu_id})


def voice(media_id: str, recognition: str | None = None) -> Inbound:
    """``recognition`` is None where the account has speech recognition switched off."""
    heard: dict[str, Scalar] = {} if recognition is None else {"Recognition": recognition}
    return Inbound("voice", {"MediaId": media_id, "Format": "amr", **heard})


def image(media_id: str, url: str) -> Inbound:
    return Inbound("image", {"PicUrl": url, "MediaId": media_id})


def video(media_id: str, thumb_media_id: str) -> Inbound:
    return Inbound("video", {"MediaId": media_id, "ThumbMediaId": thumb_media_id})


def location(latitude: float, longitude: float, *, scale: int = 16, label: str = "") -> Inbound:
    """Location_X is the latitude."""
    place = {"Location_X": latitude, "Location_Y": longitude}
    return Inbound("location", {**place, "Scale": scale, "Label": label})


def link(title: str, description: str, url: str) -> Inbound:
    return Inbound("link", {"Title": title, "Description": description, "Url": url})


def unknown(kind: str) -> Inbound:
    """A MsgType the service never heard of: files, stickers, whatever WeChat invents next."""
    return Inbound(kind, {"MediaId": "unknown"})


def kind_of(xml: str) -> str:
    """The MsgType that a message claims, empty when it claims none."""
    found = re.search(r"<MsgType>\s*(?:<!\[CDATA\[)?\s*(\w+)", xml)
    return found[1] if found else ""

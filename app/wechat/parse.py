"""From the authentic XML or JSON to a `Message`.

wechatpy's parser reads the XML, behind checks of our own: what it raises on odd input is one
exception here, and what it would hand on as a list or a dictionary (a doubled or nested tag) is refused.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from wechatpy.parser import parse_message

from app.language.characters import strip_illegal
from app.wechat.messages import (
    Detail,
    Kind,
    Link,
    MassJob,
    Media,
    Message,
    MiniProgramPage,
    Pictures,
    Place,
    PublishJob,
    ScanCode,
    SubscribeChoice,
    SubscribeChoices,
    TemplateJob,
)

Fields = Mapping[str, Any]

# The root comes first, so a document with a DOCTYPE, and with it every entity, is refused.
_ROOT: Final = re.compile(r"\s*(<\?xml[^>]*\?>\s*)?<xml[\s>]")
_USER: Final = re.compile(r"[^\s<>&\"'\x00-\x1f]{1,64}")
_KINDS: Final = {kind.value: kind for kind in Kind}
MAX_KEY: Final = 1024
"""Characters of the longest event key: a menu's address may be 1,024 bytes."""


class MessageUnreadable(Exception):
    """Authentic, but not a message we can read. ``sender`` and ``receiver`` as far as they could be told."""

    def __init__(self, reason: str, *, sender: str = "", receiver: str = "", kind: str = "") -> None:
        self.reason = reason
        self.sender = sender
        self.receiver = receiver
        self.kind = kind
        super().__init__(reason)


def read_message(content: bytes, *, is_json: bool = False) -> Message:
    """The message in ``content``. Raises MessageUnreadable."""
    fields = _read_json(content) if is_json else _read_xml(content)
    try:
        return _message(fields)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise MessageUnreadable(
            f"fields: {error}",
            sender=_user_or_empty(fields.get("FromUserName")),
            receiver=_user_or_empty(fields.get("ToUserName")),
            kind=str(fields.get("MsgType"))[:20].lower(),
        ) from None


def _read_xml(content: bytes) -> Fields:
    text = strip_illegal(content.decode("utf-8", "replace"))
    if not _ROOT.match(text):
        raise MessageUnreadable("not a message")
    try:
        fields: Fields = parse_message(text)._data
    except Exception as error:  # noqa: BLE001 wechatpy raises eight different kinds on odd input
        raise MessageUnreadable(
            type(error).__name__, sender=_salvage(text, "FromUserName"), receiver=_salvage(text, "ToUserName")
        ) from None
    return fields


def _read_json(content: bytes) -> Fields:
    try:
        fields = json.loads(content)
        fields = _clean(fields)
    except (ValueError, RecursionError):
        raise MessageUnreadable("not JSON") from None
    if not isinstance(fields, dict):
        raise MessageUnreadable("not an object")
    return fields


def _clean(value: Any) -> Any:
    """JSON escapes can spell characters that the text itself may not hold."""
    if isinstance(value, str):
        return strip_illegal(value)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _message(fields: Fields) -> Message:
    type_name = _text(fields, "MsgType")
    kind = _KINDS.get(type_name.lower(), Kind.UNKNOWN)
    event = _text(fields, "Event").lower() if kind is Kind.EVENT else ""
    event_key = _text(fields, "EventKey")[:MAX_KEY]
    # wechatpy renames a follow through a QR code and strips its prefix; JSON keeps both.
    if event == "subscribe" and event_key.startswith("qrscene_"):
        event, event_key = "subscribe_scan", event_key.removeprefix("qrscene_")
    followed_by_scan = event == "subscribe_scan"
    event = "subscribe" if event.startswith("subscribe_scan") else event
    return Message(
        kind=kind,
        to_user=_user(fields, "ToUserName"),
        from_user=_user(fields, "FromUserName"),
        created=_int(fields, "CreateTime"),
        msg_id=_text(fields, "MsgId", "MsgID")[:64] if kind is not Kind.EVENT else "",
        text=_spoken(kind, fields),
        tapped=_text(fields, "bizmsgmenuid")[:64],
        event=event,
        event_key=event_key,
        scene=event_key if followed_by_scan or event == "scan" else "",
        session_from=_text(fields, "SessionFrom")[:MAX_KEY],
        detail=_detail(event or kind, fields),
        type_name=type_name[:32],
    )


def _spoken(kind: Kind, fields: Fields) -> str:
    if kind is Kind.TEXT:
        return _text(fields, "Content")
    if kind is Kind.VOICE:
        return _text(fields, "Recognition")
    return ""


def _detail(name: str, fields: Fields) -> Detail:
    reader = _DETAILS.get(name)
    return reader(fields) if reader else None


def _media(fields: Fields) -> Media:
    return Media(
        _text(fields, "MediaId"), _text(fields, "ThumbMediaId"), _text(fields, "PicUrl"), _text(fields, "Format")
    )


def _place(fields: Fields) -> Place:
    return Place(
        latitude=_float(fields, "Location_X", "Latitude"),
        longitude=_float(fields, "Location_Y", "Longitude"),
        label=_text(fields, "Label"),
        scale=_int(fields, "Scale"),
        precision=_float(fields, "Precision") if _text(fields, "Precision") else 0.0,
    )


def _said_place(fields: Fields) -> Place | None:
    """Where somebody is; None when not even half a point on the map is told: then it is asked about like a picture."""
    told = _text(fields, "Location_X", "Latitude", "Location_Y", "Longitude")
    return _place(fields) if told else None


def _selected_place(fields: Fields) -> Place:
    return _place(_inside(fields, "SendLocationInfo"))


def _link(fields: Fields) -> Link:
    return Link(_text(fields, "Title"), _text(fields, "Description"), _text(fields, "Url"))


def _page(fields: Fields) -> MiniProgramPage:
    return MiniProgramPage(_text(fields, "Title"), _text(fields, "AppId"), _text(fields, "PagePath"))


def _scan(fields: Fields) -> ScanCode:
    info = _inside(fields, "ScanCodeInfo")
    return ScanCode(_text(info, "ScanType"), _text(info, "ScanResult"))


def _pictures(fields: Fields) -> Pictures:
    info = _inside(fields, "SendPicsInfo")
    items = _items(_inside(info, "PicList"), "item")
    return Pictures(_int(info, "Count"), tuple(_text(item, "PicMd5Sum") for item in items))


def _mass_job(fields: Fields) -> MassJob:
    results = _items(_inside(_inside(fields, "ArticleUrlResult"), "ResultList"), "item")
    return MassJob(
        job_id=_text(fields, "MsgID", "MsgId"),
        status=_text(fields, "Status"),
        total=_int(fields, "TotalCount"),
        filtered=_int(fields, "FilterCount"),
        sent=_int(fields, "SentCount"),
        failed=_int(fields, "ErrorCount"),
        article_urls=tuple(_text(item, "ArticleUrl") for item in results),
    )


def _template_job(fields: Fields) -> TemplateJob:
    return TemplateJob(_text(fields, "MsgID", "MsgId"), _text(fields, "Status"))


def _publish_job(fields: Fields) -> PublishJob:
    info = _inside(fields, "PublishEventInfo")
    articles = _items(_inside(info, "article_detail"), "item")
    urls = tuple(_text(item, "article_url") for item in articles)
    return PublishJob(_text(info, "publish_id"), _int(info, "publish_status"), _text(info, "article_id"), urls)


def _subscribe_choices(fields: Fields) -> SubscribeChoices:
    """The wrapper's name differs between samples and is missing in JSON; List is one object or an array."""
    wrappers = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")
    wrapped = next((_inside(fields, name) for name in wrappers if name in fields), fields)
    choices = [
        SubscribeChoice(
            template_id=_text(item, "TemplateId"),
            status=_text(item, "SubscribeStatusString", "ErrorStatus"),
            job_id=_text(item, "MsgID", "MsgId"),
            error_code=_int(item, "ErrorCode"),
        )
        for item in _items(wrapped, "List")
    ]
    return SubscribeChoices(tuple(choices))


_DETAILS: Final[Mapping[str, Callable[[Fields], Detail]]] = {
    Kind.IMAGE: _media,
    Kind.VOICE: _media,
    Kind.VIDEO: _media,
    Kind.SHORT_VIDEO: _media,
    Kind.LOCATION: _said_place,  # the message, and the event of the same name
    Kind.LINK: _link,
    Kind.MINI_PROGRAM_PAGE: _page,
    "location_select": _selected_place,
    "scancode_push": _scan,
    "scancode_waitmsg": _scan,
    "pic_sysphoto": _pictures,
    "pic_photo_or_album": _pictures,
    "pic_weixin": _pictures,
    "masssendjobfinish": _mass_job,
    "templatesendjobfinish": _template_job,
    "publishjobfinish": _publish_job,
    "subscribe_msg_popup_event": _subscribe_choices,
    "subscribe_msg_change_event": _subscribe_choices,
    "subscribe_msg_sent_event": _subscribe_choices,
}


def _text(fields: Fields, *names: str) -> str:
    """The first of ``names`` that is there, as text. Raises TypeError for a doubled or nested tag."""
    for name in names:
        value = fields.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise TypeError(name)
        return str(value)
    return ""


def _int(fields: Fields, name: str) -> int:
    text = _text(fields, name) or "0"
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise ValueError(name)
    return int(text)


def _float(fields: Fields, *names: str) -> float:
    value = float(_text(fields, *names))
    if not math.isfinite(value):  # “nan” and “inf” are numbers to Python, and points on no map
        raise ValueError(names[0])
    return value


def _user(fields: Fields, name: str) -> str:
    user = _text(fields, name)
    if not _USER.fullmatch(user):
        raise ValueError(name)
    return user


def _user_or_empty(value: object) -> str:
    return value if isinstance(value, str) and _USER.fullmatch(value) else ""


def _inside(fields: Fields, name: str) -> Fields:
    value = fields.get(name) or {}
    if not isinstance(value, Mapping):
        raise TypeError(name)
    return value


def _items(fields: Fields, name: str) -> list[Fields]:
    value = fields.get(name) or []
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, Mapping) for item in items):
        raise TypeError(name)
    return items


def _salvage(text: str, tag: str) -> str:
    """A user name out of a broken document, so that its sender can be told to try again."""
    found = re.search(rf"<{tag}>\s*(?:<!\[CDATA\[)?([A-Za-z0-9_@-]{{1,64}})(?:\]\]>)?\s*</{tag}>", text)
    return found[1] if found else ""

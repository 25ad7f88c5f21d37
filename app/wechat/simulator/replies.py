"""Judging a reply as the WeChat client does: what the follower sees, or why they see the fault notice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from app.wechat.simulator.account import Account
from app.wechat.simulator.followers import Shown
from app.wechat.simulator.opening import Rejected, open_reply, optional, parse, required

FAULT_TEXT: Final = "该公众号提供的服务出现故障，请稍后再试"
FAULT_NOTICE: Final = Shown("notice", FAULT_TEXT)
TEXT_LIMIT: Final = 2048
"""Bytes of UTF-8 in a text reply."""
ONE_ARTICLE: Final = {"text", "image", "voice", "video", "shortvideo", "location", "link"}
"""Kinds of message that a reply may answer with one article only; everything else may get eight."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was sent, as far as the reply is judged by it."""

    openid: str
    kind: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """``shown`` is None for a silent reply and for kinds that make no bubble."""

    shown: Shown | None = None
    rejected: str | None = None


def judge(account: Account, question: Question, body: bytes) -> Verdict:
    """What comes of an answer with status 200."""
    if body.strip() in (b"", b"success"):
        return Verdict()
    try:
        return Verdict(_read(account, question, open_reply(account, body)))
    except Rejected as rejected:
        return Verdict(FAULT_NOTICE, rejected.reason)


def _read(account: Account, question: Question, xml: str) -> Shown | None:
    root = parse(xml)
    if required(root, "ToUserName") != question.openid:
        raise Rejected("ToUserName 不是这位关注者，收发双方没有对调")
    if required(root, "FromUserName") != account.original_id:
        raise Rejected("FromUserName 不是本公众号，收发双方没有对调")
    if not required(root, "CreateTime").strip().isdecimal():
        raise Rejected("CreateTime 不是整数")
    kind = required(root, "MsgType")
    if kind == "transfer_customer_service":
        return None
    if kind == "news":
        return _news(root, 1 if question.kind in ONE_ARTICLE else 8)
    reader = READERS.get(kind)
    if reader is None:
        raise Rejected(f"不认识的 MsgType“{kind}”")
    return reader(root)


def _text(root: Element) -> Shown:
    content = required(root, "Content")
    size = len(content.encode())
    if size > TEXT_LIMIT:
        raise Rejected(f"文本有 {size} 字节，超过 {TEXT_LIMIT}")
    return Shown("text", content)


def _image(root: Element) -> Shown:
    return Shown("image", "", {"media_id": required(root, "Image/MediaId")})


def _voice(root: Element) -> Shown:
    return Shown("voice", "", {"media_id": required(root, "Voice/MediaId")})


def _video(root: Element) -> Shown:
    media_id = required(root, "Video/MediaId")
    return Shown("video", optional(root, "Video/Title"), {"media_id": media_id})


def _music(root: Element) -> Shown:
    thumb = required(root, "Music/ThumbMediaId")
    return Shown("music", optional(root, "Music/Title"), {"thumb_media_id": thumb})


READERS: Final[Mapping[str, Callable[[Element], Shown]]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "music": _music,
}


def _news(root: Element, limit: int) -> Shown:
    items = root.findall("Articles/item")
    if required(root, "ArticleCount").strip() != str(len(items)):
        raise Rejected("ArticleCount 与图文条数不符")
    if not items:
        raise Rejected("图文一条也没有")
    if len(items) > limit:
        raise Rejected(f"图文有 {len(items)} 条，这里最多 {limit} 条")
    articles = [
        {
            "title": required(item, "Title"),
            "description": optional(item, "Description"),
            "pic_url": optional(item, "PicUrl"),
            "url": optional(item, "Url"),
        }
        for item in items
    ]
    return Shown("news", "\n".join(article["title"] for article in articles), {"articles": articles})

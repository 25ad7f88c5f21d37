"""Passive replies: what the follower sees, within WeChat's limits, as XML.

wechatpy's reply classes write the XML; they escape nothing and allow ten articles, so text goes
through `_safe` and the limits are ours.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from wechatpy.replies import ArticlesReply, BaseReply, ImageReply, TextReply, TransferCustomerServiceReply

from app.language.characters import strip_illegal
from app.wechat.messages import Kind, Message

MAX_TEXT_BYTES: Final = 2048
"""UTF-8 bytes of one text reply; a longer one shows the follower a fault notice."""
ONE_ARTICLE_KINDS: Final = {Kind.TEXT, Kind.IMAGE, Kind.VOICE, Kind.VIDEO, Kind.SHORT_VIDEO, Kind.LOCATION, Kind.LINK}
MAX_ARTICLES: Final = 8

# A link ends before the next one begins; else many that never end would each be searched to the end of the text.
_LINK: Final = re.compile(r"<a\s[^<>]*>(?:(?!<a\s).)*?</a>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    content: str


@dataclass(frozen=True, slots=True)
class Image:
    media_id: str


@dataclass(frozen=True, slots=True)
class Article:
    title: str
    description: str
    url: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class News:
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the conversation over to a human in WeChat's own customer service."""


Reply = Text | Image | News | Transfer


def render(reply: Reply, message: Message, *, created: int) -> str:
    """The reply's XML. ``created`` in seconds since 1970.

    Raises ValueError where WeChat would refuse it: empty or over-long text, too many articles.
    """
    document = _document(reply, message)
    document.source, document.target, document.time = message.to_user, message.from_user, created
    return str(document.render())


def _document(reply: Reply, message: Message) -> BaseReply:
    match reply:
        case Text(content):
            shown = strip_illegal(content)
            if not shown.strip() or _size(shown) > MAX_TEXT_BYTES:
                raise ValueError("a text reply has 1 to 2048 bytes; split it first")
            return TextReply(content=_safe(shown))
        case Image(media_id):
            return ImageReply(image=_safe(media_id))
        case News(articles):
            limit = 1 if message.kind in ONE_ARTICLE_KINDS else MAX_ARTICLES
            if not 1 <= len(articles) <= limit:
                raise ValueError(f"a news reply to this message has 1 to {limit} articles")
            return ArticlesReply(articles=[_article(article) for article in articles])
        case Transfer():
            return TransferCustomerServiceReply()


def _article(article: Article) -> dict[str, str]:
    return {
        "title": _safe(article.title),
        "description": _safe(article.description),
        "image": _safe(article.picture),
        "url": _safe(article.url),
    }


def _safe(text: str) -> str:
    """``text`` as it may stand inside CDATA."""
    return strip_illegal(text).replace("]]>", "]]]]><![CDATA[>")


def plain(text: str) -> str:
    """A citizen's words as they may be repeated in a reply: no link of theirs becomes a link of ours."""
    return strip_illegal(text).replace("<", "＜").replace(">", "＞")


def tap_link(label: str, menu_id: str) -> str:
    """A link that, tapped, sends ``label`` back as the follower's own text (with ``bizmsgmenuid``)."""
    sent_back = re.sub(r"[\"&<>#\s]", "", label)  # WeChat takes the label as it stands, not percent-encoded
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={sent_back}&msgmenuid={quote(menu_id)}">{plain(label)}</a>'


def mini_program_link(label: str, *, app_id: str, path: str, fallback_url: str) -> str:
    """A link into the mini-program; old phones open ``fallback_url``."""
    attributes = (
        f'href="{_attribute(fallback_url)}" data-miniprogram-appid="{_attribute(app_id)}"'
        f' data-miniprogram-path="{_attribute(path)}"'
    )
    return f"<a {attributes}>{plain(label)}</a>"


def _attribute(value: str) -> str:
    return quote(value, safe="/:?&=#%+,;@~!*().-_")


def split_text(text: str, *, limit: int = MAX_TEXT_BYTES) -> tuple[str, str]:
    """The first part within ``limit`` bytes, cut at a line end where there is one, and the rest.

    Never inside a character or a link. The parts joined by a newline, or by nothing where a single line
    had to be cut, are the text again.
    """
    if _size(text) <= limit:
        return text, ""
    pieces = _pieces(text)
    kept = _fitting(pieces, limit=limit)
    blank = len(text) - len(text.lstrip())  # a part of nothing but empty lines could not be sent
    line_end = next((place for place in range(kept, blank, -1) if pieces[place] == "\n"), 0)
    if line_end:
        return "".join(pieces[:line_end]), "".join(pieces[line_end + 1 :])
    kept = max(kept, 1)
    return "".join(pieces[:kept]), "".join(pieces[kept:])


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _fitting(pieces: Sequence[str], *, limit: int) -> int:
    """How many of ``pieces`` from the front fit into ``limit`` bytes."""
    size = 0
    for count, piece in enumerate(pieces):
        size += _size(piece)
        if size > limit:
            return count
    return len(pieces)


def _pieces(text: str) -> list[str]:
    """Characters, and links as one piece each."""
    pieces: list[str] = []
    position = 0
    for link in _LINK.finditer(text):
        pieces += [*text[position : link.start()], link.group()]
        position = link.end()
    return [*pieces, *text[position:]]

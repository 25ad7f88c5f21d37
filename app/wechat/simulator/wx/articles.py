"""图文和素材: draft, freepublish, material and the pictures inside an article."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from app.wechat.simulator.messages import Inbound
from app.wechat.simulator.world import World
from app.wechat.simulator.wx.answers import Api, Call, WxError, fine
from app.wechat.simulator.wx.token import require_token

TAKES: Final = timedelta(seconds=3)
MAX_TITLE, MAX_AUTHOR, MAX_DIGEST, MAX_CONTENT = 32, 16, 128, 20_000
"""Characters."""
PICTURES: Final = (b"\x89PNG", b"\xff\xd8", b"GIF8")
MAX_PICTURE: Final = 1_000_000
"""Bytes of a picture inside an article."""
HOST: Final = "http://mmbiz.qpic.cn/simulated/"


@dataclass
class Publication:
    at: datetime
    articles: int
    finished: bool = False


@dataclass
class Desk:
    drafts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    materials: dict[str, str] = field(default_factory=dict)
    """Kind by media id."""
    publications: dict[str, Publication] = field(default_factory=dict)


def finish_publications(world: World) -> list[Inbound]:
    """What was published by now: the events that are to leave."""
    events = []
    for number, one in world.state(Desk).publications.items():
        if not one.finished and world.now() >= one.at + TAKES:
            one.finished = True
            fields: dict[str, str | int] = {"Event": "PUBLISHJOBFINISH", "PublishId": number, "PublishStatus": 0}
            events.append(Inbound("event", fields))
    return events


def _add_draft(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    articles = call.json().get("articles")
    if not isinstance(articles, list) or not 1 <= len(articles) <= 8:
        raise WxError(44002)
    desk = world.state(Desk)
    for article in articles:
        _check(article, desk)
    media_id = f"draft-{secrets.token_hex(16)}"
    desk.drafts[media_id] = articles
    return {"media_id": media_id}


def _check(article: object, desk: Desk) -> None:
    if not isinstance(article, dict) or not article.get("title"):
        raise WxError(44002)
    sizes = {"title": MAX_TITLE, "author": MAX_AUTHOR, "digest": MAX_DIGEST, "content": MAX_CONTENT}
    for name, most in sizes.items():
        if len(str(article.get(name, ""))) > most:
            raise WxError(45003 if name == "title" else 45002)
    if article.get("article_type", "news") == "news" and article.get("thumb_media_id") not in desk.materials:
        raise WxError(40007)


def _draft(world: World, call: Call) -> tuple[Desk, str]:
    require_token(world, call)
    desk, media_id = world.state(Desk), str(call.json().get("media_id", ""))
    if media_id not in desk.drafts:
        raise WxError(40007)
    return desk, media_id


def _get_draft(world: World, call: Call) -> Mapping[str, Any]:
    desk, media_id = _draft(world, call)
    return {"news_item": desk.drafts[media_id]}


def _delete_draft(world: World, call: Call) -> Mapping[str, Any]:
    desk, media_id = _draft(world, call)
    del desk.drafts[media_id]
    return fine()


def _count_drafts(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    return {"total_count": len(world.state(Desk).drafts)}


def _submit(world: World, call: Call) -> Mapping[str, Any]:
    desk, media_id = _draft(world, call)
    articles = desk.drafts.pop(media_id)  # a draft that goes out is a draft no more
    number = str(world.next_id())
    desk.publications[number] = Publication(world.now(), len(articles))
    return fine(publish_id=number, msg_data_id=number)


def _publication(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    number = str(call.json().get("publish_id", ""))
    one = world.state(Desk).publications.get(number)
    if one is None:
        raise WxError(40007)
    if not one.finished:
        return {"publish_id": number, "publish_status": 1}
    items = [{"idx": index, "article_url": f"{HOST}s/{number}/{index}"} for index in range(1, one.articles + 1)]
    detail = {"count": one.articles, "item": items}
    return {"publish_id": number, "publish_status": 0, "article_id": f"article-{number}", "article_detail": detail}


def _upload_image(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    _picture(call, most=MAX_PICTURE)
    return {"url": f"{HOST}{secrets.token_hex(12)}"}


def _add_material(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    kind = call.query.get("type", "")
    if kind not in ("image", "voice", "video", "thumb"):
        raise WxError(40004)
    if kind in ("image", "thumb"):
        _picture(call, most=10_000_000)
    media_id = f"material-{secrets.token_hex(16)}"
    world.state(Desk).materials[media_id] = kind
    return {"media_id": media_id, "url": f"{HOST}{media_id}"}


def _picture(call: Call, *, most: int) -> None:
    """The file inside a multipart body, as far as WeChat looks at it."""
    head, _, rest = call.body.partition(b"\r\n\r\n")
    if b'name="media"' not in head:
        raise WxError(41005)
    if not rest.startswith(PICTURES):
        raise WxError(40005)
    if len(rest) > most:
        raise WxError(40009)


APIS: Final = {
    "cgi-bin/draft/add": Api("POST", _add_draft),
    "cgi-bin/draft/get": Api("POST", _get_draft),
    "cgi-bin/draft/delete": Api("POST", _delete_draft),
    "cgi-bin/draft/count": Api("GET", _count_drafts),
    "cgi-bin/freepublish/submit": Api("POST", _submit),
    "cgi-bin/freepublish/get": Api("POST", _publication),
    "cgi-bin/media/uploadimg": Api("POST", _upload_image),
    "cgi-bin/material/add_material": Api("POST", _add_material),
}

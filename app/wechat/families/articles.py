"""What the account shows: drafts, publications, pictures, and the menu at the bottom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.wechat.calls import UPLOAD, Api, Calls
from app.wechat.features import Feature
from app.wechat.quotas import Limit
from app.wechat.wx_errors import PayloadRefused, TryAgain

MEDIA: Final[Mapping[str, tuple[str, str]]] = {
    "image": ("picture.jpg", "image/jpeg"),
    "thumb": ("cover.jpg", "image/jpeg"),
    "voice": ("voice.mp3", "audio/mpeg"),
}
PNG: Final = b"\x89PNG"


def _api(path: str, **more: Any) -> Api:
    return Api(path, Feature.MATERIAL, **more)


ADD_DRAFT: Final = _api("cgi-bin/draft/add", limit=Limit(day=1_000))
SUBMIT: Final = _api("cgi-bin/freepublish/submit", limit=Limit(day=100))
PUBLISHED: Final = _api("cgi-bin/freepublish/get", repeatable=True)
UPLOAD_IMAGE: Final = _api("cgi-bin/media/uploadimg", seconds=UPLOAD)
ADD_MATERIAL: Final = _api("cgi-bin/material/add_material", seconds=UPLOAD)
MENU: Final = Api("cgi-bin/menu/create", Feature.MENU, Limit(day=1_000))


@dataclass(frozen=True, slots=True)
class Publication:
    """How far a publication is; status 0 done, 1 on its way, from 2 on refused or gone."""

    status: int
    article_id: str = ""
    urls: tuple[str, ...] = ()


class Articles:
    _calls: Calls

    async def add_draft(self, articles: Sequence[Mapping[str, Any]]) -> str:
        """The draft's media_id; WeChat removes the draft when it is sent or published."""
        answer = await self._calls.call(ADD_DRAFT, {"articles": [dict(article) for article in articles]})
        return _named(answer.fields, "media_id", ADD_DRAFT)

    async def submit_publish(self, media_id: str) -> str:
        """Accepted only: whether it is published comes later, by event or by `publish_status`."""
        answer = await self._calls.call(SUBMIT, {"media_id": media_id})
        return _named(answer.fields, "publish_id", SUBMIT)

    async def publish_status(self, publish_id: str) -> Publication:
        fields = (await self._calls.call(PUBLISHED, {"publish_id": publish_id})).fields
        detail = fields.get("article_detail")
        items = detail.get("item") if isinstance(detail, dict) else None
        urls = [one.get("article_url") for one in items if isinstance(one, dict)] if isinstance(items, list) else []
        status = fields.get("publish_status")
        if not isinstance(status, int):
            raise TryAgain("微信的回答里没有发布状态。", api=PUBLISHED.path)
        return Publication(status, str(fields.get("article_id") or ""), tuple(url for url in urls if url))

    async def upload_image(self, content: bytes) -> str:
        """The address of a picture (JPEG or PNG under 1 MB) for use inside an article."""
        answer = await self._calls.call(UPLOAD_IMAGE, upload=_file("image", content))
        return _named(answer.fields, "url", UPLOAD_IMAGE)

    async def add_material(self, kind: str, content: bytes) -> str:
        """The media_id of a permanent picture, cover or voice."""
        if kind not in MEDIA:
            raise PayloadRefused("素材只能是图片（image）、封面（thumb）或语音（voice）。", api=ADD_MATERIAL.path)
        answer = await self._calls.call(ADD_MATERIAL, query={"type": kind}, upload=_file(kind, content))
        return _named(answer.fields, "media_id", ADD_MATERIAL)

    async def push_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Followers see it within five minutes."""
        await self._calls.call(MENU, {"button": [dict(button) for button in buttons]})


def _file(kind: str, content: bytes) -> tuple[str, bytes, str]:
    if kind != "voice" and content.startswith(PNG):
        return "picture.png", content, "image/png"
    name, media_type = MEDIA[kind]
    return name, content, media_type


def _named(fields: Mapping[str, Any], name: str, api: Api) -> str:
    value = fields.get(name)
    if not (isinstance(value, str | int) and value):
        raise TryAgain("微信的回答不完整。", api=api.path, maybe_sent=True)
    return str(value)

"""Who follows the account, and the tags put on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.wechat.calls import Api, Calls
from app.wechat.features import Feature
from app.wechat.quotas import Limit
from app.wechat.wx_errors import TryAgain

AT_ONCE: Final = 50
"""People that one call may tag."""


def _api(path: str, **more: Any) -> Api:
    return Api(path, Feature.TAGS, **more)


LIST: Final = _api("cgi-bin/user/get", limit=Limit(day=500), repeatable=True)
TAGGED: Final = _api("cgi-bin/user/tag/get", repeatable=True)
TAGS: Final = _api("cgi-bin/tags/get", repeatable=True)
CREATE_TAG: Final = _api("cgi-bin/tags/create")
TAG: Final = _api("cgi-bin/tags/members/batchtagging")
UNTAG: Final = _api("cgi-bin/tags/members/batchuntagging")
ADDRESSES: Final = _api("cgi-bin/getcallbackip", repeatable=True)


@dataclass(frozen=True, slots=True)
class Tag:
    id: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some openids, and the cursor of the next page; None after the last."""

    openids: tuple[str, ...]
    next: str | None


class Followers:
    _calls: Calls

    async def list_followers(self, cursor: str = "") -> Page:
        """Up to 10,000 followers a page."""
        answer = await self._calls.call(LIST, query={"next_openid": cursor} if cursor else {})
        return _page(answer.fields)

    async def users_of_tag(self, tag_id: int, cursor: str = "") -> Page:
        answer = await self._calls.call(TAGGED, {"tagid": tag_id, "next_openid": cursor})
        return _page(answer.fields)

    async def create_tag(self, name: str) -> int:
        """The new tag's id; at most 100 tags of 10 Chinese characters."""
        tag = (await self._calls.call(CREATE_TAG, {"tag": {"name": name}})).fields.get("tag")
        if not isinstance(tag, dict) or not isinstance(tag.get("id"), int):
            raise TryAgain("微信的回答里没有标签。", api=CREATE_TAG.path, maybe_sent=True)
        return int(tag["id"])

    async def list_tags(self) -> list[Tag]:
        found = (await self._calls.call(TAGS)).fields.get("tags")
        tags = found if isinstance(found, list) else []
        return [Tag(int(tag["id"]), str(tag.get("name", "")), int(tag.get("count") or 0)) for tag in tags]

    async def tag_members(self, openids: Sequence[str], tag_id: int) -> None:
        await self._in_batches(TAG, openids, tag_id)

    async def untag_members(self, openids: Sequence[str], tag_id: int) -> None:
        await self._in_batches(UNTAG, openids, tag_id)

    async def callback_addresses(self) -> list[str]:
        """From where WeChat calls us: for a firewall, and to see that a token works."""
        return addresses_of((await self._calls.call(ADDRESSES)).fields)

    async def _in_batches(self, api: Api, openids: Sequence[str], tag_id: int) -> None:
        for start in range(0, len(openids), AT_ONCE):
            await self._calls.call(api, {"openid_list": list(openids[start : start + AT_ONCE]), "tagid": tag_id})


def addresses_of(fields: Any) -> list[str]:
    found = fields.get("ip_list")
    return [str(one) for one in found] if isinstance(found, list) else []


def _page(fields: Any) -> Page:
    """The last page may name its own last follower as the next one: only an empty page is surely the end."""
    data = fields.get("data")
    openids = data.get("openid") if isinstance(data, dict) else None
    found = tuple(str(one) for one in openids) if isinstance(openids, list) else ()
    following = fields.get("next_openid")
    return Page(found, following if found and isinstance(following, str) and following else None)

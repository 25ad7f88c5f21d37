"""Mass sends: one call reaches everybody, or everybody with a tag."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.wechat.calls import Api, Calls
from app.wechat.families.messages import check_client_id
from app.wechat.features import Feature
from app.wechat.quotas import Limit
from app.wechat.wx_errors import AlreadyDone

A_MINUTE: Final = Limit(minute=60)
# Not tried again here, though WeChat knows the client ids: within a minute it answers 45066 to every second try.
SEND_ALL: Final = Api("cgi-bin/message/mass/sendall", Feature.MASS_SEND, A_MINUTE, seconds=15.0)
SEND_TO: Final = Api("cgi-bin/message/mass/send", Feature.MASS_SEND_TO_PEOPLE, A_MINUTE, seconds=15.0)
PREVIEW: Final = Api("cgi-bin/message/mass/preview", Feature.MASS_SEND)
STATUS: Final = Api("cgi-bin/message/mass/get", Feature.MASS_SEND, repeatable=True)
DELETE: Final = Api("cgi-bin/message/mass/delete", Feature.MASS_SEND)


class Mass:
    _calls: Calls

    async def preview_mass(self, openid: str, message: Mapping[str, Any]) -> str:
        """Show it to one person only. Answers WeChat's message id."""
        answer = await self._calls.call(PREVIEW, {"touser": openid, **message})
        return str(answer.fields.get("msg_id", ""))

    async def send_mass(self, tag_id: int | None, message: Mapping[str, Any], *, client_msg_id: str) -> str:
        """To everybody with this tag, or with None to every follower. Answers the id of the mass send.

        A second call with the same ``client_msg_id`` answers the first one's id and sends nothing.
        """
        wanted = {"is_to_all": True} if tag_id is None else {"is_to_all": False, "tag_id": tag_id}
        return await self._send(SEND_ALL, {"filter": wanted, **message}, client_msg_id)

    async def send_mass_to(self, openids: Sequence[str], message: Mapping[str, Any], *, client_msg_id: str) -> str:
        """To 2–10,000 people by name; service accounts only."""
        return await self._send(SEND_TO, {"touser": list(openids), **message}, client_msg_id)

    async def mass_status(self, msg_id: str) -> str:
        """WeChat's word for it: SEND_SUCCESS, SENDING, SEND_FAIL, DELETE. For when its report was lost."""
        answer = await self._calls.call(STATUS, {"msg_id": _number(msg_id)})
        return str(answer.fields.get("msg_status", ""))

    async def delete_mass(self, msg_id: str, *, article: int = 0) -> None:
        """Take an article back (counted from 1, 0 is all). Only articles and videos can be."""
        await self._calls.call(DELETE, {"msg_id": _number(msg_id), "article_idx": article})

    async def _send(self, api: Api, body: Mapping[str, Any], client_msg_id: str) -> str:
        check_client_id(client_msg_id, api)
        try:
            answer = await self._calls.call(api, {**body, "send_ignore_reprint": 0, "clientmsgid": client_msg_id})
        except AlreadyDone as done:
            return done.msg_id
        return str(answer.fields.get("msg_id", ""))


def _number(msg_id: str) -> int | str:
    """WeChat gives a number and wants it back as one."""
    return int(msg_id) if msg_id.isascii() and msg_id.isdigit() else msg_id

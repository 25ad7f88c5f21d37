"""Messages to one person: customer-service, subscribe and template messages."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from app.wechat.calls import Api, App, Calls
from app.wechat.features import Feature
from app.wechat.quotas import Limit
from app.wechat.wx_errors import AlreadyDone, PayloadRefused

MAX_CLIENT_ID: Final = 32
"""WeChat says less than 64 bytes; 64 itself has been refused."""
MANY: Final = Limit(day=500_000, block=20)
SEND: Final = Api("cgi-bin/message/custom/send", Feature.CUSTOM_MESSAGE, MANY)
TYPING: Final = Api("cgi-bin/message/custom/typing", Feature.CUSTOM_MESSAGE, seconds=3.0)
MINI_SEND: Final = SEND.of_mini_program(path="cgi-bin/message/custom/business/send")
MINI_TYPING: Final = TYPING.of_mini_program(path="cgi-bin/message/custom/business/typing")
SUBSCRIBE: Final = Api(
    "cgi-bin/message/subscribe/send", Feature.MINI_PROGRAM, Limit(day=10_000_000, block=20), App.MINI_PROGRAM
)
# WeChat keeps the client message ids, so a second try cannot become a second message.
TEMPLATE: Final = Api(
    "cgi-bin/message/template/send", Feature.TEMPLATE_MESSAGE, Limit(day=100_000, block=20), repeatable=True
)


class Messages:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def send_custom(self, openid: str, message: Mapping[str, Any], *, mini: bool = False) -> None:
        """A customer-service message: ``{"msgtype": "text", "text": {"content": …}}``."""
        await self._calls.call(MINI_SEND if mini else SEND, {"touser": openid, **message})

    async def send_typing(self, openid: str, *, mini: bool = False) -> None:
        """Show “正在输入” for up to 15 seconds."""
        with suppress(AlreadyDone):
            await self._calls.call(MINI_TYPING if mini else TYPING, {"touser": openid, "command": "Typing"})

    async def send_subscribe(self, openid: str, template_id: str, data: Mapping[str, str], *, page: str = "") -> None:
        """A subscribe message of the mini-program; uses up one permission of this person for this template."""
        body = {
            "touser": openid,
            "template_id": template_id,
            "data": _values(data),
            "miniprogram_state": "formal",
            "lang": "zh_CN",
        }
        await self._calls.call(SUBSCRIBE, {**body, **({"page": page} if page else {})})

    async def send_template(
        self, openid: str, template_id: str, data: Mapping[str, str], *, client_msg_id: str, path: str = ""
    ) -> str:
        """A template message of a service account; ``path`` opens the mini-program. Answers WeChat's message id.

        A second call with the same ``client_msg_id`` sends nothing more.
        """
        check_client_id(client_msg_id, TEMPLATE)
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": _values(data),
            "client_msg_id": client_msg_id,
        }
        if path:
            body["miniprogram"] = {"appid": self._calls.mini_app_id, "pagepath": path}
        try:
            answer = await self._calls.call(TEMPLATE, body)
        except AlreadyDone as done:
            return done.msg_id
        return str(answer.fields.get("msgid", ""))


def check_client_id(client_msg_id: str, api: Api) -> None:
    """Raise PayloadRefused for an id that WeChat might cut or refuse."""
    if not 0 < len(client_msg_id.encode()) <= MAX_CLIENT_ID:
        raise PayloadRefused(f"消息编号要在 {MAX_CLIENT_ID} 个字节以内，也不能空。", api=api.path)


def _values(data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"value": value} for name, value in data.items()}

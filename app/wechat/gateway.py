"""Every call to WeChat that nobody is waiting for at the door. One gateway a process, used from one event loop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx

from app.core.clock import Clock
from app.core.config import Settings
from app.core.db import Database
from app.core.errors import Unauthenticated, YanluError
from app.core.security import Sealer
from app.wechat import features
from app.wechat.access_token import AccessTokens, Fetched
from app.wechat.calls import Call, Caller, Line, fetch_token, is_json, read_json
from app.wechat.quotas import Quotas
from app.wechat.wx_errors import AlreadyDone, NeedsOperator, PayloadRefused

Content = Mapping[str, Any]
"""What is sent, as WeChat spells it: ``{"msgtype": "text", "text": {"content": "…"}}``."""
BAD_CODES: Final = {40029, 40163, 41008}
UNUSABLE: Final = {40226}


@dataclass(frozen=True, slots=True)
class MiniSession:
    """Who is behind a login code. The session key is dropped at once: who has it can pose as any phone number."""

    openid: str
    unionid: str | None


class InvalidCode(Unauthenticated):
    code = "invalid_code"
    default_detail = "登录凭证过期了，请重新打开小程序。"


class Gateway:
    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        *,
        api_base: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._line = Line(api_base, transport)
        self._quotas = Quotas(db, clock)
        sealer = Sealer(settings.secret_key, "access-token")
        self._account = self._caller(settings.wechat_app_id, settings.wechat_app_secret, db, sealer)
        self._mini = self._caller(settings.mini_app_id, settings.mini_app_secret, db, sealer)

    def _caller(self, app_id: str, secret: str, db: Database, sealer: Sealer) -> Caller:
        async def fetch(force: bool) -> Fetched:
            return await fetch_token(self._line, app_id, secret, force=force)

        return Caller(self._line, AccessTokens(app_id, db, sealer, fetch), self._quotas)

    async def close(self) -> None:
        """At once, however slow WeChat is; calls in flight end as TryAgain."""
        await self._line.close()

    def _require(self, api: str) -> None:
        if feature := features.OF_API.get(api):
            features.require(self._settings.wechat_account_type, feature)

    async def _ask(self, api: str, body: Content | None = None, **more: Any) -> dict[str, Any]:
        self._require(api)
        return await self._account.call(Call(api, body, **more))

    # --- to one person ---

    async def send_custom(self, openid: str, message: Content, *, mini: bool = False) -> None:
        """客服消息. WeChat sends every call: nobody else removes a repeat."""
        if mini:
            await self._mini.call(Call("cgi-bin/message/custom/business/send", {"touser": openid, **message}))
        else:
            await self._ask("cgi-bin/message/custom/send", {"touser": openid, **message})

    async def send_typing(self, openid: str, *, mini: bool = False) -> None:
        """“对方正在输入”, for fifteen seconds."""
        body = {"touser": openid, "command": "Typing"}
        if mini:
            await self._mini.call(Call("cgi-bin/message/custom/business/typing", body))
        else:
            await self._ask("cgi-bin/message/custom/typing", body)

    async def send_subscribe(self, openid: str, template_id: str, data: Mapping[str, str], *, page: str = "") -> None:
        """订阅通知 of the mini-program: one credit of the person each."""
        values = {name: {"value": value} for name, value in data.items()}
        body = {"touser": openid, "template_id": template_id, "page": page, "data": values}
        await self._mini.call(Call("cgi-bin/message/subscribe/send", body))

    async def send_template(
        self, openid: str, template_id: str, data: Mapping[str, str], *, client_msg_id: str, path: str = ""
    ) -> str:
        """模板消息 of a service account; within ten minutes one message a client id. Answers WeChat's number of it."""
        values = {name: {"value": value} for name, value in data.items()}
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "client_msg_id": client_msg_id,
            "data": values,
        }
        if path:
            body["miniprogram"] = {"appid": self._settings.mini_app_id, "pagepath": path}
        try:
            answer = await self._ask("cgi-bin/message/template/send", body)
        except YanluError as error:
            if getattr(error, "errcode", None) == 43116:
                raise AlreadyDone(api="cgi-bin/message/template/send", errcode=43116) from None
            raise
        return str(answer.get("msgid", ""))

    # --- to many ---

    async def send_mass(self, message: Content, *, tag_id: int | None, client_msg_id: str) -> str:
        """群发 to all or to one tag, once a client id. Answers WeChat's number of the job."""
        target = {"is_to_all": True} if tag_id is None else {"is_to_all": False, "tag_id": tag_id}
        body = {"filter": target, "clientmsgid": client_msg_id, "send_ignore_reprint": 0, **message}
        try:
            answer = await self._ask("cgi-bin/message/mass/sendall", body)
        except AlreadyDone as done:
            return done.msg_id
        return str(answer["msg_id"])

    async def send_mass_to(self, openids: Sequence[str], message: Content, *, client_msg_id: str) -> str:
        """群发 to a list, for service accounts."""
        body = {"touser": list(openids), "clientmsgid": client_msg_id, **message}
        try:
            answer = await self._ask("cgi-bin/message/mass/send", body)
        except AlreadyDone as done:
            return done.msg_id
        return str(answer["msg_id"])

    async def preview_mass(self, openid: str, message: Content) -> None:
        await self._ask("cgi-bin/message/mass/preview", {"touser": openid, **message})

    async def mass_status(self, msg_id: str) -> str:
        """SEND_SUCCESS, SENDING, SEND_FAIL or DELETE."""
        answer = await self._ask("cgi-bin/message/mass/get", {"msg_id": msg_id}, repeatable=True)
        return str(answer.get("msg_status", ""))

    async def delete_mass(self, msg_id: str, *, article: int = 0) -> None:
        await self._ask("cgi-bin/message/mass/delete", {"msg_id": msg_id, "article_idx": article})

    # --- followers and tags ---

    async def list_followers(self, after: str = "") -> tuple[list[str], str]:
        """A page of openids and where the next begins; empty when there is none."""
        answer = await self._ask("cgi-bin/user/get", query={"next_openid": after}, repeatable=True)
        openids = (answer.get("data") or {}).get("openid") or []
        return openids, str(answer.get("next_openid", "")) if answer.get("count") else ""

    async def create_tag(self, name: str) -> int:
        return int((await self._ask("cgi-bin/tags/create", {"tag": {"name": name}}))["tag"]["id"])

    async def list_tags(self) -> list[dict[str, Any]]:
        return list((await self._ask("cgi-bin/tags/get", repeatable=True)).get("tags") or [])

    async def delete_tag(self, tag_id: int) -> None:
        await self._ask("cgi-bin/tags/delete", {"tag": {"id": tag_id}})

    async def tag_people(self, openids: Sequence[str], tag_id: int) -> None:
        """At most fifty at once."""
        body = {"openid_list": list(openids), "tagid": tag_id}
        await self._ask("cgi-bin/tags/members/batchtagging", body, repeatable=True)

    async def untag_people(self, openids: Sequence[str], tag_id: int) -> None:
        body = {"openid_list": list(openids), "tagid": tag_id}
        await self._ask("cgi-bin/tags/members/batchuntagging", body, repeatable=True)

    # --- articles, pictures, menu ---

    async def add_draft(self, articles: Sequence[Content]) -> str:
        return str((await self._ask("cgi-bin/draft/add", {"articles": list(articles)}))["media_id"])

    async def submit_publish(self, media_id: str) -> str:
        return str((await self._ask("cgi-bin/freepublish/submit", {"media_id": media_id}))["publish_id"])

    async def publish_status(self, publish_id: str) -> dict[str, Any]:
        return await self._ask("cgi-bin/freepublish/get", {"publish_id": publish_id}, repeatable=True)

    async def upload_image(self, name: str, content: bytes) -> str:
        """For the inside of an article. Answers its address."""
        files = {"media": (name, content, _picture_type(name))}
        return str((await self._ask("cgi-bin/media/uploadimg", files=files))["url"])

    async def add_material(self, kind: str, name: str, content: bytes) -> str:
        """Kept for good: a cover, a poster. Answers its media id."""
        files = {"media": (name, content, _picture_type(name))}
        answer = await self._ask("cgi-bin/material/add_material", query={"type": kind}, files=files)
        return str(answer["media_id"])

    async def push_menu(self, buttons: Sequence[Content]) -> None:
        await self._ask("cgi-bin/menu/create", {"button": list(buttons)}, repeatable=True)

    async def callback_addresses(self) -> list[str]:
        """Whence WeChat knocks at our door; asking proves that the token is right."""
        answer = await self._ask("cgi-bin/getcallbackip", repeatable=True)
        return [str(one) for one in answer.get("ip_list") or []]

    # --- the mini-program ---

    async def open_mini_session(self, code: str) -> MiniSession:
        """Who tapped “login”. Raises InvalidCode, and the family of `wx_errors`."""
        query = {
            "appid": self._settings.mini_app_id,
            "secret": self._settings.mini_app_secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        api = "sns/jscode2session"
        try:
            answer = read_json(api, await self._line.ask(Call(api, query=query)))
        except (PayloadRefused, NeedsOperator) as error:
            if error.errcode in BAD_CODES | UNUSABLE:
                raise InvalidCode from None
            raise
        return MiniSession(str(answer["openid"]), answer.get("unionid"))

    async def phone_number(self, code: str) -> str:
        """The number that the person has allowed us to know. Raises InvalidCode."""
        try:
            answer = await self._mini.call(Call("wxa/business/getuserphonenumber", {"code": code}))
        except PayloadRefused as error:
            if error.errcode in BAD_CODES:
                raise InvalidCode from None
            raise
        return str(answer["phone_info"]["purePhoneNumber"])

    async def app_code(self, scene: str, *, page: str = "") -> bytes:
        """小程序码, a picture."""
        api = "wxa/getwxacodeunlimit"
        body = {"scene": scene, "check_path": False, **({"page": page} if page else {})}
        response = await self._mini.raw(Call(api, body, repeatable=True))
        if is_json(response):
            raise PayloadRefused("微信没有给出小程序码。", api=api)
        return response.content

    async def url_link(self, path: str, query: str = "", *, days: int = 30) -> str:
        """An address for short messages that opens the mini-program."""
        body = {"path": path, "query": query, "expire_type": 1, "expire_interval": days}
        answer = await self._mini.call(Call("wxa/generate_urllink", body, repeatable=True))
        return str(answer["url_link"])

    async def check_text(self, openid: str, content: str) -> Literal["pass", "review", "risky"]:
        """Whether words of a person may be shown to others."""
        body = {"version": 2, "openid": openid, "scene": 3, "content": content}
        answer = await self._mini.call(Call("wxa/msg_sec_check", body, repeatable=True))
        suggest = (answer.get("result") or {}).get("suggest")
        return "pass" if suggest == "pass" else "risky" if suggest == "risky" else "review"


def _picture_type(name: str) -> str:
    return "image/png" if name.endswith(".png") else "image/jpeg"

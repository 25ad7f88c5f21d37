"""What can become of a call to WeChat that does not succeed.

WeChatError              maybe_sent: whether the request may have taken effect all the same
├── TryAgain             busy, slow, broken: the same call later may succeed
├── TokenRefused         the access token is refused even after one refresh
├── QuotaSpent           no more of this kind before ``until``
├── NeedsOperator        a setting, a permission or a whitelist; a person must mend it
│   └── NotForThisAccount  this type of account has no such API (refused before any call)
├── RecipientGone        this recipient cannot be reached; ``reason`` says why
├── PayloadRefused       what was sent is wrong; the same again is refused again
│   └── CodeRefused      a login or phone code is used up, too old, or not WeChat's
└── AlreadyDone          this client message id was carried out before

Sentences and attributes carry WeChat's code and request id, never a secret, a token, an openid, a phone,
nor WeChat's own words, which may quote any of them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from app.core.clock import local
from app.core.errors import Unavailable
from app.wechat.wx_codes import MEANINGS, UNHEARD_OF, Kind, Reason


class WeChatError(Unavailable):
    """Base of every failed call. ``errcode`` is 0 where WeChat's answer carried none."""

    code, default_detail = "wechat_unavailable", "微信那边暂时没有办成，请稍后再试。"

    def __init__(
        self, detail: str | None = None, *, api: str = "", errcode: int = 0, rid: str = "", maybe_sent: bool = False
    ) -> None:
        self.api = api
        self.errcode = errcode
        self.rid = rid
        self.maybe_sent = maybe_sent
        traced = f"（微信错误码 {errcode}{f'，rid {rid}' if rid else ''}）" if errcode else ""
        super().__init__((detail or self.default_detail) + traced)

    def twin(self) -> Self:
        """The same error for another caller: a raised one belongs to whoever it was raised for."""
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.args = self.args
        return other


class TryAgain(WeChatError):
    """``retry_after`` seconds, where WeChat says how long to wait."""

    default_detail = "微信正忙或连不上，稍后会再试。"

    def __init__(self, detail: str | None = None, *, wait: int | None = None, **known: Any) -> None:
        super().__init__(detail, **known)
        self.retry_after = wait


class TokenRefused(WeChatError):
    default_detail = "微信不认我们的接口凭据，换了一次还是不认。请运行 yanlu doctor --online 看是哪里不对。"


class QuotaSpent(WeChatError):
    """``until`` is by the service's clock."""

    def __init__(self, detail: str | None = None, *, until: datetime, **known: Any) -> None:
        self.until = until
        super().__init__(f"{detail or '这个接口的次数用完了。'}{local(until):%m月%d日%H:%M}以后才能再用。", **known)


class NeedsOperator(WeChatError):
    """``ip`` is the address that WeChat wants to see in its whitelist."""

    def __init__(self, detail: str | None = None, *, ip: str = "", **known: Any) -> None:
        self.ip = ip
        super().__init__(f"{detail}这台机器的 IP 是 {ip}。" if ip else detail, **known)


class NotForThisAccount(NeedsOperator):
    pass


class RecipientGone(WeChatError):
    def __init__(self, detail: str | None = None, *, reason: Reason, **known: Any) -> None:
        self.reason = reason
        super().__init__(detail, **known)


class PayloadRefused(WeChatError):
    """``field`` is the one that WeChat names (``thing1``)."""

    def __init__(self, detail: str | None = None, *, field: str = "", **known: Any) -> None:
        self.field = field
        super().__init__(f"{detail}不对的是“{field}”。" if field else detail, **known)


class CodeRefused(PayloadRefused):
    pass


class AlreadyDone(WeChatError):
    """``msg_id`` of the first one; empty where WeChat does not tell it."""

    def __init__(self, detail: str | None = None, *, msg_id: str = "", **known: Any) -> None:
        self.msg_id = msg_id
        super().__init__(detail, **known)


CLASSES: Final[Mapping[Kind, Callable[..., WeChatError]]] = {
    Kind.RETRY: TryAgain,
    Kind.TOKEN: TokenRefused,
    Kind.QUOTA: QuotaSpent,
    Kind.OPERATOR: NeedsOperator,
    Kind.RECIPIENT: RecipientGone,
    Kind.PAYLOAD: PayloadRefused,
    Kind.LOGIN_CODE: CodeRefused,
    Kind.DONE: AlreadyDone,
}
_RID: Final = re.compile(r"rid:\s*([0-9a-zA-Z-]{1,64})")
_IP: Final = re.compile(r"invalid ip (?:::ffff:)?([0-9a-fA-F.:]{2,45})")
_FIELD: Final = re.compile(r"data\.([a-z_]{1,20}[0-9]{0,3})\b")


@dataclass(frozen=True, slots=True)
class Refusal:
    """WeChat's answer where it is not a success."""

    api: str
    errcode: int
    errmsg: str
    msg_id: str = ""

    @property
    def rid(self) -> str:
        found = _RID.search(self.errmsg)
        return found[1] if found else ""

    def as_error(self, *, until: datetime) -> WeChatError:
        """The error of this refusal; ``until`` is when a spent quota is given anew."""
        meaning = MEANINGS.get(self.errcode, UNHEARD_OF)
        more: Mapping[Kind, dict[str, Any]] = {
            Kind.RETRY: {"wait": meaning.wait, "maybe_sent": meaning.maybe_sent},
            Kind.QUOTA: {"until": until},
            Kind.OPERATOR: {"ip": _found(_IP, self.errmsg)},
            Kind.RECIPIENT: {"reason": meaning.reason},
            Kind.PAYLOAD: {"field": _found(_FIELD, self.errmsg)},
            Kind.DONE: {"msg_id": self.msg_id},
        }
        sentence = None if meaning.kind is Kind.TOKEN else meaning.sentence
        known = {"api": self.api, "errcode": self.errcode, "rid": self.rid}
        return CLASSES[meaning.kind](sentence, **more.get(meaning.kind, {}), **known)


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1].rstrip(".") if found else ""

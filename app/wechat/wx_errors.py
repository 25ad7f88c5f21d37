"""What WeChat refuses, sorted by what is to be done about it.

WeChatError
├── TryAgain        busy, or no answer: later; ``maybe_sent`` when it may have happened all the same
├── TokenRefused    the access token is refused, the renewed one too: an alarm
├── QuotaSpent      until ``until``
├── NeedsOperator   something has to be set up or allowed first
├── RecipientGone   this person cannot be had this way
├── PayloadRefused  the content will never pass as it is
└── AlreadyDone     the same client id was carried out before
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.core.errors import Unavailable


class WeChatError(Unavailable):
    """Never carries a token, secret, openid or phone: it is logged and shown to staff."""

    code = "wechat_unavailable"
    default_detail = "微信接口现在用不了，请稍后再试。"

    def __init__(
        self,
        detail: str | None = None,
        *,
        api: str = "",
        errcode: int | None = None,
        rid: str = "",
        maybe_sent: bool = False,
    ) -> None:
        self.api = api
        self.errcode = errcode
        self.rid = rid
        self.maybe_sent = maybe_sent
        super().__init__(detail)


class TryAgain(WeChatError):
    default_detail = "微信没有回应，过一会儿再试。"


class TokenRefused(WeChatError):
    default_detail = "微信不认我们的接口凭据，换了新的也不认。请检查 AppID 和 AppSecret。"


class QuotaSpent(WeChatError):
    default_detail = "这个接口今天的次数用完了，等微信重新计数。"
    until: datetime


class NeedsOperator(WeChatError):
    default_detail = "微信不允许这样用，要先去公众平台设置。"


class RecipientGone(WeChatError):
    default_detail = "这个人现在收不到。"


class PayloadRefused(WeChatError):
    default_detail = "微信不接受这样的内容。"


class AlreadyDone(WeChatError):
    default_detail = "这一条已经发过了。"
    msg_id: str = ""


TOKEN: Final = frozenset({40001, 40014, 41001, 42001})
"""The token's fault: renew it once."""

OPERATOR: Final[Mapping[int, str]] = {
    40013: "AppID 不对，请核对 YANLU_WECHAT_APP_ID。",
    40125: "AppSecret 不对，请核对 YANLU_WECHAT_APP_SECRET。",
    40164: "服务器的出口地址不在公众平台的 IP 白名单里，请到“设置与开发—安全中心”添加。",
    40200: "这类账号不能发这种消息。",
    40243: "AppSecret 被冻结了，请到公众平台解冻。",
    41002: "没有填 AppID。",
    41004: "没有填 AppSecret。",
    45064: "菜单里的小程序还没有和公众号关联。",
    48001: "这个公众号没有这个接口的权限，请看账号类型和认证。",
    48003: "群发功能被限制，请到公众平台查看。",
    48004: "接口被封禁，请到公众平台查看。",
    48008: "这个公众号不能发这种消息。",
    50001: "用户没有授权这个接口。",
    50002: "账号功能受限，请到公众平台查看。",
    61004: "服务器地址没有获得授权。",
    89503: "这次调用要管理员确认，请管理员在微信里点同意。",
    89506: "24小时内管理员拒绝过这次调用，请先和管理员说好。",
    89507: "1小时内管理员拒绝过这次调用，请先和管理员说好。",
}
GONE: Final[Mapping[int, str]] = {
    40003: "不是我们的用户。",
    43004: "没有关注公众号。",
    43019: "被拉黑了。",
    43101: "没有订阅，或者拒收了。",
    43116: "同一条已经发过。",
    43117: "给这个人发得太频繁。",
    45015: "超过48小时没有说话，或者取消关注了。",
    45047: "对方回话之前不能再发了。",
    46004: "查无此人。",
    48002: "对方拒收公众号的消息。",
    49003: "不是这个公众号的用户。",
    50005: "没有关注公众号。",
}
QUOTA: Final = frozenset({45009, 45028, 48006})
BUSY: Final = frozenset({-1, 45011, 45066})
DONE: Final = frozenset({45065})
KINDS: Final[Sequence[tuple[type[WeChatError], Collection[int]]]] = (
    (TryAgain, BUSY),
    (TokenRefused, TOKEN),
    (QuotaSpent, QUOTA),
    (AlreadyDone, DONE),
    (NeedsOperator, OPERATOR),
    (RecipientGone, GONE),
)


def error_of(api: str, answer: Mapping[str, Any]) -> WeChatError:
    """The error for WeChat's ``{"errcode", "errmsg"}``; QuotaSpent still lacks its ``until``."""
    code = int(answer.get("errcode", 0))
    message = str(answer.get("errmsg", ""))
    kind = next((kind for kind, codes in KINDS if code in codes), PayloadRefused)
    detail = {**OPERATOR, **GONE}.get(code)
    if kind is PayloadRefused:
        detail = f"微信不接受这样的内容（{code}）。"
    elif kind is NeedsOperator:
        detail = f"{detail}{_address(code, message)}"
    error = kind(detail, api=api, errcode=code, rid=_rid(message))
    if isinstance(error, AlreadyDone):
        error.msg_id = str(answer.get("msg_id", ""))
    return error


def _rid(message: str) -> str:
    """WeChat's number of the request, for asking them about it."""
    return message.rpartition("rid:")[2].strip()[:64] if "rid:" in message else ""


def _address(code: int, message: str) -> str:
    """The address that is missing from the whitelist, as WeChat names it."""
    _, found, rest = message.partition("invalid ip ")
    return f"地址是 {rest.split(',')[0].split(' ')[0]}。" if code == 40164 and found else ""

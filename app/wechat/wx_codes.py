"""WeChat's error codes: how each is dealt with, and what it says to an operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Why a recipient cannot be reached."""

    UNFOLLOWED = "unfollowed"  # 没关注或取关了
    REFUSED = "refused"  # 拒收、拉黑、没有订阅
    WINDOW_CLOSED = "window_closed"  # 超过 48 小时没来往
    WINDOW_SPENT = "window_spent"  # 窗口内的条数用完
    LIMITED = "limited"  # 被微信限制，或发得太密
    INVALID = "invalid"  # openid 不对


class Kind(StrEnum):
    """How a code is dealt with."""

    RETRY = "retry"
    TOKEN = "token"  # noqa: S105
    QUOTA = "quota"
    OPERATOR = "operator"
    RECIPIENT = "recipient"
    PAYLOAD = "payload"
    LOGIN_CODE = "login_code"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Meaning:
    kind: Kind
    sentence: str
    reason: Reason = Reason.INVALID
    wait: int | None = None
    maybe_sent: bool = False


def _all(kind: Kind, meanings: Mapping[int, str]) -> dict[int, Meaning]:
    return {code: Meaning(kind, sentence) for code, sentence in meanings.items()}


def _gone(reason: Reason, meanings: Mapping[int, str]) -> dict[int, Meaning]:
    return {code: Meaning(Kind.RECIPIENT, sentence, reason) for code, sentence in meanings.items()}


MEANINGS: Final[Mapping[int, Meaning]] = {
    -1: Meaning(Kind.RETRY, "微信系统繁忙，稍后会再试。"),
    45011: Meaning(Kind.RETRY, "调用太密，过一分钟再试。", wait=60),
    # The first call with this id is a minute old at most and may well have been carried out.
    45066: Meaning(Kind.RETRY, "同一次群发隔一分钟才能再试。", wait=60, maybe_sent=True),
    **_all(
        Kind.TOKEN,
        {
            40001: "接口凭据不对，或者已经换了新的。",
            40014: "接口凭据不合法。",
            41001: "没有带接口凭据。",
            42001: "接口凭据过期了。",
        },
    ),
    **_all(
        Kind.QUOTA,
        {
            45009: "这个接口今天的次数用完了。",
            45028: "群发的次数用完了。",
            48006: "清零接口次数这个月用完了。",
        },
    ),
    **_all(
        Kind.OPERATOR,
        {
            40013: "AppID 不对。请核对设置里的 AppID。",
            40125: "AppSecret 不对。请核对设置里的 AppSecret；刚重置过的要换成新的。",
            40164: "微信不认这台机器的 IP。请到公众平台“设置与开发—基本配置—IP白名单”里加上它。",
            40165: "这个小程序还没有这项能力，请到小程序后台开通。",
            40200: "这个账号不能发这种消息（测试号常见）。",
            40243: "AppSecret 被冻结了。请到公众平台“基本配置”里解冻。",
            41002: "没有填 AppID。",
            41004: "没有填 AppSecret。",
            45064: "菜单里的小程序还没有和公众号关联。请到公众平台“小程序管理”里关联。",
            48001: "这个账号没有这个接口的权限。请到公众平台“接口权限”里看，没认证的先认证。",
            48003: "公众号还没有同意群发协议。请到公众平台群发一次，按提示同意。",
            48004: "这个接口被微信封禁了。请到公众平台看站内信。",
            48008: "这个账号没有发这种消息的权限。",
            50001: "微信没有授权这个接口。请到公众平台“接口权限”里看。",
            61004: "微信不允许从这台机器调用。请核对 IP 白名单和账号授权。",
            85079: "小程序还没有发布，先在小程序后台发布一次。",
            89503: "这个 IP 要管理员在微信上点同意后才能用。",
            89506: "管理员拒绝了这个 IP，24 小时内不能再申请。",
            89507: "管理员拒绝了这个 IP，1 小时内不能再申请。",
        },
    ),
    **_gone(Reason.INVALID, {40003: "openid 不对。", 49003: "openid 不是这个账号的。"}),
    **_gone(Reason.UNFOLLOWED, {43004: "对方没有关注。", 46004: "没有这个人，或已取消关注。", 50005: "对方没有关注。"}),
    **_gone(
        Reason.REFUSED,
        {43019: "对方在黑名单里。", 43101: "对方没有订阅这类提醒，或已拒绝。", 48002: "对方拒收公众号的消息。"},
    ),
    **_gone(
        Reason.WINDOW_CLOSED,
        {
            45015: "对方超过 48 小时没有来往，或已取消关注。",
            45080: "对方刚才没有说话，用不着显示“正在输入”。",
            61010: "对方最近两小时没有打开小程序。",
        },
    ),
    **_gone(Reason.WINDOW_SPENT, {45047: "这 48 小时里能发的条数用完了。"}),
    **_gone(Reason.LIMITED, {43117: "给这个人发得太密。", 50002: "对方的账号被微信限制了。"}),
    **_all(
        Kind.PAYLOAD,
        {
            40002: "请求的种类不对。",
            40004: "素材的种类不对。",
            40005: "文件的种类不对。",
            40006: "文件太大或是空的。",
            40007: "素材编号不对，或者已经过期。",
            40008: "消息种类不对。",
            40009: "图片大小不对。",
            40015: "菜单按钮的种类不对。",
            40016: "菜单按钮的个数不对，最多三个。",
            40017: "菜单按钮的种类不对。",
            40018: "菜单按钮的名字太长或是空的。",
            40019: "菜单按钮的键太长或是空的。",
            40020: "菜单按钮的网址太长或是空的。",
            40021: "菜单的版本号不对。",
            40022: "菜单的层数不对，最多两层。",
            40023: "子菜单的个数不对，最多五个。",
            40024: "子菜单的种类不对。",
            40025: "子菜单的名字太长或是空的。",
            40026: "子菜单的键太长或是空的。",
            40027: "子菜单的网址太长或是空的。",
            40032: "一次最多给五十个人打标签。",
            40033: "请求里有不许用的字符。",
            40037: "模板编号不对（服务通知和模板消息的编号不能混用）。",
            40066: "接口地址不对。",
            40097: "参数不对。",
            40129: "二维码的参数不对，最多 32 个字母、数字或符号。",
            41030: "小程序的正式版里没有这个页面。",
            43001: "这个接口要用 GET。",
            43002: "这个接口要用 POST。",
            43104: "这个人的身份和小程序对不上。",
            44002: "内容是空的。",
            44003: "图文消息是空的。",
            44004: "文字是空的。",
            44990: "生成得太多，微信暂时不给了。",
            45001: "文件太大。",
            45002: "文字太长。",
            45003: "标题太长。",
            45008: "图文的篇数超了。",
            45010: "菜单建得太多。",
            45056: "标签满一百个了。",
            45057: "这个标签下超过十万人，不能删。",
            45058: "系统自带的标签不能改。",
            45059: "一个人最多二十个标签。",
            45063: "小程序码的参数不对。",
            45067: "群发的编号太长。",
            45072: "“正在输入”的写法不对。",
            45157: "标签的名字重了或不合法。",
            45158: "标签的名字太长，最多十个汉字。",
            45159: "没有这个标签。",
            46003: "没有菜单。",
            47001: "内容的格式不对。",
            47003: "模板里的内容不合要求。",
            53503: "草稿没有通过检查。",
            53504: "草稿要在公众平台里改过才能发布。",
            53505: "请先在公众平台里保存一次草稿。",
            65301: "没有这个个性化菜单。",
            65303: "先要有默认菜单。",
            65304: "个性化菜单的条件是空的。",
            87009: "内容的签名不对。",
            87014: "内容不合规，微信不让发。",
            9001001: "请求的数据不对。",
        },
    ),
    **_all(
        Kind.LOGIN_CODE,
        {
            40029: "登录码不对或过期了，请重新进入小程序。",
            40163: "登录码用过了，请重新进入小程序。",
            40226: "微信认为这个账号有风险，不让登录。",
            41008: "没有登录码，请重新进入小程序。",
        },
    ),
    **_all(
        Kind.DONE,
        {
            43116: "这一条已经发过了。",
            45065: "这一次群发已经办过了。",
            45081: "正在显示“正在输入”。",
        },
    ),
}
"""Every code of the official pages that our calls may meet."""
UNHEARD_OF: Final = Meaning(Kind.PAYLOAD, "微信不肯办，错误码我们没见过。")
TOKEN_CODES: Final = frozenset(code for code, meaning in MEANINGS.items() if meaning.kind is Kind.TOKEN)

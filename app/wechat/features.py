"""What each type of account may do. Asked when something is planned, so that it is not found out at the send."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.wechat.wx_errors import NotForThisAccount


class Feature(StrEnum):
    """A group of APIs that WeChat permits or not, to a certified account."""

    CUSTOM_MESSAGE = "custom_message"  # 客服消息
    MASS_SEND = "mass_send"  # 群发
    MASS_SEND_TO_PEOPLE = "mass_send_to_people"  # 按人群发
    TAGS = "tags"  # 标签和关注者名单
    MATERIAL = "material"  # 素材、草稿、发布
    MENU = "menu"  # 自定义菜单
    TEMPLATE_MESSAGE = "template_message"  # 模板消息
    SUBSCRIBE_NOTICE = "subscribe_notice"  # 服务号的订阅通知
    SCENE_CODE = "scene_code"  # 带参数二维码
    WEB_LOGIN = "web_login"  # 网页授权
    MINI_PROGRAM = "mini_program"  # 小程序的接口（另有小程序自己的账号）


_SERVICE_ONLY: Final[Mapping[Feature, str]] = {
    Feature.MASS_SEND_TO_PEOPLE: "订阅号不能按人群发。请按标签群发，或逐个发客服消息。",
    Feature.TEMPLATE_MESSAGE: "订阅号不能发模板消息。请用小程序的订阅消息，或短信、打电话。",
    Feature.SUBSCRIBE_NOTICE: "订阅号不能发服务号的订阅通知。请用小程序的订阅消息。",
    Feature.SCENE_CODE: "订阅号不能生成带参数二维码。请用小程序码。",
    Feature.WEB_LOGIN: "订阅号没有网页授权，网页认不出是谁。请用小程序。",
}


def why_not(account_type: str, feature: Feature) -> str | None:
    """Why an account of this type cannot do it; None when it can."""
    return _SERVICE_ONLY.get(feature) if account_type == "subscription" else None


def require(account_type: str, feature: Feature, *, api: str = "") -> None:
    """Raise NotForThisAccount unless this type of account may do it."""
    if reason := why_not(account_type, feature):
        raise NotForThisAccount(reason, api=api)


def limits_of(account_type: str) -> list[str]:
    """Everything this type of account cannot do, for people to read."""
    return [reason for feature in Feature if (reason := why_not(account_type, feature))]

"""What an account may do by its type: told at start-up and at preview, not by a refusal in the middle of a send."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.core.errors import Forbidden


class Feature(StrEnum):
    CUSTOM = "custom"  # 客服消息
    MASS = "mass"  # 按人群群发
    MASS_TO_LIST = "mass_to_list"  # 按名单群发
    TAGS = "tags"  # 标签
    TEMPLATE = "template"  # 模板消息
    MENU = "menu"  # 自定义菜单
    PUBLISH = "publish"  # 发布


SERVICE_ONLY: Final[Mapping[Feature, str]] = {
    Feature.TEMPLATE: "订阅号不能发模板消息，只有认证的服务号能发。",
    Feature.MASS_TO_LIST: "订阅号不能按名单群发，只能发给全部关注者或一个标签。",
}
OF_API: Final[Mapping[str, Feature]] = {
    "cgi-bin/message/custom/send": Feature.CUSTOM,
    "cgi-bin/message/mass/sendall": Feature.MASS,
    "cgi-bin/message/mass/send": Feature.MASS_TO_LIST,
    "cgi-bin/message/template/send": Feature.TEMPLATE,
    "cgi-bin/menu/create": Feature.MENU,
    "cgi-bin/freepublish/submit": Feature.PUBLISH,
}
MASS_SENDS: Final[Mapping[str, str]] = {
    "subscription": "订阅号每天能群发1次。",
    "service": "服务号给每个关注者每月最多群发4次。",
}


class NotForThisAccount(Forbidden):
    """The account's type does not allow it."""


def why_not(account_type: str, feature: Feature) -> str:
    """Why an account of this type cannot do it; empty when it can."""
    return SERVICE_ONLY.get(feature, "") if account_type != "service" else ""


def require(account_type: str, feature: Feature) -> None:
    """Raises NotForThisAccount."""
    if reason := why_not(account_type, feature):
        raise NotForThisAccount(reason)

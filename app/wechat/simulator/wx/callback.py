"""微信推送服务器的地址：GET /cgi-bin/getcallbackip 和 GET /cgi-bin/get_api_domain_ip。"""

from collections.abc import Mapping
from typing import Any, Final

from app.wechat.simulator.world import World
from app.wechat.simulator.wx.answers import Api, Call
from app.wechat.simulator.wx.token import require_token


def _list_addresses(world: World, call: Call) -> Mapping[str, Any]:
    require_token(world, call)
    return {"ip_list": ["127.0.0.1"]}


APIS: Final = {
    "cgi-bin/getcallbackip": Api("GET", _list_addresses),
    "cgi-bin/get_api_domain_ip": Api("GET", _list_addresses),
}

"""What a follower does without saying anything: MsgType event, with WeChat's own spelling of each name."""

from typing import Final

from app.wechat.simulator.messages import Inbound, Nested

SILENT: Final = {"event.unsubscribe", "event.VIEW", "event.LOCATION"}
"""After these the phone shows no reply, whatever comes back."""
SYSTEM: Final = "o-wechat-system"
"""Whose name an event bears that no follower causes: that a mass send is over."""


def subscribe(scene: str = "", ticket: str = "") -> Inbound:
    """Following; with a scene, by scanning a QR code of the account."""
    if not scene:
        return Inbound("event", {"Event": "subscribe", "EventKey": ""})
    return Inbound("event", {"Event": "subscribe", "EventKey": f"qrscene_{scene}", "Ticket": ticket})


def unsubscribe() -> Inbound:
    return Inbound("event", {"Event": "unsubscribe", "EventKey": ""})


def scan(scene: str, ticket: str = "") -> Inbound:
    """A follower scans a QR code of the account."""
    return Inbound("event", {"Event": "SCAN", "EventKey": scene, "Ticket": ticket})


def click(key: str) -> Inbound:
    return Inbound("event", {"Event": "CLICK", "EventKey": key})


def view(url: str, menu_id: int) -> Inbound:
    return Inbound("event", {"Event": "VIEW", "EventKey": url, "MenuId": menu_id})


def choose_subscription(template_id: str, *, accept: bool) -> Inbound:
    """What somebody tapped where the mini-program asked whether it may write once."""
    status = "accept" if accept else "reject"
    item = f"<TemplateId>{template_id}</TemplateId><SubscribeStatusString>{status}</SubscribeStatusString>"
    popup = Nested(f"<List>{item}<PopupScene>0</PopupScene></List>")
    return Inbound("event", {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": popup})


def enter_mini_chat(path: str) -> Inbound:
    return Inbound("event", {"Event": "user_enter_tempsession", "SessionFrom": path})


def report_location(latitude: float, longitude: float, precision: float = 100.0) -> Inbound:
    """What the phone reports by itself when a follower of a service account opens the chat."""
    place = {"Latitude": latitude, "Longitude": longitude, "Precision": precision}
    return Inbound("event", {"Event": "LOCATION", **place})

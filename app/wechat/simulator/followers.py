"""The people who follow the account, and what stands on their phones."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

INBOX_SIZE: Final = 1000
WINDOW: Final = timedelta(hours=48)
"""After a message of theirs, for five messages of ours."""
MOMENT: Final = timedelta(minutes=1)
"""After a menu tap, a follow or a scan, for three."""


class Via(StrEnum):
    """How a message reached the phone."""

    PASSIVE = "passive"  # 被动回复
    CUSTOM = "custom"  # 客服消息
    MASS = "mass"  # 群发
    TEMPLATE = "template"  # 模板消息
    SUBSCRIBE = "subscribe"  # 订阅通知


class Interaction(StrEnum):
    """What a follower did last: it decides how many customer-service messages WeChat then allows."""

    MESSAGE = "message"
    MENU = "menu"
    FOLLOW = "follow"
    SCAN = "scan"


EVENTS: Final[Mapping[str, Interaction | None]] = {
    "subscribe": Interaction.FOLLOW,
    "scan": Interaction.SCAN,
    "click": Interaction.MENU,
    "view": Interaction.MENU,
    "location": None,
    "unsubscribe": None,
}
"""What an event, in lower case, counts as; None for what opens no window."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One bubble on the phone. ``text`` is as sent, links included; ``details`` holds articles and media ids."""

    type: str
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"type": self.type, "text": self.text, **self.details}


@dataclass(frozen=True, slots=True)
class InboxItem:
    at: datetime
    via: Via
    shown: Shown
    step: int = 0
    answers: int | None = None
    """The number of the push that this is the passive reply to."""

    def as_json(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "via": self.via.value, **self.shown.as_json()}


@dataclass(slots=True)
class Grant:
    """Customer-service messages that an interaction has opened."""

    opened_at: datetime
    lasts: timedelta
    left: int


@dataclass(slots=True)
class Follower:
    openid: str
    following: bool = True
    last_interaction: datetime | None = None
    """By the simulated clock, as the 48 hours of customer service are counted."""
    interaction: Interaction | None = None
    inbox: deque[InboxItem] = field(default_factory=lambda: deque(maxlen=INBOX_SIZE))
    blocks: bool = False
    """They refuse whatever the account sends."""
    unionid: str | None = None
    grants: dict[Interaction, Grant] = field(default_factory=dict)

    def touch(self, interaction: Interaction, now: datetime) -> None:
        self.interaction, self.last_interaction = interaction, now
        lasts, count = (WINDOW, 5) if interaction is Interaction.MESSAGE else (MOMENT, 3)
        self.grants[interaction] = Grant(now, lasts, count)

    def take_grant(self, now: datetime) -> bool | None:
        """Use one customer-service message up, of the shortest window first. False: none left; None: none open."""
        is_open = [one for one in self.grants.values() if one.opened_at <= now < one.opened_at + one.lasts]
        free = next((one for one in sorted(is_open, key=lambda one: one.lasts) if one.left), None)
        if free is None:
            return False if is_open else None
        free.left -= 1
        return True

    def note(self, event: str, now: datetime) -> None:
        """They sent a message (no event name), or caused this event."""
        event = event.lower()
        if event in ("subscribe", "unsubscribe"):
            self.following = event == "subscribe"
        interaction = EVENTS.get(event) if event else Interaction.MESSAGE
        if interaction is not None:
            self.touch(interaction, now)

    def as_json(self) -> dict[str, Any]:
        return {
            "openid": self.openid,
            "following": self.following,
            "last_interaction": self.last_interaction and self.last_interaction.isoformat(),
            "interaction": self.interaction,
            "inbox": len(self.inbox),
            "newest": self.inbox[-1].step if self.inbox else 0,
        }

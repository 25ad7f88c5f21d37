"""Customer-service messages that WeChat would still take, counted from our own rows, so that it never refuses one."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.messaging.delivery_models import Channel, Delivery, State
from app.messaging.delivery_rules import WINDOW, custom_left
from app.messaging.models import InboundMessage

OPENS: Final[Mapping[str, str]] = {
    "subscribe": "follow",
    "scan": "scan",
    "click": "menu",
    "user_enter_tempsession": "enter",
}
"""What an event opens a window by; every message that is not an event opens one too."""
SPENT: Final = (State.SENDING, State.SENT, State.UNKNOWN)


def what_opens(*, event: str) -> str:
    """The kind of window that a message (no event) or an event opens; empty for none."""
    return OPENS.get(event.lower(), "") if event else "message"


def count_left(session: Session, people: Mapping[int, str], channel: Channel, *, now: datetime) -> dict[int, int]:
    """How many could be sent now to each person, who is given with their openid of this channel."""
    last = _last_interactions(session, set(people.values()), now)
    used = _uses(session, people, channel, now)
    return {
        person: max(
            (custom_left(kind, at, sum(when >= at for when in used[person]), now) for kind, at in last[openid].items()),
            default=0,
        )
        for person, openid in people.items()
    }


def _last_interactions(session: Session, openids: Collection[str], now: datetime) -> dict[str, dict[str, datetime]]:
    """Of every openid the newest of each kind."""
    newest = func.max(InboundMessage.received_at).label("newest")
    rows = session.exec(
        select(InboundMessage.openid, InboundMessage.opens, newest)
        .where(
            col(InboundMessage.openid).in_(openids),
            col(InboundMessage.opens) != "",
            col(InboundMessage.received_at) > now - WINDOW,
        )
        .group_by(InboundMessage.openid, InboundMessage.opens)
    )
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for openid, kind, at in rows:
        found[openid][kind] = at
    return found


def _uses(session: Session, people: Collection[int], channel: Channel, now: datetime) -> dict[int, list[datetime]]:
    rows = session.exec(
        select(Delivery.person_id, Delivery.claimed_at).where(
            col(Delivery.person_id).in_(people),
            col(Delivery.channel) == channel,
            col(Delivery.state).in_(SPENT),
            col(Delivery.claimed_at) > now - WINDOW,
        )
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for person, at in rows:
        if at is not None:
            found[person].append(at)
    return found

"""One follower's chat as a phone shows it: what they did and what they got, in the order it happened."""

from typing import Any, Final

from app.core.calendar import lunar_name
from app.wechat.simulator.followers import InboxItem
from app.wechat.simulator.log import PushRecord
from app.wechat.simulator.world import World

CHAT_SIZE: Final = 300
"""Entries that a phone gets; older ones stand in the log."""


def read_chat(world: World, openid: str, *, after: str = "") -> dict[str, Any]:
    """The chat, or ``items`` null when ``after`` is its version already. A stranger's is empty, and not followed."""
    follower = world.followers.get(openid)
    version, now = world.steps.of(openid), world.now()
    pushes = [record for record in world.log.pushes() if record.openid == openid]
    return {
        "version": version,
        "world": world.steps.latest,
        "at": now.isoformat(),
        "lunar": lunar_name(now.date()),
        "following": follower is not None and follower.following,
        "waiting": any(not record.finished for record in pushes),
        "items": None if after == str(version) else _merge(pushes, list(follower.inbox) if follower else []),
    }


def _merge(pushes: list[PushRecord], inbox: list[InboxItem]) -> list[dict[str, Any]]:
    entries = [_said(record) for record in pushes] + [_shown(item) for item in inbox]
    return sorted(entries, key=lambda entry: int(entry["id"]))[-CHAT_SIZE:]


def _said(record: PushRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "from": "follower",
        "at": record.at.isoformat(),
        "said": record.said or {"type": record.message},
        "tries": len(record.tries),
        "finished": record.finished,
        "delivered": record.delivered,
        "rejected": record.rejected,
        "record": record.id,
    }


def _shown(item: InboxItem) -> dict[str, Any]:
    return {"id": item.step, "from": "account", "record": item.answers, **item.as_json()}

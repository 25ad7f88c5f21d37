"""Trouble on demand: what shall go wrong, with which call, for whom, and which time."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any, Final

from app.core.errors import FieldError, Invalid
from app.wechat.simulator.account import Mode

PUSH: Final = "push"
ERRCODE = re.compile(r"errcode:(-?[0-9]{1,9})")


class ApiFault(StrEnum):
    """What can happen to a call of the service; besides these, ``errcode:NNNN``."""

    TIMEOUT = "timeout"
    HTTP_502 = "http_502"
    INVALID_JSON = "invalid_json"
    EMPTY = "empty"
    RESET = "reset"
    HTML = "html"  # took effect, answered with a page
    LOST_BEFORE = "lost_before"  # never arrives, and no answer comes
    REVOKED = "revoked"  # another process has made WeChat forget the token
    SENT_AS_DUPLICATE = "sent_as_duplicate"  # took effect, answered with 45065
    LOST = "lost"  # of event/NAME: the service is never told


class PushFault(StrEnum):
    """What can happen to one try of a delivery to the service."""

    DELAY = "delay"  # the answer is held up on its way back
    DUPLICATE = "duplicate"  # the very same request twice at once
    PARALLEL = "parallel"  # three tries at once, each with its own nonce
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_MSG_SIGNATURE = "wrong_msg_signature"
    WRONG_APP_ID = "wrong_app_id"
    STALE = "stale"  # signed ten minutes ago
    REPLAY_ALTERED = "replay_altered"  # after the true request, the same nonce with another body


ENCRYPTED_ONLY: Final = {PushFault.WRONG_MSG_SIGNATURE, PushFault.WRONG_APP_ID}


@dataclass(slots=True)
class Fault:
    id: int
    api: str
    kind: str
    openid: str | None = None
    nth: int | None = None
    """Fires on this matching call only, counted from 1 since it was registered; None fires on every one."""
    seconds: float | None = None
    seen: int = 0
    fired: int = 0

    @property
    def errcode(self) -> int | None:
        found = ERRCODE.fullmatch(self.kind)
        return int(found[1]) if found else None

    def as_json(self) -> dict[str, Any]:
        names = ("id", "api", "kind", "openid", "nth", "seconds", "seen", "fired")
        return {name: getattr(self, name) for name in names}


@dataclass(slots=True)
class Faults:
    items: list[Fault] = field(default_factory=list)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def add(
        self, api: str, kind: str, *, openid: str | None = None, nth: int | None = None, seconds: float | None = None
    ) -> Fault:
        fault = Fault(next(self._ids), api.strip("/"), kind, openid, nth, seconds)
        self.items.append(fault)
        return fault

    def clear(self) -> None:
        self.items.clear()

    def take(self, api: str, openid: str | None) -> Fault | None:
        """Count one call against every fault that waits for it; the first that is due strikes."""
        due = []
        for fault in self.items:
            if not names_api(fault.api, api) or fault.openid not in (None, openid):
                continue
            fault.seen += 1
            if fault.nth in (None, fault.seen):
                due.append(fault)
        if not due:
            return None
        due[0].fired += 1
        return due[0]


def names_api(wanted: str, api: str) -> bool:
    """Whether somebody who wrote ``stable_token`` or ``/cgi-bin/stable_token`` meant this API."""
    wanted = wanted.strip("/")
    return api == wanted or (wanted != PUSH and api.endswith(f"/{wanted}"))


def check_kind(api: str, kind: str, mode: Mode) -> None:
    """Raise Invalid for a kind that this call cannot suffer."""
    known = [one.value for one in (PushFault if api == PUSH else ApiFault)]
    if kind in known:
        if api == PUSH and kind in ENCRYPTED_ONLY and mode is Mode.PLAIN:
            raise _wrong(f"明文模式没有加密，“{kind}”无从谈起，请先配置 AES 密钥。")
        return
    if api != PUSH and ERRCODE.fullmatch(kind):
        return
    extra = "" if api == PUSH else "、errcode:错误码"
    raise _wrong(f"不认识的故障“{kind[:40]}”，可以是：{'、'.join(known)}{extra}。")


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, errors=[FieldError("kind", "unknown", sentence)])

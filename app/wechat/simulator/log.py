"""Everything that went to the service and came from it, newest last, bounded."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from app.wechat.simulator.faults import names_api
from app.wechat.simulator.steps import Steps

LOG_SIZE: Final = 5000
CLIP: Final = 8192
"""Characters kept of any one text, so that a thousand huge bodies do not fill the memory."""


class Outcome(StrEnum):
    ANSWERED = "answered"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    HTTP_ERROR = "http_error"


@dataclass(frozen=True, slots=True)
class Try:
    """One request to the callback address; ``response`` is opened where it could be opened."""

    number: int
    seconds: float
    status: int | None
    outcome: Outcome
    fault: str | None
    response: str | None

    def as_json(self) -> dict[str, Any]:
        return {
            "try": self.number,
            "seconds": round(self.seconds, 3),
            "status": self.status,
            "outcome": self.outcome.value,
            "fault": self.fault,
            "response": clip(self.response),
        }


@dataclass(slots=True)
class PushRecord:
    """One message or event on its way to the service."""

    at: datetime
    message: str
    openid: str
    request: str
    request_raw: str | None = None
    response: str | None = None
    response_raw: str | None = None
    tries: list[Try] = field(default_factory=list)
    delivered: bool = False
    reply: Mapping[str, Any] | None = None
    rejected: str | None = None
    said: Mapping[str, Any] | None = None
    """What the follower did, as `send` was told it; None for what never came through `send`."""
    finished: bool = False
    """WeChat is done with it: it has its answer, or its tries are used up."""
    id: int = 0
    mini: bool = False
    """Said in the mini-program."""

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "kind": "push",
            "message": self.message,
            "openid": self.openid,
            "request": clip(self.request),
            "request_raw": clip(self.request_raw),
            "response": clip(self.response),
            "response_raw": clip(self.response_raw),
            "tries": [one.as_json() for one in self.tries],
            "delivered": self.delivered,
            "reply": self.reply,
            "rejected": self.rejected,
            "said": self.said,
            "finished": self.finished,
        }


@dataclass(slots=True)
class CallRecord:
    """One call of the service to api.weixin.qq.com; secrets are masked before they come here."""

    at: datetime
    api: str
    method: str
    openid: str | None
    query: Mapping[str, str]
    request: str
    status: int = 200
    response: str | None = None
    fault: str | None = None
    id: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "kind": "call",
            "api": self.api,
            "method": self.method,
            "openid": self.openid,
            "query": dict(self.query),
            "request": clip(self.request),
            "status": self.status,
            "response": clip(self.response),
            "fault": self.fault,
        }


Record = PushRecord | CallRecord


class Log:
    """Append-only; the oldest records make room for new ones."""

    def __init__(self, size: int = LOG_SIZE, steps: Steps | None = None) -> None:
        self._records: deque[Record] = deque(maxlen=size)
        self._steps = steps or Steps()

    def append(self, record: Record) -> None:
        """Write it down, and give it its number."""
        record.id = self._steps.take(record.openid)
        self._records.append(record)

    def find(self, record_id: str) -> Record | None:
        return next((record for record in self._records if str(record.id) == record_id), None)

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._records))

    def pushes(self) -> list[PushRecord]:
        return [record for record in self if isinstance(record, PushRecord)]

    def calls(self, api: str | None = None) -> list[CallRecord]:
        """The calls of one API, or all; ``api`` is a path such as ``cgi-bin/stable_token``."""
        calls = [record for record in self if isinstance(record, CallRecord)]
        return [call for call in calls if api is None or names_api(api, call.api)]


def clip(text: str | None) -> str | None:
    if text is None or len(text) <= CLIP:
        return text
    return f"{text[:CLIP]}…（共{len(text)}字）"

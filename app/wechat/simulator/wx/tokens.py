"""Access tokens and how long they live. By the machine's clock; only the daily counts follow the simulated day."""

import secrets
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from app.wechat.simulator.wx.answers import WxError

LIFETIME: Final = 7200
OVERLAP: Final = 300
"""Seconds that a token stays good after its successor was issued, and that a stable one is renewed early."""
DAILY_TOKENS: Final = 2000
DAILY_FORCED: Final = 20
FORCED_PAUSE: Final = 30


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    expires_at: float

    def lives(self, now: float) -> bool:
        return now < self.expires_at


@dataclass(slots=True)
class Line:
    """The tokens of one kind: the newest, and the one it took over from."""

    current: Token | None = None
    previous: Token | None = None

    def issue(self, now: float, *, overlap: int) -> Token:
        if self.current is not None:
            until = min(self.current.expires_at, now + overlap)
            self.previous = replace(self.current, expires_at=until)
        self.current = Token(secrets.token_urlsafe(102), now + LIFETIME)
        return self.current


@dataclass(slots=True)
class Tokens:
    """Both kinds of one app. They are valid side by side: neither puts the other out of use."""

    plain: Line = field(default_factory=Line)
    stable: Line = field(default_factory=Line)
    asked: Counter[date] = field(default_factory=Counter)
    forced: Counter[date] = field(default_factory=Counter)
    forced_at: float | None = None

    def new_plain(self, now: float, day: date) -> Token:
        """GET /cgi-bin/token: always a new one, 2000 times a day."""
        self.asked[day] += 1
        if self.asked[day] > DAILY_TOKENS:
            raise WxError(45009)
        return self.plain.issue(now, overlap=OVERLAP)

    def get_stable(self, now: float, day: date, *, force: bool) -> Token:
        """POST /cgi-bin/stable_token: the same one, until five minutes before its end or a forced renewal."""
        current = self.stable.current
        if current is None or current.expires_at - now < OVERLAP:
            return self.stable.issue(now, overlap=OVERLAP)
        rested = self.forced_at is None or now - self.forced_at >= FORCED_PAUSE
        if force and rested and self.forced[day] < DAILY_FORCED:
            self.forced[day] += 1
            self.forced_at = now
            return self.stable.issue(now, overlap=0)
        return current

    def check(self, value: str, now: float) -> None:
        """Raise WxError unless this token opens an API now."""
        for line in (self.plain, self.stable):
            for token in (line.current, line.previous):
                if token is not None and token.value == value and token.lives(now):
                    return
            if line.current is not None and line.current.value == value:
                raise WxError(42001)
        raise WxError(40001)

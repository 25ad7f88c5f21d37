"""One fake WeChat: an account, its followers, and a record of everything. One per simulator process.

All of it lives in memory and belongs to one event loop.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, TypeVar

from app.wechat.simulator.account import Account
from app.wechat.simulator.clock import SHANGHAI, SettableClock, SimulatedClock
from app.wechat.simulator.faults import Faults
from app.wechat.simulator.followers import Follower, InboxItem, Shown, Via
from app.wechat.simulator.log import LOG_SIZE, Log

PUSH_TIMEOUT: Final = 5.0
"""Seconds that WeChat waits for the whole answer."""
State = TypeVar("State")


class World:
    def __init__(
        self,
        account: Account,
        *,
        clock: SettableClock | None = None,
        machine: Callable[[], float] = time.time,
        push_timeout: float = PUSH_TIMEOUT,
        log_size: int = LOG_SIZE,
    ) -> None:
        self.account = account
        self.clock: SettableClock = clock or SimulatedClock()
        self.machine = machine
        """The machine's clock in seconds: for signatures and tokens, which the simulated clock never moves."""
        self.push_timeout = push_timeout
        self.followers: dict[str, Follower] = {}
        self.log = Log(log_size)
        self.faults = Faults()
        self._states: dict[type, object] = {}
        self._speaking: Counter[str] = Counter()
        self._last_id = 0

    def now(self) -> datetime:
        """The simulated time, in Shanghai."""
        return self.clock.now().astimezone(SHANGHAI)

    def next_id(self) -> int:
        """A MsgId: unique, fits int64, ascending across restarts too."""
        self._last_id = max(self._last_id + 1, time.time_ns())
        return self._last_id

    def follower(self, openid: str) -> Follower:
        """The follower of this openid; a stranger becomes one, without an event."""
        return self.followers.setdefault(openid, Follower(openid))

    def note_follower(self, openid: str, *, event: str = "") -> Follower:
        """A signed message (or event) of this person reached the service: open their service window.

        What the simulator itself is delivering just now has been noted already, and more exactly.
        """
        follower = self.follower(openid)
        if not self._speaking[openid]:
            follower.note(event, self.now())
        return follower

    @contextmanager
    def speaking_for(self, openid: str) -> Iterator[None]:
        """While the simulator delivers something in this follower's name."""
        self._speaking[openid] += 1
        try:
            yield
        finally:
            self._speaking[openid] -= 1
            if not self._speaking[openid]:
                del self._speaking[openid]

    def show(self, openid: str, via: Via, shown: Shown) -> None:
        """Put a message on the follower's phone."""
        self.follower(openid).inbox.append(InboxItem(self.now(), via, shown))

    def state(self, kind: type[State]) -> State:
        """What one API family remembers (tokens, login codes…), made when first asked for."""
        found = self._states.get(kind)
        if not isinstance(found, kind):
            found = kind()
            self._states[kind] = found
        return found

"""One fake WeChat: an account, its followers, and a record of everything. One per simulator process.

All of it lives in memory and belongs to one event loop.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

from app.wechat.simulator.account import Account
from app.wechat.simulator.clock import SHANGHAI, SettableClock, SimulatedClock
from app.wechat.simulator.faults import Faults
from app.wechat.simulator.followers import Follower, InboxItem, Shown, Via
from app.wechat.simulator.log import LOG_SIZE, Log
from app.wechat.simulator.steps import Steps

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
        self.steps = Steps()
        self.log = Log(log_size, self.steps)
        self.faults = Faults()
        self.callback_url = ""
        """Where events go that no follower causes; known since the first call."""
        self.menu: Sequence[Mapping[str, Any]] = ()
        """The account's menu: the ``button`` list of menu/create."""
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
            self.steps.take(openid)
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

    def show(self, openid: str, via: Via, shown: Shown, *, answers: int | None = None) -> None:
        """Put a message on the follower's phone; ``answers`` numbers the push it is the passive reply to."""
        item = InboxItem(self.now(), via, shown, self.steps.take(openid), answers)
        self.follower(openid).inbox.append(item)

    def state(self, kind: type[State]) -> State:
        """What one API family remembers (tokens, login codes…), made when first asked for."""
        found = self._states.get(kind)
        if not isinstance(found, kind):
            found = kind()
            self._states[kind] = found
        return found

"""One number for everything that happens in a world: a page sorts by it, and asks by it what is new."""

import time


class Steps:
    """Starts at the machine's milliseconds: a page that outlives a restart must take no old number for a new one."""

    def __init__(self) -> None:
        self.latest = time.time_ns() // 1_000_000
        self._of: dict[str, int] = {}

    def take(self, openid: str | None = None) -> int:
        """Something happened; with an openid, to this follower."""
        self.latest += 1
        if openid is not None:
            self._of[openid] = self.latest
        return self.latest

    def of(self, openid: str) -> int:
        """The newest step of this follower; 0 before the first."""
        return self._of.get(openid, 0)

"""So many requests a person: one phone that goes wild must not slow the others. Never counted by address: a whole
village may share one."""

import time
from collections import OrderedDict
from math import ceil
from typing import Final

from app.core.errors import TooMany

BURST: Final = 60
"""Requests at once."""
PER_SECOND: Final = 2.0
PEOPLE: Final = 20_000
"""Remembered; who is forgotten begins anew."""


class Limiter:
    """A bucket of tokens for everybody, by the machine's clock, in this process."""

    def __init__(self, *, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        self._burst, self._per_second = burst, per_second
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def take(self, person_id: int) -> None:
        """Raises TooMany, with the seconds to wait."""
        now = time.monotonic()
        left, at = self._buckets.pop(person_id, (float(self._burst), now))
        left = min(self._burst, left + (now - at) * self._per_second)
        self._buckets[person_id] = max(0.0, left - 1), now
        if len(self._buckets) > PEOPLE:
            self._buckets.popitem(last=False)
        if left < 1:
            error = TooMany()
            error.retry_after = ceil((1 - left) / self._per_second)
            raise error

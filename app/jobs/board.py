"""Every open job in memory, in columns: the same order as `matching.scan`, without looking at every job by itself.

A part of the score looks at one side of a job, and there most jobs are alike: its rule is asked once for each kind and
the answers are handed out by numpy.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.jobs.geography import Geography
from app.jobs.matching import FIRST, OUT, PARTS, RELAXED, Asker, Offer, Part, Ranked, listed, price
from app.jobs.wants import Want

Levels = NDArray[np.int16]
CANDIDATES: Final = 64
"""Looked at first when a list is cut: more than a page needs, however many one employer has."""
REMEMBERED: Final = 4_000
"""Answers of one rule to one kind of want that are kept: many people want the same place."""

FIELDS: Final[Mapping[str, Callable[[Want], Hashable]]] = {
    "place": lambda want: (want.places, want.not_places, want.near_home, want.home),
    "pay": lambda want: want.month_floor_fen,
    "trade": lambda want: (want.trades, want.not_trades),
    "wishes": lambda want: (want.flags, want.day_work),
    "person": lambda want: (want.skills, want.certificates, want.age),
    "words": lambda want: want.words,
    "freshness": lambda want: None,
}
"""What of a want each rule reads."""


def _prices() -> NDArray[np.int16]:
    """`price` of every combination of four levels below four; more is out."""
    table = np.full((4, 4, 4, 4), OUT, dtype=np.int16)
    for levels in np.ndindex(table.shape):
        table[levels] = price(levels)
    return table


PRICES: Final = _prices()
BEYOND: Final = 3
"""Levels from here on are out of every price."""


class Column:
    """One side of every job: its kinds, and which job is of which."""

    def __init__(self, part: Part, offers: Sequence[Offer]) -> None:
        numbers: dict[tuple[Any, ...], int] = {}
        self.kind_of = np.fromiter(
            (numbers.setdefault(part.column(offer), len(numbers)) for offer in offers),
            dtype=np.int32,
            count=len(offers),
        )
        self._kinds = list(numbers)
        self._part = part
        self._fields = FIELDS[part.name]
        self._known = lru_cache(maxsize=REMEMBERED)(self._ask)

    def steps(self, asker: Asker) -> tuple[Levels, Levels]:
        """Level and points of each kind."""
        return self._known(_Question(self._fields(asker.want), asker.today, asker))

    def _ask(self, question: "_Question") -> tuple[Levels, Levels]:
        steps = [self._part.judge(question.asker, *kind) for kind in self._kinds]
        return (
            np.array([min(step.level, BEYOND) for step in steps], dtype=np.int16),
            np.array([step.points for step in steps], dtype=np.int16),
        )


class _Question:
    """What a rule is asked, and equal where it would answer the same."""

    __slots__ = ("_key", "asker")

    def __init__(self, fields: Hashable, today: int, asker: Asker) -> None:
        self._key = fields, today
        self.asker = asker

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Question) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


class Board:
    """Open jobs as they were at one version of the table; never changed, only replaced."""

    def __init__(
        self,
        offers: Iterable[Offer] = (),
        *,
        near: Mapping[str, Sequence[str]],
        geography: Geography,
        version: object = None,
    ) -> None:
        self._near, self._geography, self.version = near, geography, version
        ordered = sorted(offers, key=lambda offer: offer.id)
        self.offers = {offer.id: offer for offer in ordered}
        self._list = ordered
        self._columns = [Column(part, ordered) for part in PARTS]
        self._expires = np.fromiter((offer.expires for offer in ordered), dtype=np.int64, count=len(ordered))

    def __len__(self) -> int:
        return len(self._list)

    def asker(self, want: Want, today: int) -> Asker:
        near = {trade: self._near.get(trade, ()) for trade in want.trades}
        return Asker(want, near, self._geography, today)

    def part_of(self, ids: Iterable[int]) -> "Board":
        """Only these jobs, as far as they are on the board."""
        offers = [self.offers[number] for number in ids if number in self.offers]
        return Board(offers, near=self._near, geography=self._geography)

    def rank(self, asker: Asker, *, limit: int) -> list[Ranked]:
        """What `matching.scan` gives over the same jobs."""
        return listed(self._in_order(asker), limit)

    def every(self, asker: Asker) -> Iterator[Ranked]:
        """All that fit, by score alone; where they are fewer than `FIRST`, what nearly fits fills up to it."""
        for at, one in enumerate(self._in_order(asker)):
            if one.price and at >= FIRST:
                return
            yield one

    def _in_order(self, asker: Asker) -> Iterator[Ranked]:
        """All that may be shown; sorted only as far as somebody looks."""
        rows, keys = self._rank_all(asker)
        done = 0
        while done < len(keys):
            wanted = max(CANDIDATES, done * 8)
            best = np.argpartition(keys, wanted)[:wanted] if wanted < len(keys) else np.arange(len(keys))
            best = best[np.argsort(keys[best])][done:]
            yield from (self._ranked(int(rows[at]), int(keys[at])) for at in best)
            done = wanted

    def count_fitting(self, asker: Asker) -> int:
        """How many fit every condition."""
        return int(np.count_nonzero(self._rank_all(asker)[1] < PRICE))

    def _rank_all(self, asker: Asker) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows that nothing rules out, and their keys: price, then score, then number."""
        alive = self._expires >= asker.today
        points = np.zeros(len(self._list), dtype=np.int16)
        levels: list[Levels] = []
        for number, column in enumerate(self._columns):
            level, point = column.steps(asker)
            if level.any():
                of_row = level[column.kind_of]
                if number < RELAXED:
                    alive &= of_row < BEYOND
                else:
                    alive &= of_row == 0
            else:
                of_row = np.zeros(1, dtype=np.int16)
            if number < RELAXED:
                levels.append(of_row)
            if point.any():
                points += point[column.kind_of]
        costs = PRICES[tuple(np.minimum(level, BEYOND) for level in levels)]
        alive &= costs < OUT
        rows = np.flatnonzero(alive)
        prices = np.broadcast_to(costs, alive.shape)[rows].astype(np.int64)
        return rows, prices * PRICE + (POINTS - points[rows].astype(np.int64)) * MANY + rows

    def _ranked(self, row: int, key: int) -> Ranked:
        offer = self._list[row]
        return Ranked(key // PRICE, key % PRICE // MANY - POINTS, offer.id, offer.employer)


MANY: Final = 1 << 24
"""More jobs than there will ever be on one board."""
POINTS: Final = 1_000
PRICE: Final = MANY * (POINTS + 1)

"""Jobs at size: one person's list, a day's digest, reading a sheet, taking in 10,000 rows.

The reference of the first two is the plain scan that defines the order; of reading, openpyxl.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import openpyxl

from app.core.clock import Clock
from app.core.config import ROOT
from app.core.db import open_database
from app.core.migrations import migrate
from app.jobs.ad import HEADINGS
from app.jobs.asking import Reader
from app.jobs.board import Board
from app.jobs.desk import Desk
from app.jobs.imports import take_in
from app.jobs.matching import FIRST, Demand, Offer, scan
from app.jobs.outputs import write_sheet
from app.jobs.pushes import Asked, choose
from app.jobs.reading import read_file
from app.jobs.sheets import read
from app.jobs.wants import Want
from app.knowledge.lexicon import Lexicon, read_lexicon

JOBS, PEOPLE, NEW, SUBSCRIBERS, ROWS = 100_000, 200, 300, 50_000, 10_000
TODAY = date(2026, 11, 23)


def offers(lexicon: Lexicon, count: int) -> list[Offer]:
    """Jobs spread over every trade, some four hundred places, and pay in steps of a hundred yuan."""
    dice = Random(1)
    places = sorted(lexicon.gazetteer.places, key=lambda place: place.said())[:400]
    trades, flags = lexicon.trades.names, lexicon.flags.names
    found = []
    for number in range(1, count + 1):
        trade = (dice.choice(trades),)
        found.append(
            Offer(
                number,
                f"{trade[0]}{number % 900}",
                f"厂{dice.randrange(5_000)}",
                trade,
                dice.choice(places),
                dice.randrange(20, 150) * 10_000,
                dice.random() < 0.1,
                frozenset(dice.sample(flags, dice.randrange(4))),
                dice.random() < 0.05,
                Demand(trade),
                TODAY.toordinal() - dice.randrange(60),
                TODAY.toordinal() + dice.randrange(-5, 60),
            )
        )
    return found


def wants(lexicon: Lexicon, count: int) -> list[Want]:
    dice = Random(2)
    places = sorted(lexicon.gazetteer.places, key=lambda place: place.said())[:400]
    return [
        Want(
            trades=tuple(dice.sample(lexicon.trades.names, dice.randrange(1, 4))),
            places=tuple(dice.sample(places, dice.randrange(3))),
            floor=dice.choice([None, 3000, 4000, 5000, 6000]),
            flags=tuple(dice.sample(["包吃", "包住", "不上夜班", "夫妻房"], dice.randrange(3))),
        )
        for _ in range(count)
    ]


def cpu(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def one_person(desk: Desk, lexicon: Lexicon) -> None:
    everything, people = offers(lexicon, JOBS), wants(lexicon, PEOPLE)
    board = desk.board_of(everything)
    askers = [board.asker(want, TODAY.toordinal()) for want in people]
    fresh = median(cpu(lambda asker=asker: board.rank(asker, limit=FIRST)) for asker in askers)  # type: ignore[misc]
    again = median(cpu(lambda asker=asker: board.rank(asker, limit=FIRST)) for asker in askers)  # type: ignore[misc]
    plain = median(cpu(lambda asker=asker: scan(asker, everything, limit=FIRST)) for asker in askers[:5])  # type: ignore[misc]
    print(
        f"one person, {JOBS} jobs: {fresh * 1000:.1f} ms CPU the first time, {again * 1000:.1f} ms again; "
        f"the plain scan {plain * 1000:.0f} ms ({plain / fresh:.0f}×)"
    )


def digest(desk: Desk, lexicon: Lexicon) -> None:
    board: Board = desk.board_of(offers(lexicon, NEW))
    people = [Asked(number, want, frozenset()) for number, want in enumerate(wants(lexicon, SUBSCRIBERS))]
    chosen: list[Any] = []
    took = cpu(lambda: chosen.extend(choose(board, people, today=TODAY)))
    print(f"digest, {NEW} new jobs × {SUBSCRIBERS} people: {took:.1f} s CPU, {len(chosen)} people are told something")


def sheet(path: Path) -> None:
    head = [HEADINGS[field][0] for field in FILLED]
    rest = ["138-0000-1234", "做校服，包教会，长白班，包住", "2027-05-01"]
    rows = (
        [f"缝纫工{n}", f"六枝{n % 700}服饰厂", "贵州省", "六盘水市", "六枝特区", "缝纫工", 5, 3000, 4500, "月", *rest]
        for n in range(ROWS)
    )
    write_sheet(path, "岗位", head, rows)


FILLED = (
    *("title", "employer", "province", "city", "district", "trade", "headcount", "salary_min", "salary_max"),
    *("salary_unit", "contact_phone", "description", "expires_at"),
)


async def importing(lexicon: Lexicon, folder: Path) -> None:
    path = folder / "岗位.xlsx"
    sheet(path)
    began = time.perf_counter()
    found = await read_file(path)
    apart = time.perf_counter() - began
    reading = cpu(lambda: list(read(path)))
    reference = cpu(lambda: [list(row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)])
    print(
        f"{len(found.rows)} rows read: {reading:.2f} s CPU, openpyxl {reference:.2f} s ({reference / reading:.1f}×); "
        f"{apart:.2f} s in its own process"
    )
    url = f"sqlite:///{folder / 'yanlu.db'}"
    migrate(url)
    db = open_database(url)
    waits: list[float] = []
    began = time.perf_counter()
    asking = asyncio.create_task(_ask(db, waits))
    await take_in(db, found.rows, publish=True, source="表", lexicon=lexicon, now=Clock().now())
    took = time.perf_counter() - began
    asking.cancel()
    await db.close()
    print(
        f"taking in {len(found.rows)} rows: {took:.1f} s after reading; a write of somebody else's meanwhile waited "
        f"{max(waits) * 1000:.0f} ms at most, {median(waits) * 1000:.0f} ms in the middle"
    )


async def _ask(db: Any, waits: list[float]) -> None:
    """Somebody else's small write, again and again."""
    while True:
        began = time.perf_counter()
        await db.write(lambda session: session.connection().exec_driver_sql("SELECT 1"))
        waits.append(time.perf_counter() - began)
        await asyncio.sleep(0.02)


def main() -> None:
    lexicon = read_lexicon(ROOT / "intents")
    desk = Desk(lexicon, Reader(lexicon))
    one_person(desk, lexicon)
    digest(desk, lexicon)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(importing(lexicon, Path(folder)))


if __name__ == "__main__":
    main()

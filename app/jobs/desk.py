"""What the doors ask for jobs: the board as it is now, and the reader of wants."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import Database
from app.core.errors import YanluError
from app.jobs import jobs
from app.jobs.asking import Reader
from app.jobs.board import Board
from app.jobs.geography import Geography
from app.jobs.matching import Offer
from app.jobs.models import Job
from app.jobs.offers import offer_of
from app.jobs.spelling import Spelling
from app.knowledge.lexicon import Lexicon
from app.knowledge.tokens import Tokens

LOOK: Final = 2.0
"""Seconds between two looks whether a job has changed."""
EVERYDAY: Final = ("附近", "太远", "站起", "站起做", "接送", "归屋", "工作", "活路", "以上", "公司", "单位")
"""Words of searches that no list has; nothing that sounds like them takes their place."""

log = structlog.get_logger()


def reader_of(lexicon: Lexicon, tokens: Tokens) -> Reader:
    """Reads wants by the lists, also where a word is written as it sounds."""
    words = {*lexicon.trades.words, *lexicon.flags.words, *lexicon.gazetteer.plain_names, *EVERYDAY}
    return Reader(lexicon, Spelling(words, tokens.split, tokens.knows).correct)


class Desk:
    """The open jobs of one process, looked up in memory and kept like the database."""

    def __init__(self, lexicon: Lexicon, reader: Reader) -> None:
        self.reader = reader
        self._lexicon = lexicon
        self._geography = Geography(lexicon.gazetteer.home, lexicon.points)
        self._near = {name: tuple(lexicon.trades.near(name)) for name in lexicon.trades.names}
        self._offers: dict[int, tuple[int, Offer]] = {}
        self._stamp: tuple[int, int] | None = None
        self.board = self.board_of(())

    def board_of(self, offers: Sequence[Offer]) -> Board:
        """A board of these jobs only."""
        return Board(offers, near=self._near, geography=self._geography)

    async def refresh(self, db: Database) -> bool:
        """Take in what has changed. Returns whether anything had."""
        now = await db.read(jobs.stamp)
        if now == self._stamp:
            return False
        versions = await db.read(jobs.published_versions)
        kept = {number: known for number, known in self._offers.items() if versions.get(number) == known[0]}
        wanted = [number for number in versions if number not in kept]
        for start in range(0, len(wanted), jobs.PAGE * 5):
            rows = await db.read(jobs.load, wanted[start : start + jobs.PAGE * 5])
            offers = await asyncio.to_thread(self._offers_of, rows)
            kept |= {offer.id: (versions[offer.id], offer) for offer in offers}
        self._offers = kept
        self.board = await asyncio.to_thread(self.board_of, [offer for _, offer in kept.values()])
        self._stamp = now
        return True

    def _offers_of(self, rows: Iterable[Job]) -> list[Offer]:
        return [offer_of(job, self._lexicon) for job in rows]

    async def follow(self, db: Database) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.refresh(db)
            except (YanluError, SQLAlchemyError) as error:
                log.warning("jobs_not_refreshed", error=str(error))  # the old board stands until the next look
            await asyncio.sleep(LOOK)

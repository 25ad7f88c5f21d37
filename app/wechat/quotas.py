"""Our own count of how often each interface was used, so that WeChat's “enough for today” does not happen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col

from app.core.clock import Clock, local
from app.core.db import Database
from app.core.db.upsert import InsertNew
from app.wechat.outbound_models import ApiUse
from app.wechat.wx_errors import QuotaSpent

DAILY: Final[Mapping[str, int]] = {
    "cgi-bin/message/custom/send": 500_000,
    "cgi-bin/message/template/send": 100_000,
    "cgi-bin/message/mass/preview": 100,
    "cgi-bin/message/mass/delete": 10,
    "cgi-bin/draft/add": 1_000,
    "cgi-bin/freepublish/submit": 100,
    "cgi-bin/menu/create": 1_000,
    "cgi-bin/user/get": 500,
}
"""Calls a day that WeChat takes; an interface that is not listed has no limit that we could reach."""
BLOCK: Final = 20
"""Calls that a process reserves at once where thousands are allowed: one write for twenty sends."""
SMALL: Final = 5_000

_insert: Final = InsertNew(ApiUse)


@dataclass(slots=True)
class _Reserved:
    day: date
    left: int


class Quotas:
    """Of one process; the count itself is one row for all of them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._reserved: dict[str, _Reserved] = {}

    async def take(self, api: str) -> None:
        """Before a call. Raises QuotaSpent, whose ``until`` says when WeChat counts anew."""
        limit = DAILY.get(api)
        if limit is None:
            return
        today = local(self._clock.now()).date()
        reserved = self._reserved.get(api)
        if reserved is None or reserved.day != today or reserved.left == 0:
            wanted = BLOCK if limit > SMALL else 1
            got = await self._db.write(_reserve, api, today, wanted, limit, now=self._clock.now())
            if not got:
                raise self.spent(api)
            reserved = self._reserved[api] = _Reserved(today, got)
        reserved.left -= 1

    async def block(self, api: str) -> QuotaSpent:
        """WeChat says that it is enough: nobody asks again before tomorrow."""
        error = self.spent(api)
        self._reserved.pop(api, None)
        today = local(self._clock.now()).date()
        await self._db.write(_block, api, today, error.until)
        return error

    def spent(self, api: str) -> QuotaSpent:
        error = QuotaSpent(api=api, errcode=45009)
        error.until = self.tomorrow()
        return error

    def tomorrow(self) -> datetime:
        """When WeChat counts anew: a minute past midnight, for clocks that differ."""
        here = local(self._clock.now()) + timedelta(days=1)
        return here.replace(hour=0, minute=1, second=0, microsecond=0)


def _reserve(session: Session, api: str, day: date, wanted: int, limit: int, *, now: datetime) -> int:
    """How many of ``wanted`` are ours: all or, near the limit, none."""
    connection = session.connection()
    _insert(connection, {"api": api, "day": day, "used": 0, "blocked_until": None})
    row = session.get(ApiUse, (api, day))
    if row is not None and row.blocked_until is not None and row.blocked_until > now:
        return 0
    mine = col(ApiUse.api) == api, col(ApiUse.day) == day, col(ApiUse.used) + wanted <= limit
    taken = update(ApiUse).where(*mine).values(used=ApiUse.used + wanted)
    return wanted if connection.execute(taken).rowcount == 1 else 0


def _block(session: Session, api: str, day: date, until: datetime) -> None:
    connection = session.connection()
    _insert(connection, {"api": api, "day": day, "used": 0, "blocked_until": None})
    mine = update(ApiUse).where(col(ApiUse.api) == api, col(ApiUse.day) == day)
    connection.execute(mine.values(blocked_until=until))

"""How much of each API is used, counted by ourselves: so that WeChat never has to say 45009.

One conditional upsert claims a block of calls for this process before the first of them is made; what an ended
process had left over of its blocks is lost, which is nothing beside a day's half million.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Insert, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app.core.clock import Clock, local
from app.core.db import Database
from app.wechat.models import ApiQuota
from app.wechat.wx_errors import QuotaSpent

KEPT_DAYS: Final = 2


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls a day and a minute, 0 for no limit of ours; claimed ``block`` at a time."""

    day: int = 0
    minute: int = 0
    block: int = 1


@dataclass(slots=True)
class _Block:
    period: str = ""
    left: int = 0


class Quotas:
    """This process's claims on what all processes share."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._blocks: defaultdict[tuple[str, str], _Block] = defaultdict(_Block)
        self._blocked: dict[str, datetime] = {}
        self._claiming: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def claim(self, api: str, limit: Limit) -> None:
        """One call more. Raises QuotaSpent, saying until when."""
        now = self._clock.now()
        if until := self._blocked.get(api):
            if now < until:
                raise QuotaSpent(until=until, api=api)
            del self._blocked[api]
        if limit.minute:
            await self._take(api, f"{local(now):%Y-%m-%dT%H:%M}", limit.minute, limit.block, now, next_minute(now))
        if limit.day:
            await self._take(api, f"{local(now):%Y-%m-%d}", limit.day, limit.block, now, next_day(now))

    async def block(self, api: str, until: datetime) -> None:
        """WeChat says that there is no more: nobody asks again before ``until``."""
        self._blocked[api] = until
        await self._db.write(block, api, f"{local(self._clock.now()):%Y-%m-%d}", until)

    async def _take(self, api: str, period: str, limit: int, block: int, now: datetime, until: datetime) -> None:
        mine = self._blocks[api, "minute" if "T" in period else "day"]
        if mine.period == period and mine.left:
            mine.left -= 1
            return
        async with self._claiming[api]:
            if mine.period != period or not mine.left:
                claimed = await self._db.write(claim, api, period, limit, block, now)
                if isinstance(claimed, datetime):
                    self._blocked[api] = claimed
                    raise QuotaSpent(until=claimed, api=api)
                if not claimed:
                    raise QuotaSpent(until=until, api=api)
                mine.period, mine.left = period, claimed
            mine.left -= 1


def next_minute(now: datetime) -> datetime:
    return local(now).replace(second=0, microsecond=0) + timedelta(minutes=1)


def next_day(now: datetime) -> datetime:
    return local(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def next_month(now: datetime) -> datetime:
    first = local(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


# --- units of work ---


def _upsert(insert: Any) -> Insert:
    statement = insert(ApiQuota.__table__)  # type: ignore[attr-defined]
    fits = col(ApiQuota.used) + statement.excluded.used <= statement.excluded.limit
    open_again = or_(
        col(ApiQuota.blocked_until).is_(None),
        col(ApiQuota.blocked_until) <= bindparam("now", type_=ApiQuota.__table__.c.blocked_until.type),  # type: ignore[attr-defined]
    )
    counted: Insert = statement.on_conflict_do_update(
        index_elements=["api", "period"],
        set_={"used": col(ApiQuota.used) + statement.excluded.used, "limit": statement.excluded.limit},
        where=fits & open_again,
    )
    return counted.inline().execution_options(preserve_rowcount=True)


def _blocking(insert: Any) -> Insert:
    statement = insert(ApiQuota.__table__)  # type: ignore[attr-defined]
    blocked: Insert = statement.on_conflict_do_update(
        index_elements=["api", "period"], set_={"blocked_until": statement.excluded.blocked_until}
    )
    return blocked.inline()


_CLAIM: Final[Mapping[str, Insert]] = {"sqlite": _upsert(sqlite.insert), "postgresql": _upsert(postgresql.insert)}
_BLOCK: Final[Mapping[str, Insert]] = {"sqlite": _blocking(sqlite.insert), "postgresql": _blocking(postgresql.insert)}


def claim(session: Session, api: str, period: str, limit: int, block: int, now: datetime) -> int | datetime:
    """Claim ``block`` calls, or the one that is left; 0 when none is, or the instant until which WeChat gives none."""
    connection = session.connection()
    statement = _CLAIM[connection.dialect.name]
    for size in dict.fromkeys((min(block, limit), 1)):
        row = {"api": api, "period": period, "used": size, "limit": limit, "blocked_until": None, "now": now}
        if connection.execute(statement, row).rowcount == 1:
            return size
    blocked = select(col(ApiQuota.blocked_until)).where(col(ApiQuota.api) == api, col(ApiQuota.period) == period)
    until: datetime | None = connection.execute(blocked).scalar_one()
    return until if until is not None and until > now else 0


def block(session: Session, api: str, period: str, until: datetime) -> None:
    connection = session.connection()
    row = {"api": api, "period": period, "used": 0, "limit": 0, "blocked_until": until}
    connection.execute(_BLOCK[connection.dialect.name], row)


def forget_quotas(session: Session, *, now: datetime) -> int:
    """Delete what is over; at most 200 a call."""
    oldest = f"{local(now) - timedelta(days=KEPT_DAYS):%Y-%m-%d}"
    old = select(col(ApiQuota.api), col(ApiQuota.period)).where(col(ApiQuota.period) < oldest).limit(200)
    found = session.connection().execute(old).all()
    for api, period in found:
        session.connection().execute(delete(ApiQuota).where(col(ApiQuota.api) == api, col(ApiQuota.period) == period))
    return len(found)

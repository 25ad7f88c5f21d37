"""The access token: fetched once, however many processes start at the same moment."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col

from app.core.clock import machine_seconds
from app.core.db import Database
from app.core.db.upsert import InsertNew
from app.core.security import Sealer
from app.wechat.outbound_models import AccessToken
from app.wechat.wx_errors import TryAgain

EARLY: Final = 300
"""Seconds before its end from which WeChat gives out the next one; both are good meanwhile."""
LEASE: Final = 10
"""Seconds that one process may take to fetch it before another one tries."""
GLANCE: Final = 0.05

_insert: Final = InsertNew(AccessToken)


@dataclass(frozen=True, slots=True)
class Fetched:
    token: str
    lasts: int
    """Seconds."""


Fetch = Callable[[bool], Awaitable[Fetched]]
"""Asks WeChat; True: for a new one by force."""


class AccessTokens:
    """Of one app, in one process. Raises what ``fetch`` raises."""

    def __init__(self, app_id: str, db: Database, sealer: Sealer, fetch: Fetch) -> None:
        self._app_id = app_id
        self._db = db
        self._sealer = sealer
        self._fetch = fetch
        self._token, self._until = "", 0
        self._refused = ""
        self._getting: asyncio.Task[str] | None = None

    async def get(self) -> str:
        """A token that is good now. Many callers at once make one request."""
        if self._token and machine_seconds() < self._until:
            return self._token
        if self._getting is None or self._getting.done():
            self._getting = asyncio.create_task(self._obtain())
        return await asyncio.shield(self._getting)

    async def expire(self, token: str) -> None:
        """WeChat has refused ``token``: forget it, unless somebody has got a newer one meanwhile."""
        self._refused = token
        if self._token == token:
            self._token = ""
        await self._db.write(_expire, self._app_id, _fingerprint(token))

    async def _obtain(self) -> str:
        end = machine_seconds() + LEASE * 2
        while machine_seconds() < end:
            now = int(machine_seconds())
            row = await self._db.read(_load, self._app_id)
            if row is not None and row.expires_at - EARLY > now:
                return self._keep(self._sealer.unseal(row.sealed, context=self._app_id), row.expires_at)
            if await self._db.write(_lease, self._app_id, now):
                return await self._renew()
            await asyncio.sleep(GLANCE)
        raise TryAgain("等别的进程取微信凭据，等不到。")

    async def _renew(self) -> str:
        try:
            fetched = await self._fetch(False)
            if fetched.token == self._refused:
                fetched = await self._fetch(True)
        except BaseException:
            await self._db.write(_release, self._app_id)
            raise
        expires_at = int(machine_seconds()) + fetched.lasts
        sealed = self._sealer.seal(fetched.token, context=self._app_id)
        await self._db.write(_store, self._app_id, sealed, _fingerprint(fetched.token), expires_at)
        return self._keep(fetched.token, expires_at)

    def _keep(self, token: str, expires_at: int) -> str:
        self._token, self._until = token, expires_at - EARLY
        return token


@dataclass(frozen=True, slots=True)
class _Row:
    sealed: str
    expires_at: int


def _load(session: Session, app_id: str) -> _Row | None:
    row = session.get(AccessToken, app_id)
    return _Row(row.sealed, row.expires_at) if row else None


def _lease(session: Session, app_id: str, now: int) -> bool:
    """Whether it is ours to ask WeChat. One conditional UPDATE: two processes can never both be told so."""
    connection = session.connection()
    _insert(connection, {"app_id": app_id, "sealed": "", "fingerprint": "", "expires_at": 0, "leased_until": 0})
    free = col(AccessToken.app_id) == app_id, col(AccessToken.leased_until) <= now
    stale = col(AccessToken.expires_at) - EARLY <= now
    taken = update(AccessToken).where(*free, stale).values(leased_until=now + LEASE)
    return connection.execute(taken).rowcount == 1


def _release(session: Session, app_id: str) -> None:
    mine = update(AccessToken).where(col(AccessToken.app_id) == app_id)
    session.connection().execute(mine.values(leased_until=0))


def _store(session: Session, app_id: str, sealed: str, fingerprint: str, expires_at: int) -> None:
    mine = update(AccessToken).where(col(AccessToken.app_id) == app_id)
    values = {"sealed": sealed, "fingerprint": fingerprint, "expires_at": expires_at, "leased_until": 0}
    session.connection().execute(mine.values(**values))


def _expire(session: Session, app_id: str, fingerprint: str) -> None:
    same = col(AccessToken.app_id) == app_id, col(AccessToken.fingerprint) == fingerprint
    session.connection().execute(update(AccessToken).where(*same).values(expires_at=0))


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Access tokens: however many coroutines and processes want one, WeChat is asked once.

In a process one task asks for all; across processes whoever claims the row (one conditional UPDATE, a lease)
asks, and the others look at the row until the token stands there. `stable_token` answers the same token while it
is good, so a lease that was lost does no harm. Tokens live by the machine's clock.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Row, select, update
from sqlmodel import Session, col

from app.core.clock import machine_seconds
from app.core.db import Database
from app.core.db.upsert import InsertNew
from app.core.security import SealBroken, Sealer
from app.wechat.models import AccessToken
from app.wechat.wire import Ask, Wire
from app.wechat.wx_codes import TOKEN_CODES
from app.wechat.wx_errors import NeedsOperator, Refusal, TryAgain, WeChatError

PATH: Final = "cgi-bin/stable_token"
EARLY: Final = 300.0
"""Seconds before its end that a token is renewed: from then on WeChat gives out the next, and both are good."""
LAST_MOMENT: Final = 30.0
"""With less than this left, a token is no longer used while another is being asked for."""
ASKING: Final = 4.0
LEASE: Final = 6.0
"""Longer than asking takes, so that it ends by itself only where its holder died."""
PATIENCE: Final = 12.0
"""How long the row is looked at; a dead holder's lease has run out by then."""
POLL: Final = 0.05
FORCE_PAUSE: Final = 300.0
"""WeChat lets itself be forced twenty times a day."""
PAUSE: Final = 0.25
"""Seconds after a failure in which everybody gets that failure."""
PAUSE_FOR_PEOPLE: Final = 30.0
"""Nobody mends a wrong secret sooner; until then WeChat is not asked again."""

log = structlog.get_logger()
_insert: Final = InsertNew(AccessToken)


@dataclass(frozen=True, slots=True)
class Credentials:
    """One app: the official account's or the mini-program's."""

    app_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    expires_at: float
    generation: int = 0

    def lasts(self, seconds: float) -> bool:
        return self.expires_at - machine_seconds() > seconds


async def ask_token(wire: Wire, app: Credentials, *, until: datetime, force: bool = False) -> Token:
    """What WeChat gives out. Raises the errors of `wx_errors`; a wrong secret is NeedsOperator."""
    body: dict[str, object] = {"grant_type": "client_credential", "appid": app.app_id, "secret": app.secret}
    answer = await wire.exchange(Ask(PATH, body={**body, "force_refresh": force}), seconds=ASKING)
    if answer.errcode in TOKEN_CODES:
        sentence = "微信不认这一对 AppID 和 AppSecret。请到公众平台“基本配置”核对，重置过的要换成新的。"
        refusal = Refusal(PATH, answer.errcode, answer.errmsg)
        raise NeedsOperator(sentence, api=PATH, errcode=answer.errcode, rid=refusal.rid)
    if answer.errcode:
        raise Refusal(PATH, answer.errcode, answer.errmsg).as_error(until=until)
    value, seconds = answer.fields.get("access_token"), answer.fields.get("expires_in")
    if not (isinstance(value, str) and value and isinstance(seconds, int | float)):
        raise TryAgain("微信的回答里没有接口凭据。", api=PATH)
    # The last second before WeChat's own renewal must not make us ask with every call.
    return Token(value, machine_seconds() + max(float(seconds), EARLY + 10))


class AccessTokens:
    """The token of one app."""

    def __init__(
        self, wire: Wire, db: Database, sealer: Sealer | None, app: Credentials, *, tomorrow: Callable[[], datetime]
    ) -> None:
        """``tomorrow`` is when a day's quota is given anew."""
        self._wire = wire
        self._db = db
        self._sealer = sealer
        self._app = app
        self._tomorrow = tomorrow
        self._held: Token | None = None
        self._obtaining: asyncio.Task[Token] | None = None
        self._failed: tuple[float, WeChatError] | None = None

    async def get(self, *, seconds: float) -> Token:
        """A token to use now. Raises the errors of `wx_errors`, TryAgain after ``seconds``."""
        if self._held and self._held.lasts(EARLY):
            return self._held
        if self._failed and machine_seconds() < self._failed[0]:
            raise self._failed[1].twin()
        try:
            async with asyncio.timeout(seconds):
                return await self._shared()
        except WeChatError as error:
            raise error.twin() from None  # each caller may say of its own whether it was sent
        except TimeoutError:
            raise TryAgain("等接口凭据等得太久。", api=PATH) from None

    async def refused(self, token: Token) -> None:
        """WeChat did not take it. Compare and expire: a newer one, ours or another process's, stays."""
        if self._held and self._held.generation == token.generation:
            self._held = None
        await self._db.write(expire, self._app.app_id, token.generation)

    async def _shared(self) -> Token:
        """Single flight: whoever comes while a token is being obtained waits for that one."""
        if self._obtaining is None:
            self._obtaining = asyncio.create_task(self._obtain())
            self._obtaining.add_done_callback(self._obtained)
        return await asyncio.shield(self._obtaining)

    def _obtained(self, task: "asyncio.Task[Token]") -> None:
        self._obtaining = None
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, WeChatError):
            pause = PAUSE_FOR_PEOPLE if isinstance(error, NeedsOperator) else PAUSE
            self._failed = machine_seconds() + pause, error
        elif error is None:
            self._failed = None

    async def _obtain(self) -> Token:
        """From the row, or from WeChat where it is our turn to ask."""
        _ = self._sealing  # without a key there is nothing to ask for
        end = machine_seconds() + PATIENCE
        while True:
            row = await self._db.read(read_row, self._app.app_id)
            token = self._open(row)
            if token and token.lasts(EARLY):
                self._held = token
                return token
            lease = machine_seconds() + LEASE
            if await self._db.write(claim, self._app.app_id, row.generation if row else None, lease):
                if renewed := await self._renew(row, token, lease):
                    return renewed
            elif token and token.lasts(LAST_MOMENT):
                return token  # somebody renews it; until then it is good
            if self._wire.closed or machine_seconds() > end:
                raise TryAgain("等不到接口凭据，别的进程没有取来。", api=PATH)
            await asyncio.sleep(POLL)

    async def _renew(
        self, row: "Row[tuple[str, float, int, float]] | None", old: Token | None, lease: float
    ) -> Token | None:
        """Ask WeChat, and keep the answer in the row. None when the lease was lost meanwhile."""
        try:
            token, forced = await self._ask_for_another(old, row.forced_at if row else 0.0)
        except WeChatError as error:
            await self._db.write(release, self._app.app_id, lease)
            if isinstance(error, TryAgain) and old and old.lasts(LAST_MOMENT):
                return old
            log.warning("access_token_not_had", errcode=error.errcode, rid=error.rid, error=type(error).__name__)
            raise
        token = Token(token.value, token.expires_at, (row.generation if row else 0) + 1)
        if not await self._db.write(store, self._app.app_id, self._seal(token.value), token, lease, forced):
            return None
        self._held = token
        return token

    async def _ask_for_another(self, old: Token | None, forced_at: float) -> tuple[Token, bool]:
        """WeChat's token; where it is the very one that was refused, make it give another."""
        token = await ask_token(self._wire, self._app, until=self._tomorrow())
        was_refused = old is not None and old.expires_at == 0 and old.value == token.value
        if not was_refused or machine_seconds() - forced_at < FORCE_PAUSE:
            return token, False
        return await ask_token(self._wire, self._app, until=self._tomorrow(), force=True), True

    def _open(self, row: "Row[tuple[str, float, int, float]] | None") -> Token | None:
        """The row's token; None where there is none, or it was sealed with another secret key."""
        if row is None or not row.sealed:
            return None
        try:
            return Token(self._sealing.unseal(row.sealed, self._context), row.expires_at, row.generation)
        except SealBroken:
            return None

    def _seal(self, value: str) -> str:
        return self._sealing.seal(value, self._context)

    @property
    def _context(self) -> str:
        return f"access_token {self._app.app_id}"

    @property
    def _sealing(self) -> Sealer:
        if self._sealer is None:
            raise NeedsOperator("没有填 YANLU_SECRET_KEY，接口凭据没法加密存放。", api=PATH)
        return self._sealer


# --- units of work on the row ---


def read_row(session: Session, app_id: str) -> "Row[tuple[str, float, int, float]] | None":
    columns = AccessToken.sealed, AccessToken.expires_at, AccessToken.generation, AccessToken.forced_at
    return session.connection().execute(select(*columns).where(col(AccessToken.app_id) == app_id)).first()  # type: ignore[call-overload]


def claim(session: Session, app_id: str, seen: int | None, lease: float) -> bool:
    """Take it on to ask WeChat, until ``lease``. False when somebody else has, or a newer token than ``seen`` came."""
    if seen is None:
        row = {"app_id": app_id, "sealed": "", "expires_at": 0.0, "generation": 0, "forced_at": 0.0}
        return _insert(session.connection(), {**row, "refreshing_until": lease})
    free = (
        col(AccessToken.app_id) == app_id,
        col(AccessToken.generation) == seen,
        col(AccessToken.refreshing_until) <= machine_seconds(),
    )
    return session.connection().execute(update(AccessToken).where(*free).values(refreshing_until=lease)).rowcount == 1


def store(session: Session, app_id: str, sealed: str, token: Token, lease: float, forced: bool) -> bool:
    """Keep the new token and give the lease back. False when the lease had run out and somebody else took it."""
    mine = col(AccessToken.app_id) == app_id, col(AccessToken.refreshing_until) == lease
    values = {
        "sealed": sealed,
        "expires_at": token.expires_at,
        "generation": token.generation,
        "refreshing_until": 0.0,
        **({"forced_at": machine_seconds()} if forced else {}),
    }
    return session.connection().execute(update(AccessToken).where(*mine).values(**values)).rowcount == 1


def release(session: Session, app_id: str, lease: float) -> None:
    mine = col(AccessToken.app_id) == app_id, col(AccessToken.refreshing_until) == lease
    session.connection().execute(update(AccessToken).where(*mine).values(refreshing_until=0.0))


def expire(session: Session, app_id: str, generation: int) -> bool:
    """Only the token that failed: another process may have put a good one there since."""
    failed = col(AccessToken.app_id) == app_id, col(AccessToken.generation) == generation
    return session.connection().execute(update(AccessToken).where(*failed).values(expires_at=0.0)).rowcount == 1

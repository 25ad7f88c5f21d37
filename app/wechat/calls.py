"""A call to one of WeChat's APIs: permitted, counted, with a token, tried again where that can do no harm.

Whatever happens is one of `wx_errors`, within the API's total deadline; one line of log, one count.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from random import uniform
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import Clock
from app.core.config import Settings
from app.core.db import Database
from app.core.errors import YanluError
from app.core.metrics import access_token_refused_total, wechat_call_seconds, wechat_calls_total
from app.core.security import Sealer
from app.wechat.access_token import AccessTokens, Credentials, Token
from app.wechat.features import Feature, require
from app.wechat.quotas import Limit, Quotas, next_day, next_minute, next_month
from app.wechat.wire import Answer, Ask, Wire
from app.wechat.wx_codes import TOKEN_CODES
from app.wechat.wx_errors import (
    NeedsOperator,
    RecipientGone,
    Refusal,
    TryAgain,
    WeChatError,
)

PAUSES: Final = (0.3, 0.9)
"""Seconds before the second and the third try."""
ONE_TRY: Final = 4.0
"""Seconds of one try where there may be another."""
INTERACTIVE: Final = 5.0
"""Somebody is waiting in front of their phone."""
UPLOAD: Final = 30.0
NO_LIMIT: Final = Limit()
MASS_SPENT, CLEARING_SPENT, DAY_SPENT = 45028, 48006, 45009

T = TypeVar("T")

log = structlog.get_logger()


class App(StrEnum):
    """Whose token a call carries: each app has its own, and its own quotas."""

    ACCOUNT = "account"  # 公众号
    MINI_PROGRAM = "mini_program"  # 小程序


@dataclass(frozen=True, slots=True)
class Api:
    """One of WeChat's APIs and how it may be used."""

    path: str
    feature: Feature
    limit: Limit = NO_LIMIT
    app: App = App.ACCOUNT
    repeatable: bool = False
    """A read, or a send that WeChat itself knows again by a client message id: may be tried again here."""
    seconds: float = 8.0
    with_token: bool = True

    def of_mini_program(self, **changes: Any) -> "Api":
        return replace(self, app=App.MINI_PROGRAM, feature=Feature.MINI_PROGRAM, **changes)


@dataclass(slots=True)
class _Course:
    """One call on its way through its tries."""

    api: Api
    ask: Ask
    end: float
    maybe_sent: bool = False
    refreshed: bool = False
    begun: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        return max(self.end - asyncio.get_running_loop().time(), 0.0)


class Calls:
    """What every family of APIs calls through."""

    def __init__(self, settings: Settings, db: Database, clock: Clock, wire: Wire) -> None:
        sealer = Sealer(settings.secret_key) if settings.secret_key else None
        self.apps: Mapping[App, Credentials] = credentials_of(settings)
        self.simulated = settings.simulator_on
        self.mini_app_id = settings.mini_app_id
        self._account_type = settings.wechat_account_type
        self._clock = clock
        self._wire = wire
        self._quotas = Quotas(db, clock)
        self._tokens = {
            name: AccessTokens(wire, db, sealer, app, tomorrow=self._tomorrow) for name, app in self.apps.items()
        }

    async def call(
        self,
        api: Api,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        upload: tuple[str, bytes, str] | None = None,
        may_be_bytes: bool = False,
    ) -> Answer:
        """WeChat's answer of success. Raises one of `wx_errors`."""
        ask = Ask(api.path, query or {}, body, upload, may_be_bytes)
        course = _Course(api, ask, asyncio.get_running_loop().time() + api.seconds)
        try:
            self._permit(api)
            answer = await self._try(course)
        except WeChatError as error:
            self._note(course, error)
            raise
        self._note(course, None)
        return answer

    def _permit(self, api: Api) -> None:
        require(self._account_type, api.feature, api=api.path)
        app = self.apps[api.app]
        if not self.simulated and not (app.app_id and app.secret):
            name = "小程序" if api.app is App.MINI_PROGRAM else "公众号"
            prefix = "YANLU_MINI" if api.app is App.MINI_PROGRAM else "YANLU_WECHAT"
            sentence = f"没有填{name}的 AppID 或 AppSecret（{prefix}_APP_ID、{prefix}_APP_SECRET）。"
            raise NeedsOperator(sentence, api=api.path)

    async def _try(self, course: _Course) -> Answer:
        pauses = PAUSES if course.api.repeatable else ()
        for pause in (*pauses, None):
            try:
                return await self._once(course, last=pause is None)
            except WeChatError as error:
                # Once a try may have got there, nothing that a later one meets takes that back.
                course.maybe_sent = error.maybe_sent = error.maybe_sent or course.maybe_sent
                fruitless = pause is None or error.retry_after is not None or course.left <= pause
                if not isinstance(error, TryAgain) or fruitless or self._wire.closed:
                    raise
            await asyncio.sleep(uniform(0.7, 1.3) * (pause or 0))  # noqa: S311 so that not everybody comes at once
        raise AssertionError("unreachable")

    async def _once(self, course: _Course, *, last: bool) -> Answer:
        api = course.api
        await self._claim(course)
        token = await self._token(course) if api.with_token else None
        answer = await self._exchange(course, token, last=last)
        if token and answer.errcode in TOKEN_CODES and not course.refreshed:
            course.refreshed = True
            token = await self._token(course, refused=token)
            await self._claim(course)
            answer = await self._exchange(course, token, last=last)
        if not answer.errcode:
            return answer
        refusal = Refusal(api.path, answer.errcode, answer.errmsg, _msg_id(answer))
        if answer.errcode in TOKEN_CODES:
            access_token_refused_total.labels(api.app).inc()
            log.error("access_token_refused", app=api.app, api=api.path, errcode=answer.errcode, rid=refusal.rid)
        until = self._reset(api, refusal)
        if answer.errcode == DAY_SPENT:
            await self._prepared(self._quotas.block(f"{api.app}:{api.path}", until), course)
        raise refusal.as_error(until=until)

    async def _exchange(self, course: _Course, token: Token | None, *, last: bool) -> Answer:
        query = {**({"access_token": token.value} if token else {}), **course.ask.query}
        seconds = course.left if last or not course.api.repeatable else min(course.left, ONE_TRY)
        return await self._wire.exchange(replace(course.ask, query=query), seconds=seconds)

    async def _claim(self, course: _Course) -> None:
        claim = self._quotas.claim(f"{course.api.app}:{course.api.path}", course.api.limit)
        await self._prepared(claim, course)

    async def _token(self, course: _Course, *, refused: Token | None = None) -> Token:
        tokens = self._tokens[course.api.app]
        if refused:
            await self._prepared(tokens.refused(refused), course)
        return await self._prepared(tokens.get(seconds=course.left), course)

    async def _prepared(self, work: Awaitable[T], course: _Course) -> T:
        """What must be known before the call: the database's own troubles are a TryAgain that was not sent."""
        try:
            async with asyncio.timeout(course.left):
                return await work
        except WeChatError:
            raise
        except TimeoutError:
            raise TryAgain("数据库没有按时回答。", api=course.api.path) from None
        except (YanluError, SQLAlchemyError) as error:
            log.warning("wechat_call_unprepared", api=course.api.path, error=type(error).__name__)
            raise TryAgain("数据库正忙。", api=course.api.path) from None

    def _reset(self, api: Api, refusal: Refusal) -> datetime:
        """When WeChat gives a spent quota anew."""
        now = self._clock.now()
        by_month = refusal.errcode == MASS_SPENT and self._account_type == "service"
        if by_month or refusal.errcode == CLEARING_SPENT:
            return next_month(now)
        by_minute = "minute" in refusal.errmsg or (api.limit.minute and not api.limit.day)
        return next_minute(now) if refusal.errcode == DAY_SPENT and by_minute else next_day(now)

    def _tomorrow(self) -> datetime:
        return next_day(self._clock.now())

    def _note(self, course: _Course, error: WeChatError | None) -> None:
        seconds = time.monotonic() - course.begun
        outcome = "ok" if error is None else type(error).__name__
        wechat_calls_total.labels(course.api.path, outcome).inc()
        wechat_call_seconds.observe(seconds)
        if error is not None:
            told = log.info if isinstance(error, RecipientGone) else log.warning
            told(
                "wechat_call_failed",
                api=course.api.path,
                outcome=outcome,
                errcode=error.errcode,
                rid=error.rid,
                maybe_sent=error.maybe_sent,
                ms=round(seconds * 1000),
            )


def credentials_of(settings: Settings) -> Mapping[App, Credentials]:
    return {
        App.ACCOUNT: Credentials(settings.wechat_app_id, settings.wechat_app_secret),
        App.MINI_PROGRAM: Credentials(settings.mini_app_id, settings.mini_app_secret),
    }


def _msg_id(answer: Answer) -> str:
    return str(answer.fields.get("msg_id") or answer.fields.get("msgid") or "")

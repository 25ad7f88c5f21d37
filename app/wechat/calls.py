"""One call to WeChat: a token, a deadline for all of it, and an answer or an error of the family."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import structlog

from app.core.metrics import wechat_alarms_total, wechat_calls_total
from app.wechat.access_token import AccessTokens, Fetched
from app.wechat.quotas import Quotas
from app.wechat.wx_errors import NeedsOperator, QuotaSpent, TokenRefused, TryAgain, WeChatError, error_of

DEADLINE: Final = 8.0
"""Seconds for a call as a whole, however its bytes come."""
CONNECTIONS: Final = 24
"""Of which one bulk run takes eight: replies always find one free."""
PAUSES: Final = (0.3, 1.0)
"""Before the second and third try of what may be repeated."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Call:
    """``repeatable``: asking twice changes nothing, or WeChat knows the client id."""

    api: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    repeatable: bool = False


class Line:
    """The HTTP client to WeChat. It follows nothing and believes no environment."""

    def __init__(self, base: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"{base.rstrip('/')}/",
            transport=transport,
            timeout=httpx.Timeout(DEADLINE, connect=4.0),
            limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            trust_env=False,
            follow_redirects=False,
        )
        self._calls: set[asyncio.Task[httpx.Response]] = set()
        self._closed = False

    async def close(self) -> None:
        """At once: whoever still waits gets TryAgain."""
        self._closed = True
        for call in list(self._calls):
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        await self._client.aclose()

    async def ask(self, call: Call, token: str = "") -> httpx.Response:
        """WeChat's answer as it came. Raises TryAgain; ``maybe_sent`` unless the connection never stood."""
        if self._closed:
            raise TryAgain(api=call.api)
        sending = asyncio.create_task(self._send(call, token))
        self._calls.add(sending)
        try:
            async with asyncio.timeout(DEADLINE):
                response = await asyncio.shield(sending)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise TryAgain(api=call.api) from None
        except (httpx.HTTPError, TimeoutError):
            raise TryAgain(api=call.api, maybe_sent=True) from None
        except asyncio.CancelledError:
            if not self._closed:
                raise
            raise TryAgain(api=call.api, maybe_sent=True) from None
        finally:
            sending.cancel()
            self._calls.discard(sending)
        if response.status_code >= 400 or not response.content:
            raise TryAgain(f"微信接口答 HTTP {response.status_code}。", api=call.api, maybe_sent=True)
        return response

    async def _send(self, call: Call, token: str) -> httpx.Response:
        query = dict(call.query) | ({"access_token": token} if token else {})
        if call.files is not None:
            return await self._client.post(call.api, params=query, files=dict(call.files))
        if call.body is None:
            return await self._client.get(call.api, params=query)
        content = json.dumps(call.body, ensure_ascii=False).encode()
        return await self._client.post(
            call.api, params=query, content=content, headers={"Content-Type": "application/json"}
        )


class Caller:
    """Calls in the name of one app."""

    def __init__(self, line: Line, tokens: AccessTokens, quotas: Quotas) -> None:
        self._line = line
        self._tokens = tokens
        self._quotas = quotas

    async def call(self, call: Call) -> dict[str, Any]:
        """The answer's JSON. Raises the family of `wx_errors`."""
        return read_json(call.api, await self.raw(call))

    async def raw(self, call: Call) -> httpx.Response:
        """The answer's bytes, where they are no refusal."""
        await self._quotas.take(call.api)
        pauses = iter(PAUSES if call.repeatable else ())
        while True:
            try:
                return await self._with_token(call)
            except TryAgain:
                pause = next(pauses, None)
                if pause is None:
                    raise
                await asyncio.sleep(pause)

    async def _with_token(self, call: Call) -> httpx.Response:
        """With a renewed token at most once: a token that is refused for good burns no quota."""
        token = await self._tokens.get()
        try:
            return await self._once(call, token)
        except TokenRefused:
            await self._tokens.expire(token)
        try:
            return await self._once(call, await self._tokens.get())
        except TokenRefused:
            wechat_alarms_total.labels("token_refused").inc()
            log.error("access_token_refused", api=call.api)  # noqa: TRY400 its trace says nothing more
            raise

    async def _once(self, call: Call, token: str) -> httpx.Response:
        try:
            response = await self._line.ask(call, token)
            if is_json(response):
                read_json(call.api, response)
        except QuotaSpent:
            wechat_calls_total.labels(call.api, "quota").inc()
            raise await self._quotas.block(call.api) from None
        except WeChatError as error:
            wechat_calls_total.labels(call.api, type(error).__name__).inc()
            if isinstance(error, NeedsOperator):
                wechat_alarms_total.labels("needs_operator").inc()
                log.error("needs_operator", api=call.api, errcode=error.errcode, what=error.detail)  # noqa: TRY400
            raise
        wechat_calls_total.labels(call.api, "ok").inc()
        return response


def is_json(response: httpx.Response) -> bool:
    """Pictures come as they are; everything else is JSON, whatever its type says."""
    return not response.headers.get("Content-Type", "").startswith("image/")


def read_json(api: str, response: httpx.Response) -> dict[str, Any]:
    """Raises the error that the answer is, or TryAgain when it cannot be read: then it may have happened."""
    try:
        answer = json.loads(response.content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise TryAgain("微信的回答读不懂。", api=api, maybe_sent=True)
    if answer.get("errcode"):
        raise error_of(api, answer)
    return answer


async def fetch_token(line: Line, app_id: str, secret: str, *, force: bool) -> Fetched:
    """POST stable_token: the secret stays out of every address and log. A wrong one is never tried again."""
    body = {"grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": force}
    api = "cgi-bin/stable_token"
    try:
        answer = read_json(api, await line.ask(Call(api, body)))
    except TokenRefused as error:
        raise NeedsOperator(
            "AppSecret 不对，请核对 YANLU_WECHAT_APP_SECRET。", api=api, errcode=error.errcode
        ) from None
    token, lasts = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not isinstance(lasts, int):
        raise TryAgain("微信没有给出接口凭据。", api=api)
    return Fetched(token, lasts)

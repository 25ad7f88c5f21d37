"""Signing in from the mini-program, and out."""

from datetime import datetime
from typing import Annotated, Final, Protocol

import structlog
from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.api.dependencies import CurrentPerson, Db, Now, ServicesDep, Token
from app.api.schemas import Incoming, Line, Outgoing
from app.core.clock import machine_now
from app.core.errors import Unauthenticated, Unavailable
from app.people import sessions
from app.wechat.gateway import MiniSession
from app.wechat.wx_errors import CodeRefused, WeChatError

router = APIRouter(prefix="/sessions", tags=["登录"])

MAX_OPENID: Final = 64
"""Characters that an identity has room for; WeChat's have 28."""

log = structlog.get_logger()


class MiniLogin(Protocol):
    """The part of the gateway that signing in needs."""

    async def open_mini_session(self, code: str) -> MiniSession: ...


class InvalidCode(Unauthenticated):
    code = "invalid_code"
    default_detail = "登录凭证过期了，请重新打开小程序。"


class SignInUnavailable(Unavailable):
    """The gateway's own sentence is for whoever runs the service: it may name this machine's address."""

    code = "wechat_unavailable"
    default_detail = "微信那边暂时登录不了，请过一会儿再打开小程序。"


class SessionIn(Incoming):
    """``code`` is what ``wx.login()`` gave; ``link`` the token from the chat's link, if that was tapped."""

    code: Annotated[Line, Field(max_length=128)]
    link: Annotated[Line, Field(max_length=64)] | None = None


class SessionOut(Outgoing):
    token: str
    expires_at: datetime


async def _mini_login(request: Request, _: ServicesDep) -> MiniLogin:
    login: MiniLogin | None = getattr(request.app.state, "gateway", None)
    if login is None:
        raise Unavailable("系统正在启动，请过几秒再试。")
    return login


MiniLoginDep = Annotated[MiniLogin, Depends(_mini_login)]


@router.post("", status_code=201)
async def sign_in(given: SessionIn, login: MiniLoginDep, db: Db, now: Now, response: Response) -> SessionOut:
    """A code of WeChat's for a token of ours. WeChat's session key goes no further than the gateway."""
    found = await _open_mini_session(login, given.code)
    token, expires_at = await db.write(
        sessions.sign_in, found.openid, found.unionid, given.link, now=now, machine_now=machine_now()
    )
    response.headers["Cache-Control"] = "no-store"
    return SessionOut(token=token, expires_at=expires_at)


@router.delete("/current", status_code=204)
async def sign_out(token: Token, _: CurrentPerson, db: Db) -> None:
    """From now on the token is worth nothing."""
    await db.write(sessions.revoke, token, machine_now=machine_now())


async def _open_mini_session(login: MiniLogin, code: str) -> MiniSession:
    """Raises InvalidCode, SignInUnavailable."""
    try:
        found = await login.open_mini_session(code)
    except CodeRefused:
        raise InvalidCode from None
    except WeChatError as error:
        log.warning("sign_in_unavailable", error=type(error).__name__, errcode=error.errcode, rid=error.rid)
        unavailable = SignInUnavailable()
        unavailable.retry_after = error.retry_after
        raise unavailable from None
    if len(found.openid) > MAX_OPENID:
        raise InvalidCode
    return found

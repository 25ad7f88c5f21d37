"""Signing in from the mini-program, and out."""

from datetime import datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request

from app.api.dependencies import CurrentPerson, Db, Now, ServicesDep, Token
from app.api.schemas import Incoming, Line, Outgoing
from app.core.errors import Unauthenticated, Unavailable
from app.people import sessions
from app.wechat.gateway import MiniSession
from app.wechat.wx_errors import CodeRefused

router = APIRouter(prefix="/sessions", tags=["登录"])


class MiniLogin(Protocol):
    """The part of the gateway that signing in needs."""

    async def open_mini_session(self, code: str) -> MiniSession: ...


class InvalidCode(Unauthenticated):
    code = "invalid_code"
    default_detail = "登录凭证过期了，请重新打开小程序。"


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
async def sign_in(given: SessionIn, login: MiniLoginDep, db: Db, now: Now) -> SessionOut:
    """A code of WeChat's for a token of ours. WeChat's session key goes no further than the gateway."""
    try:
        found = await login.open_mini_session(given.code)
    except CodeRefused:
        raise InvalidCode from None
    token, expires_at = await db.write(sessions.sign_in, found.openid, found.unionid, given.link, now=now)
    return SessionOut(token=token, expires_at=expires_at)


@router.delete("/current", status_code=204)
async def sign_out(token: Token, _: CurrentPerson, db: Db, now: Now) -> None:
    """From now on the token is worth nothing."""
    await db.write(sessions.revoke, token, now=now)

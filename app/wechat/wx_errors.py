"""Stand-in."""

from datetime import datetime

from app.core.errors import Unavailable


class WeChatError(Unavailable):
    def __init__(
        self,
        detail: str | None = None,
        *,
        api: str = "",
        errcode: int | None = None,
        rid: str = "",
        maybe_sent: bool = False,
    ) -> None:
        self.api, self.errcode, self.rid, self.maybe_sent = api, errcode, rid, maybe_sent
        super().__init__(detail)


class TryAgain(WeChatError): ...


class TokenRefused(WeChatError): ...


class QuotaSpent(WeChatError):
    until: datetime


class NeedsOperator(WeChatError): ...


class RecipientGone(WeChatError): ...


class PayloadRefused(WeChatError): ...


class AlreadyDone(WeChatError): ...

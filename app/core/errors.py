"""The one error family: a refusal with a sentence fit to show.

YanluError
├── Invalid            422  the input is wrong, ``errors`` says where
├── BadRequest         400  the request cannot be read at all
├── Unauthenticated    401
├── Forbidden          403
├── NotFound           404
├── MethodNotAllowed   405  the path is there, the method is not
├── TooSlow            408  the request body did not arrive in time
├── Conflict           409
├── TooLarge           413
├── UnsupportedMediaType 415  a body that is not JSON
├── TooMany            429
├── Unavailable        503  something of ours or of WeChat's does not answer now
│   └── Busy                the write queue is full or the database is locked
└── ConfigError             the settings are wrong; the command line shows it and exits 1

Each door renders it its own way: the API as a problem document, the chat as a kind sentence,
the command line on standard error.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its path as the sender wrote it, a stable code, and how to mend it."""

    field: str
    code: str
    message: str


class YanluError(Exception):
    """Base of every refusal. ``detail`` is Chinese and may be shown as it is."""

    status = 500
    code = "internal"
    default_detail = "系统出了点问题，请稍后再试。"
    members: Mapping[str, str | int] = {}
    """Further facts for programs, such as the ``purpose`` a consent is missing for."""
    retry_after: int | None = None
    """Seconds after which trying again makes sense."""

    def __init__(self, detail: str | None = None, *, errors: list[FieldError] | None = None) -> None:
        self.detail = detail or self.default_detail
        self.errors = errors or []
        super().__init__(self.detail)


class Invalid(YanluError):
    status, code, default_detail = 422, "invalid", "填写的内容有误，请按提示修改后再提交。"


class BadRequest(YanluError):
    status, code, default_detail = 400, "bad_request", "这个请求读不懂，请检查后再发。"


class Unauthenticated(YanluError):
    status, code, default_detail = 401, "unauthenticated", "请先登录。"


class Forbidden(YanluError):
    status, code, default_detail = 403, "forbidden", "没有办理这件事的权限。"


class NotFound(YanluError):
    status, code, default_detail = 404, "not_found", "没有找到您要的内容。"


class Conflict(YanluError):
    status, code, default_detail = 409, "conflict", "情况有变化，请刷新后再试。"


class MethodNotAllowed(YanluError):
    status, code, default_detail = 405, "method_not_allowed", "这个地址不支持这种操作。"


class UnsupportedMediaType(YanluError):
    status, code = 415, "unsupported_media_type"
    default_detail = "请求内容要用 JSON，并在请求头写 Content-Type: application/json。"


class TooLarge(YanluError):
    status, code, default_detail = 413, "too_large", "提交的内容太大，请精简后再试。"


class TooSlow(YanluError):
    status, code, default_detail = 408, "too_slow", "网络太慢，内容没有传完，请再试一次。"


class TooMany(YanluError):
    status, code, default_detail = 429, "too_many", "操作太频繁，请稍等再试。"


class Unavailable(YanluError):
    status, code, default_detail = 503, "unavailable", "系统正忙，请过一会儿再试。"


class Busy(Unavailable):
    code = "busy"


class ConfigError(YanluError):
    code, default_detail = "config", "设置有误。"

"""Reading what somebody sends to the simulator itself: bounded, checked, and refused in Chinese."""

import json
from typing import Any, Final, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from app.core.errors import FieldError, Invalid, TooLarge

MAX_BODY: Final = 2 * 1024 * 1024
"""Room for a message of 1 MB, which is a fault worth sending to the service."""
Model = TypeVar("Model")

SENTENCES: Final = {
    "missing": "必须填写",
    "string_type": "要写成字符串",
    "string_unicode": "有无法编码的字符",
    "string_too_short": "不能为空",
    "string_too_long": "太长了",
    "extra_forbidden": "没有这一项",
    "union_tag_not_found": "必须填写 type",
    "union_tag_invalid": "不认识这种 type",
}
"""Chinese for pydantic's commonest complaints; the rest are just wrong."""


async def read_limited(request: Request, limit: int = MAX_BODY) -> bytes:
    """The request body. Raises TooLarge before it is all in memory."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)


async def read_model(request: Request, adapter: TypeAdapter[Model]) -> Model:
    """The JSON body as a model. Raises Invalid with one entry for each wrong field."""
    try:
        document: Any = json.loads(await read_limited(request))
    except (ValueError, RecursionError):
        raise Invalid("请求的内容不是 JSON。") from None
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        errors = [_field_error(dict(one)) for one in error.errors(include_url=False, include_context=False)]
        detail = "；".join(f"{one.field or '内容'}：{one.message}" for one in errors)
        raise Invalid(f"请求有误：{detail}。", errors=errors) from None


def _field_error(error: dict[str, Any]) -> FieldError:
    path = ".".join(str(part) for part in error["loc"])
    return FieldError(path, error["type"], SENTENCES.get(error["type"], "填写不正确"))

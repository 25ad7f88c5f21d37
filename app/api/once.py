"""``Idempotency-Key``: a write that makes something, done once however often it is sent."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Header
from pydantic import BaseModel
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from app.core.clock import machine_now
from app.core.db import Database
from app.core.errors import FieldError, Invalid
from app.people import idempotency
from app.people.idempotency import Kept

VISIBLE: Final = re.compile(r"[!-~]{1,80}")


@dataclass(frozen=True, slots=True)
class Once:
    """``return await once.write(db, me, unit, …)`` in a route; its ``response_model`` says what the answer is."""

    key: str | None
    digest: str

    async def write(
        self, db: Database, person_id: int, make: Callable[..., BaseModel], *args: Any, status: int = 201
    ) -> Response:
        """What ``make(session, *args)`` answers, or what it answered the first time. Raises KeyReused.

        A refusal keeps no key: it is judged afresh.
        """

        at = machine_now()

        def unit(session: Session) -> Kept:
            if self.key and (first := idempotency.take_key(session, person_id, self.key, self.digest, machine_now=at)):
                return first
            answer = Kept(status, make(session, *args).model_dump_json())
            if self.key:
                idempotency.keep_answer(session, person_id, self.key, answer)
            return answer

        kept = await db.write(unit)
        return Response(kept.body, kept.status, {"Cache-Control": "no-store"}, "application/json")


async def _once(request: Request, idempotency_key: Annotated[str | None, Header(max_length=200)] = None) -> Once:
    if idempotency_key is not None and not VISIBLE.fullmatch(idempotency_key):
        message = "Idempotency-Key 要写1到80个可见的英文字符。"
        raise Invalid(errors=[FieldError("Idempotency-Key", "invalid", message)])
    body = await request.body()
    return Once(idempotency_key, idempotency.digest_of(request.method, request.url.path, body))


OnceDep = Annotated[Once, Depends(_once)]

"""``Idempotency-Key``: a write that makes something, done once however often it is sent."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Header
from pydantic import BaseModel
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from app.core.db import Database
from app.core.errors import Busy, FieldError, Invalid
from app.people import idempotency
from app.people.idempotency import Kept, Raced

VISIBLE: Final = re.compile(r"[!-~]{1,80}")
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Once:
    """``return await once.write(db, me, now, unit, …)`` in a route."""

    key: str | None
    digest: str

    async def write(
        self, db: Database, person_id: int, now: datetime, make: Callable[..., BaseModel], *args: Any, status: int = 201
    ) -> Response:
        """What ``make(session, *args)`` answers, or what it answered the first time. Raises KeyReused.

        A refusal keeps no key: it is judged afresh.
        """

        def unit(session: Session) -> Kept:
            if self.key and (kept := idempotency.kept_answer(session, person_id, self.key, self.digest)):
                return kept
            answer = Kept(status, make(session, *args).model_dump_json())
            if self.key:
                idempotency.keep_answer(session, person_id, self.key, self.digest, answer, now=now)
            return answer

        for _ in range(TRIES):
            try:
                kept = await db.write(unit)
            except Raced:
                continue
            return Response(kept.body, kept.status, media_type="application/json")
        raise Busy


async def _once(request: Request, idempotency_key: Annotated[str | None, Header(max_length=200)] = None) -> Once:
    if idempotency_key is not None and not VISIBLE.fullmatch(idempotency_key):
        message = "Idempotency-Key 要写1到80个可见的英文字符。"
        raise Invalid(errors=[FieldError("Idempotency-Key", "invalid", message)])
    body = await request.body()
    return Once(idempotency_key, idempotency.digest_of(request.method, request.url.path, body))


OnceDep = Annotated[Once, Depends(_once)]

"""What a route may ask for by its annotation: the database, the hour, the knowledge.

All of it comes from ``app.state.services``, which ``main`` builds once. The functions are ``async``
only so that FastAPI does not send each of them through a thread.
"""

from datetime import date, datetime
from typing import Annotated, Protocol

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request
from starlette.responses import Response

from app.api.field_errors import MAX_ERRORS, field_name
from app.api.limits import Limiter
from app.core.clock import Clock, local, machine_now
from app.core.config import Settings
from app.core.db import Database
from app.core.errors import FieldError, Invalid, Unauthenticated, Unavailable
from app.jobs.desk import Desk
from app.knowledge.lexicon import Lexicon
from app.knowledge.library import Library
from app.people import sessions
from app.policies.catalogue import Catalogue


class Services(Protocol):
    """The part of ``main``'s services that this door uses."""

    @property
    def db(self) -> Database: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def library(self) -> Library: ...

    @property
    def jobs(self) -> Desk: ...

    @property
    def settings(self) -> Settings: ...


async def _services(request: Request) -> Services:
    services: Services | None = getattr(request.app.state, "services", None)
    if services is None:
        raise Unavailable("系统正在启动，请过几秒再试。")
    return services


ServicesDep = Annotated[Services, Depends(_services)]


async def _db(services: ServicesDep) -> Database:
    return services.db


async def _now(services: ServicesDep) -> datetime:
    return services.clock.now()


async def _catalogue(services: ServicesDep) -> Catalogue:
    return services.catalogue


async def _lexicon(services: ServicesDep) -> Lexicon:
    return services.library.lexicon


async def _desk(services: ServicesDep) -> Desk:
    return services.jobs


Db = Annotated[Database, Depends(_db)]
Now = Annotated[datetime, Depends(_now)]
CatalogueDep = Annotated[Catalogue, Depends(_catalogue)]
LexiconDep = Annotated[Lexicon, Depends(_lexicon)]
DeskDep = Annotated[Desk, Depends(_desk)]


async def _today(now: Now) -> date:
    return local(now).date()


Today = Annotated[date, Depends(_today)]
"""The calendar day here, in Asia/Shanghai."""


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


async def _token(credentials: Credentials) -> str:
    if credentials is None or not credentials.credentials:
        raise Unauthenticated
    return credentials.credentials


Token = Annotated[str, Depends(_token)]
"""What ``POST /sessions`` gave out."""


async def _current_person(request: Request, response: Response, token: Token, services: ServicesDep) -> int:
    person_id = await services.db.read(sessions.find_person, token, machine_now=machine_now())
    response.headers["Cache-Control"] = "no-store"
    if services.settings.rate_limits == "on":
        _limiter(request).take(person_id)
    return person_id


def _limiter(request: Request) -> Limiter:
    if not hasattr(request.app.state, "limiter"):
        request.app.state.limiter = Limiter()
    limiter: Limiter = request.app.state.limiter
    return limiter


CurrentPerson = Annotated[int, Depends(_current_person)]
"""The signed-in person's id. Raises Unauthenticated, TooMany."""


async def only_known_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not have, and one given twice.

    A misspelt filter that is silently ignored answers a question nobody asked. Goes into
    ``APIRouter(dependencies=[Depends(only_known_parameters)])``. Routes name their parameters one
    by one, not as a model.
    """
    known = _query_names(request.scope["route"].dependant)
    given = [name for name, _ in request.query_params.multi_items()]
    errors = [_unknown(name) for name in dict.fromkeys(given) if name not in known]
    errors += [_repeated(name) for name in sorted(known) if given.count(name) > 1]
    if errors:
        raise Invalid(errors=errors[:MAX_ERRORS])


def _query_names(dependant: Dependant) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_query_names(each) for each in dependant.dependencies))


def _unknown(name: str) -> FieldError:
    shown = field_name(("query", name))
    return FieldError(shown, "unknown_field", f"没有“{shown}”这个参数，请去掉，或检查拼写。")


def _repeated(name: str) -> FieldError:
    return FieldError(name, "repeated_key", f"“{name}”写了两次，请只留一个。")

"""Everything around the routes, put together: bounds, problem documents, HEAD, the description."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, FastAPI

from app.api import docs, eligibility, events, jobs, me, policies, sessions, workshops
from app.api.body import BodyLimits
from app.api.dependencies import only_known_parameters
from app.api.head import HeadAsGet
from app.api.problems import install_problem_handlers

PREFIX = "/api/v1"
ROUTERS = (
    docs.router,
    eligibility.router,
    events.router,
    jobs.router,
    me.router,
    policies.router,
    sessions.router,
    workshops.router,
)
"""One a feature. A new one is added here."""

CAPS = (("/api/", 256 * 1024), ("/", 64 * 1024))
"""The most bytes of a body; ``main`` may pass a longer table."""


def install_api(
    app: FastAPI,
    routers: Sequence[APIRouter] = ROUTERS,
    *,
    caps: Sequence[tuple[str, int]] = CAPS,
    body_deadline: float = 10.0,
) -> None:
    """Put the JSON API and its guards on ``app``, once. The body limits hold for the whole app.

    One spelling a path: a slash too many is 404 under ``/api``, not a redirect built from the
    sender's own Host header.
    """
    app.router.redirect_slashes = False
    install_problem_handlers(app)
    for router in routers:
        app.include_router(router, prefix=PREFIX, dependencies=[Depends(only_known_parameters)])
    app.add_middleware(BodyLimits, caps=caps, deadline=body_deadline)
    app.add_middleware(HeadAsGet)

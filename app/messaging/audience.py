"""Whom a batch is for."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.core.errors import Invalid
from app.people.models import Channel, Identity

EVERYBODY = "all"


def check_audience(audience: str) -> None:
    """Raises Invalid."""
    if audience != EVERYBODY:
        raise Invalid(f"不认识的人群“{audience}”。现在只能写 all（全部关注者）。")


def count_audience(session: Session) -> int:
    """How many follow the account."""
    return int(session.exec(select(func.count()).select_from(Identity).where(*_followers())).one())


def page_of_audience(session: Session, after: int, *, limit: int) -> Sequence[int]:
    """The people who follow the account, by number, ``after`` the last page's."""
    wanted = select(Identity.person_id).where(*_followers(), col(Identity.person_id) > after)
    return session.exec(wanted.order_by(col(Identity.person_id)).limit(limit)).all()


def _followers() -> tuple[Any, ...]:
    return Identity.channel == Channel.OFFICIAL_ACCOUNT, col(Identity.unfollowed_at).is_(None)

"""The directory of 就业帮扶车间, and which are nearest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from app.core.errors import NotFound
from app.jobs.geography import Point, kilometres
from app.jobs.workshop_models import Workshop

MOST: Final = 1_000
"""Of a county there are some dozens."""


@dataclass(frozen=True, slots=True)
class Found:
    """A workshop, and how far it is as the crow flies; None where it, or who asks, is not on the map."""

    workshop: Workshop
    km: float | None


def save_workshop(session: Session, fields: Mapping[str, Any], *, now: datetime) -> tuple[Workshop, bool]:
    """Make one, or change the one with this ``external_id``. Returns it, and whether it is new."""
    known = session.exec(select(Workshop).where(Workshop.external_id == fields["external_id"])).first()
    workshop = known or Workshop(**fields, created_at=now)
    workshop.sqlmodel_update(dict(fields))
    session.add(workshop)
    session.flush()
    return workshop, known is None


def get_workshop(session: Session, workshop_id: int) -> Workshop:
    """Raises NotFound; for one that has closed too."""
    workshop = session.get(Workshop, workshop_id)
    if workshop is None or not workshop.active:
        raise NotFound("没有找到这个帮扶车间，它可能已经停了。")
    return workshop


def list_workshops(session: Session, *, township: str = "", near: Point | None = None) -> list[Found]:
    """Those at work: the nearest to ``near`` first, the ones not on the map last; without a point, by number."""
    wanted = select(Workshop).where(col(Workshop.active)).order_by(col(Workshop.id)).limit(MOST)
    if township:
        wanted = wanted.where(Workshop.township == township)
    found = [Found(one, _distance(one, near)) for one in session.exec(wanted)]
    return sorted(found, key=lambda one: (one.km is None, one.km or 0.0, one.workshop.id))


def find_workshops(session: Session, ids: Sequence[int]) -> list[Workshop]:
    """Those still at work, in the order of ``ids``."""
    rows = session.exec(select(Workshop).where(col(Workshop.id).in_(ids), col(Workshop.active)))
    found = {row.id: row for row in rows}
    return [found[one] for one in ids if one in found]


def _distance(workshop: Workshop, near: Point | None) -> float | None:
    if near is None or workshop.latitude is None or workshop.longitude is None:
        return None
    return kilometres(near, (workshop.latitude, workshop.longitude))

"""就业帮扶车间: where they are, the nearest first."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import Field
from sqlmodel import Session

from app.api.dependencies import Db, LexiconDep
from app.api.pages import Cursor, Listing, Page, cut
from app.api.schemas import BIGGEST_ROW, Filter, Line, Outgoing, RowId
from app.core.errors import FieldError, Invalid
from app.jobs import workshops
from app.jobs.geography import Point
from app.jobs.rows import short_name
from app.jobs.workshop_models import Workshop

router = APIRouter(prefix="/workshops", tags=["就业帮扶车间"])

NEAREST = Cursor("workshops", int, int)
_POINT: Final = re.compile(r"(-?\d{1,3}(?:\.\d{1,9})?),(-?\d{1,3}(?:\.\d{1,9})?)", re.ASCII)


class WorkshopOut(Outgoing):
    """``distance_m`` in metres as the crow flies, null without ``near`` or a point of its own. ``example`` marks values
    made up for the demo."""

    id: int
    name: str
    township: str
    address: str
    latitude: float | None
    longitude: float | None
    distance_m: int | None
    employer: str
    trades: list[str]
    headcount: int | None
    pay: str
    contact: str
    phone: str
    description: str
    example: bool

    @classmethod
    def of(cls, workshop: Workshop, metres: int | None) -> "WorkshopOut":
        columns = workshop.model_dump(include=set(cls.model_fields) - {"trades"})
        trades = [trade for trade in re.split("[、，,/ ]", workshop.trades) if trade]
        return cls(**columns, trades=trades, distance_m=metres, example=workshop.is_example)


@router.get("")
async def list_workshops(
    db: Db,
    lexicon: LexiconDep,
    page: Page,
    near: Annotated[Filter[str], Query(description="纬度,经度，如 26.34,105.37：近的排前面")] = None,
    township: Annotated[Filter[Annotated[Line, Field(max_length=20)]], Query(description="乡镇，如 岩脚镇")] = None,
) -> Listing[WorkshopOut]:
    """Those at work, the nearest first; without ``near`` by number."""
    after, point = NEAREST.read(page), _point(near)
    town = short_name(lexicon.gazetteer, township or "", "township")

    def unit(session: Session) -> list[WorkshopOut]:
        found = workshops.list_workshops(session, township=town, near=point)
        return [WorkshopOut.of(one.workshop, None if one.km is None else round(one.km * 1000)) for one in found]

    rows = sorted(await db.read(unit), key=_key)
    rows = [row for row in rows if after is None or _key(row) > after]
    shown, following = cut(rows[: page.limit + 1], page, NEAREST, key=_key)
    return Listing(items=list(shown), next=following)


@router.get("/{workshop_id}")
async def show_workshop(workshop_id: RowId, db: Db) -> WorkshopOut:
    return await db.read(lambda session: WorkshopOut.of(workshops.get_workshop(session, workshop_id), None))


def _key(row: WorkshopOut) -> tuple[int, int]:
    """Those not on the map last."""
    return BIGGEST_ROW if row.distance_m is None else row.distance_m, row.id


def _point(near: str | None) -> Point | None:
    """Raises Invalid for what is no point on the globe."""
    if near is None:
        return None
    found = _POINT.fullmatch(near.replace(" ", ""))
    latitude, longitude = (float(found[1]), float(found[2])) if found else (999.0, 999.0)
    if abs(latitude) > 90 or abs(longitude) > 180:
        message = "near 要写成“纬度,经度”，比如 26.34,105.37。"
        raise Invalid(errors=[FieldError("near", "invalid", message)])
    return latitude, longitude

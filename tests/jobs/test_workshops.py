"""The directory of workshops: the nearest first, the closed ones not at all."""

from datetime import datetime

import pytest

from app.core.clock import SHANGHAI
from app.core.errors import NotFound
from app.jobs import workshops
from tests.jobs.events_made import make_workshop

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=SHANGHAI)
LANGDAI = (26.07, 105.33)


def fill(session):
    make_workshop(session, now=NOW, name="岩脚手套车间")
    make_workshop(session, now=NOW, name="没有坐标的车间", latitude=None, longitude=None)
    make_workshop(session, now=NOW, name="郎岱缝纫车间", township="郎岱", latitude=26.07, longitude=105.34)
    return make_workshop(session, now=NOW, name="停了的车间", active=False).id


async def test_nearest_comes_first_and_what_is_not_on_the_map_last(db):
    await db.write(fill)

    def look(session, **wanted):
        found = workshops.list_workshops(session, **wanted)
        return [(one.workshop.name, None if one.km is None else round(one.km)) for one in found]

    assert await db.read(look, near=LANGDAI) == [("郎岱缝纫车间", 1), ("岩脚手套车间", 30), ("没有坐标的车间", None)]
    assert await db.read(look, township="郎岱") == [("郎岱缝纫车间", None)]
    assert [name for name, _ in await db.read(look)] == ["岩脚手套车间", "没有坐标的车间", "郎岱缝纫车间"]


async def test_closed_workshop_is_not_found(db):
    closed = await db.write(fill)

    with pytest.raises(NotFound):
        await db.read(lambda session: workshops.get_workshop(session, closed).name)

    assert await db.read(lambda session: len(workshops.find_workshops(session, [closed, 1]))) == 1

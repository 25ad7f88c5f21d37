"""A row of the bureau's list of 就业帮扶车间, as columns of ``Workshop``. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from app.jobs.rows import Row, short_name
from app.language.slots.places import Gazetteer

HEADINGS: Final[Mapping[str, str]] = {
    "编号": "external_id",
    "id": "external_id",
    "名称": "name",
    "乡镇": "township",
    "地址": "address",
    "纬度": "latitude",
    "lat": "latitude",
    "经度": "longitude",
    "lng": "longitude",
    "经营单位": "employer",
    "工种": "trades",
    "用工人数": "headcount",
    "工资": "pay",
    "联系人": "contact",
    "电话": "phone",
    "在用": "active",
    "说明": "description",
    "示例": "is_example",
    "example": "is_example",
}
KEYS: Final = frozenset(HEADINGS.values())


def read_workshop(values: Mapping[str, Any], gazetteer: Gazetteer) -> dict[str, Any]:
    """Columns for ``save_workshop``. Raises Invalid with all that is wrong."""
    row = Row(values, HEADINGS)
    name = row.text("name", 60, needed=True)
    township = short_name(gazetteer, row.text("township", 20, needed=True), "township")
    fields: dict[str, Any] = {
        "external_id": row.text("external_id", 60) or f"{township}{name}"[:60],
        "name": name,
        "township": township,
        "address": row.text("address", 120),
        "latitude": row.degrees("latitude", 90),
        "longitude": row.degrees("longitude", 180),
        "employer": row.text("employer", 60),
        "trades": row.text("trades", 100),
        "headcount": row.count("headcount"),
        "pay": row.text("pay", 60),
        "contact": row.text("contact", 40),
        "phone": row.text("phone", 60),
        "description": row.text("description", 200),
        "active": row.yes("active", default=True),
        "is_example": row.yes("is_example", default=False),
    }
    row.done()
    return fields

"""How far places are from each other, as far as deciding on a job needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from typing import Final

from app.language.slots.places import Place

EARTH_KM: Final = 6371.0
NEIGHBOUR_KM: Final = 65.0
"""A county town this near can be reached and left on the same day."""

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


@dataclass(frozen=True, eq=False)
class Geography:
    """The home county, and where its townships and the towns around lie."""

    home: Place
    points: Mapping[str, Point] = field(default_factory=dict)

    def point(self, place: Place) -> Point | None:
        """Of the smallest of its names that is on the map."""
        names = (place.township, place.district, place.city)
        return next((self.points[name] for name in names if name in self.points), None)

    def distance(self, one: Place, other: Place) -> float | None:
        """Kilometres as the crow flies; None where one of them is not on the map."""
        first, second = self.point(one), self.point(other)
        return None if first is None or second is None else kilometres(first, second)

    def is_neighbour(self, place: Place) -> bool:
        """Outside the county, but near."""
        if not place.district or place.township:
            return False
        km = self.distance(self.home, place)
        return km is not None and km <= NEIGHBOUR_KM

    def same_region(self, wanted: Place, place: Place) -> bool:
        """The next larger place: the county for a township, the province for the rest."""
        if wanted.township or wanted.district:
            return wanted.province == place.province and wanted.city == place.city
        return wanted.province == place.province


def kilometres(one: Point, other: Point) -> float:
    """On a great circle."""
    (lat1, lon1), (lat2, lon2) = ((radians(a), radians(b)) for a, b in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))

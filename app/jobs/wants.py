"""What somebody wants of a job."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from app.language.slots.places import Place

MONTH: Final[Mapping[str, int]] = {"月": 1, "日": 26, "时": 26 * 8}
"""How many of a unit a month of work has: 26 days of 8 hours, as factories count. Piece work has no month."""
PAID_BY: Final[Mapping[str, str]] = {"月": "每月", "日": "每天", "时": "每小时"}


@dataclass(frozen=True, slots=True)
class Want:
    """What is asked of a job. Everything that is empty does not matter to who asks.

    There is no room here for sex, ethnicity or marital state, so none of them can move a job up or down
    (就业促进法 第二十六条, 就业服务与就业管理规定 第四、五条).
    """

    trades: tuple[str, ...] = ()
    """Names of the trade list, any of which would do."""
    not_trades: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    """Any of which would do."""
    not_places: tuple[Place, ...] = ()
    near_home: bool = False
    """Back home in the evening: in the county, the nearer the better."""
    home: Place | None = None
    """Where they live, as far as they said."""
    floor: int | None = None
    """The least pay, in yuan for `floor_unit`."""
    floor_unit: str = "月"
    flags: tuple[str, ...] = ()
    """Must-haves, by the names of `intents/lexicon/flags.yaml`."""
    day_work: bool = False
    """Work by the day or hour."""
    words: tuple[str, ...] = ()
    """To stand in the title or the employer's name."""
    skills: tuple[str, ...] = ()
    """Trades they have learnt or done."""
    certificates: tuple[str, ...] | None = None
    """Those they hold; None where they were not asked."""
    age: int | None = None

    @property
    def month_floor_fen(self) -> int | None:
        return None if self.floor is None else self.floor * MONTH[self.floor_unit] * 100

    @property
    def says_nothing(self) -> bool:
        """Whether any job at all would do."""
        return self == Want(home=self.home, floor_unit=self.floor_unit)

    def said(self) -> list[str]:
        """What was understood, in words, to be read back."""
        said = [*self.trades, *(f"不要{trade}" for trade in self.not_trades)]
        said += [_short(place) for place in self.places]
        if self.near_home:
            said.append(f"离{_short(self.home)}近" if self.home and self.home.township else "在本县")
        said += [f"不去{_short(place)}" for place in self.not_places]
        if self.floor is not None:
            said.append(f"{PAID_BY[self.floor_unit]}{self.floor}元以上")
        said += ["做零工"] if self.day_work else []
        said += [*self.flags, *(f"有“{word}”" for word in self.words)]
        return said

    def as_json(self) -> dict[str, Any]:
        """Without what is empty."""
        return {name: value for name, value in asdict(self).items() if value not in ((), None, False)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Want":
        """As it was stored; keys of an older or newer version of ours are left out."""
        known = {one.name for one in fields(cls)}
        found: dict[str, Any] = {name: value for name, value in stored.items() if name in known}
        for name in ("places", "not_places"):
            found[name] = tuple(Place(**place) for place in found.get(name, ()))
        if found.get("home"):
            found["home"] = Place(**found["home"])
        lists = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
        return cls(**{**found, **lists})


def _short(place: Place) -> str:
    """The smallest name of it, as people say it."""
    return place.township or place.district or place.city or place.province


def short_name(place: Place) -> str:
    return _short(place)

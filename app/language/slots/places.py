"""Places: provinces, cities, the counties people go to, and the townships of home."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.language.slots.found import Found
from app.language.slots.plain import plain
from app.language.slots.words import Words


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its short official names, from the large to the small; what is not said is empty."""

    province: str
    city: str = ""
    district: str = ""
    township: str = ""

    def said(self) -> str:
        return self.province + self.city + self.district + self.township

    def holds(self, other: "Place") -> bool:
        """Whether ``other`` lies in this place, or is the same."""
        pairs = zip(self._names(), other._names(), strict=True)
        return all(mine in ("", theirs) for mine, theirs in pairs)

    def level(self) -> int:
        """0 for a province to 3 for a township."""
        return max(level for level, name in enumerate(self._names()) if name or not level)

    def _names(self) -> tuple[str, str, str, str]:
        return self.province, self.city, self.district, self.township


@dataclass(frozen=True, slots=True)
class Route:
    """Where somebody sets out and where to, as far as it is said."""

    origin: Place | None
    destination: Place | None


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in the text while it is being read."""

    places: tuple[Place, ...]
    start: int
    end: int
    here: bool = False
    """Said as “附近” or “老家”, which another name beside it makes clear."""
    sure: bool = True


_PEOPLES: Final = "(?:(?:苗|彝|回|布依|侗|土家|仡佬|水|瑶|壮|藏|羌|蒙古|哈萨克|傣|景颇|白|哈尼|傈僳|朝鲜|各)族)"
_RANK: Final = re.compile(
    f"{_PEOPLES}{{0,3}}(?:(?P<city>自治州|地区|州|盟)|(?P<district>特区|自治县|新区|区(?![别分])|县)"
    "|(?P<township>街道|镇|民族乡|乡(?![亲下村里]))|(?P<province>省(?![钱事心得])|自治区)|(?P<town>市(?![场面民])))"
)
_LEVELS: Final = {
    "province": [{0}],
    "city": [{1}],
    "district": [{2}],
    "township": [{3}],
    "town": [{1}, {2}, {0}],  # 金华市 holds 义乌市
}
_ROAD: Final = re.compile(
    "[东南西北中]?(?:一(?!路[平顺上走跟都要])|[二三四五六七八九十])?"
    "(?:路(?![桥费上程途线远口过由堵怎不好边])|大道|大街|街(?![道上])|巷)|大学(?!生)|学院"
)
_CUE_BEFORE: Final = re.compile("(?:[去到在回往从来赴返住抵](?:了|过|我们|他们)?|我是|老家是?|户口是?)$")
_CUE_AFTER: Final = re.compile("[这那][边里点]|老家|人(?!员)")
_STOP: Final = re.compile("[，。、？！：；,.?!]?")
_JOINT: Final = re.compile("的?(?:那边|这边)?的?")
_HOME_IS: Final = re.compile("就?(?:是|在|是在)?")
_LOOK_BACK: Final = 6

_ORIGIN_BEFORE: Final = re.compile("(?:从|由|自|离开|人在)(?:了|我们|咱们)?$")
_NATIVE_BEFORE: Final = re.compile("我们?是$")
_AT_BEFORE: Final = re.compile("[在住](?:了|我们)?$")
_WISH_AT_BEFORE: Final = re.compile("(?:想|要|打算|就|愿意|准备)[在住]$")
_SEEKING: Final = re.compile("(?:[附周]近|这边|那边)?(?:找|招|有没有|有什么)")
_TO_BEFORE: Final = re.compile("(?:[去到回往赴返来至抵]|上|下)(?:了|趟|一趟|我们|咱们|你们)?$")
_UP_DOWN: Final = re.compile("(?:^|[想要我们年就，。、])[上下]$")
_NOT_TO_BEFORE: Final = re.compile(
    "(?:不|没|莫|(?<!落)别)(?:想|愿意?|要|得|打算|准备|再|肯|是)?(?:[去到回往来])(?:了|过)?$"
)
_LEADING: Final = re.compile(
    "(?:出发|动身|走|坐车|坐火车|坐大巴|坐高铁|开车|转车|这边)?(?:[回去到往至飞]|往返|来回|返回|前往|-{1,2}>?|~)"
)
_SETTING_OUT: Final = re.compile("(?:这边)?(?:出发|动身)")
_THEN_BEFORE: Final = re.compile("(?:再|转|然后|接着|最后)(?:[去到回往转])?$")


class Gazetteer:
    """The places that are known, and the words for home.

    ``places`` says which places a name may mean, the likeliest first. ``cued`` are names that are everyday words too
    (白银, 大方): they count only where a word like 去 stands before, a 市 or 县 behind, or the place around them.
    ``ranked`` are names of things that people go to as well (港口, 桥头): for them a 去 is not enough.
    """

    def __init__(
        self,
        places: Mapping[str, Sequence[Place]],
        home: Place,
        *,
        home_words: Iterable[str] = (),
        cued: Iterable[str] = (),
        ranked: Iterable[str] = (),
        apart: Iterable[str] = (),
    ) -> None:
        self._places = {plain(name): tuple(meant) for name, meant in places.items()}
        self._home = home
        self._home_words = {plain(word) for word in home_words}
        self._cued = {plain(name) for name in cued}
        self._ranked = {plain(name) for name in ranked}
        self._words = Words([*self._places, *self._home_words], apart)

    @property
    def home(self) -> Place:
        return self._home

    @property
    def places(self) -> set[Place]:
        return {place for meant in self._places.values() for place in meant}

    @property
    def plain_names(self) -> set[str]:
        """Names that are nothing else: no everyday words among them."""
        return {*self._places} - self._cued - self._ranked

    def read_places(self, text: str) -> list[Found[Place]]:
        return [Found(spot.places[0], spot.start, spot.end, spot.places[1:]) for spot in self._spots(plain(text))]

    def read_route(self, text: str) -> Route:
        """From where to where: “从岩脚去义乌”, “我在中山打工想回六枝”."""
        text = plain(text)
        origin: Place | None = None
        destination: Place | None = None
        staying: Place | None = None
        native: Place | None = None
        seeking: Place | None = None
        spots = self._spots(text)
        led_here = False
        for number, spot in enumerate(spots, start=1):
            before, place = text[max(0, spot.start - _LOOK_BACK) : spot.start], spot.places[0]
            led, led_here = led_here, number < len(spots) and _leads(text, spot.end, spots[number].start)
            if _NOT_TO_BEFORE.search(before):
                continue
            if led or _goes_to(before):
                if destination is None or _THEN_BEFORE.search(before):
                    destination = place
            elif led_here or _ORIGIN_BEFORE.search(before) or _SETTING_OUT.match(text, spot.end):
                origin = origin or place
            elif _NATIVE_BEFORE.search(before):
                native = native or place
            elif _AT_BEFORE.search(before):
                if _WISH_AT_BEFORE.search(before) or _SEEKING.match(text, spot.end):
                    seeking = seeking or place
                else:
                    staying = staying or place
        if destination is None:
            destination, seeking = seeking, None
        return Route(origin or staying or seeking or native, destination)

    def _spots(self, text: str) -> list[_Spot]:
        spots: list[_Spot] = []
        free = 0
        for hit in self._words.find(text):
            if hit.start < free:
                continue
            here = hit.word in self._home_words
            spot = self._here(hit.start, hit.end) if here else self._named(text, hit.word, hit.start)
            if spot is None:
                continue
            joined = _join(text, spots[-1], spot) if spots else None
            if joined:
                spots[-1] = joined
            elif spot.sure:
                spots.append(spot)
            else:
                continue
            free = spot.end
        return spots

    def _here(self, start: int, end: int) -> _Spot:
        return _Spot((self._home,), start, end, here=True)

    def _named(self, text: str, name: str, start: int) -> _Spot | None:
        end = start + len(name)
        if _ROAD.match(text, end):
            return None
        places = self._places[name]
        if rank := _RANK.match(text, end):
            for levels in _LEVELS[rank.lastgroup or "town"]:
                if fitting := tuple(place for place in places if place.level() in levels):
                    return _Spot(fitting, start, rank.end())
        sure = name not in self._ranked and (name not in self._cued or _cued(text, start, end))
        return _Spot(places, start, end, sure=sure)


def _cued(text: str, start: int, end: int) -> bool:
    """Whether the words beside it, or its standing alone, say that a place is meant."""
    alone = _STOP.fullmatch(text[max(0, start - 1) : start]) and _STOP.fullmatch(text[end : end + 1])
    before = text[max(0, start - _LOOK_BACK) : start]
    return bool(alone or _CUE_BEFORE.search(before) or _CUE_AFTER.match(text, end))


def _join(text: str, first: _Spot, second: _Spot) -> _Spot | None:
    """Both as one place where the second makes the first more exact: “浙江的义乌”, “义乌附近”, “老家是盘州”."""
    between = text[first.end : second.start]
    if second.here:
        return _Spot(first.places, first.start, second.end, first.here) if _JOINT.fullmatch(between) else None
    if first.here:
        return _Spot(second.places, first.start, second.end) if second.sure and _HOME_IS.fullmatch(between) else None
    if not _JOINT.fullmatch(between):
        return None
    inside = tuple(
        place for place in second.places if any(outer != place and outer.holds(place) for outer in first.places)
    )
    return _Spot(inside, first.start, second.end) if inside else None


def _goes_to(before: str) -> bool:
    return bool(_TO_BEFORE.search(before)) and (before[-1:] not in {"上", "下"} or bool(_UP_DOWN.search(before)))


def _leads(text: str, end: int, start: int) -> bool:
    """Whether the words between two places lead from the first to the second: “岩脚到义乌”."""
    return _LEADING.fullmatch(text, end, start) is not None

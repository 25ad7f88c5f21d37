"""How well a job fits: what rules it out, a visible score of named parts, and the reasons in words.

Pure, and the definition: `board` gives the same order faster. Every part looks at one side of a job (`Offer`), so that
it can be worked out once for all jobs that are alike there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple

from app.jobs.geography import Geography
from app.jobs.wants import Want, short_name
from app.language.slots.places import Place

OUT: Final = 99
"""A level that no relaxing reaches."""
LEGAL_AGE: Final = 16
"""禁止使用童工规定 第二条."""
FULL_AGE: Final = 18
DANGEROUS: Final = frozenset({"矿工", "建筑工", "挖机司机", "电工", "焊工", "隧道工", "爆破工"})
"""Work that who is 16 or 17 may not do (未成年工特殊保护规定 第三条), as far as a trade's name tells."""
OLDER: Final = 45
"""From this age on it is worth saying that a job takes older people."""
PER_EMPLOYER: Final = 2
"""Jobs of one employer among those that are shown first."""
FIRST: Final = 5


@dataclass(frozen=True, slots=True)
class Demand:
    """What a job asks of people, as far as the law lets it."""

    trades: tuple[str, ...] = ()
    certificate: str = ""
    age_min: int | None = None
    age_max: int | None = None
    takes_older: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A job as matching sees it."""

    id: int
    title: str
    employer: str
    trades: tuple[str, ...]
    place: Place
    pay: int | None
    """The most it pays, in fen a month; None for piece work and where nothing is told."""
    by_day: bool
    flags: frozenset[str]
    workshop: bool
    demand: Demand
    posted: int
    """Day it was posted, as `date.toordinal`."""
    expires: int
    """The last day it is open."""


class Step(NamedTuple):
    """What one part says of a job: 0 where it fits, else how far off it is; and points, of which all parts have 100."""

    level: int
    points: int


@dataclass(frozen=True, slots=True)
class Asker:
    """A want, with what is needed to judge by it."""

    want: Want
    near: Mapping[str, Sequence[str]]
    """For each wanted trade those that suit the same people, the nearest first."""
    geography: Geography
    today: int


FITS: Final = Step(0, 0)
AT_HOME: Final = 6
"""Points of a job in the county for who names no place."""


def judge_trade(asker: Asker, trades: tuple[str, ...]) -> Step:
    """30 points: what they want; a neighbouring trade is a step off."""
    want = asker.want
    if any(trade in want.not_trades for trade in trades):
        return Step(OUT, 0)
    if not want.trades or any(trade in want.trades for trade in trades):
        return Step(0, 30 if want.trades else 0)
    ranks = [near.index(trade) for near in asker.near.values() for trade in trades if trade in near]
    return Step(1, max(18 - 3 * min(ranks), 6)) if ranks else Step(OUT, 0)


def judge_place(asker: Asker, place: Place, workshop: bool) -> Step:
    """20 points: where they want it. One step off is the same province, or near enough to be home by night."""
    want, geography = asker.want, asker.geography
    if any(avoided.holds(place) for avoided in want.not_places):
        return Step(OUT, 0)
    if want.near_home:
        return _near(asker, place, workshop)
    if not want.places:
        return Step(0, AT_HOME if geography.home.holds(place) else 0)  # who writes to us is of this county
    if any(wanted.holds(place) for wanted in want.places):
        return Step(0, 20)
    if any(wanted.city and geography.same_region(wanted, place) for wanted in want.places):
        return Step(1, 8)
    return Step(2, 0)


def _near(asker: Asker, place: Place, workshop: bool) -> Step:
    geography, home = asker.geography, asker.want.home
    lift = 3 if workshop else 0
    if not geography.home.holds(place):
        return Step(1, 3) if geography.is_neighbour(place) else Step(OUT, 0)
    if home is None or not home.township:
        return Step(0, 14 + lift)
    if home.township == place.township:
        return Step(0, 17 + lift)
    km = geography.distance(home, place)
    return Step(0, (14 if km is not None and km <= 12 else 11 if km is not None and km <= 25 else 8) + lift)


def judge_pay(asker: Asker, pay: int | None) -> Step:
    """20 points: 1 for each 1,000 yuan a month up to 10, and up to 10 for lying above what they ask."""
    floor = asker.want.month_floor_fen
    base = 0 if pay is None else min(10, pay // 100_000)
    if floor is None:
        return Step(0, base)
    if pay is None:
        return Step(1, base)
    if pay >= floor:
        return Step(0, base + 5 + min(5, (pay - floor) * 10 // max(floor, 1)))
    return Step(1, base) if pay * 10 >= floor * 8 else Step(OUT, 0)


def judge_wishes(asker: Asker, flags: frozenset[str], by_day: bool) -> Step:
    """10 points: 6 for the must-haves, 4 for work by the day. Each that its text does not promise is a step off."""
    want = asker.want
    missing = sum(flag not in flags for flag in want.flags)
    if missing > MAX_MISSING or (want.day_work and not by_day):
        return Step(OUT, 0)
    return Step(missing, (6 if want.flags and not missing else 0) + (4 if want.day_work else 0))


MAX_MISSING: Final = 2


def judge_person(asker: Asker, demand: Demand) -> Step:
    """15 points: what they have learnt, and that older people are taken. Only the law closes a job to an age."""
    want = asker.want
    if want.age is not None and _closed_by_law(want.age, demand):
        return Step(OUT, 0)
    if demand.certificate and want.certificates is not None and demand.certificate not in want.certificates:
        return Step(OUT, 0)
    skilled = any(trade in want.skills for trade in demand.trades)
    older = want.age is not None and want.age >= OLDER and demand.takes_older
    return Step(0, (5 if skilled else 0) + (10 if older else 0))


def _closed_by_law(age: int, demand: Demand) -> bool:
    if age < LEGAL_AGE or (age < FULL_AGE and any(trade in DANGEROUS for trade in demand.trades)):
        return True
    too_young = demand.age_min is not None and age < demand.age_min
    return too_young or (demand.age_max is not None and age > demand.age_max)


def judge_words(asker: Asker, title: str, employer: str) -> Step:
    """Words that were asked for stand in the title or the employer's name."""
    return FITS if all(word in title or word in employer for word in asker.want.words) else Step(OUT, 0)


def judge_freshness(asker: Asker, posted: int) -> Step:
    """5 points for new ones."""
    days = asker.today - posted
    return Step(0, 5 if days <= 3 else 4 if days <= 7 else 3 if days <= 14 else 2 if days <= 30 else 1)


class Part(NamedTuple):
    """One part of the score: what of an offer it looks at, and its rule."""

    name: str
    column: Callable[[Offer], tuple[Any, ...]]
    judge: Callable[..., Step]


PARTS: Final[tuple[Part, ...]] = (
    Part("place", lambda offer: (offer.place, offer.workshop), judge_place),
    Part("pay", lambda offer: (offer.pay,), judge_pay),
    Part("trade", lambda offer: (offer.trades,), judge_trade),
    Part("wishes", lambda offer: (offer.flags, offer.by_day), judge_wishes),
    Part("person", lambda offer: (offer.demand,), judge_person),
    Part("words", lambda offer: (offer.title, offer.employer), judge_words),
    Part("freshness", lambda offer: (offer.posted,), judge_freshness),
)
"""The score, 100 points at most. The first four are what may be relaxed, in this order."""
RELAXED: Final = 4


def price(levels: Sequence[int]) -> int:
    """What giving way costs: place before pay before trade before must-haves, one thing before two; else OUT.

    The order of relaxing is fixed, so that who asks twice hears the same.
    """
    place, pay, trade, wishes = levels
    given = sum(level > 0 for level in levels)
    if given == 0:
        return 0
    if given > 2 or max(levels) >= OUT:
        return OUT
    return place + (3 if pay else 0) + (4 if trade else 0) + (4 + wishes if wishes else 0) + (10 if given > 1 else 0)


class Ranked(NamedTuple):
    """A job in its order: ``price`` 0 fits every condition."""

    price: int
    minus_score: int
    id: int
    employer: str

    @property
    def score(self) -> int:
        return -self.minus_score


def rank(asker: Asker, offer: Offer) -> Ranked | None:
    """Where a job stands for who asks; None where something rules it out or it is not open."""
    if offer.expires < asker.today:
        return None
    steps = [part.judge(asker, *part.column(offer)) for part in PARTS]
    if any(step.level >= OUT for step in steps):
        return None
    cost = price([step.level for step in steps[:RELAXED]])
    return None if cost >= OUT else Ranked(cost, -sum(step.points for step in steps), offer.id, offer.employer)


def scan(asker: Asker, offers: Iterable[Offer], *, limit: int) -> list[Ranked]:
    """The order, by looking at every job: those that fit, and where these are few, those that fit but for something."""
    return listed(sorted(one for offer in offers if (one := rank(asker, offer)) is not None), limit)


def listed(ranked: Iterable[Ranked], limit: int) -> list[Ranked]:
    """What is shown of a ranking: other than fitting ones only up to `FIRST`, and no employer takes up the first."""
    shown = list(spread(ranked, limit))
    fitting = sum(one.price == 0 for one in shown)
    return shown[: max(fitting, min(FIRST, limit))]


def spread(ranked: Iterable[Ranked], limit: int) -> Iterator[Ranked]:
    """In order, but what one employer has beyond `PER_EMPLOYER` among the first comes after the others of its price."""
    shown = 0
    taken: dict[str, int] = {}
    for _, alike in groupby(ranked, key=lambda one: one.price):
        later: list[Ranked] = []
        for one in alike:
            if shown >= limit:
                return
            if shown < FIRST and taken.get(one.employer, 0) >= PER_EMPLOYER:
                later.append(one)
                continue
            taken[one.employer] = taken.get(one.employer, 0) + 1
            shown += 1
            yield one
        for one in later:
            if shown >= limit:
                return
            shown += 1
            yield one


class Reason(NamedTuple):
    """Why a job fits: the field of the want that it rests on, points, and words."""

    field: str
    points: int
    text: str


def reasons(asker: Asker, offer: Offer) -> list[Reason]:
    """The strongest first, at most three. Without the fact of its field the score is another one."""
    want, found = asker.want, list[Reason]()
    trade = judge_trade(asker, offer.trades)
    if want.trades and trade.level == 0:
        found.append(Reason("trades", trade.points, f"就是您要的{_first(offer.trades, want.trades)}"))
    found += _place_reasons(asker, offer)
    floor, pay = want.month_floor_fen, judge_pay(asker, offer.pay)
    if floor is not None and pay.level == 0:
        found.append(Reason("floor", pay.points, "工资达到您要的数"))
    if want.flags and offer.flags.issuperset(want.flags):
        found.append(Reason("flags", 6, "、".join(want.flags)))
    if want.day_work and offer.by_day:
        found.append(Reason("day_work", 4, "按天或按小时给钱"))
    if any(skill in want.skills for skill in offer.demand.trades):
        found.append(Reason("skills", 5, f"您会{_first(offer.demand.trades, want.skills)}，正好对口"))
    if want.age is not None and want.age >= OLDER and offer.demand.takes_older:
        found.append(Reason("age", 10, "年纪大点也要"))
    return sorted(found, key=lambda reason: -reason.points)[:3]


def _place_reasons(asker: Asker, offer: Offer) -> list[Reason]:
    want, step = asker.want, judge_place(asker, offer.place, offer.workshop)
    if step.level or not (want.near_home or want.places):
        return []
    if not want.near_home:
        wanted = next(place for place in want.places if place.holds(offer.place))
        return [Reason("places", step.points, f"在{short_name(wanted)}")]
    home = want.home
    near = home is not None and home.township and step.points >= 14
    where = f"在{offer.place.township}，离家近" if near and offer.place.township else "在本县，晚上能回家"
    return [Reason("near_home", step.points, where + ("，是就业帮扶车间" if offer.workshop else ""))]


def minuses(asker: Asker, offer: Offer) -> list[str]:
    """What is honest to say: first the conditions it does not meet, then what may be hard. In words."""
    want, said = asker.want, list[str]()
    if judge_place(asker, offer.place, offer.workshop).level:
        asked = "、".join(map(short_name, want.places)) or "本县"
        said.append(f"不在{asked}，在{short_name(offer.place) or '外地'}")
    if judge_pay(asker, offer.pay).level:
        said.append("工资不到您要的数" if offer.pay is not None else "工资按件算，多少不一定")
    if judge_trade(asker, offer.trades).level:
        said.append(f"不是{'、'.join(want.trades)}，是相近的{offer.trades[0]}")
    if missing := [flag for flag in want.flags if flag not in offer.flags]:
        said.append(f"没写{'、'.join(missing)}，要问清楚")
    if offer.demand.certificate and not (want.certificates and offer.demand.certificate in want.certificates):
        said.append(f"要有{offer.demand.certificate}")
    if "倒班" in offer.flags and "不上夜班" not in want.flags:
        said.append("要倒班")
    return said


def given_way(asker: Asker, offer: Offer) -> list[str]:
    """Which kinds of conditions a job does not meet, by the names of the parts."""
    steps = [part.judge(asker, *part.column(offer)) for part in PARTS[:RELAXED]]
    return [part.name for part, step in zip(PARTS, steps, strict=False) if step.level]


def _first(names: Sequence[str], wanted: Sequence[str]) -> str:
    return next(name for name in names if name in wanted)

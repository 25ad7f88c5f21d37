"""What somebody wants of a job, read from their own words."""

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from app.jobs.wants import Want
from app.knowledge.lexicon import Lexicon
from app.language.slots.ages import read_ages
from app.language.slots.found import Found
from app.language.slots.money import Per, read_pay
from app.language.slots.places import Place
from app.language.slots.plain import plain
from app.language.slots.trades import Trade

SHORT: Final = "短期"
SCHOOL_RUN: Final = "能带娃"
FACTORIES: Final = ("普工", "电子厂", "玩具厂", "鞋厂", "制衣工", "质检")
"""What “进厂” may mean."""

_REWRITTEN: Final = (
    (re.compile("江浙沪"), "江苏、浙江、上海"),
    (re.compile("江浙"), "江苏、浙江"),
    (re.compile("长三角"), "上海、江苏、浙江、安徽"),
    (re.compile("珠三角"), "广州、深圳、佛山、东莞、中山、惠州、珠海、江门、肇庆"),
    (re.compile(r"(?<=\d)干(?=[以往上起元块左右+，]|$)"), "千"),
    (re.compile("(?<=电子|五金|服装|制衣|玩具|家具|塑料|食品|印刷|灯饰)[长场](?!区|合)"), "厂"),
    (re.compile("附进"), "附近"),
    (re.compile(r"(?<=\d)/h(?![a-z])"), "/小时"),
    (re.compile("(?<=的)长(?=[没有吗要招]|$)"), "厂"),
    (re.compile("(?<=[招做当找])宝安(?!区|那|的厂)"), "保安"),
    (re.compile("中三(?=[有招那的找要]|$)"), "中山"),
)
"""Names for several places, and slips of the finger that sound like nothing on a list."""

NEAR: Final = re.compile(
    "归屋|回屋|晚上.{0,3}回家|[每天]天.{0,3}回家|下班.{0,3}回家|家门口|屋门口|离家近|离屋近|家近|屋头近|近点|近一点|近处|近的"
    "|附近|周边|不出远门|不想出门|不出门|出不了门|走不远|走不开|出不去|不走远|不去远|不想去远|守到?家|守着家|顾家|顾屋|本地|就近|本县"
)
FAR: Final = re.compile("出去|出省|省外|外省|外面|外地|沿海|远点|(?<!不)出远门")
IN_PROVINCE: Final = re.compile("省内|本省|不出省|不想出省|不愿出省")
OUT_OF_PROVINCE: Final = re.compile("(?<!不想)(?<!不)(?<!不愿)(?:省外|外省|出省)")
DAY_WORK: Final = re.compile(
    "零工|散工|散活|零活|点工|打短工|短工|做一天算一天|干一天算一天|做几天|干几天|钟点工|小时工|临时工|临工|计日"
)
_NOT_BEFORE: Final = re.compile(
    "(?:不要|不想|不愿意?|不喜欢|不考虑|不找|不做|不干|不去|不进|不准(?:我|他|她)?|(?<![落个特区])别|莫(?:给我)?"
    "|除了|除开|除|不能|不得行|不会|不是|(?<!有)没得|(?<!有)没有|除去)"
    "(?:去|到|做|干|进|找|当|在|要|给我|推荐|推|的|是|那些|那种|什么|上){0,3}$"
)
_NOT_AFTER: Final = re.compile(
    "^(?:[和跟与].{1,4}?)?(?:那边|那里|的|活|活路|工作|这种|这些|类|都|我|就|也|是|再|工|厂|里|上|等){0,4}"
    "(?:不敢|除外|以外|之外|不要(?!太|离|超)|不去|不考虑|不干|不做|不想|不行|不得行|不进|就算了|算了|莫|免谈|做不了|干不了|做不得|干不得|受不了)"
)
_BLANK: Final = re.compile(r"(?<=\w\w)\s+(?=\S)|(?<=\S)\s+(?=\w\w)")
"""Between words, not between the characters of one (“包 吃 住”)."""
_AND: Final = frozenset({"", "、", "和", "跟", "与", "及", "还有", "以及"})
_LOOK_BACK: Final = 10
_FROM_BEFORE: Final = re.compile("(?:从|由|离开|刚从|才从|以前在|之前在|原来在|前几年在|去年在|前年在|一直在|原先在)$")
_NATIVE_AFTER: Final = re.compile("^(?:那边|那里|镇|乡|县|街道)?(?:的人|人(?!员|事)|出来的|户口|户籍)")
_BACK_AFTER: Final = re.compile(
    "^(?:那边|那里|打工|做|干|上班|厂里|了|过|几年|十几年|多年|的){0,4}(?:回来|返乡|转来|刚回)"
)
_DONE_AFTER: Final = re.compile("^(?:那边|那里)?(?:做|干|打工|待|呆|搞|混|上班)(?:过|了|到)")
_CAN_BEFORE: Final = re.compile(
    "(?:(?<!机)会(?:点|一点|些)?|学过|干过|做过|以前做|以前干|做了.{0,3}年|干了.{0,3}年|开了.{0,4}年的?|懂)$"
)
_PAST_BEFORE: Final = re.compile(
    "(?:以前|原来|之前|从前|原先|前几年|早些年|过去)[^，。；]{0,8}$|(?:在家|屋头)(?:里|头)?(?:一直)?$"
)
"""What they did once, and need not do again."""
_CAN_AFTER: Final = re.compile("^(?:我)?(?:会|做过|干过|做了|干了|我熟|熟练|十几年)")
_FACTORY: Final = re.compile("(?:[进的去找个些做到整]|有没有|以上)(?:工)?厂(?!长|车|妹)|厂头|厂里|厂子|^厂|工厂")
_SCHOOL_RUN: Final = re.compile("接送|送完|送娃|接娃|带到?娃|带崽|娃娃?没人(?:带|管)")
_BARE_PAY: Final = re.compile(r"(?<![\d.a-z一二三四五六七八九十])([2-9]\d{3}|1\d{4})(?![\d年月号后级a-z])")
_BARE_DAY_PAY: Final = re.compile(
    r"(?<![\d千万])(?:([一二两三四五六七八九])百([一二三四五六七八九])?十?|(\d{2,3}))(?:块钱?|元)?"
    r"(?:以上|往上|朝上|起步?|打底|\+)"
)
_DIGITS: Final = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_DAY_PAY: Final = range(50, 800)
"""Yuan: a bare number like this is for a day, a smaller one for an hour, a larger one for a month."""
_UNITS: Final = {Per.MONTH: ("月", 1), Per.DAY: ("日", 1), Per.HOUR: ("时", 1), Per.YEAR: ("月", 12)}


@dataclass(frozen=True)
class _Where:
    """What a sentence says of places."""

    wanted: tuple[Place, ...]
    unwanted: tuple[Place, ...]
    home: Place | None
    near: bool


class Reader:
    """Reads wants out of words, by the lists that clerks keep."""

    def __init__(self, lexicon: Lexicon, correct: Callable[[str], str] = str) -> None:
        """``correct`` mends what is written as it sounds."""
        self.lexicon = lexicon
        self._correct = correct
        self.read = lru_cache(maxsize=2_000)(self._read)

    def mend(self, text: str) -> str:
        """``text`` in the words of the lists."""
        said = plain(_BLANK.sub("，", text.strip()))
        for wrong, right in _REWRITTEN:
            said = wrong.sub(right, said)
        return self._correct(said)

    def _read(self, text: str, today: date, home: Place | None = None) -> Want:
        """What ``text`` asks of a job; what it does not say is empty. ``home``: where they live, where it is known."""
        said = self.mend(text)
        trades_found = self.lexicon.trades.read_trades(said)
        places_found = self.lexicon.gazetteer.read_places(said)
        refused = _refused(said, [*trades_found, *places_found])
        trades, not_trades, skills = _sort_trades(said, trades_found, refused)
        if not trades and _FACTORY.search(said) and FACTORIES[0] not in not_trades:
            trades = FACTORIES
        where = self._places(said, places_found, refused)
        flags = [one.value.name for one in self.lexicon.flags.read_flags(said) if one.value.wanted]
        flags += [SCHOOL_RUN] if _SCHOOL_RUN.search(said) else []
        near = where.near or (not where.wanted and not FAR.search(said) and SCHOOL_RUN in flags)
        floor, unit = read_floor(said)
        ages = read_ages(said, today=today)
        return Want(
            trades=trades,
            not_trades=not_trades,
            places=() if near else where.wanted,
            not_places=where.unwanted,
            near_home=near,
            home=where.home or home,
            floor=floor,
            floor_unit=unit,
            flags=_once(flag for flag in flags if flag != SHORT),
            day_work=DAY_WORK.search(said) is not None or SHORT in flags,
            skills=skills,
            age=ages[0].value.low if ages else None,
        )

    def _places(self, said: str, found: Sequence[Found[Place]], refused: Container[int]) -> _Where:
        gazetteer = self.lexicon.gazetteer
        county = gazetteer.home
        destination = gazetteer.read_route(said).destination
        wanted, unwanted, home = list[Place](), list[Place](), None
        for one in found:
            place = one.value
            if one.start in refused:
                unwanted.append(place)
            elif place != destination and _left(said, one):
                continue
            elif _NATIVE_AFTER.match(said[one.end :]):
                home = place if county.holds(place) else home
            else:
                wanted.append(place)
        if destination is not None and destination not in unwanted:
            at = next((one.start for one in found if one.value == destination), 0)
            here = {one.value for one in found if one.start < at and said[one.start - 1 : one.start] in {"在", "住"}}
            wanted = [place for place in wanted if place not in here] or [destination]
        wanted = [place for place in wanted if not any(place != other and place.holds(other) for other in wanted)]
        near = all(county.holds(place) for place in wanted) and (bool(NEAR.search(said)) or county in wanted)
        townships = [place for place in wanted if place.township]
        home = (townships[0] if townships and near else None) or home
        if not wanted and not near and IN_PROVINCE.search(said):
            wanted.append(Place(county.province))
        elif not wanted and not near and OUT_OF_PROVINCE.search(said):
            unwanted.append(Place(county.province))
        return _Where(_once(wanted), _once(unwanted), home, near)


def _sort_trades(
    said: str, found: Sequence[Found[Trade]], refused: Container[int]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Wanted, unwanted, and learnt: “会电焊” is wanted too where nothing else is."""
    wanted, unwanted, skills, past = list[str](), list[str](), list[str](), list[str]()
    for one in found:
        name, before = one.value.name, said[max(0, one.start - _LOOK_BACK) : one.start]
        if one.start in refused:
            unwanted.append(name)
        elif _PAST_BEFORE.search(before):
            past.append(name)
        elif _CAN_BEFORE.search(before) or _CAN_AFTER.match(said[one.end :]):
            skills.append(name)
        else:
            wanted.append(name)
    if any(not name.endswith("厂") and name != FACTORIES[0] for name in wanted):
        wanted = [name for name in wanted if not name.endswith("厂")]  # “家具厂油漆工” is about the second
    learnt = _once(skills)
    wanted = wanted or ([*learnt] if len(learnt) == 1 else [])
    return _once(wanted), _once(name for name in unwanted if name not in wanted), _once([*learnt, *past])


def _refused(said: str, found: Sequence[Found[Any]]) -> set[int]:
    """Where those begin that are not wanted: by the words beside them, or in a list that is not (“广东浙江都不去”)."""
    found = sorted(found, key=lambda one: one.start)
    before = [bool(_NOT_BEFORE.search(said[max(0, one.start - _LOOK_BACK) : one.start])) for one in found]
    after = [bool(_NOT_AFTER.match(said[one.end : one.end + _LOOK_BACK])) for one in found]
    linked = [said[one.end : other.start] in _AND for one, other in pairwise(found)]
    for at, together in enumerate(linked):
        before[at + 1] |= before[at] and together
    for at, together in reversed([*enumerate(linked)]):
        after[at] |= after[at + 1] and together
    return {one.start for one, *no in zip(found, before, after, strict=True) if any(no)}


def _left(said: str, one: Found[Place]) -> bool:
    """Whether they were there before, and speak of it as past."""
    before, after = said[max(0, one.start - _LOOK_BACK) : one.start], said[one.end :]
    return bool(_FROM_BEFORE.search(before) or _BACK_AFTER.match(after) or _DONE_AFTER.match(after))


def read_floor(said: str) -> tuple[int | None, str]:
    """The least pay that is named, in yuan, and its unit; (None, 月) for none."""
    pays = [one.value for one in read_pay(said)]
    pay = next((pay for pay in pays if pay.low is not None), None)
    if pay is not None and pay.low is not None:
        unit, parts = _UNITS[pay.per] if pay.per in _UNITS else (_likely_unit(pay.low), 1)
        return pay.low // parts, unit
    if found := _BARE_PAY.search(said):
        return int(found[1]), "月"
    if found := _BARE_DAY_PAY.search(said):
        low = int(found[3]) if found[3] else _DIGITS[found[1]] * 100 + _DIGITS.get(found[2], 0) * 10
        return low, _likely_unit(low)
    return None, "月"


def _likely_unit(low: int) -> str:
    return "月" if low >= _DAY_PAY.stop else "日" if low in _DAY_PAY else "时"


def _once(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))

"""A job as matching sees it: what its words promise and ask, by the lists that clerks keep."""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Final

from app.jobs.matching import Demand, Offer
from app.jobs.models import Job
from app.jobs.wants import MONTH
from app.knowledge.lexicon import Lexicon
from app.language.slots.places import Gazetteer, Place

FACTORY: Final = "普工"
NO_NIGHTS: Final = "不上夜班"
SHIFTS: Final = "倒班"
BY_DAY: Final = frozenset({"日结", "短期", "暑假工", "寒假工"})
FOR_EVER: Final = date(9999, 12, 31)

_SHIFTS: Final = re.compile(
    r"(?<![不无免没])(?<!不用)(?<!无需)(?<!没有)(?<!不上)(?<!不安排)(?<!不需要)(?:[两二三]班|倒班|轮班|夜班|晚班|通宵|翻班)"
)
_DAYS_ONLY: Final = re.compile("长白班|常白班|白班|正常班|日班")
_OLDER: Final = re.compile(
    r"年龄不限|不限年龄|年龄放宽|大龄|退休|年纪大|[4-6]\d多?岁?(?:以上)?(?:的)?(?:也|都|可|能|行)|[四五六]十多?岁?(?:以上)?(?:的)?(?:也|都|可|能|行)"
)
_CERTIFICATES: Final = (
    *("电工证", "焊工证", "叉车证", "健康证", "驾驶证", "驾照", "教师资格证"),
    *("护士证", "会计证", "特种作业证", "保安证", "资格证"),
)
_NOT_ASKED: Final = re.compile(
    "优先|不需|不用|无需|没有也|无证|可考|帮考|考证|取证|免费培训|包教|学徒|代办|后办|入职后"
)
_CERTIFIED: Final = {"叉车工": "叉车证", "电工": "电工证", "焊工": "焊工证", "司机": "驾照"}
"""特种设备安全法 第十四条, 安全生产法 第三十条, 道路交通安全法 第十九条."""
_CHECKED_ANYWAY: Final = "健康证"


def offer_of(job: Job, lexicon: Lexicon) -> Offer:
    """What of a job decides whether it fits somebody."""
    trades = trades_of(job.trade, job.title, job.employer, lexicon)
    flags = frozenset(job.flags)
    bounded = bool(job.legal_basis)
    demand = Demand(
        trades,
        certificate_of(job, trades),
        job.age_min if bounded else None,
        job.age_max if bounded else None,
        _OLDER.search(f"{job.title}，{job.description}，{job.experience}") is not None,
    )
    return Offer(
        job.id,
        job.title,
        job.employer,
        trades,
        place_of(lexicon.gazetteer, job.province, job.city, job.district, job.township),
        month_pay(job),
        job.salary_unit in {"日", "时"} or bool(flags & BY_DAY),
        flags,
        job.workshop,
        demand,
        (job.posted_at or job.created_at.date()).toordinal(),
        (job.expires_at or FOR_EVER).toordinal(),
    )


def trades_of(trade: str, title: str, employer: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Every trade of the list that it may be called by; of factory work also the factory's kind."""
    read = lexicon.trades.read_trades
    found = [one.value.name for text in (trade, title) for one in read(text)]
    if FACTORY in found:
        found += [one.value.name for one in read(employer)]
    return tuple(dict.fromkeys(found)) or ((trade or title),)


@lru_cache(maxsize=20_000)
def place_of(gazetteer: Gazetteer, *names: str) -> Place:
    """The place that province, city, county and township name; what no list knows counts as it is written."""
    found = [one.value for one in gazetteer.read_places("".join(names))]
    township = names[3] if len(names) > len(("province", "city", "district")) else ""
    if found:
        best = max(found, key=lambda place: place.level())
        return best if best.township or not township else Place(best.province, best.city, best.district, township)
    return Place(names[0], *names[1:])


def month_pay(job: Job) -> int | None:
    """The most it pays in a month, in fen."""
    most = job.salary_max_fen if job.salary_max_fen is not None else job.salary_min_fen
    return None if most is None or job.salary_unit not in MONTH else most * MONTH[job.salary_unit]


def flags_of(texts: Iterable[str], unit: str, lexicon: Lexicon) -> list[str]:
    """What the words of an advertisement promise, by the names of the list. Shift work is one more."""
    text = "，".join(filter(None, texts))
    said = [found.value for found in lexicon.flags.read_flags(text)]
    refused = {flag.name for flag in said if not flag.wanted}
    flags = {flag.name for flag in said if flag.wanted} - refused
    if _SHIFTS.search(text):
        flags = (flags - {NO_NIGHTS}) | {SHIFTS}
    elif _DAYS_ONLY.search(text):
        flags.add(NO_NIGHTS)
    return sorted(flags)


def certificate_of(job: Job, trades: Iterable[str]) -> str:
    """What somebody must hold to begin; empty for nothing. Whoever may still get it is not asked for it."""
    text = "，".join((job.title, job.experience, job.education, job.description))
    for clause in re.split("[，。；、,;\n ]", text):
        for name in _CERTIFICATES:
            if name in clause and name != _CHECKED_ANYWAY and not _NOT_ASKED.search(clause):
                return "驾照" if name == "驾驶证" else name
    if _NOT_ASKED.search(text):
        return ""
    return next((_CERTIFIED[trade] for trade in trades if trade in _CERTIFIED), "")

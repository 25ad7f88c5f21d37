"""Whether an advertisement may be shown: the row cleaned, every rule asked, one verdict."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from app.jobs.ad import Ad
from app.jobs.clean import Change, clean, is_phone, wash
from app.jobs.rules import (
    ABROAD_AT_HOME,
    ABROAD_PLACE,
    ABROAD_WORK,
    LICENCE,
    Found,
    Verdict,
    heard,
    legal_basis,
    legible,
)
from app.jobs.wants import MONTH

HOLD, REJECT = Verdict.HOLD, Verdict.REJECT
SPOKEN: Final = (
    *("title", "employer", "benefits", "education", "experience", "shift", "board_lodging", "contact_name"),
    *("description", "trade"),
)
"""Fields in which a breach may be written."""
FORMULA: Final = re.compile(r"^\s*(?:[=@]|\+(?!\s*\d)|-\s*[A-Za-z]+\()")
MARKUP: Final = re.compile(
    r"<\s*/?\s*(?:script|img|iframe|svg|a|body|style|link|object|embed|form|input|meta|div|span|p|br|b|i|h\d|font|html|video|audio|table|td|tr|ul|li)(?:[\s/][^<>]*)?>|<!--|&lt;|&#\d+;|javascript:|\bon\w+\s*=|</",
    re.IGNORECASE,
)
NAMELESS: Final = re.compile(
    r"^(?:[某*x×]|保密|匿名|暂不|不便|无$|面谈|面议|待定|公司$|工厂$|厂$|企业$|单位$|个人$|私人$|老板$|中介$)|某|知名(?:大厂|企业|公司|集团)|大厂$|\*\*|xx|××|保密|匿名|不方便|面试再?告知",
    re.IGNORECASE,
)
MINIMUM_MONTH: Final = 1_890
"""Yuan: 贵州省最低工资三类区，2023年；less for a whole month is a slip or a breach."""
PLAUSIBLE: Final = {"月": (MINIMUM_MONTH, 25_000), "日": (70, 900), "时": (14, 200), "件": (0, 2_000)}
"""Yuan for a unit; what lies outside is asked about."""
WIDEST: Final = 8
"""Times the least that the most may be: beyond it is a lure."""
PLAIN_WORK: Final = re.compile(
    "保洁|普工|保安|收银|理货|服务员|洗碗|搬运|打包|装配|包装|门卫|清洁|分拣|导购|店员|文员|客服|前台|洗车|操作工|流水线|组装"
)
PLAIN_MONTH: Final = 14_000
"""Yuan a month that work anybody can do does not pay."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is not simply fine: the rule, the field it stands in, and how to mend it."""

    rule: str
    field: str
    message: str

    def as_json(self) -> dict[str, str]:
        return {"rule": self.rule, "field": self.field, "message": self.message}


@dataclass(frozen=True, slots=True)
class Checked:
    ad: Ad
    verdict: Verdict
    reasons: tuple[Reason, ...]
    changes: tuple[Change, ...]
    legal_basis: str


@dataclass(frozen=True, slots=True)
class _Objection:
    field: str
    found: Found


def check(row: Mapping[str, Any], *, today: date) -> Checked:
    """The row cleaned, and everything that speaks against it."""
    cleaned = clean(row, today=today)
    ad = cleaned.ad
    texts = {field: text for field in SPOKEN if (text := wash(row.get(field)))}
    said = legible("。".join(texts.values()))
    objections = [*_missing(ad, cleaned.unreadable), *_values(ad, today), *_raw(row), *_abroad(ad, said)]
    objections += [_Objection(_field_of(found.words, texts), found) for found in heard(said)]
    objections += _ages(ad, [one.found.rule for one in objections])
    objections, basis = _with_basis(ad, said, objections)
    changes = list(cleaned.changes)
    if any(one.found.rule == "age" for one in objections) and not basis:
        changes += [
            Change(field, str(value), "")
            for field, value in (("age_min", ad.age_min), ("age_max", ad.age_max))
            if value is not None
        ]
    verdict = _verdict([one.found.verdict for one in objections], changed=bool(changes))
    reasons = {(one.found.rule, one.field): Reason(one.found.rule, one.field, one.found.message) for one in objections}
    return Checked(ad, verdict, tuple(reasons.values()), tuple(changes), basis)


def _verdict(found: Iterable[Verdict], *, changed: bool) -> Verdict:
    said = set(found)
    return REJECT if REJECT in said else HOLD if HOLD in said else Verdict.NORMALISED if changed else Verdict.FINE


def _object(field: str, rule: str, verdict: Verdict, message: str) -> _Objection:
    return _Objection(field, Found(rule, verdict, message))


def _missing(ad: Ad, unreadable: Mapping[str, str]) -> Iterator[_Objection]:
    if not ad.title:
        yield _object("title", "missing_title", REJECT, "没有写岗位名称，请填上。")
    if len(ad.employer) < len("某厂") or NAMELESS.search(ad.employer):
        yield _object("employer", "missing_employer", REJECT, "没有写用工单位的全名，请填营业执照上的名称。")
    if not ad.contact_phone:
        yield _object("contact_phone", "missing_contact", REJECT, "没有写联系电话，请填上。")
    if not (ad.province or ad.city or ad.district):
        yield _object("city", "missing_place", HOLD, "没有写在哪里上班，请填省、市、区县。")
    if not ad.headcount:
        yield _object("headcount", "missing_headcount", HOLD, "没有写招多少人，请填一个数。")
    if not ad.salary_min_fen and not ad.salary_max_fen:
        written = next(
            (unreadable[field] for field in ("salary_min", "salary_max", "salary") if field in unreadable), ""
        )
        told = f"工资“{written[:20]}”看不懂" if written else "没有写明工资"
        yield _object("salary_min", "missing_pay", HOLD, f"{told}，请填数字，比如 4500 和 6000，单位月。")
    for field in ("posted_at", "expires_at"):
        if field in unreadable:
            message = f"日期“{unreadable[field][:20]}”看不懂，请写成 2027-01-31 这样。"
            yield _object(field, "bad_date", HOLD, message)


def _values(ad: Ad, today: date) -> Iterator[_Objection]:
    if ad.contact_phone and not all(map(is_phone, ad.contact_phone.split("、"))):
        yield _object("contact_phone", "bad_phone", REJECT, f"“{ad.contact_phone[:20]}”不是能打通的号码，请核对位数。")
    low, high = ad.salary_min_fen, ad.salary_max_fen
    if low is not None and high is not None and low > high:
        yield _object("salary_max", "pay_range", REJECT, "最高工资比最低工资还低，请核对，别填反了。")
    elif strange := _strange_pay(ad):
        yield _object("salary_min", "implausible_pay", HOLD, strange)
    if ad.expires_at and ad.expires_at < today:
        yield _object("expires_at", "expired", REJECT, f"{ad.expires_at}就截止了，过期的岗位不能发。")
    if ad.posted_at and ad.expires_at and ad.posted_at > ad.expires_at:
        yield _object("expires_at", "date_order", REJECT, "截止日期在发布日期前头，请核对。")


def _strange_pay(ad: Ad) -> str:
    """What is odd about the pay, as a sentence; empty for nothing."""
    amounts = [fen / 100 for fen in (ad.salary_min_fen, ad.salary_max_fen) if fen]
    if not amounts or ad.salary_unit not in PLAUSIBLE:
        return ""
    least, most = PLAUSIBLE[ad.salary_unit]
    low, high = min(amounts), max(amounts)
    shown = f"每{ad.salary_unit}{low:g}" + (f"—{high:g}元" if high != low else "元")
    if high < least or (ad.salary_unit == "件" and low <= 0):
        return f"{shown}太低，怕是单位填错了，或者不到最低工资，请核对。"
    month = low * MONTH.get(ad.salary_unit, 0)
    plain = PLAIN_WORK.search(f"{ad.trade}{ad.title}") is not None and month > PLAIN_MONTH
    if low > most or plain or high > 3 * most or high > WIDEST * low:
        return f"{shown}高得不平常，请跟单位核实。"
    return ""


def _raw(row: Mapping[str, Any]) -> Iterator[_Objection]:
    """Text that a browser or a spreadsheet would carry out."""
    for field, value in row.items():
        text = wash(value)
        if MARKUP.search(text):
            yield _object(field, "markup", REJECT, "里面有网页代码，请删掉，只留文字。")
        if FORMULA.match(text) and not is_phone(text.lstrip("+").replace(" ", "-")):
            yield _object(field, "formula", REJECT, "开头是 =、+ 或 @，表格会当成公式，请删掉。")


def _field_of(words: str, texts: Mapping[str, str]) -> str:
    """Where the words stand; words across two fields count as the description's."""
    return next((field for field, text in texts.items() if words in legible(text)), "description")


def _abroad(ad: Ad, said: str) -> Iterator[_Objection]:
    """Work outside the mainland, by its place or its words; a claimed licence is for staff to look up."""
    place = f"{ad.province}{ad.city}{ad.district}"
    works_there = ABROAD_PLACE.search(place) or ABROAD_WORK.search(ABROAD_AT_HOME.sub("", said))
    if not works_there:
        return
    licensed = LICENCE.search(said) is not None
    message = (
        "境外的岗位，请核对对外劳务合作经营资格证书，再发布。" if licensed else "境外的岗位没有写经营资格，不能发布。"
    )
    yield _object("province", "dispatch_abroad", HOLD if licensed else REJECT, message + "（《对外劳务合作管理条例》）")


def _ages(ad: Ad, rules: list[str]) -> Iterator[_Objection]:
    if ad.age_min is not None and ad.age_min < 16:
        yield _object("age_min", "child_labour", REJECT, "不能招不满16岁的人。（《禁止使用童工规定》第二条）")
    elif (
        ad.age_min is not None
        and ad.age_min < 18
        and _FORBIDDEN_TO_YOUNG.search(f"{ad.title}{ad.trade}{ad.description}")
    ):
        yield _object("age_min", "child_labour", REJECT, "16、17岁的人不能做这样的活。（《未成年人保护法》第六十一条）")
    bounded = ad.age_max is not None or (ad.age_min is not None and ad.age_min > 18)
    if bounded and "age" not in rules:
        message = "填了年龄限制，没有依据不能限。可以发布去掉年龄的岗位；法律规定要限的，写明依据。"
        yield _object("age_max" if ad.age_max is not None else "age_min", "age", HOLD, message)


_FORBIDDEN_TO_YOUNG: Final = re.compile(
    "井下|矿|爆破|高空|高处|夜总会|KTV|ktv|酒吧|网吧|洗浴|足浴|按摩|(?<!不安排)(?<!不上)(?<!没有)(?<!无)夜班|架子|塔吊|有毒"
)


def _with_basis(ad: Ad, said: str, objections: list[_Objection]) -> tuple[list[_Objection], str]:
    """Where the law itself sets the limit it stands; where it may, staff decide."""
    rules = [one.found.rule for one in objections]
    rules += ["age_min" for one in objections if (one.found.rule, one.field) == ("age", "age_min")]
    basis, certain = legal_basis(ad.trade, ad.title, said, rules)
    if not basis:
        return objections, ""
    of_basis = {"age", "gender", "region", "ethnicity", "disease"}
    if certain:
        return [one for one in objections if one.found.rule not in of_basis], basis
    note = f"可能有依据：{basis}，请复核。"
    held = [
        replace(one, found=replace(one.found, verdict=HOLD, message=one.found.message + note))
        if one.found.rule in of_basis
        else one
        for one in objections
    ]
    return held, basis

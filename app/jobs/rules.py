"""What a job advertisement may not say: the rules of `rules.yaml`, each with the article it rests on.

Pure. A rule is words that speak against an advertisement, once everything has been taken out that sounds alike and is
lawful (女装, 退押金客服, 不收任何费用). Only a legal basis of the fixed list there lets a limit stand.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml

from app.language.slots.plain import to_simplified


class Verdict(StrEnum):
    """What becomes of a row, the gravest first."""

    REJECT = "reject"  # 不能发布
    HOLD = "hold"  # 要人复核
    NORMALISED = "normalised"  # 整理过，可以发布
    FINE = "fine"  # 没有问题


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that speak against an advertisement; ``lawful`` sound alike and are taken out first."""

    id: str
    verdict: Verdict
    message: str
    """What is wrong and how to mend it, for a clerk."""
    article: str
    words: re.Pattern[str]
    lawful: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Basis:
    """A provision that a limit may rest on, and the work it is about."""

    name: str
    rules: frozenset[str]
    where: re.Pattern[str]
    certain: bool
    """The provision itself sets the limit; otherwise staff decide."""


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that speaks, and the words it heard."""

    rule: str
    verdict: Verdict
    message: str
    words: str = ""


def _read() -> tuple[list[Rule], list[Basis]]:
    document = yaml.safe_load((Path(__file__).parent / "rules.yaml").read_text(encoding="utf-8"))
    macros: Mapping[str, str] = document["macros"]

    def joined(patterns: Sequence[str]) -> re.Pattern[str]:
        text = "|".join(patterns)
        for name, meant in macros.items():
            text = text.replace(f"〈{name}〉", meant)
        return re.compile(text)

    def rule(known: Mapping[str, Any]) -> Rule:
        lawful = joined(known["lawful"]) if known.get("lawful") else None
        verdict = Verdict(known["verdict"])
        return Rule(known["id"], verdict, known["message"], known["article"], joined(known["words"]), lawful)

    bases = [
        Basis(known["name"], frozenset(known["rules"]), joined(known["where"]), known["certain"])
        for known in document["bases"]
    ]
    return [rule(known) for known in document["rules"]], bases


RULES, BASES = _read()
_SYMBOLS: Final = str.maketrans({"〇": "零", ",": "，", ";": "；", "!": "！", "?": "？", "\n": "，"})
_PICTURES: Final = {"So", "Cf", "Cc", "Sk"}
_SPELT: Final = re.compile("(?<![a-z])(?:nan|n[vü]|hun|fei|jin|dan|ya|xian|hukou|daikuan|yajin|zhongjie)(?![a-z])")
_MEANT: Final = {
    "nan": "男",
    "nv": "女",
    "nü": "女",
    "hun": "婚",
    "fei": "费",
    "jin": "金",
    "dan": "单",
    "ya": "押",
    "xian": "限",
    "hukou": "户口",
    "daikuan": "贷款",
    "yajin": "押金",
    "zhongjie": "中介",
}
"""Characters that are spelt out so that no list of words finds them."""
_LETTERS: Final = re.compile(r"(?<![a-z])([a-z]) (?=[a-z]{1,3}(?![a-z]))|(?<=[a-z]) (?=[a-z](?![a-z]))")
_SPACED: Final = re.compile(r"(?<![a-z])(ya|zhong) (jin|jie)(?![a-z])")
_BLANK: Final = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_SIGNS: Final = re.compile(r"(?<=[一-龥])[*·.•_☆★~^\-]+(?=[一-龥])")


def legible(text: str) -> str:
    """``text`` as the rules read it: simplified, one width, lower case, no pictures, no blanks inside words."""
    text = unicodedata.normalize("NFKC", text.replace("♂", "男").replace("♀", "女")).translate(_SYMBOLS).lower()
    text = to_simplified("".join(each for each in text if unicodedata.category(each) not in _PICTURES))
    text = _SPACED.sub(r"\1\2", text)
    text = _BLANK.sub("", _LETTERS.sub(r"\1", text))
    return _SIGNS.sub("", _SPELT.sub(lambda found: _MEANT[found[0]], text))


def heard(text: str) -> Iterator[Found]:
    """Every rule that speaks against a `legible` text, each once."""
    for rule in RULES:
        found = rule.words.search(text)
        if found and rule.lawful:
            found = rule.words.search(rule.lawful.sub("□", text))
        if found:
            words = found[0].strip("，。；、□")
            yield Found(rule.id, rule.verdict, f"{rule.message.format(found=words[:20])}（{rule.article}）", words)


def legal_basis(trade: str, title: str, text: str, rules: Sequence[str]) -> tuple[str, bool]:
    """(the provision that limits of these kinds may rest on, whether it certainly holds); empty for none.

    A fixed list: whoever sends an advertisement cannot add to it. Where it is not certain, staff decide.
    """
    where = f"{title}，{trade}，{text}"
    for basis in BASES:
        if any(rule in basis.rules for rule in rules) and basis.where.search(where):
            return basis.name, basis.certain
    return "", False


ABROAD: Final = (
    "境外|国外|海外|出国|日本|韩国|缅甸|柬埔寨|老挝|越南|泰国|菲律宾|新加坡|马来西亚|印尼|迪拜|阿联酋|沙特|卡塔尔|以色列"
    "|俄罗斯|蒙古国|德国|英国|法国|美国|加拿大|澳大利亚|澳洲|新西兰|波兰|罗马尼亚|塞尔维亚|非洲|安哥拉|尼日利亚|刚果|赞比亚"
    "|埃塞俄比亚|中东|欧洲|西港|金边|仰光|妙瓦底|金三角|澳门|香港"
)
TO: Final = f"(?:{ABROAD}|[韩日泰缅越新美英法德澳加]国?)"
ABROAD_PLACE: Final = re.compile(ABROAD)
ABROAD_WORK: Final = re.compile(
    f"(?:赴|飞|派往|外派|驻)(?:{TO})|(?:去|到)(?:{ABROAD})"
    f"|(?:{ABROAD})(?:工地|务工|劳务|打工|工厂|农场|招工|岗位|园区|项目部?|普工|[木瓦钢焊电水]工|司机|厨师|客服|酒店|厂招|建筑|矿山|护工|技能实习|研修|高薪|直招)"
    "|出国(?:劳务|务工|打工|做|当)|境外(?:高薪|就业|务工)|劳务输出|偷渡|办签证|包签证|工签|雇主签"
)
ABROAD_AT_HOME: Final = re.compile(
    f"(?:{ABROAD})(?:客户|订单|市场|直播|买家|品牌|仓|电商|贸易|代购|旅游|游|留学|展会|站|社媒|平台)"
    "|外贸|跨境|不出国|在国内(?:上班|办公)|上班地点在国内"
)
LICENCE: Final = re.compile("经营资格证|资格证书|批准文号|经营许可|许可证|备案|资质|商务部门|合格证书")

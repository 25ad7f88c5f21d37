"""How many people come along, and how many of them are children."""

import re
from dataclasses import dataclass
from typing import Final

from app.language.numerals import SPOKEN, spoken_span
from app.language.slots.found import Found
from app.language.slots.plain import plain
from app.language.slots.scan import Rule, scan

MAX_PARTY: Final = 99


@dataclass(frozen=True, slots=True)
class Party:
    """People who go together; the children are among the total."""

    total: int
    children: int = 0

    def said(self) -> str:
        return f"{self.total}人（带{self.children}个小孩）" if self.children else f"{self.total}人"


_N: Final = rf"(?:{SPOKEN}|俩|仨)"
_CHILD: Final = r"(?:小?娃(?:娃|儿|崽)?|小?孩(?:子|儿)?|崽崽?|细娃|毛毛)"
_PARENTS: Final = r"(?:爸妈|爹妈|父母|老两口|公婆|老爸老妈)"
_KIN: Final = (
    r"(?:老公|老婆|婆娘|媳妇|男人|女人|爱人|对象|女朋友|男朋友|爸爸?|老爸|老妈|妈妈?|爹|娘|"
    r"大哥|哥哥?|弟弟?|兄弟|姐姐?|妹妹?|姊妹|嫂子?|姐夫|"
    r"妹夫|舅舅?|叔叔?|伯伯?|姑姑?|姑妈|姑爹|姨妈?|儿子|女儿|姑娘|爷爷|奶奶|外公|外婆|公公|婆婆|岳父|岳母|老丈人|老乡|朋友|同学|工友|同事|"
    r"邻居|侄儿|侄子|侄女|表[哥弟姐妹]|堂[哥弟姐妹]|老表|伙伴|伴|她|他(?!们))"
)
_MATE: Final = rf"(?:我|我家|我们家|俺|屋头|家里)?的?(?:({_N})个|个|一个)?({_PARENTS}|{_KIN}|{_CHILD})"
_MATE_PLAIN: Final = rf"(?:我|我家|我们家|俺|屋头|家里)?的?(?:{_N}个|个|一个)?(?:{_PARENTS}|{_KIN}|{_CHILD})"
_AND: Final = r"(?:和|跟|同|与|还有|、|加上|加)"
_BRINGS: Final = rf"(?:，?(?:还|再|要|另外)?带(?:着|起|上|了)?({_N})?个?{_CHILD})"
# After “我们三个”: months, posts and the like are no people.
_NO_PEOPLE: Final = (
    r"(?![月岗]|娃|孩|小孩|小时|小娃|崽|问题"
    r"|村|地方|公司|企业|星期|礼拜|钟|证|学|职位|工作|方面|厂|店|姑娘|儿子|女儿|多|半)"
)
_NOT_MORE: Final = r"(?<![\d.第每招缺限满一二两三四五六七八九十百])"

_MATES: Final = re.compile(_MATE)


def read_party(text: str) -> list[Found[Party]]:
    """The groups of people that ``text`` counts; the speaker counts where 我 is said, or is meant (带两个娃)."""
    return scan(plain(text), _RULES)


def _count(words: str | None) -> tuple[int, ...]:
    """“两三” is 2, perhaps 3; 几 is no number."""
    if words in {"俩", "仨"}:
        return (2 if words == "俩" else 3,)
    if not words or "几" in words or not (span := spoken_span(words)):
        return ()
    low, high = span
    if low != int(low) or high != int(high) or not 1 <= low <= high <= MAX_PARTY:
        return ()
    return (int(low),) if low == high else (int(low), int(high))


def _party(totals: tuple[int, ...], brings: str | None = None, *, any_child: bool = False) -> tuple[Party, ...]:
    """Grown-ups, and the children that they bring besides."""
    children = 0
    if any_child:
        counted = _count(brings) if brings else (1,)
        if not counted:
            return ()
        children = counted[0]
    return tuple(Party(total + children, children) for total in totals if total + children <= MAX_PARTY)


def _echo(found: re.Match[str]) -> tuple[Party, ...]:
    total, children = _count(found[1]), _count(found[2])
    return (Party(total[0], children[0]),) if total and children and children[0] <= total[0] else ()


def _counted(found: re.Match[str]) -> tuple[Party, ...]:
    return _party(_count(found[1]), found["kids"], any_child=found["brings"] is not None)


def _one(found: re.Match[str]) -> tuple[Party, ...]:
    return _party((1,), found["kids"], any_child=found["brings"] is not None)


def _pair(found: re.Match[str]) -> tuple[Party, ...]:
    return _party((2,), found["kids"], any_child=found["brings"] is not None)


def _family(found: re.Match[str]) -> tuple[Party, ...]:
    """一家四口: its children are among the four."""
    children = _count(found["kids"]) if found["kids"] else (1,) if found["brings"] else (0,)
    return tuple(Party(total, children[0]) for total in _count(found[1]) if children and children[0] <= total)


def _big_and_small(found: re.Match[str]) -> tuple[Party, ...]:
    return _party(_count(found[1]), found[2], any_child=True)


def _together(found: re.Match[str]) -> tuple[Party, ...]:
    """“我和老公、两个老乡”: the speaker and each of them; a total said after them counts instead."""
    total, perhaps, children = 1, 0, 0
    for mate in _MATES.finditer(found["mates"]):
        number = _count(mate[1]) if mate[1] else (2,) if re.fullmatch(_PARENTS, mate[2]) else (1,)
        if not number:
            return ()
        total, perhaps = total + number[0], perhaps + number[-1] - number[0]
        children += number[0] if re.fullmatch(_CHILD, mate[2]) else 0
    said = found.groupdict().get("all")
    if said:
        counted = _count(said)
        total, perhaps = (counted[0], 0) if counted and counted[0] > children else (total, perhaps)
    if found["brings"] is not None:
        more = _count(found["kids"]) if found["kids"] else (1,)
        if not more:
            return ()
        total, children = total + more[0], children + more[0]
    totals = (total, total + perhaps) if perhaps else (total,)
    return tuple(Party(each, children) for each in totals if each <= MAX_PARTY)


def _alone(found: re.Match[str]) -> tuple[Party, ...]:
    return _party((1,), found[1], any_child=True)


def _nothing(_: re.Match[str]) -> tuple[Party, ...]:
    return ()


_B: Final = "(?P<brings>" + _BRINGS.replace(f"({_N})", f"(?P<kids>{_N})") + ")?"
_WITH: Final = rf"(?P<mates>{_MATE_PLAIN}(?:{_AND}?{_MATE_PLAIN}){{0,4}})"
_RULES: Final[list[Rule[Party]]] = [
    (re.compile(r"(?<!\d)(\d{1,2})人，带(\d{1,2})个小孩，?"), _echo),
    (re.compile(rf"(?:我|想|要|还){{0,3}}带(?:着|上|起|了)?{_WITH}{_B}"), _together),
    (re.compile(rf"(?:我们|咱们?)?({_N})个?(?:姊妹|姐妹|兄弟|弟兄|爷崽|母女|母子|父子){_B}"), _counted),
    # What is asked of the job, and who stays at home, goes nowhere.
    (
        re.compile(
            rf"(?:[能好]|可以|方便|在家|屋头|家里|要在家|给人|帮人)(?:不能|不可以)?带(?:着|起)?(?:{_N}个)?个?{_CHILD}"
        ),
        _nothing,
    ),
    (re.compile(rf"{_N}个人力资源"), _nothing),
    (re.compile(r"夫妻(?:房|店|双|间|宿舍|工)|[两三四六八]人间|一家人"), _nothing),
    (
        re.compile(
            rf"(?:我|(?<![^，。、？！；])){_AND}{_WITH}(?:我们)?(?:(?:一共|总共)?(?P<all>{_N})个(?:人|{_NO_PEOPLE})|俩)?(?:一起|一路|一块)?{_B}"
        ),
        _together,
    ),
    (re.compile(rf"{_WITH}{_AND}我(?!们|家)(?:(?P<all>{_N})个(?:人|{_NO_PEOPLE}))?{_B}"), _together),
    (re.compile(rf"(?:一家|全家|一家子|全家人)({_N})(?:口人?|个人?|人){_B}"), _family),
    (re.compile(rf"{_NOT_MORE}({_N})口人{_B}"), _family),
    (re.compile(rf"(?:我们|我|咱们?)?(?:小|老)?(?:两|二|2)口子?{_B}"), _pair),
    (
        re.compile(
            rf"(?:我们|我|咱们?)?(?:两|2)?(?:个)?(?:夫妻|夫妇|两公婆|俩口子?)(?:俩人?|(?:两|2|二)(?:个人?|人|口子))?{_B}"
        ),
        _pair,
    ),
    (re.compile(rf"(?:我们|我|咱们?|他们|她们)(俩|仨)(?:个?人)?{_B}"), _counted),
    (re.compile(rf"(?:我们|咱们?)[^，。、？！；\d]{{0,4}}?(?:一共|总共|有)?({_N})个(?:人|{_NO_PEOPLE}){_B}"), _counted),
    (re.compile(rf"(?:总共|一共|共|一行)(?:有|是)?({_N})个?人?(?![\d年天岁块元千百k]){_NO_PEOPLE}{_B}"), _counted),
    (
        re.compile(
            rf"(?:就|只有|只)?我(?:一个人?(?!月|娃|小孩|儿子|女儿|姑娘|问题|{_KIN})|自己(?:一个人?)?|单独一?个?人?){_B}"
        ),
        _one,
    ),
    (re.compile(rf"(?<!每)(?:就)?一个人(?!多少|几|一天|一年|一个|每){_B}"), _one),
    (re.compile(rf"{_NOT_MORE}({_N})(?:个|名|位)人(?!家|间|多少|一天){_B}"), _counted),
    (re.compile(rf"{_NOT_MORE}({_N})人(?![间房次家份大/]|以上|以下|左右|一间|每|多少){_B}"), _counted),
    (re.compile(rf"{_NOT_MORE}({_N})个(?:老乡|工友|伙伴|兄弟|姐妹|老表|同学|朋友){_B}"), _counted),
    (re.compile(rf"{_NOT_MORE}({_N})(?:个|张)(?:去[^，。]{{1,8}}的)?(?:座位|位子|座|车票|票){_B}"), _counted),
    (re.compile(rf"({_N})个?大人?，?{_AND}?(?:带着?)?({_N})个?(?:{_CHILD}|小)"), _big_and_small),
    (re.compile(rf"大人({_N})个?，?{_AND}?{_CHILD}({_N})个?"), _big_and_small),
    (re.compile(rf"我?(?:还|要|一个人)?带(?:着|起|上|了)?({_N})?个?{_CHILD}"), _alone),
]

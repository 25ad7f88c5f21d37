"""What people tell about themselves in their own words, as facts."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from app.knowledge.lexicon import Lexicon
from app.language.numerals import spoken_span
from app.language.slots.ages import read_ages
from app.language.slots.durations import About, Duration, read_durations
from app.language.slots.places import Place
from app.language.slots.plain import plain
from app.policies.criteria import Leaf, Span, Verdict
from app.policies.facts import MONTHS, Fact, FactTable, Kind, Option, Reading
from app.policies.profile import Answer, Profile, holds
from app.policies.sayings import Sayings

A_YEAR: Final = 12
"""Months: a time that is vaguer says no more than when something was."""
PLAIN_TIMES: Final = (Reading.RUNNING, Reading.WORK, Reading.OUT_OF_WORK)
"""What lasts where somebody only says how long."""
CLAUSE: Final = re.compile("[，。、？！：；,.?!;:~]+")
PEOPLE: Final = re.compile(
    "我|俺|咱|家里|屋头|老公|老婆|婆娘|爱人|爸|妈|爹|娘|儿|姑娘|娃|哥|姐|弟|妹|嫂|叔|舅|表|亲戚|他|她|本人"
)
OTHERS: Final = re.compile(
    "(?:我|帮|替|问)[^，。？！]{0,3}"
    "(?:儿|女|娃|老公|老婆|婆娘|爱人|男人|爸|妈|爹|哥|姐|弟|妹|嫂|叔|舅|姑|表|侄|孙|邻居)"
)
"""Somebody else, for whom is asked."""
AT_WORK: Final = re.compile("打工|务工|上班|进厂|干活|做活|做工|工地|厂里?|干了|做了|打散工|打零工")
Clause = tuple[str, ...]
"""One clause as it is written and, where that differs, in standard words."""
NUMERAL: Final = re.compile("[0-9.一二两三四五六七八九十百千万]+")
HIRED: Final = re.compile(f"(?:新招|招|新进|请)(?:了|进)?({NUMERAL.pattern})(?:来)?(?:个|名)")
EVERYBODY: Final = re.compile(
    f"(?:一共|总共|共有|原来|本来|现有|有)({NUMERAL.pattern})(?:多)?(?:个|名)?(?:人|员工|职工|工人)"
)
SHARE, SHARE_OF_LARGE, LARGE = 0.15, 0.08, 100
"""小微企业新招人数占在职职工15%，超过100人的8%（附件1（八））。"""
NO: Final = re.compile("(?:都|还|也|我|是|好像|应该)*(?:没|不|未|莫)")
YES: Final = re.compile("(?:了|过|的|有|是|对)$")
PAST: Final = re.compile("以前|原来|原先|前头在|前些年|之前|从前|曾经|当年|年轻时")
"""What was, in a clause of its own, is not how it is now."""
CAME_BACK: Final = re.compile("(?<!没)(?<!没有)回来")
SHORT: Final = 8
"""Characters of an answer that says yes by its last word: “办过了”."""
ABOUTS: Final = {
    Reading.WORK: About.WORK,
    Reading.OUT_OF_WORK: About.OUT_OF_WORK,
    Reading.GRADUATED: About.GRADUATED,
    Reading.RUNNING: About.RUNNING,
    Reading.INSURED: About.INSURED,
    Reading.CONTRACT: About.CONTRACT,
}


def speaks_of_people(text: str) -> bool:
    """Whether somebody speaks of themselves or their people, rather than of a subject: “失业登记咋办” does not."""
    return PEOPLE.search(text) is not None


def speaks_of_others(text: str) -> bool:
    """Whether somebody asks for a relative or neighbour, of whom what they told of themselves is not true."""
    return OTHERS.search(text) is not None


def profile_in(text: str, facts: FactTable, lexicon: Lexicon, today: date, known: Profile | None = None) -> Profile:
    """The facts that a person's sentences tell, and what these imply: who has run a shop for a year runs a shop.

    With what is ``known`` of them before, which is not in the answer again.
    """
    said = plain(text)
    plain_clauses = [clause for clause in CLAUSE.split(said) if clause]
    clauses = [tuple(dict.fromkeys((clause, lexicon.dialect.standard(clause)))) for clause in plain_clauses]
    spelt = "，".join(spelling for clause in clauses for spelling in clause)
    profile = Profile()
    for fact in facts.facts.values():
        heard = [(spelt,)] if fact.across else clauses
        if fact.any_saying.judge(spelt) is not None and (answer := _told(fact, heard)) is not None:
            profile = profile.learn(fact.id, answer)
    durations = [found.value for found in read_durations(said, today=today)]
    before = known or Profile()
    works = any(
        fact.only_if is not None and holds(fact.only_if, before, facts) is Verdict.YES
        for fact in facts.facts.values()
        if fact.reads is Reading.WORKPLACE
    )
    for fact_id, answer in _measured(said, plain_clauses, durations, facts, lexicon, today, works=works):
        if fact_id not in profile.answers:
            profile = profile.learn(fact_id, answer)
    told = _own(profile, facts)
    told = _with_plain_time(told, before, durations, facts)
    told = _with_implied(told, before, facts)
    return _consistent(told, before, facts)


def _told(fact: Fact, clauses: Sequence[Clause]) -> Answer | None:
    """What the words of the fact say of it; None for nothing."""
    if fact.kind is Kind.FLAG:
        if any(_judge(fact.denials, clause) for clause in clauses):
            return False
        return next((so for clause in reversed(clauses) if (so := _judge(fact.sayings, clause)) is not None), None)
    if fact.kind is Kind.NUMBER:
        said = [option for option in fact.options if _is_named(option, clauses)]
        return Span(said[-1].low or 0, said[-1].high or 0) if said else None
    named = {
        option.id: so
        for option in fact.options
        if option.id and (so := _is_named(option, clauses, far=fact.across)) is not None
    }
    if fact.kind is Kind.CHOICE and True in named.values():
        ranks = {option.id: option.rank for option in fact.options}
        best = max((name for name, so in named.items() if so), key=lambda name: ranks[name])
        return {name: name == best for name in fact.ids}
    if fact.whole and True in named.values():
        return {name: named.get(name, False) for name in fact.ids}
    return named or None


def _is_named(option: Option, clauses: Sequence[Clause], *, far: bool = False) -> bool | None:
    """Whether it is said of the option that it is so, or is not; None where it is not spoken of. A “so” outweighs."""
    if option.present:
        clauses = [clause for clause in clauses if not PAST.search(clause[0])]
    spellings = [spelling for clause in clauses for spelling in clause]
    if any(map(option.sure.judge, spellings)):
        return True
    if any(map(option.against.judge, spellings)):
        return None
    sayings = option.far_sayings if far else option.sayings
    found = [_judge(sayings, tuple(map(option.without_others, clause))) for clause in clauses]
    spoken = [so for so in found if so is not None]
    return any(spoken) if spoken else None


def _judge(sayings: Sayings, clause: Clause) -> bool | None:
    found = [sayings.judge(spelling) for spelling in clause]
    return True if True in found else False if False in found else None


def _measured(
    said: str,
    clauses: Sequence[str],
    durations: Sequence[Duration],
    facts: FactTable,
    lexicon: Lexicon,
    today: date,
    *,
    works: bool,
) -> Iterator[tuple[str, Answer]]:
    """Numbers and places, by what the words beside them are about."""
    for fact in facts.facts.values():
        if fact.reads is Reading.AGE:
            ages = read_ages(said, today=today)
            if ages:
                yield fact.id, Span(ages[0].value.low, ages[0].value.high)
        elif fact.reads is Reading.SHARE:
            if (share := _hired_share(said)) is not None:
                yield fact.id, share
        elif fact.reads is Reading.WORKPLACE:
            if place := _workplace(clauses, lexicon, works=works):
                yield fact.id, dict.fromkeys(fact.ids, False) | {_distance(place, lexicon.gazetteer.home): True}
        elif fact.reads in ABOUTS:
            about = ABOUTS[fact.reads]
            if of_it := [duration for duration in durations if duration.about is about]:
                yield fact.id, Span(of_it[-1].low, of_it[-1].high)


def _hired_share(said: str) -> bool | None:
    """Whether of “一共40个人，今年新招了9个” enough are new; None where either number is missing."""
    hired, everybody = HIRED.search(said), EVERYBODY.search(said)
    if hired is None or everybody is None:
        return None
    new, whole = spoken_span(hired[1]), spoken_span(everybody[1])
    if new is None or whole is None or whole[0] < 1:
        return None
    return new[0] / whole[1] >= (SHARE_OF_LARGE if whole[0] > LARGE else SHARE)


def _with_plain_time(profile: Profile, before: Profile, durations: Sequence[Duration], facts: FactTable) -> Profile:
    """With a time that nothing says the subject of: whoever runs a shop has run it for so long."""
    unnamed = [duration for duration in durations if duration.about is None and duration.high - duration.low < A_YEAR]
    both = before.merge(profile)
    for fact in facts.facts.values():
        if fact.reads in PLAIN_TIMES and len(unnamed) == 1 and fact.id not in both.answers:
            applies = holds(fact.only_if, both, facts) if fact.only_if else Verdict.YES
            if applies is Verdict.YES:
                return profile.learn(fact.id, Span(unnamed[0].low, unnamed[0].high))
    return profile


def _workplace(clauses: Sequence[str], lexicon: Lexicon, *, works: bool) -> Place | None:
    """The place beside words of work; any place of somebody who is known to work."""
    for clause in clauses:
        if (works or AT_WORK.search(clause)) and not CAME_BACK.search(clause) and not PAST.search(clause):
            for found in lexicon.gazetteer.read_places(clause):
                return found.value
    return None


def _distance(place: Place, home: Place) -> str:
    """How far from ``home`` somebody works, as the options of the fact say it."""
    if place.province and place.province != home.province:
        return "other_province"
    return "county" if place.district == home.district else "other_county"


def _own(profile: Profile, facts: FactTable) -> Profile:
    """Without what was said of others: of the people a firm has hired."""
    for name, answer in list(profile.answers.items()):
        rule = facts[name].only_if
        applies = rule is None or holds(rule, profile, facts) is not Verdict.NO
        if (hidden := facts[name].hides) and _is_some(answer) and applies:
            for fact in hidden:
                profile = profile.forget(fact)
            for other in list(profile.answers):
                profile = profile.without(other, hidden) if other != name else profile
    return profile


def _with_implied(profile: Profile, before: Profile, facts: FactTable) -> Profile:
    """With what must be so for a fact to be asked at all, where that is one simple condition."""
    for name in reversed(list(profile.answers)):
        rule = facts[name].only_if
        if facts[name].weak or not isinstance(rule, Leaf) or not rule.options or not _is_some(profile.answers[name]):
            continue
        if holds(rule, before.merge(profile), facts) is Verdict.UNKNOWN:
            needed, option = facts[rule.fact], rule.options[0]
            if needed.kind is Kind.CHOICE:
                profile = profile.learn(needed.id, {one: one == option for one in needed.ids})
            elif len(rule.options) == 1:
                profile = profile.learn(needed.id, {option: True})
    return profile


def _is_some(answer: Answer) -> bool:
    if isinstance(answer, Span):
        return True
    return answer if isinstance(answer, bool) else True in answer.values()


def _consistent(profile: Profile, before: Profile, facts: FactTable) -> Profile:
    """Without facts that cannot be, given the others: the years somebody worked away before they opened a shop."""
    for name in list(profile.answers):
        rule = facts[name].only_if
        applies = holds(rule, before.merge(profile), facts) if rule is not None else Verdict.YES
        if applies is Verdict.NO or (facts[name].weak and applies is Verdict.UNKNOWN):
            profile = profile.forget(name)
    return profile


def number_in(fact: Fact, text: str, today: date) -> Span | None:
    """A number in words that answer just this question: an age, or a time that is of nothing else."""
    if fact.reads is Reading.AGE:
        ages = read_ages(text, today=today) or read_ages(f"{text.strip()}岁", today=today)
        return Span(ages[0].value.low, ages[0].value.high) if ages else None
    if fact.unit == MONTHS:
        fitting = {None, ABOUTS.get(fact.reads)} if fact.reads else {None}
        for found in read_durations(text, today=today):
            if found.value.about in fitting:
                return Span(found.value.low, found.value.high)
    return None


def yes_or_no(fact: Fact, text: str) -> bool | None:
    """The answer to a yes-no question in words of its own: “还没登记”, “办过了”, “一万二左右” of an income."""
    said = plain(text)
    if fact.reads is Reading.INCOME and fact.limit is not None and (numeral := NUMERAL.search(said)):
        span = spoken_span(numeral[0])
        return None if span is None else span[0] < fact.limit
    if NO.match(said):
        return False
    return True if len(said) <= SHORT and YES.search(said) else None

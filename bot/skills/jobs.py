"""Jobs in the chat: searching in one's own words, looking at one, wanting it, being told of new ones."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from app.core.clock import local
from app.jobs import interest
from app.jobs.jobs import JobGone, find_open, get_open, sources_of
from app.jobs.matching import LEGAL_AGE, given_way, minuses, reasons
from app.jobs.models import Job
from app.jobs.pushes import list_pushed
from app.jobs.refining import goes_on, refine
from app.jobs.wants import Want
from app.jobs.words import place_text, salary_text
from app.knowledge.lexicon import Lexicon
from app.language.normalise import normalise
from app.language.slots.places import Place
from app.people.models import Channel
from app.wechat.replies import Reply
from bot.choosing import BEFORE, NEXT, line_number, split_line
from bot.forms import Scope
from bot.listing import LISTINGS, Listing
from bot.skill import PREPARES, SKILLS, Ahead, Turn, skill

KIND: Final = "jobs"
SUBSCRIBE: Final = "jobs.subscribe"
WISH: Final = "jobs.wish"
"""The form that asks what they want."""
PAGE: Final = 3
MOST: Final = 60
"""Jobs that one search leafs through."""
LOOKED_AT: Final = 12
"""Places of the list that are looked up for a page: some may have gone meanwhile."""
NEW: Final = 1
"""Days for which a job counts as new: today's and yesterday's."""

_APPLY: Final = re.compile(
    "^(?:我?(?:要|想)?(?:报名|应聘|申请|报)|我(?:要|想)去|想去|我去|要得我去|(?:怎么|咋个|怎样)(?:报名|联系|应聘)|联系(?:方式|电话)?|电话(?:是)?(?:多少|好多)?|我要这个|就这个)"
)
_SAVE: Final = re.compile("^(?:收藏|存(?:起|下|到)?|先存|留到|记下|保存|先收)")
_REPORT: Final = re.compile("举报|假的|骗子|骗人|骗钱|不真实|虚假|黑厂|黑中介|要交钱|收押金|要押金|打不通")
_TELL: Final = re.compile(
    "^(?:有了?(?:合适的)?(?:就)?(?:告诉|通知|喊|跟我讲)我?|有了告诉我|订阅|帮我(?:盯|留意)(?:着|到)?)"
)


@skill("jobs.search")
def search(turn: Turn) -> Reply:
    """What fits the words; where they name nothing, what was told before, or a few questions.

    Who says only how old somebody is (“我妈五十三岁能做点啥子”) is shown work at home.
    """
    want = read_want(turn)
    if want == Want(home=want.home, age=want.age) and want.age:
        want = replace(want, near_home=True)
    if not want.says_nothing:
        return show(turn, want)
    known = interest.want_of(turn.session, turn.person_id)
    return show(turn, known) if known else SKILLS[WISH](turn)


@skill("jobs.day_work")
def day_work(turn: Turn) -> Reply:
    """Work by the day or the hour, at home unless another place is named."""
    want = read_want(turn)
    flags = tuple(flag for flag in want.flags if flag != "日结")
    anywhere = want.places or want.not_places
    return show(turn, replace(want, day_work=True, flags=flags, near_home=want.near_home or not anywhere))


@skill("jobs.today")
def today(turn: Turn) -> Reply:
    """What is new today; what fits the person goes first."""
    want = interest.want_of(turn.session, turn.person_id) or Want(home=_home(turn.library.lexicon, turn.state.township))
    board = turn.jobs.board
    since = turn.today.toordinal() - NEW
    fresh = [offer.id for offer in board.offers.values() if offer.posted >= since]
    if not fresh:
        return show(turn, want, lead="今天还没有新岗位，先看看前几天的。")
    return show(turn, want, among=fresh, lead=f"{turn.today.month}月{turn.today.day}日，新岗位{len(fresh)}个。")


@skill("jobs.mine")
def mine(turn: Turn) -> Reply:
    """What they put aside and what they wanted."""
    saved = interest.list_saved(turn.session, turn.person_id, today=turn.today)
    applied = [job for _, job in interest.list_applied(turn.session, turn.person_id)]
    ids = list(dict.fromkeys(job.id for job in (*saved, *applied)))
    if not ids:
        return turn.reply("jobs/none_mine")
    _keep(turn, ids, Want(), fitting=len(ids))
    return _page(turn, 0, lead="您收藏和报过名的岗位：")


@skill("jobs.pushed")
def pushed(turn: Turn) -> Reply:
    """What they were told of lately, to be opened one by one."""
    ids = list_pushed(turn.session, turn.person_id, now=turn.now)
    if not ids:
        return turn.reply("jobs/none_pushed")
    _keep(turn, ids, interest.want_of(turn.session, turn.person_id) or Want(), fitting=len(ids))
    return _page(turn, 0, lead="最近推给您的岗位：")


# --- the list, and going on from it ---


def show(turn: Turn, want: Want, *, among: Sequence[int] | None = None, lead: str = "") -> Reply:
    """The first page of what fits, and what was given way where too little does."""
    if want.age is not None and want.age < LEGAL_AGE:
        return turn.reply("jobs/too_young")
    board = turn.jobs.board if among is None else turn.jobs.board.part_of(among)
    ranked = board.rank(board.asker(want, turn.today.toordinal()), limit=MOST)
    if not ranked:
        _keep(turn, [], want, fitting=0)
        return turn.reply("jobs/none", want=want.said())
    _keep(turn, [one.id for one in ranked], want, fitting=sum(one.price == 0 for one in ranked))
    return _page(turn, 0, lead=lead)


def _keep(turn: Turn, ids: Sequence[int], want: Want, *, fitting: int) -> None:
    turn.state.options = []
    turn.state.shown = {
        "kind": KIND,
        "at": int(turn.now.timestamp()),
        "ids": list(ids),
        "want": want.as_json(),
        "fitting": fitting,
        "numbers": {},
        "starts": [],
        "open": 0,
    }


def _page(turn: Turn, start: int, *, lead: str = "") -> Reply:
    """Three jobs from there on; what has meanwhile been taken down or has expired is left out."""
    shown = turn.state.shown
    ids, want = shown["ids"], Want.read(shown["want"])
    found = find_open(turn.session, ids[start : start + LOOKED_AT], today=turn.today)[:PAGE]
    if not found:
        return turn.reply("jobs/no_more") if start else turn.reply("jobs/none", want=want.said())
    numbered = {str(ids.index(job.id) + 1): job.id for job in found}
    starts = [one for one in shown["starts"] if one < start]
    turn.state.shown = {**shown, "numbers": {**shown["numbers"], **numbered}, "starts": [*starts, start], "open": 0}
    return turn.reply(
        "jobs/list",
        lead=lead,
        want=want.said(),
        fitting=shown["fitting"],
        jobs=[_line(turn, job, want, ids.index(job.id) + 1) for job in found],
        further=_next(turn) < len(ids),
        relaxed=[] if start else _relaxed(turn, ids[shown["fitting"] :], want),
    )


def _next(turn: Turn) -> int:
    """Where the page after the last one begins."""
    return max(map(int, turn.state.shown["numbers"]), default=0)


NAMES: Final = {"place": "地点", "pay": "工资", "trade": "工种", "wishes": "吃住班次这些要求"}


def _relaxed(turn: Turn, ids: Sequence[int], want: Want) -> list[str]:
    """Which conditions were given way for these jobs, in words."""
    board = turn.jobs.board
    asker = board.asker(want, turn.today.toordinal())
    given = [name for number in ids if number in board.offers for name in given_way(asker, board.offers[number])]
    return [NAMES[name] for name in dict.fromkeys(given)]


def _line(turn: Turn, job: Job, want: Want, number: int) -> dict[str, Any]:
    board = turn.jobs.board
    offer = board.offers.get(job.id)
    asker = board.asker(want, turn.today.toordinal())
    return {
        "number": number,
        "title": job.title,
        "employer": job.employer,
        "place": place_text(job),
        "pay": salary_text(job),
        "reasons": [one.text for one in reasons(asker, offer)[:2]] if offer else [],
        "minuses": minuses(asker, offer)[:2] if offer else [],
    }


def hears(text: str, shown: Mapping[str, Any], scope: Scope) -> bool:
    """Whether the words are about the list of jobs, or the job that is open."""
    said = normalise(text)
    if said in NEXT | BEFORE or line_number(said) or _TELL.match(said):
        return True
    number, rest = split_line(said)
    if (shown.get("open") or number) and (_APPLY.match(rest) or _SAVE.match(rest)):
        return True
    if shown.get("open") and _REPORT.search(said):
        return True
    return bool(shown.get("want")) and goes_on(text, scope.reader, scope.today)


LISTINGS[KIND] = Listing("jobs.list", hears)


@skill("jobs.list")
def go_on_with_list(turn: Turn) -> Reply:
    """Another page, one job whole, something done with it, or other conditions."""
    said = normalise(turn.message.text)
    if not turn.state.shown:
        return search(turn)
    if said in NEXT | BEFORE:
        return _leaf(turn, back=said in BEFORE)
    if number := line_number(said):
        return _open(turn, number)
    if _TELL.match(said):
        return _tell_me(turn)
    number, rest = split_line(said)
    job_id = turn.state.shown["numbers"].get(str(number)) or turn.state.shown["open"]
    for words, deed in DEEDS.items():
        if job_id and words.search(rest):
            return deed(turn, job_id)
    return _refine(turn)


def _leaf(turn: Turn, *, back: bool) -> Reply:
    shown = turn.state.shown
    if back:
        return _page(turn, shown["starts"][-2] if len(shown["starts"]) > 1 else 0)
    return _page(turn, _next(turn)) if _next(turn) < len(shown["ids"]) else turn.reply("jobs/no_more")


def _open(turn: Turn, number: int) -> Reply:
    numbers = turn.state.shown["numbers"]
    job_id = numbers.get(str(number))
    return _detail(turn, job_id) if job_id else turn.reply("jobs/no_such_line", last=_next(turn))


def _detail(turn: Turn, job_id: int) -> Reply:
    try:
        job = get_open(turn.session, job_id, today=turn.today)
    except JobGone as gone:
        return turn.reply("jobs/gone", sentence=gone.detail)
    turn.state.shown = {**turn.state.shown, "open": job_id, "at": int(turn.now.timestamp())}
    want = Want.read(turn.state.shown["want"])
    line = _line(turn, job, want, 1)
    return turn.reply(
        "jobs/detail", job=job, **line, sources=sources_of(turn.session, job_id), checked=local(job.checked_at).date()
    )


def _do(template: str, deed: Callable[..., Job]) -> Callable[[Turn, int], Reply]:
    def do(turn: Turn, job_id: int) -> Reply:
        try:
            job = deed(turn.session, turn.person_id, job_id, now=turn.now, today=turn.today)
        except JobGone as gone:
            return turn.reply("jobs/gone", sentence=gone.detail)
        turn.state.shown = {**turn.state.shown, "open": job_id}
        return turn.reply(template, job=job)

    return do


def _report(turn: Turn, job_id: int) -> Reply:
    report = partial(interest.report, text=turn.message.text)
    return _do("jobs/reported", report)(turn, job_id)


DEEDS: Final[Mapping[re.Pattern[str], Callable[[Turn, int], Reply]]] = {
    _APPLY: _do("jobs/applied", interest.apply),
    _SAVE: _do("jobs/saved", interest.save),
    _REPORT: _report,
}


def _tell_me(turn: Turn) -> Reply:
    """Keep what was searched for, and tell them when something new fits it."""
    want = Want.read(turn.state.shown["want"])
    if want.says_nothing:
        return SKILLS[SUBSCRIBE](turn)
    interest.set_want(turn.session, turn.person_id, want, now=turn.now)
    interest.set_pushes(turn.session, turn.person_id, interest.AT_ONCE, channel=Channel.OFFICIAL_ACCOUNT, now=turn.now)
    return turn.reply("jobs/subscribed", want=want.said())


def _refine(turn: Turn) -> Reply:
    before = Want.read(turn.state.shown["want"])
    offers = [turn.jobs.board.offers.get(job_id) for job_id in turn.state.shown["numbers"].values()]
    pays = sorted(offer.pay // 100 for offer in offers if offer and offer.pay)
    changed = refine(
        before, turn.message.text, turn.jobs.reader, turn.today, shown_pay=pays[len(pays) // 2] if pays else None
    )
    return show(turn, changed or before)


def read_want(turn: Turn) -> Want:
    return turn.jobs.reader.read(turn.message.text, turn.today, _home(turn.library.lexicon, turn.state.township))


def _home(lexicon: Lexicon, township: str) -> Place | None:
    """The township they told, or that a place they sent lies in."""
    name = township.removesuffix("镇").removesuffix("乡").removesuffix("街道")
    return replace(lexicon.gazetteer.home, township=name) if name else None


def _think(ahead: Ahead) -> None:
    """Read the words before the unit of work; there they are remembered."""
    scope = ahead.scope
    scope.reader.read(ahead.text, scope.today, _home(scope.lexicon, ahead.state.township))


for _name in ("jobs.search", "jobs.day_work", "jobs.list"):
    PREPARES[_name] = _think

"""Job fairs and classes in the chat: what is coming, what to bring, registering and giving up, one's own."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.core.errors import Conflict
from app.jobs import events
from app.jobs.event_models import Event, EventKind, EventState, RegistrationState
from app.jobs.event_rules import is_full, is_running, places_left, reminder_at, when
from app.knowledge.lexicon import Lexicon
from app.language.normalise import normalise
from app.wechat.replies import Reply
from bot.choosing import BEFORE, NEXT, PAGE, asking, at_line, line_number, on_page, other_page, split_line
from bot.forms import Scope
from bot.listing import LISTINGS, Listing
from bot.skill import Turn, skill

KIND: Final = "events"
MOST: Final = 30
"""Events that one list leafs through."""
INSTEAD: Final = {
    EventKind.JOB_FAIR: ["policies/job_fairs", "policies/liuzhi_fairs", "policies/graduate_recruitment"],
    EventKind.TRAINING: ["policies/training", "policies/skill_upgrade_subsidy", "policies/liuzhi_training"],
}
"""What the plan says of them, where none is coming."""
CALLED: Final = {EventKind.JOB_FAIR: "招聘会", EventKind.TRAINING: "培训班"}
MARKS: Final = {"mine": "（您已报名）", "cancelled": "（取消了）", "running": "（正在办）", "full": "（报满了）"}

_REGISTER: Final = re.compile(
    "(?:我(?:们)?|请)?(?:要|想|就|来)?(?:帮我|给我)?(?:报名?|报上|报个名|参加|去)(?:这个|这场|一个|上|吧|了)?"
)
_GIVE_UP: Final = re.compile(
    "(?:我)?(?:要|想)?(?:帮我|给我)?(?:(?:取消|退掉|退了|退)(?:这个|这场|我的|掉)?(?:报名|名额)?(?:了)?|不去了|去不了了?|去不成了?|不参加了|不报了?)"
)
_asks: Final = asking(
    "带|准备|材料|证件|哪里|哪点|哪儿|地址|地点|位置|怎么走|怎么去|咋个去|几点|几号|时间|哪天|上课|开始|结束|电话|钱"
    "|收费|免费|名额|人数|怎么报名?|咋个报名?|如何报名|哪些人|详细|详情"
)
"""What the one that is open says."""
_LEAVING: Final = re.compile("取消|退|不去|去不")


@skill("events.fairs")
def fairs(turn: Turn) -> Reply:
    return _coming(turn, EventKind.JOB_FAIR)


@skill("events.trainings")
def trainings(turn: Turn) -> Reply:
    return _coming(turn, EventKind.TRAINING)


@skill("events.mine")
def mine(turn: Turn) -> Reply:
    """What they are registered for; who wants to give one up says which."""
    found = events.list_coming_registrations(turn.session, turn.person_id, now=turn.now)
    if not found:
        return turn.reply("events/none_mine")
    leaving = _LEAVING.search(turn.message.text)
    how = "要取消哪一个，回复“取消报名第1个”这样。" if leaving or len(found) > 1 else "去不了，回复“取消报名”。"
    return _show(turn, [one.id for one in found], lead=f"您报名的有{len(found)}个。{how}")


def _coming(turn: Turn, kind: EventKind) -> Reply:
    """What is coming, and of that what the words name: a trade, a township, a group of people."""
    found = events.list_coming(turn.session, now=turn.now, kind=kind, limit=MOST)
    if not found:
        training = kind is EventKind.TRAINING
        return turn.offer(turn.templates.render("events/none", training=training), INSTEAD[kind])
    wanted = facets(turn.message.text, turn.library.lexicon)
    fitting = [one for one in found if wanted & facets(_described(one), turn.library.lexicon)]
    called, named = CALLED[kind], "、".join(sorted(wanted))
    if fitting:
        lead = f"说到“{named}”的{called}，近期有{len(fitting)}个："
    elif wanted:
        lead = f"近期没有写明“{named}”的{called}。别的有{len(found)}个："
    else:
        lead = f"近期的{called}有{len(found)}个："
    return _show(turn, [one.id for one in fitting or found], lead=lead)


def facets(text: str, lexicon: Lexicon) -> set[str]:
    """What tells one event from another: trades, townships of home, places elsewhere, groups of people."""
    home = lexicon.gazetteer.home
    places = [one.value for one in lexicon.gazetteer.read_places(text)]
    names = {place.township or (place.district if place.district != home.district else "") for place in places}
    trades = {one.value.name for one in lexicon.trades.read_trades(text)}
    groups = {group.name for group in lexicon.groups_in(normalise(text))}
    return (names | trades | groups) - {""}


def _described(event: Event) -> str:
    return "，".join((event.title, event.trade, event.who_for, event.township, event.district, event.place))


# --- the list, and going on from it ---


def hears(text: str, shown: Mapping[str, Any], scope: Scope) -> bool:
    """Whether the words choose from the list of events, or are about the one that is open."""
    said = normalise(text)
    if said in NEXT | BEFORE or line_number(said):
        return True
    rest = split_line(said)[1]
    if _REGISTER.fullmatch(rest) or _GIVE_UP.fullmatch(rest):
        return True
    return bool(shown.get("open")) and _asks(said)


LISTINGS[KIND] = Listing("events.list", hears)


@skill("events.list")
def go_on(turn: Turn) -> Reply:
    """Another page, one event whole, registering for it or giving it up."""
    said, shown = normalise(turn.message.text), turn.state.shown
    number, rest = split_line(said)
    if said in NEXT | BEFORE:
        start = other_page(shown, said)
        return (
            turn.reply("events/no_more", back=said in BEFORE) if start is None else _page(turn, start, lead="接着看：")
        )
    if number and at_line(shown, number) is None:
        return turn.reply("events/no_such_line", last=len(on_page(shown)))
    meant = at_line(shown, number) if number else shown.get("open") or _only(on_page(shown))
    if _GIVE_UP.fullmatch(rest):
        return _give_up(turn, meant or _only(_registered(turn, on_page(shown))))
    if not line_number(said) and _REGISTER.fullmatch(rest):
        return _register(turn, meant)
    return _detail(turn, meant) if meant else turn.reply("events/which", cancelling=False)


def _show(turn: Turn, ids: Sequence[int], *, lead: str) -> Reply:
    turn.state.options = []
    turn.state.shown = {"kind": KIND, "ids": list(ids)}
    return _page(turn, 0, lead=lead)


def _page(turn: Turn, start: int, *, lead: str) -> Reply:
    shown = {"kind": KIND, "ids": turn.state.shown["ids"], "start": start, "at": int(turn.now.timestamp())}
    turn.state.shown = shown
    lines = []
    for event in events.find_events(turn.session, on_page(shown)):
        mark = MARKS.get(_standing(turn, event), "")
        lines.append({"event": event, "when": when(event, turn.now), "mark": mark})
    return turn.reply("events/list", lead=lead, lines=lines, further=start + PAGE < len(shown["ids"]))


def _open(turn: Turn, event_id: int) -> None:
    turn.state.shown = {**turn.state.shown, "open": event_id, "at": int(turn.now.timestamp())}


def _detail(turn: Turn, event_id: int) -> Reply:
    event = events.get_event(turn.session, event_id)
    _open(turn, event_id)
    registered = events.count_registered(turn.session, [event_id]).get(event_id, 0)
    return turn.reply(
        "events/detail",
        event=event,
        when=when(event, turn.now),
        left=places_left(event, registered),
        standing=_standing(turn, event),
    )


def _standing(turn: Turn, event: Event) -> str:
    """How it stands for this person: cancelled, running, started, mine, full or open."""
    if event.state == EventState.CANCELLED:
        return "cancelled"
    if event.starts_at <= turn.now:
        return "running" if is_running(event, turn.now) else "started"
    if _registered(turn, [event.id]):
        return "mine"
    registered = events.count_registered(turn.session, [event.id]).get(event.id, 0)
    return "full" if is_full(event, registered) else "open"


def _register(turn: Turn, event_id: int | None) -> Reply:
    if event_id is None:
        return turn.reply("events/which", cancelling=False)
    event = events.get_event(turn.session, event_id)
    _open(turn, event_id)
    try:
        events.register(turn.session, turn.person_id, event_id, now=turn.now)
    except Conflict as refused:
        return turn.reply("events/refused", sentence=refused.detail, phone=event.phone)
    reminded = reminder_at(event.starts_at) > turn.now
    return turn.reply("events/registered", event=event, when=when(event, turn.now), reminded=reminded)


def _give_up(turn: Turn, event_id: int | None) -> Reply:
    if event_id is None:
        return turn.reply("events/which", cancelling=True)
    event = events.get_event(turn.session, event_id)
    row = events.find_registration(turn.session, turn.person_id, event_id)
    if row is None or row.state != RegistrationState.REGISTERED:
        return turn.reply("events/not_registered")
    events.cancel_registration(turn.session, turn.person_id, row.id, now=turn.now)
    _open(turn, event_id)
    return turn.reply("events/given_up", event=event)


def _registered(turn: Turn, ids: Sequence[int]) -> list[int]:
    """Those of them that this person is registered for."""
    rows = (events.find_registration(turn.session, turn.person_id, one) for one in ids)
    return [row.event_id for row in rows if row and row.state == RegistrationState.REGISTERED]


def _only(ids: Sequence[int]) -> int | None:
    return ids[0] if len(ids) == 1 else None

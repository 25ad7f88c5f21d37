"""就业帮扶车间 in the chat: the nearest to a place that was sent, or those of a township that was named."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.core.errors import NotFound
from app.jobs import workshops
from app.jobs.workshops import Found
from app.language.normalise import normalise
from app.wechat.messages import Place
from app.wechat.replies import Reply
from bot.choosing import BEFORE, NEXT, PAGE, asking, at_line, line_number, on_page, other_page
from bot.forms import Scope
from bot.listing import LISTINGS, Listing
from bot.skill import Turn, skill

KIND: Final = "workshops"
TOLD: Final = "workshops.told"
"""Hears the answer to where they are."""
REACH_KM: Final = 40.0
"""Farther than this nobody goes home at night; the county is hardly larger."""
MOST: Final = 30
_asks: Final = asking("哪里|哪点|哪儿|地址|位置|怎么走|怎么去|咋个去|电话|联系|工资|钱|做|招人?|要人|人|多远|详细|详情")
"""What the one that is open says."""


@skill("workshops.nearest")
def nearest(turn: Turn) -> Reply:
    """Those of the township that is named, else of the one that is known; else it asks where they are."""
    town = _township(turn, turn.message.text) or _township(turn, turn.state.township)
    if town:
        return _in_township(turn, town)
    turn.state.expects = TOLD
    return turn.reply("workshops/ask", unheard=False)


@skill(TOLD)
def told(turn: Turn) -> Reply:
    """Words after it has asked: a township, or another subject after all. It asks once more, and waits no longer."""
    if town := _township(turn, turn.message.text):
        return _in_township(turn, town)
    return turn.perform() if turn.intent else turn.reply("workshops/ask", unheard=True)


def _in_township(turn: Turn, town: str) -> Reply:
    """Those there; where there are none, the others, the nearest to it first."""
    if here := workshops.list_workshops(turn.session, township=town):
        return show(turn, here, lead=f"{town}的帮扶车间有{len(here)}个：")
    others = workshops.list_workshops(turn.session, near=turn.library.lexicon.points.get(town))
    return show(turn, others, lead=f"{town}还没有登记的帮扶车间，别处的有：")


@skill("workshops.list")
def go_on(turn: Turn) -> Reply:
    """Another page, or one workshop whole."""
    said, shown = normalise(turn.message.text), turn.state.shown
    if said in NEXT | BEFORE:
        start = other_page(shown, said)
        return (
            turn.reply("events/no_more", back=said in BEFORE) if start is None else _page(turn, start, lead="接着看：")
        )
    number = line_number(said)
    meant = at_line(shown, number) if number else shown["open"]
    if not meant:
        return turn.reply("events/no_such_line", last=len(on_page(shown)))
    try:
        workshop = workshops.get_workshop(turn.session, meant)
    except NotFound as gone:
        return turn.reply("workshops/gone", sentence=gone.detail)
    turn.state.shown = {**shown, "open": meant, "at": int(turn.now.timestamp())}
    return turn.reply("workshops/detail", workshop=workshop)


def hears(text: str, shown: Mapping[str, Any], scope: Scope) -> bool:
    """Whether the words choose from the list of workshops, or are about the one that is open."""
    said = normalise(text)
    if said in NEXT | BEFORE or line_number(said):
        return True
    return bool(shown.get("open")) and _asks(said)


LISTINGS[KIND] = Listing("workshops.list", hears)


def around(turn: Turn, place: Place) -> list[Found]:
    """Those within reach of a place that was sent, the nearest first."""
    found = workshops.list_workshops(turn.session, near=(place.latitude, place.longitude))
    return [one for one in found if one.km is not None and one.km <= REACH_KM]


def show(turn: Turn, found: Sequence[Found], *, lead: str) -> Reply:
    """The first page of them; where there is none at all, whom to ask."""
    if not found:
        return turn.reply("workshops/none")
    put_up(turn, found)
    return _page(turn, 0, lead=lead)


def put_up(turn: Turn, found: Sequence[Found]) -> None:
    """Numbers and “下一页” are about these from now on. How far each is stays with the list, not where it was asked."""
    turn.state.options = []
    turn.state.shown = {
        "kind": KIND,
        "ids": [one.workshop.id for one in found[:MOST]],
        "far": [far(one.km) for one in found[:MOST]],
        "start": 0,
        "at": int(turn.now.timestamp()),
    }


def far(km: float | None) -> str:
    """“约300米”, “约1.2公里”, “约12公里”; empty where it is not known."""
    if km is None:
        return ""
    if km < 1:
        return f"约{max(100, round(km * 10) * 100)}米"
    return f"约{km:.1f}公里" if km < 10 else f"约{km:.0f}公里"


def _page(turn: Turn, start: int, *, lead: str) -> Reply:
    shown = {**turn.state.shown, "start": start, "open": 0, "at": int(turn.now.timestamp())}
    turn.state.shown = shown
    distances = dict(zip(shown["ids"], shown["far"], strict=True))
    found = workshops.find_workshops(turn.session, on_page(shown))
    lines = [{"workshop": one, "far": distances[one.id]} for one in found]
    return turn.reply("workshops/list", lead=lead, lines=lines, further=start + PAGE < len(shown["ids"]))


def _township(turn: Turn, text: str) -> str:
    """The township of home that ``text`` names, by its short name; empty for none."""
    gazetteer = turn.library.lexicon.gazetteer
    places = (one.value for one in gazetteer.read_places(text))
    home = gazetteer.home.district
    return next((place.township for place in places if place.township and place.district == home), "")

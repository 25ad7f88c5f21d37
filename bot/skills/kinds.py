"""Messages without words of their own: pictures, films, places, voices that nobody could make out."""

from typing import Final

from app.wechat.messages import Kind, Place
from app.wechat.replies import Reply
from bot.choosing import PAGE
from bot.skill import Turn, skill
from bot.skills.workshops import TOLD, around, far, put_up, show

TEMPLATES: Final = {
    Kind.IMAGE: "kinds/image",
    Kind.VIDEO: "kinds/video",
    Kind.SHORT_VIDEO: "kinds/video",
    Kind.VOICE: "kinds/voice",
    Kind.LINK: "kinds/link",
    Kind.MINI_PROGRAM_PAGE: "kinds/mini_program",
}


@skill("kinds.not_text")
def not_text(turn: Turn) -> Reply:
    return turn.reply(TEMPLATES.get(turn.message.kind, "kinds/unknown"))


@skill("kinds.location")
def location(turn: Turn) -> Reply:
    """The counter of the township that the place's label names, else the county's; and the workshops nearby. Who was
    asked for the place in search of a workshop gets those alone."""
    place = turn.message.detail
    label, nearby = (place.label, around(turn, place)) if isinstance(place, Place) else ("", [])
    turn.state.township = turn.catalogue.township_in(label)
    if turn.state.expects == TOLD:
        turn.state.expects = ""
        return show(turn, nearby, lead=f"离您近的帮扶车间有{len(nearby)}个：")
    numbered = bool(nearby) and not turn.state.options  # a menu that is open keeps its numbers
    if numbered:
        put_up(turn, nearby)
    lines = [{"workshop": one.workshop, "far": far(one.km)} for one in nearby[:PAGE]]
    office = turn.catalogue.counter_in(turn.state.township)
    return turn.reply("kinds/location", office=office, workshops=lines, numbered=numbered)

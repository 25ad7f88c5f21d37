"""Messages without words of their own: pictures, films, places, voices that nobody could make out."""

from typing import Final

from app.wechat.messages import Kind, Place
from app.wechat.replies import Reply
from bot.skill import Turn, skill

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
    """The counter of the township that the place's label names; else the county's."""
    place = turn.message.detail
    turn.state.township = turn.catalogue.township_in(place.label if isinstance(place, Place) else "")
    return turn.reply("kinds/location", office=turn.catalogue.counter_in(turn.state.township))

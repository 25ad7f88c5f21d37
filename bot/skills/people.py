"""What people decide about themselves: whether they are written to, and that the mini-program knows who they are."""

from app.core.clock import machine_now
from app.people import consents
from app.people.linking import hand_out_link
from app.people.models import Channel
from app.wechat.replies import Reply
from bot.skill import Turn, skill

PUSHES = ("job_push", "news")
PAGE = "pages/index/index"


@skill("people.refuse_push")
def refuse_push(turn: Turn) -> Reply:
    """From now on nothing leaves by itself but what they are waiting for: answers, their own trips."""
    _say(turn, granted=False)
    return turn.reply("people/refused")


@skill("people.allow_push")
def allow_push(turn: Turn) -> Reply:
    _say(turn, granted=True)
    return turn.reply("people/allowed")


@skill("people.mini_program")
def mini_program(turn: Turn) -> Reply:
    """A link that tells the mini-program who opens it: once, within a quarter of an hour."""
    if not turn.templates.mini_app_id:
        return turn.reply("people/no_mini_program")
    link = hand_out_link(turn.session, turn.person_id, machine_now=machine_now())
    return turn.reply("people/mini_program", path=f"{PAGE}?link={link}")


def _say(turn: Turn, *, granted: bool) -> None:
    for purpose in PUSHES:
        consents.set_consent(
            turn.session, turn.person_id, purpose, granted=granted, channel=Channel.OFFICIAL_ACCOUNT, now=turn.now
        )

"""Handing over to a human: a row in the inbox, and an honest word about when somebody will see it."""

from typing import Final

from app.language.normalise import normalise
from app.messaging import inbox
from app.messaging.models import InboxItem
from app.policies.offices import opening
from app.policies.schema import Office
from app.wechat.replies import Reply
from bot.skill import Turn, skill

ADD: Final = "human.add"
NEVER_MIND: Final = {"算了", "不用了", "不用", "取消", "不找了", "没事了", "不转了"}


@skill("human.call")
def call(turn: Turn) -> Reply:
    """Hand over the last question; who has not asked anything yet is asked for their matter."""
    item = inbox.call_human(turn.session, turn.person_id, turn.state.asked, now=turn.now)
    turn.state.expects = "" if item.text else ADD
    return _told(turn, item)


@skill(ADD)
def add(turn: Turn) -> Reply:
    """The words that were asked for."""
    if normalise(turn.message.text) in NEVER_MIND:
        if item := inbox.find_open(turn.session, turn.person_id):
            inbox.close_item(turn.session, item.id, now=turn.now)
        return turn.reply("human/never_mind")
    return _told(turn, inbox.call_human(turn.session, turn.person_id, turn.message.text, now=turn.now))


def _told(turn: Turn, item: InboxItem) -> Reply:
    counter = _main_counter(turn)
    return turn.reply(
        "human/handed_over", number=item.id, text=item.text, counter=counter, opening=opening(counter, turn.now)
    )


def _main_counter(turn: Turn) -> Office:
    """The county's own counter: whoever reads the inbox sits there."""
    return next(o for o in turn.catalogue.offices.values() if o.kind == "counter" and o.township is None)

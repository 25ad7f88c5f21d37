"""Handing over to a human: a row in the inbox, and an honest word about when somebody will see it."""

from typing import Final

from app.language.normalise import normalise
from app.messaging import inbox
from app.messaging.models import InboxItem
from app.policies.offices import opening
from app.wechat.replies import Reply, Text
from bot.skill import Turn, skill

ADD: Final = "human.add"
CALL_ONLY: Final = 10
"""Characters of a bare call; a longer one says its matter too (“找人工，我的失业金三个月没到”)."""
NEVER_MIND: Final = {"算了", "不用了", "不用", "取消", "不找了", "没事了", "不转了"}


@skill("human.call")
def call(turn: Turn) -> Reply:
    """Hand over what is said with the call, or else the last question; what comes next may add to it."""
    said = turn.message.text
    matter = said if len(normalise(said)) > CALL_ONLY else turn.state.asked
    return hand_over(turn, matter)


@skill(ADD)
def add(turn: Turn) -> Reply:
    """Words after a call: a human hears them too. What the bot knows it answers all the same."""
    item = inbox.find_open(turn.session, turn.person_id)
    if normalise(turn.message.text) in NEVER_MIND:
        if item:
            inbox.close_item(turn.session, item.id, now=turn.now)
        return turn.reply("human/never_mind")
    if not turn.intent:
        return hand_over(turn, turn.message.text)
    if not item:
        return turn.perform()  # the staff have seen to it meanwhile; this is a new subject
    inbox.call_human(turn.session, turn.person_id, turn.message.text, now=turn.now)
    answer = turn.perform()
    return Text(f"{answer.content}\n{turn.templates.render('human/heard_too')}") if isinstance(answer, Text) else answer


def hand_over(turn: Turn, matter: str) -> Reply:
    """Put ``matter`` into the inbox and say when somebody will see it."""
    item: InboxItem = inbox.call_human(turn.session, turn.person_id, matter, now=turn.now)
    turn.state.expects = ADD
    counter = turn.catalogue.main_counter
    return turn.reply(
        "human/handed_over",
        number=item.id,
        text=item.text,
        counter=counter,
        opening=opening(counter, turn.now),
        now=turn.now,
    )

"""What was not understood: offer what is nearest, ask again, then call a human; and keep the sentence for the staff."""

from typing import Final

from app.messaging.missed import Outcome, record_missed
from app.policies.catalogue import PREFIX
from app.wechat.replies import Reply
from bot.route import is_small_talk
from bot.skill import Turn, skill
from bot.skills.human import hand_over

ASK_AGAIN: Final = 2
"""Misses in a row from which a human is called where nothing is near; one more where something is."""


@skill("conversation.fallback")
def fallback(turn: Turn) -> Reply:
    """Offer what is nearest, to be picked by number, label or tap; where nothing is, the main menu."""
    guesses = bool(turn.state.options)
    if reply := miss(turn, guesses=guesses):
        return reply
    if not guesses:
        turn.state.options = list(turn.library.menu.opens)
    gists = [gist(turn, name) if guesses else "" for name in turn.state.options]
    options = turn.titles(turn.state.options)
    return turn.reply("conversation/fallback", guesses=guesses, options=options, gists=gists)


def miss(turn: Turn, *, guesses: bool) -> Reply | None:
    """Count a question that was not understood, and keep it; after too many in a row, the reply of a hand-off."""
    turn.state.misses += 1
    if turn.state.misses >= ASK_AGAIN + guesses:
        turn.state.misses, turn.state.options, guesses = 0, [], False
        record_missed(turn.session, turn.state.asked, Outcome.UNANSWERED, now=turn.now)
        return hand_over(turn, turn.state.asked)
    if guesses:
        turn.state.offered_for = turn.state.asked
    else:
        record_missed(turn.session, turn.state.asked, Outcome.UNANSWERED, now=turn.now)
    return None


def gist(turn: Turn, intent: str) -> str:
    """The decisive fact of a policy in one line, so that a guess that is right answers at once; empty for others."""
    if not intent.startswith(PREFIX):
        return ""
    policy = turn.catalogue.policy_of_intent(intent)
    return f"（已到期）{policy.headline}" if policy.expired(turn.now.date()) else policy.headline


@skill("conversation.none_of_these")
def none_of_these(turn: Turn) -> Reply:
    """Said to a menu of guesses: ask for other words, and after two questions call a human."""
    if turn.state.misses < ASK_AGAIN:
        return turn.reply("conversation/none_of_these")
    turn.state.misses = 0
    return hand_over(turn, turn.state.asked)


def settle_offer(turn: Turn, *, chosen: bool) -> None:
    """Keep what became of the menu of guesses: which line was picked, or that none was right."""
    chosen = chosen and not is_small_talk(turn.intent)
    outcome = Outcome.CHOSEN if chosen else Outcome.NOT_IN_MENU
    record_missed(turn.session, turn.state.offered_for, outcome, intent=turn.intent if chosen else "", now=turn.now)
    turn.state.offered_for = ""

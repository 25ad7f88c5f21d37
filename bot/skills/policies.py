"""Answering a question about a policy from its record."""

from app.wechat.replies import Reply
from bot.skill import Turn, skill


@skill("policies.answer")
def answer(turn: Turn) -> Reply:
    """Amount, conditions, how and where, validity, clause; a past end date first."""
    policy = turn.catalogue.policy_of_intent(turn.intent)
    return turn.reply(
        "policies/answer",
        policy=policy,
        expired=policy.expired(turn.now.date()),
        offices=[turn.catalogue.offices[office] for office in policy.where],
        document=turn.catalogue.documents[policy.source.document],
    )

"""Answering a question about a policy from its record."""

from functools import lru_cache

from app.messaging.rendering import MessageTemplates
from app.policies.catalogue import Catalogue
from app.wechat.replies import Reply, Text
from bot.skill import Turn, skill


@skill("policies.answer")
def answer(turn: Turn) -> Reply:
    """Amount, conditions, how and where, validity, clause; a past end date first."""
    policy = turn.catalogue.policy_of_intent(turn.intent)
    expired = policy.expired(turn.now.date())
    return Text(answer_text(turn.templates, turn.catalogue, turn.intent, expired=expired))


@lru_cache(maxsize=1_000)
def answer_text(templates: MessageTemplates, catalogue: Catalogue, intent: str, *, expired: bool) -> str:
    """The same words for everybody, so they are written once for each version of the catalogue."""
    policy = catalogue.policy_of_intent(intent)
    return templates.render(
        "policies/answer",
        policy=policy,
        expired=expired,
        offices=[catalogue.offices[office] for office in policy.where],
        document=catalogue.documents[policy.source.document],
    )

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
    turn.state.about = turn.intent
    expired = policy.expired(turn.now.date())
    return Text(answer_text(turn.templates, turn.catalogue, turn.intent, expired=expired))


@skill("policies.detail")
def detail(turn: Turn) -> Reply:
    """Addresses and hours, and what the plan leaves open, of the policy that was answered last."""
    if not turn.state.about:
        return turn.reply("policies/detail_of_what")
    return Text(detail_text(turn.templates, turn.catalogue, turn.state.about))


@lru_cache(maxsize=1_000)
def answer_text(templates: MessageTemplates, catalogue: Catalogue, intent: str, *, expired: bool) -> str:
    """The same words for everybody, so they are written once for each version of the catalogue."""
    return _told("policies/answer", templates, catalogue, intent, expired=expired)


def detail_text(templates: MessageTemplates, catalogue: Catalogue, intent: str) -> str:
    return _told("policies/detail", templates, catalogue, intent)


def _told(
    template: str, templates: MessageTemplates, catalogue: Catalogue, intent: str, *, expired: bool = False
) -> str:
    policy = catalogue.policy_of_intent(intent)
    return templates.render(
        template,
        policy=policy,
        expired=expired,
        offices=[catalogue.offices[office] for office in policy.where],
        document=catalogue.documents[policy.source.document],
    )

"""Answering a question about a policy from its record."""

from functools import lru_cache
from typing import Any

from app.messaging.rendering import MessageTemplates
from app.policies.catalogue import Catalogue
from app.wechat.replies import Reply, Text
from bot.skill import Turn, skill


@skill("policies.answer")
def answer(turn: Turn) -> Reply:
    """Amount, conditions, how and where, validity, clause; a past end date first."""
    policy = turn.catalogue.policy_of_intent(turn.intent)
    turn.state.about = turn.intent
    turn.state.township = turn.catalogue.township_in(turn.message.text) or turn.state.township
    expired = policy.expired(turn.now.date())
    town = turn.state.township
    return Text(answer_text(turn.templates, turn.catalogue, turn.intent, expired=expired, township=town))


@skill("policies.detail")
def detail(turn: Turn) -> Reply:
    """Addresses and hours, and what the plan leaves open, of the policy that was answered last."""
    if not turn.state.about:
        return turn.reply("policies/detail_of_what")
    turn.state.township = turn.catalogue.township_in(turn.message.text) or turn.state.township
    return Text(detail_text(turn.templates, turn.catalogue, turn.state.about, township=turn.state.township))


@lru_cache(maxsize=1_000)
def answer_text(
    templates: MessageTemplates, catalogue: Catalogue, intent: str, *, expired: bool, township: str = ""
) -> str:
    """The same words for everybody of a township, so they are written once for each version of the catalogue."""
    return templates.render("policies/answer", expired=expired, **_facts(catalogue, intent, township))


def detail_text(templates: MessageTemplates, catalogue: Catalogue, intent: str, *, township: str = "") -> str:
    return templates.render("policies/detail", **_facts(catalogue, intent, township))


def _facts(catalogue: Catalogue, intent: str, township: str) -> dict[str, Any]:
    """What both templates speak of; the county's counter gives way to the township's."""
    policy = catalogue.policy_of_intent(intent)
    offices = [catalogue.offices[office] for office in policy.where]
    near = catalogue.counter_in(township)
    return {
        "policy": policy,
        "offices": [near if office is catalogue.main_counter else office for office in offices],
        "document": catalogue.documents[policy.source.document],
    }

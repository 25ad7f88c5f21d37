"""Answering a question about a policy from its record, and what people ask next."""

from functools import lru_cache
from typing import Any

from app.language.normalise import normalise
from app.messaging.rendering import MessageTemplates
from app.policies.catalogue import PREFIX, Catalogue
from app.policies.figures import figures
from app.policies.follow_ups import ASPECTS, aspect_of, tiers_for
from app.wechat.replies import Reply, Text
from bot.skill import PREPARES, Ahead, Turn, skill
from bot.skills.benefits import personal_first, personal_lines
from bot.skills.conversation import miss


@skill("policies.answer")
def answer(turn: Turn) -> Reply:
    """Amount, conditions, how and where, validity, clause; a past end date first, and what was asked for before it.

    For people whom the record before has no word for, that comes first too.
    """
    _talk_about(turn, turn.intent)
    policy = turn.catalogue.policy_of_intent(turn.intent)
    expired = policy.expired(turn.now.date())
    town = turn.state.township
    text = answer_text(turn.templates, turn.catalogue, turn.intent, expired=expired, township=town, aspect=turn.aspect)
    if not expired and (personal := personal_lines(turn, turn.catalogue.policy_of_intent(turn.intent))):
        text = f"{personal}\n{text}"
    if turn.groups and turn.before:
        groups = "、".join(group.name for group in turn.groups)
        lead = turn.templates.render("policies/another", title=turn.catalogue.title(turn.before), groups=groups)
        return Text(f"{lead}\n{text}")
    return Text(text)


def _think(ahead: Ahead) -> None:
    if not ahead.state.form:
        personal_first(ahead.templates, ahead.scope, ahead.intent, ahead.text)


PREPARES["policies.answer"] = _think


@skill("policies.follow_up")
def follow_up(turn: Turn) -> Reply:
    """What the same record says on an aspect, or that the document does not say it and whom to ask."""
    if not turn.state.about:
        return which(turn)
    _talk_about(turn, turn.state.about)
    expired = turn.catalogue.policy_of_intent(turn.state.about).expired(turn.now.date())
    text = follow_up_text(
        turn.templates,
        turn.catalogue,
        turn.state.about,
        turn.aspect or turn.intent,
        expired=expired,
        township=turn.state.township,
    )
    return Text(text)


@skill("policies.for_group")
def for_group(turn: Turn) -> Reply:
    """The tiers of the same record for the people that were asked about, or for all but them; honest where it has
    none."""
    _talk_about(turn, turn.intent)
    policy = turn.catalogue.policy_of_intent(turn.intent)
    said = normalise(turn.message.text)
    denied = any(group.denied_in(said) for group in turn.groups)
    theirs = [tier for tier in policy.benefits if any(tier in tiers_for(policy, group) for group in turn.groups)]
    tiers = [tier for tier in policy.benefits if tier not in theirs] if denied else theirs
    facts = _facts(turn.catalogue, turn.intent, turn.state.township)
    expired = policy.expired(turn.now.date())
    groups = ("不是" if denied else "") + "、".join(group.name for group in turn.groups) + ("的" if denied else "")
    return turn.reply("policies/for_group", groups=groups, tiers=tiers, expired=expired, **facts)


@skill("policies.still")
def still(turn: Turn) -> Reply:
    """A sentence that seems to go on about the policy that was answered: what the record says, and what else it may
    have been about."""
    options = turn.state.options
    if reply := miss(turn, guesses=bool(options)):
        return reply
    _talk_about(turn, turn.intent)
    expired = turn.catalogue.policy_of_intent(turn.intent).expired(turn.now.date())
    facts = _facts(turn.catalogue, turn.intent, turn.state.township)
    return turn.reply("policies/still", expired=expired, options=turn.titles(options), **facts)


@skill("policies.which")
def which(turn: Turn) -> Reply:
    """Something is asked of a policy, and none has been named: of the guesses that are open, or of any."""
    guesses = [name for name in turn.state.options if name.startswith(PREFIX)] if turn.state.offered_for else []
    return turn.offer(turn.templates.render("policies/which"), guesses or turn.library.menu.opens)


def _talk_about(turn: Turn, intent: str) -> None:
    turn.state.about, turn.state.about_at = intent, int(turn.now.timestamp())
    turn.state.township = turn.catalogue.township_in(turn.message.text) or turn.state.township


@lru_cache(maxsize=2_000)
def answer_text(
    templates: MessageTemplates,
    catalogue: Catalogue,
    intent: str,
    *,
    expired: bool,
    township: str = "",
    aspect: str = "",
) -> str:
    """The same words for everybody of a township, so they are written once for each version of the catalogue."""
    asked = aspect_of(aspect)
    return templates.render("policies/answer", expired=expired, asked=asked, **_facts(catalogue, intent, township))


def follow_up_text(
    templates: MessageTemplates, catalogue: Catalogue, intent: str, aspect: str, *, expired: bool, township: str = ""
) -> str:
    asked = aspect_of(aspect)
    template = "aspect" if asked else aspect.removeprefix(ASPECTS)
    facts = _facts(catalogue, intent, township)
    return templates.render(f"policies/{template}", expired=expired, asked=asked, **facts)


def _facts(catalogue: Catalogue, intent: str, township: str) -> dict[str, Any]:
    """What every template of a policy speaks of; the county's counter gives way to the township's."""
    policy = catalogue.policy_of_intent(intent)
    offices = [catalogue.offices[office] for office in policy.where]
    near = catalogue.counter_in(township)
    return {
        "policy": policy,
        "offices": [near if office is catalogue.main_counter else office for office in offices],
        "document": catalogue.documents[policy.source.document],
        "excluded": [catalogue.title(other) for other in policy.excludes],
        "related": [catalogue.title(other) for other in policy.see_also],
        "no_amount": not any(figures(tier.amount) for tier in policy.benefits),
        "newer": [catalogue.title(other) for other in catalogue.newer_than(intent)],
    }

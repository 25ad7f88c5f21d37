"""Which benefits somebody may get: told or asked in at most five questions, then in three groups."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from app.knowledge.schema import MAX_OPTIONS
from app.messaging.rendering import MessageTemplates
from app.policies.criteria import leaves
from app.policies.eligibility import MAX_QUESTIONS, Standing, assess, next_fact
from app.policies.facts import Fact, Kind, Option, Reading
from app.policies.profile import Profile, answer_of, describe, raw_of
from app.policies.schema import Policy
from app.policies.situations import number_in, profile_in, speaks_of_others, speaks_of_people, yes_or_no
from app.wechat.replies import Reply
from bot.forms import FORMS, OpenForm, Question, Scope, ask_next
from bot.skill import PREPARES, Ahead, Turn, skill
from bot.skills.forms import go_on

NAME: Final = "benefits.check"
SHOWN: Final = 4
"""Policies that a result lists with all about them; a small phone shows no more at a glance."""
MANY: Final = 4
"""Facts that a question tells from which it is about somebody, though it says no “我”."""
SHOWN_AGAINST: Final = 2
"""And of those that do not fit, or are over."""


class BenefitForm:
    """Facts of one person or firm. A slot is a fact; its value is written as the API takes it."""

    confirms = False
    result = "benefits.result"
    max_questions = MAX_QUESTIONS

    def next_slot(self, form: OpenForm, scope: Scope) -> str | None:
        if len(form.order) >= MAX_QUESTIONS:
            return None
        return _next_fact(json.dumps(form.values, sort_keys=True), tuple(form.unsure), scope)

    def question(self, form: OpenForm, slot: str, scope: Scope) -> Question:
        fact = scope.catalogue.facts[slot]
        if fact.kind is Kind.FLAG:
            return Question(fact.ask, ("是", "不是"), yes_no=True)
        offered = self._offered(form, fact)
        further = len(offered) < len(fact.asked)
        text = fact.ask.replace("有没有", "还有没有") if further else fact.ask
        return Question(text, [option.say for option in offered], several=fact.kind is Kind.CHOICES)

    def picked(self, form: OpenForm, slot: str, lines: Sequence[int], scope: Scope) -> Any:
        fact = scope.catalogue.facts[slot]
        if fact.kind is Kind.FLAG:
            return 0 in lines
        chosen = [self._offered(form, fact)[line] for line in lines]
        if fact.kind is Kind.NUMBER:
            return [chosen[0].low, chosen[0].high]
        known = form.values.get(slot) if fact.kind is Kind.CHOICES else None
        picked = {option.id for option in chosen}
        return {name: name in picked for name in fact.ids if name not in (known or {})}

    def _offered(self, form: OpenForm, fact: Fact) -> list[Option]:
        """The buttons that are still worth offering."""
        known = form.values.get(fact.id)
        if fact.kind is not Kind.CHOICES or not isinstance(known, dict):
            return fact.asked
        return [option for option in fact.asked if option.id not in known]

    def written(self, form: OpenForm, slot: str, text: str, scope: Scope) -> Any | None:
        fact = scope.catalogue.facts[slot]
        if fact.kind is Kind.NUMBER and (span := number_in(fact, text, scope.today)):
            return [span.low, span.high]
        value = self.told(form, text, scope).get(slot)
        if fact.kind is Kind.FLAG and value is None:
            return yes_or_no(fact, text)
        if fact.kind is Kind.CHOICES and value is not None and True in value.values():
            known = form.values.get(slot) or {}
            # What is not said in an answer is not so.
            return {name: value.get(name, False) for name in fact.ids if name in value or name not in known}
        return value

    def told(self, form: OpenForm, text: str, scope: Scope) -> Mapping[str, Any]:
        return _told_of(profile_of(form, scope), text, scope) if form.values else _told_first(text, scope)

    def joined(self, slot: str, before: Any, value: Any, scope: Scope) -> Any:
        return {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value

    def echo(self, values: Mapping[str, Any], scope: Scope) -> list[str]:
        return [said for slot, value in values.items() if (said := _said(slot, value, scope))]


FORMS[NAME] = BenefitForm()


@lru_cache(maxsize=10_000)
def _next_fact(values: str, unsure: Sequence[str], scope: Scope) -> str | None:
    """People whose answers are the same are asked the same."""
    fact = next_fact(scope.catalogue, profile_of(OpenForm(NAME, json.loads(values), None, unsure), scope), scope.today)
    return fact.id if fact else None


def _told_of(known: Profile, text: str, scope: Scope) -> Mapping[str, Any]:
    profile = profile_in(text, scope.catalogue.facts, scope.lexicon, scope.today, known)
    return {name: raw_of(answer) for name, answer in profile.answers.items()}


@lru_cache(maxsize=2_000)
def _told_first(text: str, scope: Scope) -> Mapping[str, Any]:
    """Of somebody of whom nothing is known yet: the same sentence tells the same."""
    return _told_of(Profile(), text, scope)


def profile_of(form: OpenForm, scope: Scope) -> Profile:
    """What the form knows, as facts. A fact that a newer knowledge has no place for is left out."""
    profile = Profile()
    for slot, value in form.values.items():
        if answer := _answer(slot, value, scope):
            profile = profile.learn(slot, answer[0])
    for slot in form.unsure:
        profile = profile.not_known(slot)
    return profile


def _answer(slot: str, value: Any, scope: Scope) -> tuple[Any] | None:
    fact = scope.catalogue.facts.facts.get(slot)
    if fact is None:
        return None
    try:
        return (answer_of(fact, value, today=scope.today),)
    except ValueError:
        return None  # written by an older version, with options that are gone


def _said(slot: str, value: Any, scope: Scope) -> str:
    answer = _answer(slot, value, scope)
    return describe(scope.catalogue.facts[slot], answer[0]) if answer else ""


@skill(NAME)
def check(turn: Turn) -> Reply:
    """Begin, or go on where the form is open, with what the sentence itself tells."""
    form = turn.open_form(NAME) or OpenForm(NAME, turn.state.told)
    turn.state.told = {}
    begun = not form.order
    form, told = _begun(form, turn.message.text, turn.scope, int(turn.now.timestamp()))
    return go_on(turn, form, told, begun=begun)


def _begun(form: OpenForm, text: str, scope: Scope, now: int) -> tuple[OpenForm, Mapping[str, Any]]:
    """The form with what the text tells, and its next question."""
    kind = FORMS[NAME]
    told = kind.told(form, text, scope)
    added = {slot: kind.joined(slot, form.values.get(slot), one, scope) for slot, one in told.items()}
    return ask_next(kind, replace(form, values={**form.values, **added}), scope, now=now), told


def _think(ahead: Ahead) -> None:
    open_ = ahead.state.form.get("name") == NAME
    form = OpenForm.read(ahead.state.form) if open_ else OpenForm(NAME, ahead.state.told)
    _begun(form, ahead.text, ahead.scope, ahead.seconds)


PREPARES[NAME] = _think


@skill("benefits.result")
def result(turn: Turn) -> Reply:
    """Three groups with amount, what is open, and why not; what is over by its name; a sum of what adds up."""
    form = turn.open_form(NAME) or OpenForm(NAME)
    profile = profile_of(form, turn.scope)
    found = assess(turn.catalogue, profile, turn.now.date())
    best = sorted([*found.eligible, *found.named], key=lambda one: not one.pays)[:SHOWN]
    eligible = [one for one in found.eligible if one in best]
    possible = [one for one in found.named if one in best]
    shown = [*eligible, *possible]
    against = [one for one in found.not_eligible if one.named and not one.expired][:SHOWN_AGAINST]
    rest = [one for one in [*found.eligible, *found.named] if one not in best]
    turn.state.options = [one.intent for one in [*shown, *rest]][:MAX_OPTIONS]
    total, at_most = found.total
    return turn.reply(
        "benefits/result",
        eligible=eligible,
        possible=possible,
        against=against,
        past=found.past[:SHOWN_AGAINST],
        further=[one.policy.title for one in rest],
        rivals=[(one.policy.title, other.policy.title) for one, other in found.rivals],
        total=total,
        at_most=at_most,
        several=sum(any(tier.yuan for tier in one.sums) for one in found.eligible) > 1,
        offices=_offices(turn, shown),
        unsure=bool(form.unsure),
        open=_next_fact(json.dumps(form.values, sort_keys=True), tuple(form.unsure), turn.scope) is not None,
        document=_document(turn, shown),
    )


def _offices(turn: Turn, shown: Sequence[Standing]) -> list[str]:
    """Where to go for the policies shown, the counter of the sender's township first."""
    near = turn.catalogue.counter_in(turn.state.township)
    named = dict.fromkeys(office for one in shown for office in one.policy.where)
    offices = [turn.catalogue.offices[name] for name in named]
    return [(near if office is turn.catalogue.main_counter else office).short for office in offices][:2]


def _document(turn: Turn, shown: Sequence[Standing]) -> str:
    names = dict.fromkeys(turn.catalogue.documents[one.policy.source.document].title for one in shown)
    return "》《".join(names)


def personal_lines(turn: Turn, policy: Policy) -> str:
    """What a question about one benefit says of the asker, held against its rule; empty where it says nothing of it.

    What was told is kept, so that the check goes on from it; but not what is said of somebody else.
    """
    text, others = turn.message.text, speaks_of_others(turn.message.text)
    form = turn.open_form(NAME)
    if policy.eligibility is None:
        return ""
    if form is None or others:
        told = _told_first(text, turn.scope)
        lines = personal_first(turn.templates, turn.scope, turn.intent, text)
    else:
        told = FORMS[NAME].told(form, text, turn.scope)
        lines = _personal(turn.templates, turn.scope, policy, text, {**form.values, **told}, told)
    if lines and not others:
        turn.state.told = {**turn.state.told, **told}
    return lines


@lru_cache(maxsize=2_000)
def personal_first(templates: MessageTemplates, scope: Scope, intent: str, text: str) -> str:
    """Of somebody of whom nothing else is known: the same question gets the same words."""
    told = _told_first(text, scope)
    return _personal(templates, scope, scope.catalogue.policy_of_intent(intent), text, told, told)


def _personal(
    templates: MessageTemplates,
    scope: Scope,
    policy: Policy,
    text: str,
    values: Mapping[str, Any],
    told: Mapping[str, Any],
) -> str:
    if not told or policy.eligibility is None or not (speaks_of_people(text) or len(told) >= MANY):
        return ""
    facts = scope.catalogue.facts
    asked = {leaf.fact for leaf in leaves(policy.eligibility.rule)}
    ageless = any(facts[name].reads is Reading.AGE and name not in asked for name in told)
    if not asked & told.keys() and not ageless:
        return ""
    found = assess(scope.catalogue, profile_of(OpenForm(NAME, values), scope), scope.today)
    one = next(each for each in [*found.eligible, *found.possible, *found.not_eligible] if each.policy is policy)
    others = [each.policy.title for each in [*found.eligible, *found.named] if each is not one]
    return templates.render(
        "benefits/personal", one=one, relevant=bool(asked & told.keys()), ageless=ageless, others=others[:SHOWN_AGAINST]
    )

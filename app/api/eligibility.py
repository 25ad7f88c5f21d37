"""Who may get what: facts or a sentence in, three groups and the next question out."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from app.api.dependencies import CatalogueDep, LexiconDep, Today
from app.api.pages import Listing
from app.api.policies import SourceOut
from app.api.schemas import Incoming, Outgoing, Prose
from app.core.errors import FieldError, Invalid
from app.policies.catalogue import Catalogue
from app.policies.eligibility import Standing, assess, next_fact
from app.policies.facts import Fact, FactTable, Kind
from app.policies.profile import Profile, answer_of, raw_of
from app.policies.situations import profile_in

router = APIRouter(prefix="/policies", tags=["政策"])

MAX_FACTS = 100


class OptionOut(Outgoing):
    """A button. ``value`` is what ``facts`` takes for it: an id, a range, or true and false."""

    value: str | bool | list[float]
    label: str


class FactOut(Outgoing):
    """A fact that may be asked. ``type``: flag, choice (one id), choices (a list of ids), number (one, or a range)."""

    fact: str
    question: str
    type: str
    unit: str | None
    options: list[OptionOut]

    @classmethod
    def of(cls, fact: Fact) -> "FactOut":
        return cls(fact=fact.id, question=fact.ask, type=fact.kind, unit=fact.unit, options=_options(fact))


class SituationIn(Incoming):
    """What is known. A fact is null where the person does not know it: it is not asked again."""

    facts: Annotated[dict[str, Any], Field(max_length=MAX_FACTS)] = {}
    text: Prose | None = None


class StandingOut(Outgoing):
    """How one policy stands. ``missing``: what is still open; ``reason``: what speaks against it, or why it fits."""

    policy_id: str
    title: str
    amount_text: str
    reason: str
    missing: list[str]
    source: SourceOut
    expired: bool
    likely: bool
    """Of the possible ones: what was told points to it."""


class EligibilityOut(Outgoing):
    """A first judgement; the counter decides. ``facts`` is what was understood, ready to be sent again."""

    eligible: list[StandingOut]
    possible: list[StandingOut]
    not_eligible: list[StandingOut]
    next_question: FactOut | None
    facts: dict[str, Any]
    total_fen: int
    """All that is paid once and adds up; of two that exclude each other, the larger."""
    notice: str = "初步判断，以窗口审核为准。"


@router.get("/facts")
async def list_facts(catalogue: CatalogueDep) -> Listing[FactOut]:
    """Every fact that a rule may ask for, in one page."""
    return Listing(items=[FactOut.of(fact) for fact in catalogue.facts.facts.values()], next=None)


@router.post("/eligibility")
async def judge_eligibility(
    situation: SituationIn, catalogue: CatalogueDep, lexicon: LexiconDep, today: Today
) -> EligibilityOut:
    """Every policy with a rule in one of three groups. Facts that are given count before those read from the text."""
    profile = _profile(situation.facts, catalogue.facts, today)
    if situation.text:
        profile = profile_in(situation.text, catalogue.facts, lexicon, today).merge(profile)
    found = assess(catalogue, profile, today)
    asked = next_fact(catalogue, profile, today)
    return EligibilityOut(
        eligible=[_standing(one, catalogue) for one in found.eligible],
        possible=[_standing(one, catalogue) for one in found.possible],
        not_eligible=[_standing(one, catalogue) for one in found.not_eligible],
        next_question=FactOut.of(asked) if asked else None,
        facts={**{name: raw_of(answer) for name, answer in profile.answers.items()}, **dict.fromkeys(profile.unsure)},
        total_fen=found.total[0] * 100,
    )


def _profile(raw: dict[str, Any], facts: FactTable, today: date) -> Profile:
    """Raises Invalid with every fact that is unknown or has a wrong answer."""
    profile, errors = Profile(), []
    for name, value in raw.items():
        fact = facts.facts.get(name)
        if fact is None:
            errors.append(
                FieldError(
                    f"facts.{name[:40]}", "unknown_field", f"没有“{name[:40]}”这一项，可以填的见 /policies/facts。"
                )
            )
        elif value is None:
            profile = profile.not_known(name)
        else:
            try:
                profile = profile.learn(name, answer_of(fact, value, today=today))
            except ValueError as error:
                errors.append(FieldError(f"facts.{name}", "invalid", f"“{fact.label}”：{error}。"))
    if errors:
        raise Invalid(errors=errors[:20])
    return profile


def _options(fact: Fact) -> list[OptionOut]:
    if fact.kind is Kind.FLAG:
        return [OptionOut(value=True, label="是"), OptionOut(value=False, label="不是")]
    if fact.kind is Kind.NUMBER:
        return [OptionOut(value=[one.low or 0, one.high or 0], label=one.say) for one in fact.options]
    return [OptionOut(value=one.id or "", label=one.say) for one in fact.options]


def _standing(one: Standing, catalogue: Catalogue) -> StandingOut:
    return StandingOut(
        policy_id=one.policy_id,
        title=one.policy.title,
        amount_text=one.amount,
        reason=_reason(one),
        missing=list(one.missing),
        source=SourceOut(
            document=catalogue.documents[one.policy.source.document].title, clauses=one.policy.source.clauses
        ),
        expired=one.expired,
        likely=one.named,
    )


def _reason(one: Standing) -> str:
    until = one.policy.validity.until
    ended = f"政策执行到{until.year}年{until.month}月{until.day}日，已经到期。" if one.expired and until else ""
    if one.because:
        return f"{ended}不符合：要{'；'.join(one.because)}。"
    if ended:
        return ended
    return f"还差：{'；'.join(one.missing)}。" if one.missing else "条件都对得上。"

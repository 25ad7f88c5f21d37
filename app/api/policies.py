"""The policy plan: a public list, and each record whole."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.dependencies import CatalogueDep, Today
from app.api.pages import Cursor, Listing, Page, cut
from app.api.schemas import Filter, Line, Outgoing
from app.core.errors import NotFound
from app.policies.catalogue import Catalogue
from app.policies.schema import Office, Policy

router = APIRouter(prefix="/policies", tags=["政策"])

BY_ID = Cursor("policies", str)

Search = Annotated[Line, Field(max_length=64)]
Status = Literal["open", "expired"]


class AmountOut(Outgoing):
    """One tier: who gets how much."""

    who: str
    amount: str


class SourceOut(Outgoing):
    """Where it stands: the document's title, and the clauses in it."""

    document: str
    clauses: list[str]


class OfficeOut(Outgoing):
    """Where to go or call. ``example`` marks values made up for the demo."""

    id: str
    name: str
    kind: str
    address: str | None
    hours: str | None
    phone: str | None
    note: str | None
    example: bool

    @classmethod
    def of(cls, office: Office) -> "OfficeOut":
        return cls(**office.model_dump(include=set(cls.model_fields)))


class PolicyItem(Outgoing):
    """A policy in the list. ``valid_until`` is null where the document prints no end date."""

    id: str
    title: str
    headline: str
    amounts: list[AmountOut]
    expired: bool
    valid_until: date | None
    source: SourceOut


class PolicyOut(PolicyItem):
    """A policy whole. ``unstated`` lists what the document does not say."""

    conditions: list[str]
    how: str
    where: list[OfficeOut]
    unstated: list[str]


@router.get("")
async def list_policies(
    catalogue: CatalogueDep,
    today: Today,
    page: Page,
    q: Annotated[Filter[Search], Query(description="标题或要点里的字")] = None,
    status: Annotated[Filter[Status], Query(description="open 有效，expired 已过期")] = None,
) -> Listing[PolicyItem]:
    """Every policy by id, the expired too unless ``status`` says otherwise; they are marked.

    Unknown parameters are refused.
    """
    after = BY_ID.read(page)
    found = [
        name
        for name, policy in sorted(catalogue.policies.items())
        if (after is None or name > after[0]) and _matches(policy, q, status, today)
    ]
    shown, following = cut(found, page, BY_ID, key=lambda name: (name,))
    return Listing(items=[_item(name, catalogue, today) for name in shown], next=following)


@router.get("/{policy_id}")
async def show_policy(policy_id: str, catalogue: CatalogueDep, today: Today) -> PolicyOut:
    """One policy whole."""
    policy = catalogue.policies.get(policy_id)
    if policy is None:
        raise NotFound("没有找到这项政策，它可能已经改名或撤下。")
    return PolicyOut(
        **dict(_item(policy_id, catalogue, today)),
        conditions=policy.conditions,
        how=policy.how,
        where=[OfficeOut.of(catalogue.offices[office]) for office in policy.where],
        unstated=policy.unstated,
    )


def _matches(policy: Policy, q: str | None, status: Status | None, today: date) -> bool:
    if status is not None and policy.expired(today) != (status == "expired"):
        return False
    return q is None or any(q.casefold() in text.casefold() for text in (policy.title, policy.headline))


def _item(policy_id: str, catalogue: Catalogue, today: date) -> PolicyItem:
    policy = catalogue.policies[policy_id]
    return PolicyItem(
        id=policy_id,
        title=policy.title,
        headline=policy.headline,
        amounts=[AmountOut(who=benefit.who, amount=benefit.amount) for benefit in policy.benefits],
        expired=policy.expired(today),
        valid_until=policy.validity.until,
        source=SourceOut(
            document=catalogue.documents[policy.source.document].title,
            clauses=policy.source.clauses,
        ),
    )

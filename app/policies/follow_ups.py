"""What people ask after an answer, told from the same record or from one that it points to."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from app.knowledge.lexicon import Group
from app.policies.schema import Aspect, Benefit, Policy

ASPECTS: Final = "followup/"
"""The folder of intents that ask something of whatever was talked about; the rest of the id names what."""
_SMALL_WORDS: Final = re.compile(
    "那么|那|要是|如果|假如|假使|换成|换作|我们|我|你们|他们|他|她|家|的|是|也|呢|吗|不|可以|能不能|能|行不行|行|有没有"
    "|有|补贴|补助|政策|怎么|什么|多少|一样|们|人|算|又|该|来说|来讲|这种|这个|领|拿|享受|申请|钱|领得到"
)
MOST_LEFT: Final = 2
"""Characters besides the group and small words that a follow-up like “那毕业生呢” may still have."""


def asks_only_for(text: str, groups: Sequence[Group]) -> bool:
    """Whether a normalised ``text`` says nothing but whom it is about: “那毕业生呢”, “公司招人呢”."""
    for group in groups:
        for word in sorted(group.words, key=len, reverse=True):
            text = text.replace(word, "")
    return len(_SMALL_WORDS.sub("", text)) <= MOST_LEFT


def tiers_for(policy: Policy, group: Group) -> list[Benefit]:
    """The tiers of ``policy`` whose ``who`` names the group."""
    return [benefit for benefit in policy.benefits if group.named_in(benefit.who)]


def sibling_for(policy: Policy, group: Group, policies: Mapping[str, Policy]) -> str:
    """A near record, as an intent, whose title names the group; empty for none."""
    near = (name for name in policy.see_also if name in policies)
    return next((name for name in near if group.named_in(policies[name].title)), "")


def aspect_of(intent: str) -> Aspect | None:
    """The aspect an intent of ASPECTS asks for; None where the answer itself tells it (amount, where, how, who)."""
    return Aspect.__members__.get(intent.removeprefix(ASPECTS).upper())

"""What people ask after an answer, told from the same record or from one that it points to."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from app.knowledge.bm25 import pairs
from app.knowledge.lexicon import Group
from app.language.normalise import normalise
from app.policies.schema import Aspect, Benefit, Policy

ASPECTS: Final = "followup/"
"""The folder of intents that ask something of whatever was talked about; the rest of the id names what."""
_SMALL_WORDS: Final = re.compile(
    "那么|那|要是|如果|假如|假使|换成|换作|我们|我|你们|他们|他|她|家|的|是|也|呢|吗|可以吗|可以|能不能|能|行不行|行|不|没有|没"
    "|非|有|一样|怎么算|算|又|该|来说|来讲|这种|这些|个|们|人|户|员|庭|里|和|都|招|领得到|领|享受|了|呀|啊"
)
TELLING: Final = 0.2
"""Share of records in which a pair of characters may stand and still tell one from the other."""


def asks_only_for(text: str, groups: Sequence[Group]) -> bool:
    """Whether a normalised ``text`` says nothing but whom it is about: “那毕业生呢”, “公司招人呢”."""
    for word in sorted((word for group in groups for word in group.words), key=len, reverse=True):
        text = text.replace(word, "")
    return not _SMALL_WORDS.sub("", text)


def words_of(policies: Mapping[str, Policy]) -> Mapping[str, frozenset[str]]:
    """The pairs of characters that tell each record from the others."""
    own = {
        name: {
            pair
            for text in [policy.title, policy.headline, *policy.conditions, *(one.who for one in policy.benefits)]
            for pair in pairs(normalise(text))
        }
        for name, policy in policies.items()
    }
    common = Counter(pair for words in own.values() for pair in words)
    return {
        name: frozenset(pair for pair in words if common[pair] <= max(TELLING * len(own), 1))
        for name, words in own.items()
    }


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

"""What is said after a policy was answered: “要带哪样”, “那毕业生呢”, “不是，我问的是…”."""

import re
from dataclasses import replace
from typing import Final

from app.knowledge.index import Candidate, Ranking
from app.knowledge.lexicon import Group
from app.knowledge.library import Library
from app.policies.follow_ups import asks_only_for, sibling_for, tiers_for, words_of
from app.policies.schema import Policy
from bot.route import Route, is_redirect

CONTEXT: Final = 30 * 60
"""Seconds that a policy stays what “it” means after it was answered."""
ASKED: Final = 0.5
"""Probability from which a sentence asks for an aspect (materials, where …) of a policy."""
LIKELY: Final = 0.25
"""And for less than that, an open policy is what a short sentence is about."""

SHORT: Final = 16
"""Characters of a sentence that may go on about a policy without naming anything: “我房租才三百二”."""
BARE: Final = 8
"""Characters of a sentence that asks for an aspect and hardly can name a subject too."""
ELSEWHERE: Final = 0.5
"""Probability of another subject from which a short sentence does not go on."""

FOLLOW_UP: Final = "policies.follow_up"
FOR_GROUP: Final = "policies.for_group"
WHICH_POLICY: Final = "policies.which"
STILL: Final = "policies.still"

_CORRECTION: Final = re.compile(
    r"\s*(?:(?:不是|不对|错了|错啦|搞错了|弄错了|说错了|不是的|不是哦|不是啊)(?:[\s，,。.！!、；;]+|这个|那个|的|$)"
    r"|不是(?:问|说)(?:的)?(?:是)?(?:这个|那个)?)[\s，,。.！!、；;]*"
)
_MEANT: Final = re.compile(r"\s*我?(?:想|要|是)?(?:问|说|讲)的?(?:其实)?是[\s，,：:]*")
_TURNING: Final = re.compile("^(?:那|要是|如果|假如|换成)|呢$")
"""How a sentence begins or ends that goes on with somebody else: “那毕业生呢”."""
_HIRING: Final = re.compile("招[人工用]")


def corrected(text: str) -> str | None:
    """What is meant instead in “不是，我问的是场租”; empty for a bare “不是”, None where nothing is corrected."""
    found = _CORRECTION.match(text) or _MEANT.match(text)
    if not found:
        return None
    rest = text[found.end() :]
    meant = _MEANT.match(rest)
    return rest[meant.end() :] if meant else rest


class Following:
    """Pure: whether a sentence goes on about the policy that was answered, and with what."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._policies = {name: one for name, one in library.intents.items() if isinstance(one, Policy)}
        self._words = words_of(self._policies)

    def go_on(self, said: str, about: str, route: Route, ranking: Ranking) -> Route:
        """``route`` is what ``said`` is by itself; ``about`` the policy that is talked about, empty for none."""
        groups = tuple(self._library.lexicon.groups_in(said)) if about else ()
        only_group = bool(groups) and asks_only_for(said, groups)
        if only_group and (_TURNING.search(said) or not route.intent):
            return self._for_group(said, about, groups, route)
        asked = ranking.aspects[0] if ranking.aspects else None
        chance = asked.confidence if asked else 0.0
        if route.intent:
            return replace(route, aspect=asked.intent) if asked and chance >= ASKED else route
        if asked and about and chance >= LIKELY and not self._asked_of_another(about, asked, ranking):
            return Route(
                asked.intent,
                FOLLOW_UP,
                candidates=[asked, *ranking.subjects],
                reason=f"接着问“{about}”，把握{chance:.2f}",
                aspect=asked.intent,
                keeps_menu=True,
                is_question=True,
            )
        if about and self._is_about(said, about) and not self._elsewhere(about, ranking):
            options = tuple(name for name in route.options if name != about)
            reason = f"还在说“{about}”，{route.reason}"
            return replace(route, intent=about, skill=STILL, options=options, reason=reason)
        if asked and chance >= ASKED and (len(said) <= BARE or not route.options):
            reason = f"问“{asked.intent}”，没说哪一项"
            return replace(route, skill=WHICH_POLICY, options=(), aspect=asked.intent, reason=reason, keeps_menu=True)
        return route

    def _asked_of_another(self, about: str, asked: Candidate, ranking: Ranking) -> bool:
        """Whether a sentence that asks for an aspect has another subject too: it is named, or says more than that."""
        first = ranking.subjects[0] if ranking.subjects else None
        if first is None or first.intent == about:
            return False
        weightier = sum(first.shares.values()) > sum(asked.shares.values())
        return weightier or first.intent in ranking.named or first.confidence >= ELSEWHERE

    def _elsewhere(self, about: str, ranking: Ranking) -> bool:
        """Whether another subject is likely; one where people may come to harm need not be."""
        first = ranking.subjects[0] if ranking.subjects else None
        if first is None or first.intent == about:
            return False
        return first.confidence >= ELSEWHERE or self._library.intents[first.intent].pressing

    def _is_about(self, said: str, about: str) -> bool:
        """Whether a short sentence has a telling word of the policy in it: “我房租才三百二”."""
        return len(said) <= SHORT and any(
            said[start : start + 2] in self._words.get(about, ()) for start in range(len(said) - 1)
        )

    def _for_group(self, said: str, about: str, groups: tuple[Group, ...], route: Route) -> Route:
        """The tier of the same policy, or the record that it points to for them; of a firm that hires, what it asks."""
        policy = self._policies[about]
        denied = any(group.denied_in(said) for group in groups)
        if not denied and not any(tiers_for(policy, group) for group in groups):
            if sibling := next(filter(None, (sibling_for(policy, one, self._policies) for one in groups)), ""):
                skill = self._library.intents[sibling].skill or ""
                return Route(sibling, skill, reason="接着问另一些人，另有一条", groups=groups, is_question=True)
            if _HIRING.search(said) or is_redirect(route.intent):
                return route
        return Route(about, FOR_GROUP, reason="接着问另一些人", groups=groups, keeps_menu=True, is_question=True)

"""Which skill answers a message: an intent at once, the nearest three to choose from, or a kind sentence."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.knowledge.calibration import MENU_SIZE, Calibration, Thresholds, decide
from app.knowledge.index import Candidate, Index, Ranking, Vector
from app.knowledge.lexicon import Group
from app.knowledge.library import Library
from app.language.normalise import normalise
from app.policies.follow_ups import ASPECTS, asks_only_for, sibling_for, tiers_for
from app.policies.schema import Policy
from app.wechat.messages import Kind, Message, Place
from bot.skill import State

REMEMBERED: Final = 2_000
"""Sentences whose ranking is kept: people ask the same thing in the same words."""
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

FALLBACK: Final = "conversation.fallback"
NONE_OF_THESE: Final = "smalltalk/none_of_these"
NOT_TEXT: Final = "kinds.not_text"
LOCATION: Final = "kinds.location"
MAIN_MENU: Final = "menus.main"
NO_SUCH_LINE: Final = "menus.no_such_line"
WELCOME: Final = "welcome.greet"
READY: Final = "smalltalk.ready"
MORE: Final = "smalltalk.more"
FOLLOW_UP: Final = "policies.follow_up"
FOR_GROUP: Final = "policies.for_group"
WHICH_POLICY: Final = "policies.which"
STILL: Final = "policies.still"

HOME: Final = "0"
"""Always opens the main menu."""
YES: Final = {"是", "是的", "是这个", "就是这个", "就是", "对", "对的", "嗯", "好", "好的", "要得"}
_NUMBER: Final = re.compile(r"(?:第|选|选第|我选|我选第|要|要第)?([1-9一二三四五六七八九两])(?:个|号|项|条|种)?")
_NUMERALS: Final = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_HIRING: Final = re.compile("招[人工用]")
_THAT_ONE: Final = re.compile("^(?:我?(?:要|问|选|是))|(?:的?(?:那|这)?(?:个|种|项|一个|一种|一项)?)$")
_CORRECTION: Final = re.compile(
    r"\s*(?:(?:不是|不对|错了|错啦|搞错了|弄错了|说错了|不是的|不是哦|不是啊)(?:[\s，,。.！!、；;]+|这个|那个|的|$)"
    r"|不是(?:问|说)(?:的)?(?:是)?(?:这个|那个)?)[\s，,。.！!、；;]*"
)
_MEANT: Final = re.compile(r"\s*我?(?:想|要|是)?(?:问|说|讲)的?(?:其实)?是[\s，,：:]*")


def chosen_number(said: str) -> int | None:
    """The number in “2”, “二”, “第二个”, “选2号”; None where it is no choice."""
    found = _NUMBER.fullmatch(said)
    return (_NUMERALS.get(found[1]) or int(found[1])) if found else None


def corrected(text: str) -> str | None:
    """What is meant instead in “不是，我问的是场租”; empty for a bare “不是”, None where nothing is corrected."""
    found = _CORRECTION.match(text) or _MEANT.match(text)
    if not found:
        return None
    rest = text[found.end() :]
    meant = _MEANT.match(rest)
    return rest[meant.end() :] if meant else rest


@dataclass(frozen=True, slots=True)
class Route:
    """What the router decided. ``skill`` is empty where the intent has an answer of its own."""

    intent: str
    skill: str
    options: tuple[str, ...] = ()
    """The menu's intents, when it is a fallback."""
    candidates: Sequence[Candidate] = ()
    reason: str = ""
    aspect: str = ""
    """The intent under ``followup/`` that says what is asked of the policy."""
    groups: tuple[Group, ...] = ()
    """Whom a follow-up asks about."""
    keeps_menu: bool = False
    """A choice from the menu leaves it open for the next choice."""
    is_choice: bool = False
    """Picked by number, label or tap."""
    is_question: bool = False
    """The sender's own words about a matter of theirs, not small talk and no choice."""


class Router:
    """Pure: the same message, state, time and knowledge give the same route."""

    def __init__(self, library: Library, index: Index, calibration: Calibration) -> None:
        self._library = library
        self._index = index
        self._calibration = calibration
        self._remembered: OrderedDict[tuple[str, bool], Ranking] = OrderedDict()

    def route(self, message: Message, state: State, *, now: int = 0, meaning: Vector | None = None) -> Route:
        """``now`` in seconds since 1970, to tell whether a policy is still talked about; ``meaning`` is the
        embedding of the message's text, where one was had in time."""
        if message.kind is Kind.EVENT:
            return self._route_event(message)
        said = normalise(message.text)
        if not said:
            return self._route_wordless(message)
        return (
            self._chosen_from_menu(said, state)
            or self._expected(said, state, meaning)
            or self._corrected(message.text, state)
            or self._understood(said, self._about(state, now), meaning)
        )

    def is_read(self, message: Message, state: State) -> bool:
        """Whether the words of ``message`` will be ranked, so that their meaning is worth computing."""
        if message.kind is Kind.EVENT:
            return False
        said = normalise(message.text)
        return bool(said) and (said, True) not in self._remembered and self._chosen_from_menu(said, state) is None

    def _route_wordless(self, message: Message) -> Route:
        if isinstance(message.detail, Place):
            return Route("", LOCATION, reason="发来位置", keeps_menu=True)
        if message.kind is Kind.TEXT:
            return Route("", MAIN_MENU, reason="只有标点或表情")
        return Route("", NOT_TEXT, reason="不是文字", keeps_menu=True)

    def _route_event(self, message: Message) -> Route:
        if message.event in {"subscribe", "scan"}:
            return Route("", WELCOME, reason="关注或扫码")
        if message.event == "click" and message.event_key in self._library.intents:
            return self._to(message.event_key, reason="点了菜单")
        return Route("", MAIN_MENU, reason="没有要办的事")

    def _about(self, state: State, now: int) -> str:
        """The policy that is still talked about; empty for none."""
        fresh = state.about in self._library.intents and now - state.about_at <= CONTEXT
        return state.about if fresh else ""

    def _chosen_from_menu(self, said: str, state: State) -> Route | None:
        """A number, spoken or typed, a label of this menu or of an earlier one, or “yes” to a menu of one.

        A number that is not there asks again; without a menu, and for “0”, the main menu opens.
        """
        if said in self._library.by_title:
            return self._picked(self._library.by_title[said], "选了菜单里的一项")
        if said == HOME:
            return Route("", MAIN_MENU, reason="回主菜单")
        open_options = [intent for intent in state.options if intent in self._library.intents]
        number = 1 if len(open_options) == 1 and said in YES else chosen_number(said)
        if number is None:
            named = self._named_in_menu(said, open_options)
            return self._picked(named, "说了菜单里那一项的几个字") if named else None
        if not open_options:
            return Route("", MAIN_MENU, reason="没有打开的菜单")
        if number <= len(open_options):
            return self._picked(open_options[number - 1], f"选了第{number}项")
        return Route("", NO_SUCH_LINE, tuple(open_options), reason=f"菜单里没有第{number}项")

    def _named_in_menu(self, said: str, options: Sequence[str]) -> str:
        """The one line of the menu with these words in it: “毕业生的那个”; empty for none or several."""
        words = _THAT_ONE.sub("", said)
        titles = {name: normalise(self._library.intents[name].title) for name in options}
        named = [name for name, title in titles.items() if len(words) >= 2 and words in title]
        return named[0] if len(named) == 1 else ""

    def _picked(self, intent: str, reason: str) -> Route:
        return replace(self._to(intent, reason=reason), keeps_menu=True, is_choice=True)

    def _expected(self, said: str, state: State, meaning: Vector | None) -> Route | None:
        """Words that a skill has asked for; what they mean is told to it. Small talk is still what it is."""
        if not state.expects:
            return None
        understood = self._understood(said, "", meaning)
        if is_small_talk(understood.intent):
            return understood
        return Route(understood.intent, state.expects, reason="接着上一句", is_question=True)

    def _corrected(self, text: str, state: State) -> Route | None:
        """“不是，我问的是…”: the rest is the question, and what was answered is not meant."""
        rest = corrected(text) if state.about or state.near else None
        if rest is None:
            return None
        said = normalise(rest)
        if not said:
            return self._offer([name for name in state.near if name != state.about], (), "说不是这个")
        ranking = self._rank(said, None)
        route = self._decided(ranking, self._calibration.lexical)
        if not route.intent:
            others = [one for one in ranking.subjects if one.intent != state.about]
            route = self._decided(replace(ranking, subjects=others), self._calibration.lexical)
        return replace(route, reason=f"更正：{route.reason}")

    def _understood(self, said: str, about: str, meaning: Vector | None) -> Route:
        ranking = self._rank(said, meaning)
        if urgent := self._most_urgent(ranking):
            return self._to(urgent, ranking.subjects, reason="要紧的事先答")
        if about and (route := self._for_group(said, about)):
            return replace(route, candidates=ranking.subjects)
        thresholds = self._calibration.lexical if meaning is None else self._calibration.with_meaning
        route = self._decided(ranking, thresholds)
        return route if is_small_talk(route.intent) else self._asking(said, route, ranking, about)

    def _asking(self, said: str, route: Route, ranking: Ranking, about: str) -> Route:
        """``route`` with what is asked of its policy; where it names none, of the one that is talked about."""
        asked = ranking.aspects[0] if ranking.aspects else None
        chance = asked.confidence if asked else 0.0
        if asked and route.intent:
            return replace(route, aspect=asked.intent) if chance >= ASKED else route
        if asked and about and chance >= LIKELY:
            return self._follow_up(about, asked, ranking)
        if about and not route.intent and self._goes_on(said, about, ranking):
            return replace(route, intent=about, skill=STILL, reason=f"还在说“{about}”，{route.reason}")
        if asked and chance >= ASKED and (len(said) <= BARE or not route.options):
            reason = f"问“{asked.intent}”，没说哪一项"
            return replace(route, skill=WHICH_POLICY, options=(), aspect=asked.intent, reason=reason)
        return route

    def _goes_on(self, said: str, about: str, ranking: Ranking) -> bool:
        """Whether a sentence that names nothing clearly is still about the policy that was answered: it is short, or
        resembles that policy most."""
        first = ranking.subjects[0] if ranking.subjects else None
        if first is None or first.intent == about:
            return True
        return len(said) <= SHORT and first.confidence < ELSEWHERE

    def _follow_up(self, about: str, asked: Candidate, ranking: Ranking) -> Route:
        reason = f"接着问“{about}”，把握{asked.confidence:.2f}"
        return Route(
            asked.intent,
            FOLLOW_UP,
            (),
            [asked, *ranking.subjects],
            reason,
            asked.intent,
            keeps_menu=True,
            is_question=True,
        )

    def _for_group(self, said: str, about: str) -> Route | None:
        """“那毕业生呢”: the tier of the same policy, or the record that it points to for them."""
        groups = tuple(self._library.lexicon.groups_in(said))
        policy = self._library.intents[about]
        if not groups or not isinstance(policy, Policy) or not asks_only_for(said, groups):
            return None
        if not any(tiers_for(policy, group) for group in groups):
            policies = {name: one for name, one in self._library.intents.items() if isinstance(one, Policy)}
            if sibling := next(filter(None, (sibling_for(policy, group, policies) for group in groups)), ""):
                return replace(self._to(sibling, reason="接着问另一些人，另有一条"), groups=groups, is_question=True)
            if _HIRING.search(said):
                return None  # a firm that asks after a person's benefit asks something new
        return Route(about, FOR_GROUP, reason="接着问另一些人", groups=groups, keeps_menu=True, is_question=True)

    def _decided(self, ranking: Ranking, thresholds: Thresholds) -> Route:
        decision = decide(ranking.subjects, thresholds, are_kin=self.are_kin)
        if decision.direct:
            polite = is_small_talk(decision.direct)  # “谢谢” between a menu and its number does not close the menu
            route = self._to(decision.direct, ranking.subjects, reason=decision.reason)
            return replace(route, keeps_menu=polite, is_question=not polite)
        return self._offer(decision.near, ranking.subjects, decision.reason)

    def _offer(self, near: Sequence[str], candidates: Sequence[Candidate], reason: str) -> Route:
        offered = [intent for intent in near if not is_small_talk(intent)][:MENU_SIZE]
        options = (*offered, NONE_OF_THESE) if offered else ()
        return Route("", FALLBACK, options, candidates, reason, is_question=True)

    def are_kin(self, one: str, other: str) -> bool:
        """Whether one is a menu and the other stands in it: either answers a question about the other."""
        intents = self._library.intents
        return one in intents[other].options or other in intents[one].options

    def are_near(self, one: str, other: str) -> bool:
        """Whether they are kin, or one's record points to the other."""
        return self.are_kin(one, other) or other in self._links(one) or one in self._links(other)

    def _links(self, name: str) -> Sequence[str]:
        intent = self._library.intents[name]
        return intent.see_also if isinstance(intent, Policy) else ()

    def _most_urgent(self, ranking: Ranking) -> str:
        """The most urgent intent that is named by its keywords, of two the likelier; empty for none."""
        urgency = {name: self._library.intents[name].urgent for name in ranking.named}
        chances = {one.intent: one.confidence for one in ranking.subjects}
        named = [name for name in sorted(urgency) if urgency[name]]
        return max(named, key=lambda name: (urgency[name], chances.get(name, 0.0)), default="")

    def _rank(self, said: str, meaning: Vector | None) -> Ranking:
        """The index's ranking, remembered."""
        key = said, meaning is not None
        known = self._remembered.get(key)
        if known is None:
            known = self._remembered[key] = self._index.rank(said, meaning)
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return known

    def _to(self, intent: str, candidates: Sequence[Candidate] = (), *, reason: str) -> Route:
        return Route(intent, self._library.intents[intent].skill or "", (), candidates, reason)


def is_small_talk(intent: str) -> bool:
    """Whether it leaves the subject where it was: thanks, “more”, a call for a human."""
    return intent.startswith("smalltalk/")


def is_aspect(intent: str) -> bool:
    """Whether it asks something of whatever was talked about: materials, where, how long."""
    return intent.startswith(ASPECTS)


def is_redirect(intent: str) -> bool:
    """Whether it sends people to another office, whose matter it is."""
    return intent.startswith("neighbours/")

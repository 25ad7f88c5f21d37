"""Which skill answers a message: direct where one intent is clear, else the nearest three, else a kind sentence."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.knowledge.index import KEYWORDS, Candidate, Index
from app.knowledge.library import Library
from app.language.normalise import normalise
from app.wechat.messages import Kind, Message, Place
from bot.skill import State

DIRECT: Final = 0.6
"""Confidence from which an intent is answered at once. Set by hand, with MARGIN, on the validation sentences
(`yanlu intents eval` prints what they do there)."""
MARGIN: Final = 0.1
"""And it leads the next one by this much."""
OFFER: Final = 0.1
"""Below this a resemblance is not worth a line in the menu."""
MENU_SIZE: Final = 3
REMEMBERED: Final = 2_000
"""Sentences whose ranking is kept: people ask the same thing in the same words."""

FALLBACK: Final = "smalltalk.fallback"
NOT_TEXT: Final = "kinds.not_text"
LOCATION: Final = "kinds.location"
MAIN_MENU: Final = "menus.main"
NO_SUCH_LINE: Final = "menus.no_such_line"
WELCOME: Final = "welcome.greet"
READY: Final = "smalltalk.ready"
MORE: Final = "smalltalk.more"

HOME: Final = "0"
"""Always opens the main menu."""
YES: Final = {"是", "是的", "是这个", "就是这个", "就是", "对", "对的", "嗯", "好", "好的", "要得"}
_NUMBER: Final = re.compile(r"(?:第|选|选第|我选|我选第|要|要第)?([1-9一二三四五六七八九两])(?:个|号|项|条|种)?")
_NUMERALS: Final = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))


def chosen_number(said: str) -> int | None:
    """The number in “2”, “二”, “第二个”, “选2号”; None where it is no choice."""
    found = _NUMBER.fullmatch(said)
    return (_NUMERALS.get(found[1]) or int(found[1])) if found else None


@dataclass(frozen=True, slots=True)
class Route:
    """What the router decided. ``skill`` is empty where the intent has an answer of its own."""

    intent: str
    skill: str
    options: tuple[str, ...] = ()
    """The menu's intents, when it is a fallback."""
    candidates: Sequence[Candidate] = ()
    reason: str = ""
    keeps_menu: bool = False
    """A choice from the menu leaves it open for the next choice."""
    is_question: bool = False
    """The sender's own words about a matter of theirs, not small talk and no choice."""


class Router:
    """Pure: the same message, state and knowledge give the same route."""

    def __init__(self, library: Library, index: Index) -> None:
        self._library = library
        self._index = index
        self._remembered: OrderedDict[str, tuple[Candidate, ...]] = OrderedDict()

    def route(self, message: Message, state: State) -> Route:
        if message.kind is Kind.EVENT:
            return self._route_event(message)
        said = normalise(message.text)
        if not said:
            return self._route_wordless(message)
        return self._chosen_from_menu(said, state) or self._expected(said, state) or self._understood(said)

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

    def _chosen_from_menu(self, said: str, state: State) -> Route | None:
        """A number, spoken or typed, a label of this menu or of an earlier one, or “yes” to a menu of one.

        A number that is not there asks again; without a menu, and for “0”, the main menu opens.
        """
        if said in self._library.by_title:
            return self._to(self._library.by_title[said], reason="选了菜单里的一项", keeps_menu=True)
        if said == HOME:
            return Route("", MAIN_MENU, reason="回主菜单")
        open_options = [intent for intent in state.options if intent in self._library.intents]
        number = 1 if len(open_options) == 1 and said in YES else chosen_number(said)
        if number is None:
            return None
        if not open_options:
            return Route("", MAIN_MENU, reason="没有打开的菜单")
        if number <= len(open_options):
            return self._to(open_options[number - 1], reason=f"选了第{number}项", keeps_menu=True)
        return Route("", NO_SUCH_LINE, tuple(open_options), reason=f"菜单里没有第{number}项")

    def _expected(self, said: str, state: State) -> Route | None:
        """Words that a skill has asked for; what they mean is told to it. Small talk is still what it is."""
        if not state.expects:
            return None
        understood = self._understood(said)
        if is_small_talk(understood.intent):
            return understood
        return Route(understood.intent, state.expects, reason="接着上一句", is_question=True)

    def _understood(self, said: str) -> Route:
        candidates = self._rank(said)
        if urgent := self._most_urgent(candidates):
            return self._to(urgent, candidates, reason="要紧的事先答")
        best, second = self._best_two(candidates)
        if best >= DIRECT and best - second >= MARGIN:
            intent = candidates[0].intent
            polite = is_small_talk(intent)  # “谢谢” between a menu and its number does not close the menu
            reason = f"把握{best:.2f}，领先{best - second:.2f}"
            return self._to(intent, candidates, reason=reason, keeps_menu=polite, is_question=not polite)
        near = [candidate.intent for candidate in candidates if candidate.confidence >= OFFER]
        offered = tuple(intent for intent in near if not is_small_talk(intent))[:MENU_SIZE]
        reason = f"把握{best:.2f}，领先{best - second:.2f}，不够直接回答"
        return Route("", FALLBACK, offered, candidates, reason=reason, is_question=True)

    def _best_two(self, candidates: Sequence[Candidate]) -> tuple[float, float]:
        """The confidence of the likeliest intent, and of the likeliest other one.

        A menu and what stands in it are no rivals: either is an answer to the same question.
        """
        if not candidates:
            return 0.0, 0.0
        first, *others = candidates
        return first.confidence, next(
            (other.confidence for other in others if not self._are_kin(first.intent, other.intent)), 0.0
        )

    def _are_kin(self, one: str, other: str) -> bool:
        intents = self._library.intents
        return one in intents[other].options or other in intents[one].options

    def _most_urgent(self, candidates: Sequence[Candidate]) -> str:
        """The most urgent intent that is named by its keywords; empty for none."""
        named = [one.intent for one in candidates if one.shares[KEYWORDS] and self._library.intents[one.intent].urgent]
        return max(named, key=lambda name: self._library.intents[name].urgent, default="")

    def _rank(self, said: str) -> tuple[Candidate, ...]:
        """The index's ranking, remembered."""
        known = self._remembered.get(said)
        if known is None:
            known = self._remembered[said] = tuple(self._index.rank(said))
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return known

    def _to(
        self,
        intent: str,
        candidates: Sequence[Candidate] = (),
        *,
        reason: str,
        keeps_menu: bool = False,
        is_question: bool = False,
    ) -> Route:
        skill = self._library.intents[intent].skill or ""
        return Route(intent, skill, (), candidates, reason, keeps_menu, is_question)


def is_small_talk(intent: str) -> bool:
    """Whether it leaves the subject where it was: thanks, “more”, a call for a human."""
    return intent.startswith("smalltalk/")

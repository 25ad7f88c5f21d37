"""Which skill answers a message: direct where one intent is clear, else the nearest three, else a kind sentence."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.knowledge.index import Candidate, Index
from app.knowledge.library import Library
from app.language.normalise import normalise
from app.wechat.messages import Kind, Message
from bot.skill import State

DIRECT: Final = 0.6
"""Confidence from which an intent is answered at once. On the 289 validation sentences this and MARGIN keep
wrong direct answers near 1 in 50; `yanlu intents eval` prints the figures."""
MARGIN: Final = 0.1
"""And it leads the next one by this much."""
OFFER: Final = 0.1
"""Below this a resemblance is not worth a line in the menu."""
MENU_SIZE: Final = 3
REMEMBERED: Final = 2_000
"""Sentences whose ranking is kept: people ask the same thing in the same words."""

FALLBACK: Final = "smalltalk.fallback"
NOT_TEXT: Final = "smalltalk.not_text"
WELCOME: Final = "smalltalk.welcome"
READY: Final = "smalltalk.ready"
MORE: Final = "smalltalk.more"


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
            return Route("", NOT_TEXT, reason="不是文字")
        return self._chosen_from_menu(said, state) or self._understood(said)

    def _route_event(self, message: Message) -> Route:
        if message.event in {"subscribe", "scan"}:
            return Route("", WELCOME, reason="关注或扫码")
        if message.event == "click" and message.event_key in self._library.intents:
            return self._to(message.event_key, reason="点了菜单")
        return Route("", FALLBACK, reason="没有要办的事")

    def _chosen_from_menu(self, said: str, state: State) -> Route | None:
        for number, intent in enumerate(state.options, start=1):
            title = normalise(self._library.intents[intent].title) if intent in self._library.intents else None
            if title is not None and said in (str(number), title):
                return self._to(intent, reason=f"选了第{number}项", keeps_menu=True)
        return None

    def _understood(self, said: str) -> Route:
        candidates = self._rank(said)
        best, second = (*(candidate.confidence for candidate in candidates[:2]), 0.0, 0.0)[:2]
        if best >= DIRECT and best - second >= MARGIN:
            return self._to(candidates[0].intent, candidates, reason=f"把握{best:.2f}，领先{best - second:.2f}")
        near = [candidate.intent for candidate in candidates if candidate.confidence >= OFFER]
        offered = tuple(intent for intent in near if not intent.startswith("smalltalk/"))[:MENU_SIZE]
        return Route("", FALLBACK, offered, candidates, reason=f"把握{best:.2f}，领先{best - second:.2f}，不够直接回答")

    def _rank(self, said: str) -> tuple[Candidate, ...]:
        """The index's ranking, remembered."""
        known = self._remembered.get(said)
        if known is None:
            known = self._remembered[said] = tuple(self._index.rank(said))
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return known

    def _to(self, intent: str, candidates: Sequence[Candidate] = (), *, reason: str, keeps_menu: bool = False) -> Route:
        return Route(intent, self._library.intents[intent].skill or "", (), candidates, reason, keeps_menu)

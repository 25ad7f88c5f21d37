"""Holding the router against sentences whose answer is known."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.knowledge.calibration import MENU_SIZE
from app.knowledge.files import Flaw
from app.knowledge.index import Vector
from app.knowledge.library import Library
from app.policies.schema import Policy
from app.wechat.messages import Kind, Message
from bot.route import Route, is_aspect, is_redirect, is_small_talk
from bot.router import Router
from bot.skill import State

Embed = Callable[[str], Vector]


def route_sentence(router: Router, text: str, embed: Embed | None = None, *, about: str = "") -> Route:
    """The route of ``text`` as the first message of a conversation, or after the answer ``about`` a policy;
    ``embed`` lets the channel of meaning speak."""
    message, state = Message(Kind.TEXT, "", "", 0, text=text), State(about=about)
    return router.route(message, state, meaning=embed(text) if embed else None)


def exam_flaws(library: Library, router: Router) -> Iterator[Flaw]:
    """Exam questions of the intent files that the router gets wrong.

    An example must be answered by its own intent or stand in the menu; small talk may also end in the
    menu, but never in another's answer. What is asked about an answer is asked after one. A counter-example
    must not be answered by this intent.
    """
    answered = next((name for name, intent in library.intents.items() if isinstance(intent, Policy)), "")
    for name, intent in library.intents.items():
        document = library.documents[name]
        for index, sentence in enumerate(intent.examples):
            route = route_sentence(router, sentence, about=answered if is_aspect(name) else "")
            right = name in (route.intent, route.aspect, *route.options) or (is_small_talk(name) and not route.intent)
            if not right:
                got = route.intent or "、".join(route.options) or "没听懂"
                yield document.flaw(f"考题“{sentence}”答成了：{got}", "examples", index)
        for index, sentence in enumerate(intent.not_):
            if route_sentence(router, sentence).intent == name:
                yield document.flaw(f"“{sentence}”不该由这里回答", "not", index)


@dataclass(frozen=True, slots=True)
class Question:
    """A sentence and the intents that may answer it; none: it is out of scope."""

    text: str
    expect: frozenset[str]


@dataclass
class Marks:
    """How an exam went. Shares are told with their 95 % interval (Wilson)."""

    asked: int = 0
    first: int = 0
    among_three: int = 0
    direct: int = 0
    in_menu: int = 0
    wrong: int = 0
    strange: int = 0
    strange_answered: int = 0
    mistakes: list[tuple[str, str]] = field(default_factory=list)

    def lines(self) -> list[tuple[str, int, int]]:
        return [
            ("最像的就是", self.first, self.asked),
            ("最像的三个里有", self.among_three, self.asked),
            ("一次答对", self.direct, self.asked),
            ("答对或在菜单里", self.direct + self.in_menu, self.asked),
            ("直接答错", self.wrong, self.asked),
            ("不归我们管却直接回答", self.strange_answered, self.strange),
        ]


def mark(router: Router, questions: Iterable[Question], embed: Embed | None = None) -> Marks:
    """Out of scope, a redirect, small talk or the menu is right; only another direct answer is wrong."""
    marks = Marks()
    for question in questions:
        route = route_sentence(router, question.text, embed)
        answered = bool(route.intent) and not is_small_talk(route.intent) and not is_redirect(route.intent)
        if not question.expect:
            marks.strange += 1
            marks.strange_answered += answered
            if answered:
                marks.mistakes.append((question.text, route.intent))
            continue
        nearest = [candidate.intent for candidate in route.candidates] or [route.intent]
        marks.asked += 1
        marks.first += nearest[0] in question.expect
        marks.among_three += bool(question.expect & set(nearest[:MENU_SIZE]))
        if route.intent in question.expect:
            marks.direct += 1
        elif question.expect & set(route.options):
            marks.in_menu += 1
        else:
            marks.wrong += bool(route.intent)
            marks.mistakes.append((question.text, route.intent or "、".join(route.options[:-1]) or "没听懂"))
    return marks


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, as shares of 1."""
    if of == 0:
        return 0.0, 1.0
    z = 1.96
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def read_questions(lines: Sequence[dict[str, object]], topics: dict[str, object]) -> list[Question]:
    """Questions of an exam file. A ``topic`` is turned into ids by ``topics``. Raises ValueError naming the line."""
    questions = []
    for number, line in enumerate(lines, start=1):
        text = line.get("text")
        if not isinstance(text, str):
            raise ValueError(f"第{number}行：缺少 text")
        if "expect" not in line and line.get("topic") not in topics:
            raise ValueError(f"第{number}行：缺少 expect，对照表里也没有“{line.get('topic')}”")
        expect = line["expect"] if "expect" in line else topics[str(line["topic"])]
        ids = [expect] if isinstance(expect, str) else expect or []
        if not isinstance(ids, list) or not all(isinstance(name, str) for name in ids):
            raise ValueError(f"第{number}行：expect 要写成一个编号、一列编号或 null")
        questions.append(Question(text, frozenset(ids)))
    return questions

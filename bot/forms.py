"""Forms in a conversation: what is known so far, the next question, and what an answer to it may look like.

A form is open from its first question until its result is shown, the sender calls it off, or it is forgotten. Between
question and answer anything else may be asked; the form waits. It is stored with the dialogue, whose version keeps two
messages at once from losing each other's answers.
"""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, Protocol

from app.jobs.asking import Reader
from app.knowledge.lexicon import Lexicon
from app.language.normalise import normalise
from app.policies.catalogue import Catalogue

REMINDS: Final = 2 * 3600
"""Seconds for which the open question is repeated under other answers; after that it waits in silence."""
FORGOTTEN: Final = 7 * 24 * 3600
"""Seconds after which a form that nobody went on with is over."""
CORRECTS: Final = 30 * 60
"""Seconds for which a form that is done still hears corrections."""

UNSURE: Final = "不清楚"
NONE: Final = "都没有"
CONFIRM: Final = "对，就这样"
_UNSURE: Final = {
    "不清楚",
    "不知道",
    "不晓得",
    "不懂",
    "不确定",
    "搞不清",
    "搞不清楚",
    "说不清",
    "跳过",
    "记不得",
    "记不得了",
    "忘了",
    "晓不得",
    "不好说",
    "不想说",
    "不答",
    "不答了",
    "不想答",
}
_CANCEL: Final = {
    "取消",
    "算了",
    "不算了",
    "不查了",
    "不问了",
    "退出",
    "不用了",
    "不填了",
    "不登了",
    "不弄了",
    "不搞了",
}
_RESUME: Final = {"继续", "接着算", "接着问", "接着来", "接着填", "继续算", "算一算", "再算", "往下"}
_BACK: Final = {
    "上一步",
    "上一个",
    "返回",
    "改一下",
    "选错了",
    "点错了",
    "按错了",
    "上一题",
    "重选",
    "改上一个",
    "填错了",
}
_RESTART: Final = {"重来", "重新来", "重新算", "从头来", "重新填", "重填"}
_YES: Final = {
    "是",
    "是的",
    "是啊",
    "是嘞",
    "对",
    "对的",
    "有",
    "有的",
    "嗯",
    "嗯嗯",
    "要得",
    "办了",
    "办过",
    "交了",
    "交过",
    "在交",
    "在的",
    "没错",
    "符合",
    "可以",
    "好",
    "好的",
}
_NO: Final = {
    "不是",
    "不是的",
    "没有",
    "没得",
    "没",
    "不",
    "否",
    "没办",
    "没办过",
    "没交",
    "没交过",
    "不对",
    "没有过",
    "莫得",
    "不在",
}
_NONE: Final = {
    "都没有",
    "都不是",
    "没有",
    "没得",
    "都没得",
    "无",
    "没",
    "都不占",
    "啥都没得",
    "哪样都没得",
    "一样都没得",
    "一样都没有",
    "什么都没有",
    "都莫得",
    "都不沾",
    "不是",
    "一个都没有",
    "以上都没有",
    "以上都不是",
}
_ASKS: Final = re.compile(
    "[?？吗]|怎么|咋|好久|到账|多少|好多|几多|哪|什么|啥|能不能|可不可以|可以不|得不得|有没有|有没得|是不是|呢$|补贴|补助|政策|怎样|如何|几时|几[天个年次号月点百成万档块千]|(.)不\\1|多久$|.{4,}(?:没得|没|不)$"
)
_WRONG: Final = re.compile(r"(?:不对|说错了?|错了|搞错了|填错了|不是|改成|应该是?)[\s，,。.！!：:]*(?:是|应该是|改成)?")
_LED: Final = re.compile(r"([1-9])[\s、，,.。：:]+(?=\S)")
_PICKS: Final = re.compile(
    r"(?:我?选|我?是)?(?:第)?([1-9一二三四五六七八九两](?:(?:和|跟|、|，|,|\s|及|与|还有|第|个|项|号)*[1-9一二三四五六七八九两])*)(?:个|项|号)?"
)
_NUMERAL: Final = {
    **{str(n): n for n in range(1, 10)},
    **dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)),
}


class Stage(StrEnum):
    """How far a form is."""

    ASKING = "asking"
    CONFIRMING = "confirming"
    DONE = "done"


@dataclass(frozen=True)
class OpenForm:
    """A form on its way. ``values`` and all else is JSON, as the dialogue stores it."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    """The values before the last answer, for taking it back."""
    unsure: Sequence[str] = ()
    """Slots whose value the sender does not know: they are not asked again."""
    asked: str = ""
    """The slot whose question is open."""
    order: Sequence[str] = ()
    """Slots that were asked, in order."""
    stage: Stage = Stage.ASKING
    at: int = 0
    """When it last moved, seconds since 1970."""

    def stored(self) -> dict[str, Any]:
        return {**vars(self), "values": dict(self.values), "unsure": list(self.unsure), "order": list(self.order)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "OpenForm":
        known = {name: value for name, value in stored.items() if name in cls.__dataclass_fields__}
        return cls(**{**known, "stage": Stage(known.get("stage", Stage.ASKING))})


@dataclass(frozen=True)
class Question:
    """What is asked for a slot. Without labels, only words answer it."""

    text: str
    labels: Sequence[str] = ()
    several: bool = False
    """More than one label may be picked, or none."""
    yes_no: bool = False

    @property
    def lines(self) -> list[str]:
        """Every button in its order: the labels, none of them, don't know."""
        return [*self.labels, *([NONE] if self.several else []), UNSURE]


@dataclass(frozen=True)
class Scope:
    """What a form may look at besides its own values. Knowledge compares by identity, so a scope is a cache's key."""

    catalogue: Catalogue
    lexicon: Lexicon
    reader: Reader
    today: date


class Form(Protocol):
    """What one kind of form asks, and how it reads answers. Pure; its result is a skill of the same name."""

    confirms: bool
    """Whether everything is read back and agreed to before the result."""
    result: str
    """The skill that shows what it comes to."""
    max_questions: int
    """How many questions it asks at most in one go."""

    def next_slot(self, form: OpenForm, scope: Scope) -> str | None:
        """What to ask next; None when all is known that is needed."""

    def question(self, form: OpenForm, slot: str, scope: Scope) -> Question:
        """How it is asked; what the form knows already is not offered again."""

    def picked(self, form: OpenForm, slot: str, lines: Sequence[int], scope: Scope) -> Any:
        """The value of whoever picks these labels, counted from 0."""

    def written(self, form: OpenForm, slot: str, text: str, scope: Scope) -> Any | None:
        """The value in words that answer just this question: “四十八”, “一年多”; None for none."""

    def told(self, form: OpenForm, text: str, scope: Scope) -> Mapping[str, Any]:
        """Every slot that a sentence of the sender's own tells, given what the form knows."""

    def joined(self, slot: str, before: Any, value: Any, scope: Scope) -> Any:
        """``value`` added to what was known of the slot."""

    def echo(self, values: Mapping[str, Any], scope: Scope) -> list[str]:
        """What was understood, in words."""


class Act(StrEnum):
    """What a message does to a form."""

    ANSWER = "answer"
    UNSURE = "unsure"
    CANCEL = "cancel"
    RESUME = "resume"
    BACK = "back"
    RESTART = "restart"
    CONFIRM = "confirm"


@dataclass(frozen=True)
class Heard:
    """A message that is for the form, and the values it tells."""

    act: Act
    values: Mapping[str, Any] = field(default_factory=dict)
    certain: bool = True
    """A command, or a line by its number or label: nothing else can be meant."""


def asks(text: str) -> bool:
    """Whether the words ask something rather than tell it."""
    return _ASKS.search(text) is not None


def hear(kind: Form, form: OpenForm, text: str, scope: Scope, *, now: int) -> Heard | None:
    """What ``text`` does to the form; None where it is about something else."""
    age = now - form.at
    if age > FORGOTTEN or (form.stage is Stage.DONE and age > CORRECTS):
        return None
    said = normalise(text)
    if act := _command(said, form):
        return Heard(act)
    if form.asked and form.stage is Stage.ASKING and (heard := _answer(kind, form, said, text, scope)) is not None:
        return heard
    if (corrected := _corrected(kind, form, text, scope)) is not None:
        return corrected
    if asks(text):
        return None
    told = kind.told(form, text, scope)
    return Heard(Act.ANSWER, told, certain=False) if told else None


def _corrected(kind: Form, form: OpenForm, text: str, scope: Scope) -> Heard | None:
    """“说错了，是八千”: another answer to the last question that was answered."""
    found = _WRONG.match(text)
    last = next((slot for slot in reversed(form.order) if slot in form.values and slot != form.asked), None)
    if not found or last is None:
        return None
    value = kind.written(form, last, text[found.end() :], scope)
    return None if value is None else Heard(Act.ANSWER, {last: value}, certain=False)


def _command(said: str, form: OpenForm) -> Act | None:
    going = form.stage is not Stage.DONE
    commands: list[tuple[bool, Container[str], Act]] = [
        (going, _CANCEL, Act.CANCEL),
        (True, _RESTART, Act.RESTART),
        (True, _RESUME, Act.RESUME),
        (bool(form.order), _BACK, Act.BACK),
        (form.stage is Stage.CONFIRMING, {*_YES, normalise(CONFIRM)}, Act.CONFIRM),
        (True, _UNSURE, Act.UNSURE if form.asked else Act.RESUME),
    ]
    return next((act for may, words, act in commands if may and said in words), None)


def _answer(kind: Form, form: OpenForm, said: str, text: str, scope: Scope) -> Heard | None:
    """An answer to the open question: lines by number or label, or its own words."""
    question = kind.question(form, form.asked, scope)
    if question.yes_no and said in _YES | _NO:
        return _value(form, kind.picked(form, form.asked, [0 if said in _YES else 1], scope))
    if question.several and said in _NONE:
        return _value(form, kind.picked(form, form.asked, [], scope))
    lines = _lines(question, said, text)
    if lines is None:
        value = None if asks(text) else kind.written(form, form.asked, text, scope)
        if value is None:
            return None
        told = kind.told(form, text, scope)
        if isinstance(value, list):  # the number is the answer's, and of nothing else
            told = {slot: one for slot, one in told.items() if not isinstance(one, list)}
        return Heard(Act.ANSWER, {**told, form.asked: value}, certain=False)
    if len(question.labels) + question.several in lines:
        return Heard(Act.UNSURE)
    if question.several and len(question.labels) in lines:
        lines = []
    return _value(form, kind.picked(form, form.asked, lines, scope))


def _value(form: OpenForm, value: Any) -> Heard:
    return Heard(Act.ANSWER, {form.asked: value})


def _lines(question: Question, said: str, text: str) -> list[int] | None:
    """The lines that are picked, counted from 0; None where the text picks none, or one that is not there."""
    labels = [normalise(line) for line in question.lines]
    if said in labels:
        return [labels.index(said)]
    found = _PICKS.fullmatch(text.strip(" 。.！!，,、")) or (None if question.several else _LED.match(text.strip()))
    if not found:
        return None
    numbers = [_NUMERAL[character] for character in found[1] if character in _NUMERAL]
    if max(numbers) > len(labels) or (len(numbers) > 1 and not question.several):
        return None
    return sorted({number - 1 for number in numbers})


def advance(kind: Form, form: OpenForm, heard: Heard, scope: Scope, *, now: int) -> OpenForm:
    """The form after the message, with the next question open, or ready to be confirmed or done."""
    match heard.act:
        case Act.ANSWER:
            form = _answered(kind, form, heard.values, scope)
        case Act.UNSURE:
            form = replace(form, unsure=[*form.unsure, form.asked], asked="")
        case Act.BACK:
            return _taken_back(form, now)
        case Act.RESTART:
            form = OpenForm(form.name)
        case Act.CONFIRM:
            return replace(form, stage=Stage.DONE, asked="", at=now)
        case Act.RESUME if form.stage is Stage.DONE:
            form = replace(form, order=(), stage=Stage.ASKING)
    return ask_next(kind, form, scope, now=now)


def _answered(kind: Form, form: OpenForm, told: Mapping[str, Any], scope: Scope) -> OpenForm:
    added = {slot: kind.joined(slot, form.values.get(slot), value, scope) for slot, value in told.items()}
    unsure = [slot for slot in form.unsure if slot not in told]
    asked = "" if form.asked in told else form.asked
    return replace(form, values={**form.values, **added}, before=form.values, unsure=unsure, asked=asked)


def _taken_back(form: OpenForm, now: int) -> OpenForm:
    """Before the last answer, with its question open again; before the first, with the same question."""
    order = list(form.order)
    if form.asked and len(order) > 1:
        order.remove(form.asked)
    last = order.pop()
    values = {slot: value for slot, value in form.values.items() if slot != last}
    unsure = [slot for slot in form.unsure if slot != last]
    form = replace(form, values=values if form.before is None else form.before, before=None, unsure=unsure, order=order)
    return _asking(replace(form, stage=Stage.ASKING), last, now)


def ask_next(kind: Form, form: OpenForm, scope: Scope, *, now: int) -> OpenForm:
    """With the next question open; the one that is open stays, so that nothing is asked twice."""
    if form.asked and form.asked not in form.values:
        return replace(form, at=now)
    slot = kind.next_slot(form, scope)
    if slot is None:
        stage = Stage.CONFIRMING if kind.confirms and form.stage is not Stage.DONE else Stage.DONE
        return replace(form, asked="", stage=stage, at=now)
    return _asking(replace(form, stage=Stage.ASKING), slot, now)


def _asking(form: OpenForm, slot: str, now: int) -> OpenForm:
    return replace(form, asked=slot, order=[*form.order, slot], at=now)


FORMS: Final[dict[str, Form]] = {}
"""Every kind of form by the name of the skill that begins it."""

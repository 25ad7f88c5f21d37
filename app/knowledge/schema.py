"""What an intent file under ``intents/`` may say. A misspelt key is refused, never ignored."""

import re
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
"""Also the label of a menu's line."""
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
IntentId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$", max_length=80)]
SkillName = Annotated[str, StringConstraints(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=60)]


MAX_OPTIONS = 9
"""Lines of a menu: one digit picks one, and a small phone shows them all."""


class Strict(BaseModel):
    """A piece of knowledge: exactly these keys, exactly these types, never changed once loaded."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Intent(Strict):
    """One thing people say, and who answers it.

    ``utterances`` are learnt from; ``examples`` and ``not_`` are exam questions and never indexed.
    ``keywords`` holds groups; all words of one group must occur. ``options`` are offered under an
    ``answer`` with numbers, to be picked by number, label or tap.
    """

    title: Title
    skill: SkillName | None = None
    answer: Annotated[str, StringConstraints(min_length=1, max_length=600)] | None = None
    options: Annotated[list[IntentId], Field(max_length=MAX_OPTIONS)] = []
    urgent: Annotated[int, Field(ge=0, le=3)] = 0
    """Above 0, one keyword group decides, whatever else the sentence resembles; of two, the higher one does.
    3: somebody is dying; 2: somebody may come to harm; 1: a human is called by name."""
    pressing: bool = False
    """Answered already at half the certainty: somebody hurt or unpaid loses more by a menu than by a wrong guess."""
    keywords: list[Annotated[list[Word], Field(min_length=1, max_length=5)]] = []
    utterances: list[Sentence] = []
    examples: list[Sentence] = []
    not_: list[Sentence] = Field(default=[], alias="not")

    @field_validator("answer")
    @classmethod
    def _no_markup(cls, answer: str | None) -> str | None:
        if answer and re.search(r"[<>{}]", answer):
            raise ValueError("不能写尖括号、花括号，群众会看到原样")
        return answer

    @model_validator(mode="after")
    def _answered_once(self) -> Self:
        if (self.skill is None) == (self.answer is None):
            raise ValueError("skill 和 answer 要写一个，而且只写一个")
        if self.options and self.answer is None:
            raise ValueError("有 options 的要写 answer")
        return self

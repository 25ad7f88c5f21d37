"""What somebody can take in at a glance on a small phone: few lines, few words."""

import re
from collections.abc import Iterator
from typing import Final

from app.knowledge.files import Flaw
from app.knowledge.library import Library
from app.messaging.rendering import MessageTemplates
from app.policies.catalogue import PREFIX, Catalogue
from app.policies.follow_ups import ASPECTS
from bot.skills.policies import answer_text, follow_up_text

MAX_LINES: Final = 12
MAX_CHARACTERS: Final = 375
"""As shown, without a link's markup: a screen and a half of a small phone."""
WHERE: Final = f"{ASPECTS}where"
_MARKUP: Final = re.compile(r"</?a\b[^>]*>")


def shown(text: str) -> str:
    """``text`` as it is read, without a link's markup."""
    return _MARKUP.sub("", text)


def too_much(text: str) -> str:
    """What is too much about a reply, as a sentence to a clerk; empty where it is readable at a glance."""
    lines, characters = len(text.splitlines()), len(shown(text))
    if lines > MAX_LINES:
        return f"回答有{lines}行，手机上一眼看不完，请减到{MAX_LINES}行以内"
    if characters > MAX_CHARACTERS:
        return f"回答有{characters}个字，手机上一眼看不完，请减到{MAX_CHARACTERS}个字以内"
    return ""


def policy_replies(
    library: Library, catalogue: Catalogue, templates: MessageTemplates, intent: str, *, expired: bool
) -> Iterator[tuple[str, str]]:
    """Everything that may be said about a policy, with the aspect it is said for; empty for none in particular."""
    yield "", answer_text(templates, catalogue, intent, expired=expired)
    for aspect in library.intents:
        if aspect.startswith(ASPECTS):
            yield aspect, answer_text(templates, catalogue, intent, expired=expired, aspect=aspect)
            yield aspect, follow_up_text(templates, catalogue, intent, aspect, expired=expired)


def glance_flaws(library: Library, catalogue: Catalogue, templates: MessageTemplates) -> Iterator[Flaw]:
    """Every answer that stands in the knowledge files, held against the two limits; and a main menu there must be."""
    if not library.menu.opens:
        yield Flaw("menu.yaml", 0, "", "没有主菜单，群众回“菜单”会什么也选不了")
    for name, intent in library.intents.items():
        if name.startswith(PREFIX):
            expired = catalogue.policy_of_intent(name).validity.until is not None
            answer = answer_text(templates, catalogue, name, expired=expired)
            where = follow_up_text(templates, catalogue, name, WHERE, expired=expired)
            answers = {"benefits": answer, "unstated": where}
        else:
            options = [library.intents[option].title for option in intent.options]
            answers = {"answer": templates.render("conversation/options", text=intent.answer or "", options=options)}
        for key, answer in answers.items():
            if complaint := too_much(answer):
                yield library.documents[name].flaw(complaint, key)

"""The account's bottom menu and the QR codes' scenes: what is offered before anybody has asked.

Both are data beside the intents (``menu.yaml``, ``scenes.yaml``) and may be absent.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Field, field_validator, model_validator

from app.knowledge.files import Document, Flaw, KnowledgeBroken, read_document, validate
from app.knowledge.schema import MAX_OPTIONS, Intent, IntentId, Sentence, Strict, Word

MAX_BUTTON_BYTES: Final = 16
MAX_LINE_BYTES: Final = 60
"""WeChat's limits for the names of a button and of a line under it (menu/create)."""


class Button(Strict):
    """One of at most three buttons: opens one intent, or a list of up to five."""

    name: Word
    intent: IntentId | None = None
    intents: Annotated[list[IntentId], Field(max_length=5)] = []

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.intent is None) == (not self.intents):
            raise ValueError("intent 和 intents 要写一个，而且只写一个")
        if len(self.name.encode()) > MAX_BUTTON_BYTES:
            raise ValueError("按钮最多5个汉字")
        return self

    @property
    def opens(self) -> list[str]:
        return [self.intent] if self.intent else self.intents


class Menu(Strict):
    buttons: Annotated[list[Button], Field(max_length=3)] = []

    @property
    def opens(self) -> list[str]:
        """Every intent of the menu in its order: the lines of the main menu in the chat."""
        return [intent for button in self.buttons for intent in button.opens]


class Scene(Strict):
    """Where a QR code hangs, and how somebody who scans it there is greeted."""

    scene: Annotated[str, Field(max_length=20)]
    title: Word
    greeting: Sentence
    options: Annotated[list[IntentId], Field(min_length=1, max_length=MAX_OPTIONS)]

    @field_validator("scene")
    @classmethod
    def _is_a_code(cls, scene: str) -> str:
        if not re.fullmatch(r"[a-z0-9]+", scene):
            raise ValueError("要用英文小写字母和数字，比如 fair")
        return scene


def read_menu(folder: Path, intents: Mapping[str, Intent]) -> Menu:
    """Raises KnowledgeBroken for a menu that WeChat would refuse or that leads nowhere."""
    path = folder / "menu.yaml"
    if not path.exists():
        return Menu()
    document = read_document(path, root=folder)
    menu = validate(document, Menu)
    _refuse(_menu_flaws(menu, document, intents))
    return menu


def read_scenes(folder: Path, intents: Collection[str]) -> Mapping[str, Scene]:
    """Scenes by their code. Raises KnowledgeBroken."""
    path = folder / "scenes.yaml"
    if not path.exists():
        return {}
    document = read_document(path, root=folder)
    scenes = validate(document, list[Scene])
    _refuse(_scene_flaws(scenes, document, intents))
    return {scene.scene: scene for scene in scenes}


def wechat_buttons(menu: Menu, intents: Mapping[str, Intent]) -> list[dict[str, Any]]:
    """The menu as WeChat's menu/create takes it: a tap sends CLICK with the intent's id as its key."""
    return [
        {"name": button.name, "type": "click", "key": button.intent}
        if button.intent
        else {
            "name": button.name,
            "sub_button": [{"name": intents[name].title, "type": "click", "key": name} for name in button.intents],
        }
        for button in menu.buttons
    ]


def _menu_flaws(menu: Menu, document: Document, intents: Mapping[str, Intent]) -> Iterator[Flaw]:
    if len(menu.opens) > MAX_OPTIONS:
        yield document.flaw(f"一共{len(menu.opens)}项，聊天里的菜单最多{MAX_OPTIONS}项", "buttons")
    for index, button in enumerate(menu.buttons):
        for name in button.opens:
            if name not in intents:
                yield document.flaw(f"没有“{name}”这个意图", "buttons", index)
            elif len(intents[name].title.encode()) > MAX_LINE_BYTES:
                yield document.flaw(f"“{intents[name].title}”太长，菜单里最多20个汉字", "buttons", index)


def _scene_flaws(scenes: list[Scene], document: Document, intents: Collection[str]) -> Iterator[Flaw]:
    for index, scene in enumerate(scenes):
        if scene.scene in {one.scene for one in scenes[:index]}:
            yield document.flaw(f"“{scene.scene}”写了两遍", index, "scene")
        for place, name in enumerate(scene.options):
            if name not in intents:
                yield document.flaw(f"没有“{name}”这个意图", index, "options", place)


def _refuse(flaws: Iterator[Flaw]) -> None:
    if found := list(flaws):
        raise KnowledgeBroken(found)

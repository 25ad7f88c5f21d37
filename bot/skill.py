"""What a skill is: a function from a turn to a reply, known by the name that intents use."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from app.core.clock import local
from app.jobs.desk import Desk
from app.knowledge.lexicon import Group
from app.knowledge.library import Library
from app.messaging.rendering import MessageTemplates
from app.policies.catalogue import Catalogue
from app.wechat.messages import Message
from app.wechat.replies import Reply, Text
from bot.forms import FORMS, OpenForm, Scope


@dataclass
class State:
    """The open end of a conversation, as it is stored between turns."""

    more: str = ""
    """What did not fit into the last reply."""
    options: list[str] = field(default_factory=list)
    """Intents the last reply offered, in the order of their numbers."""
    about: str = ""
    """The policy that was answered last, as an intent."""
    about_at: int = 0
    """When that was, in seconds since 1970."""
    near: list[str] = field(default_factory=list)
    """What else the last question may have been about."""
    offered_for: str = ""
    """The question that the open menu of guesses was offered for, people's numbers masked."""
    misses: int = 0
    """How many questions in a row were not understood."""
    asked: str = ""
    """The last question, people's numbers masked: what a human is handed when one is called for."""
    expects: str = ""
    """The skill that hears the next words too, whatever they say (a matter for the staff)."""
    township: str = ""
    """The township that the sender has named or sent as a place."""
    told: dict[str, Any] = field(default_factory=dict)
    """What the sender has told of themselves in questions, for a form to go on from."""
    form: dict[str, Any] = field(default_factory=dict)
    """The form that is being filled in, see ``bot.forms``."""
    shown: dict[str, Any] = field(default_factory=dict)
    """The list that was shown last, see ``bot.listing``."""


@dataclass
class Turn:
    """One message being answered, inside its unit of work. A skill may change ``state``; nothing else outlives it."""

    session: Session
    message: Message
    person_id: int
    intent: str
    """The intent that the router chose."""
    aspect: str
    """The intent that says what is asked of a policy; empty for nothing in particular."""
    groups: Sequence[Group]
    """Whom a follow-up asks about."""
    before: str
    """The policy that was talked about when the message came."""
    state: State
    library: Library
    catalogue: Catalogue
    templates: MessageTemplates
    jobs: Desk
    now: datetime

    @property
    def today(self) -> date:
        return local(self.now).date()

    @property
    def scope(self) -> Scope:
        """What forms may look at."""
        return Scope(self.catalogue, self.library.lexicon, self.jobs.reader, self.today)

    def open_form(self, name: str = "") -> OpenForm | None:
        """The form that is being filled in, of that name or of any."""
        form = OpenForm.read(self.state.form) if self.state.form.get("name") in FORMS else None
        return form if form and name in {"", form.name} else None

    def reply(self, template: str, **values: Any) -> Reply:
        return Text(self.templates.render(template, **values))

    def offer(self, text: str, options: Sequence[str]) -> Reply:
        """``text``, and under it intents to be picked by number, label or tap."""
        self.state.options = list(options)
        return self.reply("conversation/options", text=text, options=self.titles(options))

    def perform(self) -> Reply:
        """The answer of this turn's intent: its skill's, or its own words and options."""
        intent = self.library.intents[self.intent]
        if intent.skill:
            return SKILLS[intent.skill](self)
        answer = intent.answer or ""
        return self.offer(answer, intent.options) if intent.options else Text(answer)

    def titles(self, intents: Iterable[str]) -> list[str]:
        return [self.library.intents[name].title for name in intents]


@dataclass(frozen=True)
class Ahead:
    """What is known of a turn before its unit of work."""

    text: str
    intent: str
    state: State
    scope: Scope
    templates: MessageTemplates
    seconds: int
    """Now, since 1970."""


Skill = Callable[[Turn], Reply]
SKILLS: dict[str, Skill] = {}


PREPARES: dict[str, Callable[[Ahead], object]] = {}
"""Pure work of a skill that takes more than a moment. It is done before the unit of work, and remembered (a cache) for
when the skill does it again in there: the writer waits for nobody's thinking."""


def skill(name: str) -> Callable[[Skill], Skill]:
    """Register the function under ``name``."""

    def register(function: Skill) -> Skill:
        if name in SKILLS:
            raise ValueError(f"two skills named {name}")
        SKILLS[name] = function
        return function

    return register

"""What the policies' skills say, performed without a service: their session is never written."""

from sqlmodel import Session

from app.jobs.asking import Reader
from app.jobs.desk import Desk
from app.knowledge.lexicon import Group
from app.messaging.rendering import MessageTemplates
from app.policies.catalogue import PREFIX
from app.wechat.messages import Kind, Message
from bot.glance import shown
from bot.route import is_aspect
from bot.skill import State, Turn
from bot.skills.policies import answer, follow_up, for_group, still

TEMPLATES = MessageTemplates()


def make_turn(knowledge, intent, *, now, about="", aspect="", groups=(), text=""):
    library, catalogue = knowledge
    return Turn(
        session=Session(),
        message=Message(Kind.TEXT, "", "o-someone", 0, text=text),
        person_id=0,
        intent=intent,
        aspect=aspect,
        groups=groups,
        before="",
        state=State(about=about),
        library=library,
        catalogue=catalogue,
        templates=TEMPLATES,
        jobs=Desk(library.lexicon, Reader(library.lexicon)),
        now=now,
    )


def answered(knowledge, name, *, now, aspect=""):
    return shown(answer(make_turn(knowledge, PREFIX + name, now=now, aspect=aspect)).content)


def followed_up(knowledge, name, aspect, *, now):
    return shown(follow_up(make_turn(knowledge, aspect, now=now, about=PREFIX + name, aspect=aspect)).content)


def told_to(knowledge, name, *groups: Group, now):
    return shown(for_group(make_turn(knowledge, PREFIX + name, now=now, groups=groups)).content)


def everything_said(knowledge, name, *, now):
    """(what it answers, the words) of every reply there is about a policy."""
    library, _ = knowledge
    yield "answer", answered(knowledge, name, now=now)
    for aspect in filter(is_aspect, library.intents):
        yield f"answer {aspect}", answered(knowledge, name, now=now, aspect=aspect)
        yield aspect, followed_up(knowledge, name, aspect, now=now)
    for group in library.lexicon.groups:
        yield group.name, told_to(knowledge, name, group, now=now)
    yield "still", shown(still(make_turn(knowledge, PREFIX + name, now=now)).content)

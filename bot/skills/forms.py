"""A message for the form that is open: take the answer, ask what comes next, show the result."""

from collections.abc import Mapping
from typing import Any

from app.wechat.replies import Reply, Text
from bot.forms import CONFIRM, FORMS, Act, Form, OpenForm, Stage, advance, hear
from bot.skill import PREPARES, SKILLS, Ahead, Turn, skill


@skill("forms.hear")
def take(turn: Turn) -> Reply:
    """What the router heard is for the form."""
    form = turn.open_form()
    now = int(turn.now.timestamp())
    kind = FORMS[form.name] if form else None
    heard = hear(kind, form, turn.message.text, turn.scope, now=now) if kind and form else None
    if kind is None or form is None or heard is None:
        return turn.reply("forms/none_open")
    if heard.act is Act.CANCEL:
        turn.state.form = {}
        return turn.reply("forms/cancelled")
    return go_on(turn, advance(kind, form, heard, turn.scope, now=now), heard.values, begun=False)


def _think(ahead: Ahead) -> None:
    """Work out the next question."""
    kind = FORMS.get(ahead.state.form.get("name", ""))
    if kind is not None:
        form = OpenForm.read(ahead.state.form)
        heard = hear(kind, form, ahead.text, ahead.scope, now=ahead.seconds)
        if heard is not None and heard.act is not Act.CANCEL:
            advance(kind, form, heard, ahead.scope, now=ahead.seconds)


PREPARES["forms.hear"] = _think


@skill("forms.unclear")
def unclear(turn: Turn) -> Reply:
    """Words that are no answer and nothing else that is known: the question again."""
    form = turn.open_form()
    if form is None or not form.asked:
        return turn.reply("forms/none_open")
    return turn.reply("forms/unclear", **_asked(turn, FORMS[form.name], form))


def go_on(turn: Turn, form: OpenForm, told: Mapping[str, Any], *, begun: bool) -> Reply:
    """Keep the form, and ask its open question, read everything back, or show what it comes to."""
    kind = FORMS[form.name]
    turn.state.form = form.stored()
    turn.state.options = []
    if form.stage is Stage.DONE:
        reply = SKILLS[kind.result](turn)
        echo = kind.echo(told, turn.scope)
        lead = turn.templates.render("forms/noted", echo=echo) if echo else ""
        return Text(f"{lead}\n{reply.content}") if lead and isinstance(reply, Text) else reply
    if form.stage is Stage.CONFIRMING:
        return turn.reply("forms/confirm", echo=kind.echo(form.values, turn.scope), confirm=CONFIRM)
    return turn.reply("forms/question", **_asked(turn, kind, form), echo=kind.echo(told, turn.scope), begun=begun)


def open_question(turn: Turn) -> str:
    """The question that waits, to be put under an answer to something else."""
    form = turn.open_form()
    if form is None or form.stage is not Stage.ASKING or not form.asked:
        return ""
    return turn.templates.render("forms/waiting", **_asked(turn, FORMS[form.name], form))


def _asked(turn: Turn, kind: Form, form: OpenForm) -> dict[str, Any]:
    question = kind.question(form, form.asked, turn.scope)
    return {
        "text": question.text,
        "lines": question.lines,
        "several": question.several,
        "number": len(form.order),
        "most": kind.max_questions,
    }

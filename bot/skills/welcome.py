"""Greeting who follows, or comes back by scanning a code: in the words of the place where the code hangs."""

from app.wechat.replies import Reply
from bot.skill import Turn, skill


@skill("welcome.greet")
def greet(turn: Turn) -> Reply:
    scene = turn.library.scene(turn.message.scene)
    turn.state.options = list(scene.options if scene else turn.library.menu.opens)
    return turn.reply(
        "welcome/greet",
        first=turn.message.event == "subscribe",
        greeting=scene.greeting if scene else "",
        options=turn.titles(turn.state.options),
    )

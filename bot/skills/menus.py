"""The main menu; every other menu is an intent with an answer and options of its own."""

from app.wechat.replies import Reply
from bot.skill import Turn, skill


@skill("menus.main")
def main_menu(turn: Turn) -> Reply:
    return turn.offer(turn.templates.render("menus/main"), turn.library.menu.opens)


@skill("menus.no_such_line")
def no_such_line(turn: Turn) -> Reply:
    """A number that the open menu does not have: show it again."""
    options = turn.state.options
    return turn.offer(turn.templates.render("menus/no_such_line", last=len(options)), options)

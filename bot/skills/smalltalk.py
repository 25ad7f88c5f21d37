"""Everything around the questions: help, more, what is not ours."""

from app.wechat.replies import Reply, Text
from bot.skill import Turn, skill


@skill("smalltalk.help")
def give_help(turn: Turn) -> Reply:
    return turn.reply("smalltalk/help")


@skill("smalltalk.out_of_scope")
def out_of_scope(turn: Turn) -> Reply:
    return turn.reply("smalltalk/out_of_scope")


@skill("smalltalk.more")
def more(turn: Turn) -> Reply:
    """The rest of the last answer."""
    if not turn.state.more:
        return turn.reply("conversation/no_more")
    rest, turn.state.more = turn.state.more, ""
    return Text(rest)


@skill("smalltalk.ready")
def ready(turn: Turn) -> Reply:
    """Asked for a late answer when none is waiting; a waiting one is put in front by the turn itself."""
    return turn.reply("conversation/nothing_waiting")

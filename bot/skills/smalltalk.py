"""Everything around the questions: welcome, help, what is not ours, and kinds of message we cannot read."""

from typing import Final

from app.wechat.messages import Kind
from app.wechat.replies import Reply, Text
from bot.skill import Turn, skill

KIND_NAMES: Final = {
    Kind.IMAGE: "图片",
    Kind.VIDEO: "视频",
    Kind.SHORT_VIDEO: "视频",
    Kind.LOCATION: "位置",
    Kind.LINK: "链接",
    Kind.MINI_PROGRAM_PAGE: "小程序卡片",
}


@skill("smalltalk.welcome")
def welcome(turn: Turn) -> Reply:
    return turn.reply("smalltalk/welcome")


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


@skill("smalltalk.fallback")
def fallback(turn: Turn) -> Reply:
    """Not understood: offer what is nearest, to be picked by number, label or tap."""
    titles = [turn.library.intents[intent].title for intent in turn.state.options]
    return turn.reply("conversation/fallback", options=titles)


@skill("smalltalk.not_text")
def not_text(turn: Turn) -> Reply:
    if turn.message.kind is Kind.VOICE:
        return turn.reply("conversation/voice_unheard")
    return turn.reply("conversation/not_text", kind=KIND_NAMES.get(turn.message.kind, "这种消息"))

"""Sentences that a router with other weights may find clear: so they are chosen when they are needed."""

from app.policies.catalogue import PREFIX
from bot.exam import route_sentence
from bot.route import is_small_talk
from bot.router import FALLBACK, NONE_OF_THESE
from bot.turn import NEAR

SENTENCES = [
    "补贴",
    "贷款补贴",
    "大学生贷款",
    "被裁了能领钱不",
    "去浙江有没得补贴",
    "退伍回来干啥",
    "开店想贷点钱",
    "坐车去浙江 钱哪个出",
    "自己交的社保有补贴不",
    "我们厂招了5个贫困户",
    "大学生见习",
    "学挖掘机",
    "电焊培训",
    "大学毕业没找到工作",
    "社保补贴领多久",
    "想搞个养殖场",
    "老板跑了，三万块没给",
]


def guessed_at(router):
    """A sentence that gets two policies or three, and “none of these”."""
    for words in SENTENCES:
        route = route_sentence(router, words)
        guesses = [name for name in route.options if name.startswith(PREFIX)]
        if route.skill == FALLBACK and len(guesses) >= 2 and route.options == (*guesses, NONE_OF_THESE):
            return words
    raise LookupError("every sentence is clear: add one that is not")


def doubted(router):
    """A sentence that a policy answers at once, that policy, and what else may have been meant."""
    for words in SENTENCES:
        route = route_sentence(router, words)
        near = [one.intent for one in route.candidates[1:4] if one.confidence >= NEAR]
        if route.intent.startswith(PREFIX) and near and not any(map(is_small_talk, near)):
            return words, route.intent, near
    raise LookupError("no answer is in doubt: add a sentence that is")

"""Which skill answers a message: an intent at once, the nearest three to choose from, or a kind sentence."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from app.core.clock import SHANGHAI
from app.core.masking import drop_people
from app.jobs.asking import FACTORIES
from app.jobs.desk import reader_of
from app.knowledge.calibration import MENU_SIZE, Calibration, Thresholds, decide
from app.knowledge.index import Candidate, Index, Ranking, Vector
from app.knowledge.library import Library
from app.language.normalise import normalise
from app.policies.catalogue import PREFIX, Catalogue
from app.policies.schema import Policy
from app.policies.situations import speaks_of_people
from app.wechat.messages import Kind, Message, Place
from bot.following import CONTEXT, STILL, Following, corrected
from bot.forms import FORMS, REMINDS, Heard, OpenForm, Scope, asks, hear
from bot.listing import listening
from bot.route import Route, is_aspect, is_small_talk
from bot.skill import State

REMEMBERED: Final = 2_000
"""Sentences whose ranking is kept: people ask the same thing in the same words."""
FALLBACK: Final = "conversation.fallback"
NONE_OF_THESE: Final = "smalltalk/none_of_these"
NOT_THAT: Final = "conversation.none_of_these"
NOT_TEXT: Final = "kinds.not_text"
LOCATION: Final = "kinds.location"
MAIN_MENU: Final = "menus.main"
NO_SUCH_LINE: Final = "menus.no_such_line"
WELCOME: Final = "welcome.greet"
READY: Final = "smalltalk.ready"
MORE: Final = "smalltalk.more"

SEARCH: Final = "jobs.search"
SEARCH_INTENT: Final = "jobs/search"
DAY_WORK_INTENT: Final = "jobs/day_work"
JOB_SUBJECTS: Final = ("jobs/", "policies/workshops")
SEEKS: Final = re.compile(
    "归屋|回屋|离.{1,4}近|近点的|近的|找|想做|想干|想去|想学|想当|有没有|有没得|有得|有啥|有哪|有吗|有不|有.{1,10}没|招|的单位|的厂|的公司|活路|的活|工作|上班|进厂|岗位|做点|做得|要人|缺人|打工|做事|事做|干点|整个|能做"
)
"""Words of who looks for work."""
WANTS_WORK: Final = re.compile(
    "归屋|回屋|离.{1,4}近|近点的|近的|找|想做|想干|想去|应聘|求职|的(?:单位|厂|公司|活|工作)$"
)
"""And of who tells about themselves only to find some."""
CONDITIONS: Final = 2
"""Conditions of a job that a sentence names from which it is a search, though no intent resembles it much."""
UNLIKELY: Final = 0.3
"""Confidence up to which what a sentence resembles most does not stand against a search."""
CERTAIN: Final = 3
"""And where another intent resembles it most."""
MONEY_ASKED: Final = re.compile(
    "补贴|补助|报销|能不能报|补多少|给补|能补|奖不奖|贷款|能贷|贷到|贷得|社保卡|养老金|失业|证书|考证|培训|车票|车费|座位|订座|直通车|专列|政府|政策"
    "|登记|调解|手续|招聘会|合同|办厂|开厂|我厂|厂里招|开店|开了家|生意|我办|老板招|公司怎么|企业请|工作者|项目|年限|打工攒|搬回|有人帮|帮不$|想招|要招|给不给登|办.{0,4}场|那.{0,3}块"
)
"""Asks for money, papers, a journey or workers rather than for work."""
CHECK: Final = "benefits.check"
CHECK_INTENT: Final = "benefits/check"
FORM_SUBJECTS: Final = (PREFIX, "menus/", "benefits/")
"""Intents whose subjects the benefit check is about too."""
TOLD: Final = 2
"""Facts that a sentence tells from which it is taken for somebody's situation."""
TOLD_AND_NAMED: Final = 3
"""And where a single policy resembles it most."""
SHORT_ANSWER: Final = 8
"""Characters of words that tell a form something and hardly are a matter of their own: “吃低保的”."""
ANYTHING: Final = re.compile(
    "哪些|哪几样|什么补|啥补|什么政策|(?:领|得|报|申请|申报)[点些得]*(?:啥|什么|哪样)|有份|有我"
)
"""Asks for whatever there may be, and for nothing by its name."""
LEARNT: Final = "原话学过"
FOR_FORM: Final = Route("", "forms.hear", reason="回答正在问的", keeps_menu=True)
UNCLEAR: Final = Route("", "forms.unclear", reason="没听懂的回答", keeps_menu=True)

MIN_MENU: Final = 2
"""Lines of the shortest menu: one guess, and none of these."""
HOME: Final = "0"
"""Always opens the main menu."""
YES: Final = {"是", "是的", "是这个", "就是这个", "就是", "对", "对的", "嗯", "好", "好的", "要得"}
_NUMBER: Final = re.compile(r"(?:第|选|选第|我选|我选第|要|要第)?([1-9一二三四五六七八九两])(?:个|号|项|条|种)?")
_NUMERALS: Final = dict(zip("一二两三四五六七八九", (1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_FACE: Final = re.compile(r"\[[\u4e00-\u9fff]{1,4}\]")
_THAT_ONE: Final = re.compile("^(?:我?(?:要|问|选|是))|(?:的?(?:那|这)?(?:个|种|项|一个|一种|一项)?)$")


def chosen_number(said: str) -> int | None:
    """The number in “2”, “二”, “第二个”, “选2号”; None where it is no choice."""
    found = _NUMBER.fullmatch(said)
    return (_NUMERALS.get(found[1]) or int(found[1])) if found else None


def _says_something(value: Any) -> bool:
    """Whether a slot's value is more than that something is not so."""
    return any(value.values()) if isinstance(value, dict) else value is not False


def _waits(state: State, now: int) -> bool:
    """Whether a form's question is open and still fresh."""
    return bool(state.form.get("asked")) and now - state.form.get("at", 0) <= REMINDS


def _has_lines(state: State, now: int) -> bool:
    """Whether numbers pick a line: of a menu, or of a list that came after the form's question."""
    listed = listening(state.shown, now) is not None and state.shown["at"] >= state.form.get("at", 0)
    return bool(state.options) or listed


def read_aloud(text: str) -> str:
    """``text`` normalised, without people's own numbers and WeChat's faces (“[玫瑰]”): these ask for nothing."""
    words = _FACE.sub("", text)
    return normalise(drop_people(words)) or normalise(words)


class Router:
    """Pure: the same message, state, time and knowledge give the same route."""

    def __init__(
        self, library: Library, index: Index, calibration: Calibration, catalogue: Catalogue | None = None
    ) -> None:
        """Without a ``catalogue`` no form is heard and no situation understood."""
        self._library = library
        self._catalogue = catalogue
        self._index = index
        self.reader = reader_of(library.lexicon, index.tokens)
        self._calibration = calibration
        self._remembered: OrderedDict[tuple[str, bool], Ranking] = OrderedDict()
        self._following = Following(library)
        self._learnt = {
            normalise(sentence): name
            for name, intent in library.intents.items()
            if not is_aspect(name)
            for sentence in intent.utterances
        }

    def route(self, message: Message, state: State, *, now: int = 0, meaning: Vector | None = None) -> Route:
        """``now`` in seconds since 1970, to tell whether a policy is still talked about; ``meaning`` is the
        embedding of the message's text, where one was had in time."""
        if message.kind is Kind.EVENT:
            return self._route_event(message)
        said = read_aloud(message.text)
        if not said:
            wordless = message.kind is Kind.TEXT and _waits(state, now) and not state.options
            return UNCLEAR if wordless else self._route_wordless(message)
        about = self._about(state, now)
        heard = self._heard(message.text, state, now)
        picks = chosen_number(said) is not None and _has_lines(state, now)
        if heard and heard.certain and not picks:
            return FOR_FORM
        if not picks and _waits(state, now) and chosen_number(said):
            return UNCLEAR  # a line that the question does not have
        return (
            self._about_list(message.text, said, state, now)
            or self._chosen_from_menu(said, state)
            or self._expected(said, state, about, meaning)
            or self._told_form(heard, said, state, meaning)
            or self._corrected(message.text, state, about)
            or self._unclear(message.text, state, self._understood(said, about, meaning), now)
        )

    def _about_list(self, text: str, said: str, state: State, now: int) -> Route | None:
        """Words about the list that is still before the sender's eyes; a menu that is open goes first, and whatever
        is urgent or the name of an intent."""
        listing = listening(state.shown, now)
        if listing is None or self._catalogue is None or said in self._library.by_title:
            return None
        if state.options and chosen_number(said):
            return None
        if said in self._learnt and not is_small_talk(self._learnt[said]):
            return None
        if not listing.hears(text, state.shown, self._scope(now)):
            return None
        urgent = self._most_urgent(self._rank(said, None))
        return None if urgent else Route("", listing.skill, reason="接着看列表", keeps_menu=True)

    def _unclear(self, text: str, state: State, route: Route, now: int) -> Route:
        """Words that nobody understands are a poor answer to the open question, rather than a miss."""
        if _waits(state, now) and not route.intent and not route.skill.startswith("policies.") and not asks(text):
            return UNCLEAR
        return self._seeking(text, self._situated(text, route, now), now)

    def _seeking(self, text: str, route: Route, now: int) -> Route:
        """Somebody who names trade, place, pay or what else a job should have looks for one: “中山 电子厂 5000+”."""
        if self._catalogue is None or not route.is_question or self._is_urgent(route.intent) or route.reason == LEARNT:
            return route
        if route.intent.startswith(JOB_SUBJECTS) or MONEY_ASKED.search(text):
            return route
        want = self.reader.read(text, self._scope(now).today)
        trade = bool(want.trades) and want.trades != FACTORIES
        place = want.places or want.near_home or want.not_places
        named = sum(map(bool, (trade, place, want.floor, want.flags, want.day_work)))
        seeks = SEEKS.search(text) is not None or (bool(trade or want.floor) and len(text) <= SHORT_ANSWER)
        doubtful = not route.candidates or route.candidates[0].confidence < UNLIKELY
        doubtful |= any(option.startswith(JOB_SUBJECTS) for option in route.options)
        if route.intent == CHECK_INTENT and named < CERTAIN and not WANTS_WORK.search(text):
            return route
        doubtful |= bool(want.floor) and len(text) <= SHORT_ANSWER
        needed = CERTAIN if route.intent not in {"", CHECK_INTENT} else CONDITIONS - (seeks and (trade or doubtful))
        if not named or named < needed:
            return route
        return replace(route, intent=SEARCH_INTENT, skill=SEARCH, options=(), reason=f"说了岗位的{named}样条件")

    def _heard(self, text: str, state: State, now: int) -> Heard | None:
        """What the message does to the form that is open; None where it is about something else."""
        kind = FORMS.get(state.form.get("name", ""))
        if kind is None or self._catalogue is None:
            return None
        return hear(kind, OpenForm.read(state.form), text, self._scope(now), now=now)

    def _told_form(self, heard: Heard | None, said: str, state: State, meaning: Vector | None) -> Route | None:
        """Words that answer the open question, or tell what else a form asks without being another matter of their
        own. What is urgent goes first."""
        if heard is None:
            return None
        route = self._understood(said, "", meaning)
        elsewhere = route.intent and not route.intent.startswith(FORM_SUBJECTS)
        answers = state.form.get("asked") in heard.values or len(said) <= SHORT_ANSWER
        return None if self._is_urgent(route.intent) or (elsewhere and not answers) else FOR_FORM

    def _situated(self, text: str, route: Route, now: int) -> Route:
        """Somebody who tells several things about themselves and names no benefit wants to know what they can get."""
        if self._catalogue is None or not route.is_question or self._is_urgent(route.intent):
            return route
        guesses = [route.intent] if route.intent else [name for name in route.options if not is_small_talk(name)]
        foreign = not all(name.startswith(FORM_SUBJECTS) for name in guesses)
        if route.reason == LEARNT or (foreign and route.intent):
            return route
        if asks(text) and (route.intent or foreign or not ANYTHING.search(text)):
            return route
        told = FORMS[CHECK].told(OpenForm(CHECK), text, self._scope(now))
        if told.get("plans", {}).get("find_work"):
            return route  # wants work, not money
        told = {slot: value for slot, value in told.items() if _says_something(value)}
        doubtful = route.intent or foreign or not speaks_of_people(text)
        if len(told) < (TOLD_AND_NAMED if doubtful else TOLD):
            return route
        return replace(route, intent=CHECK_INTENT, skill=CHECK, options=(), reason=f"说了{len(told)}样情况")

    def _is_urgent(self, intent: str) -> bool:
        return bool(intent) and (self._library.intents[intent].urgent > 0 or self._library.intents[intent].pressing)

    def _scope(self, now: int) -> Scope:
        assert self._catalogue is not None
        return Scope(self._catalogue, self._library.lexicon, self.reader, datetime.fromtimestamp(now, SHANGHAI).date())

    def is_read(self, message: Message, state: State) -> bool:
        """Whether the words of ``message`` will be ranked, so that their meaning is worth computing."""
        if message.kind is Kind.EVENT:
            return False
        said = read_aloud(message.text)
        return bool(said) and (said, True) not in self._remembered and self._chosen_from_menu(said, state) is None

    def _route_wordless(self, message: Message) -> Route:
        if isinstance(message.detail, Place):
            return Route("", LOCATION, reason="发来位置", keeps_menu=True)
        if message.kind is Kind.TEXT:
            return Route("", MAIN_MENU, reason="只有标点或表情")
        return Route("", NOT_TEXT, reason="不是文字", keeps_menu=True)

    def _route_event(self, message: Message) -> Route:
        if message.event in {"subscribe", "scan"}:
            return Route("", WELCOME, reason="关注或扫码")
        if message.event == "click" and message.event_key in self._library.intents:
            return self._to(message.event_key, reason="点了菜单")
        return Route("", MAIN_MENU, reason="没有要办的事")

    def _about(self, state: State, now: int) -> str:
        """The policy that is still talked about; empty for none."""
        fresh = state.about in self._library.intents and now - state.about_at <= CONTEXT
        return state.about if fresh else ""

    def _chosen_from_menu(self, said: str, state: State) -> Route | None:
        """A number, spoken or typed, a label of this menu or of an earlier one, or “yes” to a menu of one.

        A number that is not there asks again; without a menu, and for “0”, the main menu opens.
        """
        if said in self._library.by_title:
            return self._picked(self._library.by_title[said], "选了菜单里的一项")
        if said == HOME:
            return Route("", MAIN_MENU, reason="回主菜单")
        open_options = [intent for intent in state.options if intent in self._library.intents]
        guesses = [intent for intent in open_options if intent != NONE_OF_THESE]
        number = 1 if len(guesses) == 1 and said in YES else chosen_number(said)
        if number is None:
            named = self._named_in_menu(said, open_options)
            return self._picked(named, "说了菜单里那一项的几个字") if named else None
        if not open_options:
            return Route("", MAIN_MENU, reason="没有打开的菜单")
        if number <= len(open_options):
            return self._picked(open_options[number - 1], f"选了第{number}项")
        return Route("", NO_SUCH_LINE, tuple(open_options), reason=f"菜单里没有第{number}项")

    def _named_in_menu(self, said: str, options: Sequence[str]) -> str:
        """The one line of the menu with these words in it: “毕业生的那个”; empty for none or several."""
        words = _THAT_ONE.sub("", said)
        titles = {name: normalise(self._library.intents[name].title) for name in options}
        named = [name for name, title in titles.items() if len(words) >= 2 and words in title]
        return named[0] if len(named) == 1 else ""

    def _picked(self, intent: str, reason: str) -> Route:
        return replace(self._to(intent, reason=reason), keeps_menu=True, is_choice=True)

    def _expected(self, said: str, state: State, about: str, meaning: Vector | None) -> Route | None:
        """Words that a skill has asked for; what they mean is told to it. Small talk is still what it is."""
        if not state.expects:
            return None
        understood = self._understood(said, about, meaning)
        if is_small_talk(understood.intent):
            return understood
        known = understood.skill != STILL  # what only may go on about the last policy is said to the human
        return replace(understood, intent=understood.intent if known else "", skill=state.expects, options=())

    def _understood(self, said: str, about: str, meaning: Vector | None) -> Route:
        if said.isascii():
            meaning = None  # typed pinyin is a matter of sound: the embedding takes it for some foreign language
        ranking = self._rank(said, meaning)
        if urgent := self._most_urgent(ranking):
            return self._to(urgent, ranking.subjects, reason="要紧的事先答")
        if said in self._learnt:
            route = self._answered(self._learnt[said], ranking, LEARNT)
        else:
            thresholds = self._calibration.lexical if meaning is None else self._calibration.with_meaning
            route = self._decided(ranking, thresholds)
        return route if is_small_talk(route.intent) else self._following.go_on(said, about, route, ranking)

    def _corrected(self, text: str, state: State, about: str) -> Route | None:
        """“不是，我问的是…”: the rest is the question, and what was answered is probably not meant."""
        rest = corrected(text) if state.about or state.near else None
        if rest is None:
            return None
        said = normalise(rest)
        if not said:
            others = [name for name in state.near if name != state.about]
            if not others:
                return Route("", NOT_THAT, reason="说不是这个，也没有别的像")
            return replace(self._offer(others, (), "说不是这个"), is_question=False)
        route = self._understood(said, about, None)
        if not route.intent and state.about in route.options and len(route.options) > MIN_MENU:
            route = replace(route, options=tuple(name for name in route.options if name != state.about))
        return replace(route, reason=f"更正：{route.reason}")

    def _decided(self, ranking: Ranking, thresholds: Thresholds) -> Route:
        kin, pressing = self.are_kin, self._is_pressing
        decision = decide(ranking.subjects, thresholds, are_kin=kin, is_pressing=pressing)
        if decision.direct:
            return self._answered(decision.direct, ranking, decision.reason)
        return self._offer(decision.near, ranking.subjects, decision.reason)

    def _answered(self, intent: str, ranking: Ranking, reason: str) -> Route:
        polite = is_small_talk(intent)  # “谢谢” between a menu and its number does not close the menu
        route = self._to(intent, ranking.subjects, reason=reason)
        return replace(route, keeps_menu=polite, is_question=not polite)

    def _offer(self, near: Sequence[str], candidates: Sequence[Candidate], reason: str) -> Route:
        offered = [intent for intent in near if not is_small_talk(intent)][:MENU_SIZE]
        options = (*offered, NONE_OF_THESE) if offered else ()
        return Route("", FALLBACK, options, candidates, reason, is_question=True)

    def _is_pressing(self, intent: str) -> bool:
        return self._library.intents[intent].pressing

    def are_kin(self, one: str, other: str) -> bool:
        """Whether one is a menu and the other stands in it: either answers a question about the other."""
        intents = self._library.intents
        return one in intents[other].options or other in intents[one].options

    def are_near(self, one: str, other: str) -> bool:
        """Whether they are kin, or one's record points to the other."""
        return self.are_kin(one, other) or other in self._links(one) or one in self._links(other)

    def _links(self, name: str) -> Sequence[str]:
        intent = self._library.intents[name]
        return intent.see_also if isinstance(intent, Policy) else ()

    def _most_urgent(self, ranking: Ranking) -> str:
        """The most urgent intent that is named by its keywords, of two the likelier; empty for none."""
        urgency = {name: self._library.intents[name].urgent for name in ranking.named}
        chances = {one.intent: one.confidence for one in ranking.subjects}
        named = [name for name in sorted(urgency) if urgency[name]]
        return max(named, key=lambda name: (urgency[name], chances.get(name, 0.0)), default="")

    def _rank(self, said: str, meaning: Vector | None) -> Ranking:
        """The index's ranking, remembered."""
        key = said, meaning is not None
        known = self._remembered.get(key)
        if known is None:
            known = self._remembered[key] = self._index.rank(said, meaning)
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return known

    def _to(self, intent: str, candidates: Sequence[Candidate] = (), *, reason: str) -> Route:
        return Route(intent, self._library.intents[intent].skill or "", (), candidates, reason)

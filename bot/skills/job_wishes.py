"""What somebody wants of a job, asked in at most four questions; and being told of what fits."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.jobs import interest
from app.jobs.push_rounds import order_daily
from app.jobs.wants import Want
from app.language.normalise import normalise
from app.people.models import Channel
from app.wechat.replies import Reply, Text
from bot.forms import FORMS, OpenForm, Question, Scope, ask_next
from bot.skill import Turn, skill
from bot.skills.forms import go_on
from bot.skills.jobs import WISH, read_want, show

ANY: Final = "都行"
TRADES: Final = ("进厂做普工", "缝纫做衣服", "工地上", "开车送货", "餐馆酒店", "保洁保安", ANY)
PLACES: Final = ("六枝本地", "贵州省内", "广东", "浙江", ANY)
PAYS: Final = ("3000元以上", "4000元以上", "5000元以上", "6000元以上", ANY)
PERKS: Final = ("包吃", "包住", "不上夜班", "夫妻房", "能带娃")
_QUESTIONS: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "trades": ("想做哪样活？选一个，或者直接说，比如“电焊”。", TRADES),
    "place": ("想在哪里做？", PLACES),
    "floor": ("一个月想挣多少？", PAYS),
    "flags": ("还要什么？", PERKS),
}
_MEANT: Final = {
    "进厂做普工": "进厂",
    "缝纫做衣服": "缝纫、服装厂",
    "工地上": "建筑工地、装修工",
    "开车送货": "司机、快递员、外卖骑手",
    "餐馆酒店": "服务员、厨师",
    "保洁保安": "保洁、保安",
    "六枝本地": "本地",
}
"""What stands for a button's label when it is read like words of their own."""


class WishForm:
    """What somebody wants of a job. A slot's value is the part of a want it is about, as JSON."""

    confirms = False
    result = "jobs.wished"
    max_questions = len(_QUESTIONS)

    def next_slot(self, form: OpenForm, scope: Scope) -> str | None:
        return next((slot for slot in _QUESTIONS if slot not in form.values and slot not in form.unsure), None)

    def question(self, form: OpenForm, slot: str, scope: Scope) -> Question:
        text, labels = _QUESTIONS[slot]
        return Question(text, labels, several=slot == "flags")

    def picked(self, form: OpenForm, slot: str, lines: Sequence[int], scope: Scope) -> Any:
        labels = [_QUESTIONS[slot][1][line] for line in lines]
        if ANY in labels:
            return {}
        if slot == "flags":
            return {"flags": labels}
        return _slots(scope.reader.read(_MEANT.get(labels[0], labels[0]), scope.today)).get(slot, {})

    def written(self, form: OpenForm, slot: str, text: str, scope: Scope) -> Any | None:
        if normalise(text) in {"都行", "都可以", "随便", "哪里都行", "哪样都行", "不限", "无所谓", "都得"}:
            return {}
        return self.told(form, text, scope).get(slot)

    def told(self, form: OpenForm, text: str, scope: Scope) -> Mapping[str, Any]:
        return _slots(scope.reader.read(text, scope.today))

    def joined(self, slot: str, before: Any, value: Any, scope: Scope) -> Any:
        if slot == "flags" and before and value:
            return {"flags": list(dict.fromkeys([*before.get("flags", ()), *value.get("flags", ())]))}
        return value

    def echo(self, values: Mapping[str, Any], scope: Scope) -> list[str]:
        return want_in(values).said()


def _slots(want: Want) -> dict[str, Any]:
    """A want in the slots of the form; what it does not say is left out."""
    told = want.as_json()
    names = {
        "trades": ("trades", "not_trades", "skills"),
        "place": ("places", "not_places", "near_home", "home"),
        "floor": ("floor", "floor_unit"),
        "flags": ("flags", "day_work"),
    }
    parts = {slot: {name: told[name] for name in fields if name in told} for slot, fields in names.items()}
    if want.floor is None:
        del parts["floor"]
    if parts["place"].keys() == {"home"}:
        del parts["place"]
    return {slot: part for slot, part in parts.items() if part}


def want_in(values: Mapping[str, Any]) -> Want:
    """What the form knows, as a want."""
    return Want.read({name: value for part in values.values() for name, value in part.items()})


FORMS[WISH] = WishForm()


def ask(turn: Turn, *, lead: str = "") -> Reply:
    """Begin the questions."""
    form = ask_next(FORMS[WISH], OpenForm(WISH), turn.scope, now=int(turn.now.timestamp()))
    reply = go_on(turn, form, {}, begun=False)
    return Text(f"{lead}\n{reply.content}") if lead and isinstance(reply, Text) else reply


@skill(WISH)
def wish(turn: Turn) -> Reply:
    """Tell, or change, what one wants: 「改求职意向」."""
    return ask(turn)


@skill("jobs.wished")
def wished(turn: Turn) -> Reply:
    """Keep it, and show what fits."""
    form = turn.open_form(WISH) or OpenForm(WISH)
    turn.state.form = {}  # what comes next is about the list, or a new search
    want = want_in(form.values)
    interest.set_want(turn.session, turn.person_id, want, now=turn.now)
    return show(turn, want)


@skill("jobs.subscribe")
def subscribe(turn: Turn) -> Reply:
    """From now on they are told of new jobs that fit; who has not said what fits is asked."""
    interest.set_pushes(turn.session, turn.person_id, interest.DAILY, channel=Channel.OFFICIAL_ACCOUNT, now=turn.now)
    order_daily(turn.session, now=turn.now)
    read = read_want(turn)
    if not read.says_nothing:
        interest.set_want(turn.session, turn.person_id, read, now=turn.now)
    want = interest.want_of(turn.session, turn.person_id)
    if want is None:
        return ask(turn, lead=turn.templates.render("jobs/subscribed_ask"))
    return turn.reply("jobs/subscribed", want=want.said())


@skill("jobs.unsubscribe")
def unsubscribe(turn: Turn) -> Reply:
    interest.set_pushes(turn.session, turn.person_id, "", channel=Channel.OFFICIAL_ACCOUNT, now=turn.now)
    return turn.reply("jobs/unsubscribed")

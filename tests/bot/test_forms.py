"""Forms: asked, answered, corrected, taken back, called off, interrupted, and gone on with a day later."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from app.core.clock import SHANGHAI
from app.messaging.models import Dialogue
from bot.forms import FORGOTTEN, FORMS, NONE, UNSURE, Act, Heard, OpenForm, Question, Scope, Stage, advance, hear
from bot.glance import shown
from bot.router import CHECK
from tests.messages import say
from tests.serving import make_settings, served

NOW = int(datetime(2026, 11, 23, 10, tzinfo=SHANGHAI).timestamp())
BEGIN = "我能领哪些补贴"
WHERE_NOW = "您现在是哪种情况？"


class Registration:
    """A made-up form of three slots that is read back before it is done."""

    confirms, result, max_questions = True, "none", 3
    slots = {
        "place": Question("去哪里？", ("中山", "义乌")),
        "flags": Question("要哪些？", ("包吃", "包住"), several=True),
        "sure": Question("确定吗？", ("是", "不是"), yes_no=True),
    }

    def next_slot(self, form, scope):
        return next((slot for slot in self.slots if slot not in form.values and slot not in form.unsure), None)

    def question(self, form, slot, scope):
        return self.slots[slot]

    def picked(self, form, slot, lines, scope):
        labels = self.slots[slot].labels
        return [labels[line] for line in lines] if self.slots[slot].several else labels[lines[0]]

    def written(self, form, slot, text, scope):
        return self.told(form, text, scope).get(slot)

    def told(self, form, text, scope):
        return next(({"place": place} for place in ("中山", "义乌", "东莞") if place in text), {})

    def joined(self, slot, before, value, scope):
        return value

    def echo(self, values, scope):
        return [str(value) for value in values.values()]


KIND = Registration()
SCOPE = Scope(None, None, None, date(2026, 11, 23))


def filled(*said, form=None, at=NOW):
    """The form after these words, each of which it hears."""
    form = form or advance(KIND, OpenForm("made_up"), Heard(Act.RESUME), SCOPE, now=at)
    for text in said:
        heard = hear(KIND, form, text, SCOPE, now=at)
        assert heard is not None, text
        form = advance(KIND, form, heard, SCOPE, now=at)
    return form


@pytest.mark.parametrize(
    ("said", "values"),
    [
        (("1",), {"place": "中山"}),
        (("第二个",), {"place": "义乌"}),
        (("义乌",), {"place": "义乌"}),
        (("想去东莞",), {"place": "东莞"}),
        (("1", "1和2"), {"place": "中山", "flags": ["包吃", "包住"]}),
        (("1", "1 2"), {"place": "中山", "flags": ["包吃", "包住"]}),
        (("1", "包住"), {"place": "中山", "flags": ["包住"]}),
        (("1", NONE), {"place": "中山", "flags": []}),
        (("1", "都不是"), {"place": "中山", "flags": []}),
        (("1", "2", "有的"), {"place": "中山", "flags": ["包住"], "sure": "是"}),
        (("1", "2", "没得"), {"place": "中山", "flags": ["包住"], "sure": "不是"}),
    ],
)
def test_form_takes_a_number_a_label_or_words(said, values):
    assert filled(*said).values == values


def test_what_is_not_known_is_not_asked_again():
    form = filled("不晓得", "3")

    assert (form.unsure, form.asked) == (["place"], "sure")
    assert form.values == {"flags": []}
    assert filled("4", form=filled("1")).unsure == ["flags"]


def test_form_is_read_back_and_done_only_when_agreed_to():
    form = filled("1", "2", "是")
    corrected = filled("去东莞", form=form)

    assert (form.stage, corrected.stage) == (Stage.CONFIRMING, Stage.CONFIRMING)
    assert corrected.values["place"] == "东莞"
    assert filled("对", form=corrected).stage is Stage.DONE


def test_the_last_answer_can_be_taken_back():
    form = filled("1", "2", "上一步")

    assert (form.asked, form.values) == ("flags", {"place": "中山"})
    assert filled("上一步", form=form).asked == "place"


def test_form_can_be_begun_again():
    assert filled("1", "2", "重新来").values == {}


@pytest.mark.parametrize("words", ["中山有哪些厂？", "培训补贴多少钱", "7", "随便", ""])
def test_what_is_no_answer_is_left_to_others(words):
    assert hear(KIND, filled(), words, SCOPE, now=NOW) is None


def test_form_is_stored_and_read_as_it_was():
    form = filled("1", "不清楚")

    assert filled("是", form=OpenForm.read(form.stored())) == filled("是", form=form)


def test_form_is_forgotten_after_a_week():
    form = filled("1")

    assert hear(KIND, form, "2", SCOPE, now=NOW + FORGOTTEN) is not None
    assert hear(KIND, form, "2", SCOPE, now=NOW + FORGOTTEN + 1) is None


def test_numbers_choose_only_what_is_offered():
    form = replace(filled(), at=NOW)

    assert hear(KIND, form, "1和2", SCOPE, now=NOW) is None  # one place, not two
    assert hear(KIND, form, "3", SCOPE, now=NOW).act is Act.UNSURE
    assert UNSURE in KIND.slots["place"].lines


# --- in the chat ---


async def states(app):
    """The stored form of every dialogue."""

    def read(session):
        return [dialogue.state.get("form", {}) for dialogue in session.exec(select(Dialogue)).all()]

    return await app.state.services.db.read(read)


async def test_a_check_asks_and_tells_what_was_understood(here):
    _, client = here

    first = shown(await say(client, BEGIN))
    second = shown(await say(client, "没工作"))

    assert f"1/5 {WHERE_NOW}" in first
    assert second.startswith("记下了：没工作。")
    assert "2/5" in second


async def test_a_sentence_with_several_conditions_is_asked_only_what_is_missing(here):
    _, client = here

    said = [shown(await say(client, "我是退伍军人,去年注册了个小超市,现在请了两个帮手"))]
    while "/5 " in said[-1]:
        said.append(shown(await say(client, "不清楚")))

    assert said[0].startswith("记下了：开店、办厂、管单位；退役军人；个体户、小微企业")
    assert not any(WHERE_NOW in one or "您的店或单位是哪一种" in one for one in said)
    assert len(said) <= 6
    assert "退役军人就业创业" in said[-1]
    assert "一次性创业补贴" in said[-1]
    assert "初步判断，以窗口审核为准" in said[-1]


async def test_a_result_names_amount_clause_place_and_what_is_missing(here):
    _, client = here

    text = ""
    for words in ["我是退伍军人，在六枝头一回开了个小超市，开了十个月，门面租的", *["不清楚"] * 5]:
        if "/5 " in text or not text:
            text = shown(await say(client, words))

    assert "一次性5000元" in text
    assert "还差：" in text
    assert "附件3（九）" in text
    assert "去哪里：六枝特区就业服务窗口" in text
    assert "材料多数没写明" in text


async def test_an_aside_is_answered_and_the_question_waits_below(here):
    _, client = here

    await say(client, BEGIN)
    aside = shown(await say(client, "失业登记要几天办好"))
    answered = shown(await say(client, "3"))

    assert "3个工作日" in aside
    assert aside.endswith("7. 不清楚")
    assert WHERE_NOW in aside
    assert answered.startswith("记下了：开店、办厂、管单位。")


async def test_an_aside_with_a_menu_of_its_own_keeps_its_numbers(here):
    _, client = here

    await say(client, BEGIN)
    aside = shown(await say(client, "菜单"))
    chosen = shown(await say(client, "1"))
    resumed = shown(await say(client, "继续"))

    assert "回复“继续”" in aside
    assert "出门打工" in chosen
    assert f"1/5 {WHERE_NOW}" in resumed


async def test_danger_is_heard_in_the_middle_of_a_form(here):
    _, client = here

    await say(client, BEGIN)
    said = shown(await say(client, "我没工作，不想活了"))

    assert "12356" in said


async def test_words_that_are_no_answer_bring_the_question_again_and_no_human(here):
    _, client = here

    await say(client, BEGIN)
    said = [shown(await say(client, words)) for words in ("嗯哼", "啊这", "随便咯")]

    assert all(one.startswith("这句我没看懂。") and WHERE_NOW in one for one in said)


async def test_a_correction_counts_from_then_on(here):
    app, client = here

    await say(client, "我是脱贫户，在浙江打工，没有出过省")
    await say(client, "不是脱贫户，是搬迁户")

    (form,) = await states(app)
    assert form["values"]["household"] == {"lifted": False, "relocated": True}


async def test_calling_it_off_leaves_nothing(here):
    app, client = here

    await say(client, BEGIN)
    await say(client, "没工作")
    said = shown(await say(client, "取消"))

    assert "不算了" in said
    assert await states(app) == [{}]


async def test_three_messages_at_once_are_all_heard(service):
    app, client = service
    await say(client, BEGIN)

    await asyncio.gather(*(say(client, words) for words in ("家里是脱贫户", "我今年48岁", "没工作")))

    (form,) = await states(app)
    assert form["values"]["household"] == {"lifted": True}
    assert form["values"]["age"] == [48, 48]
    assert form["values"]["status"]["jobless"] is True
    assert len(set(form["order"])) == len(form["order"])


async def test_a_restart_in_the_middle_loses_nothing_and_asks_nothing_twice(database_url):
    settings = make_settings(database_url)
    async with served(settings) as (_, client):
        await say(client, BEGIN)
        before = shown(await say(client, "没工作"))

    async with served(settings) as (_, client):
        after = shown(await say(client, "都没有"))

    assert "2/5" in before
    assert "3/5" in after
    assert WHERE_NOW not in after


async def test_a_day_later_the_answer_still_counts_and_other_talk_is_left_in_peace(here):
    app, client = here
    await say(client, BEGIN)
    await say(client, "没工作")
    app.state.services.clock.shift += timedelta(hours=24)

    aside = shown(await say(client, "失业登记要几天办好"))
    answered = shown(await say(client, "都没有"))

    assert "接着刚才的" not in aside
    assert "3/5" in answered
    assert (await states(app))[0]["values"]["status"]["jobless"] is True


async def test_a_question_about_one_benefit_is_answered_for_the_asker(here):
    _, client = here

    young = shown(await say(client, "我开店才8个月能领创业补贴吗", openid="o-young"))
    old = shown(await say(client, "我48了还能领创业补贴吗", openid="o-old"))

    assert young.startswith("照您说的，还要看：")
    assert "正常经营的时间满1年" in young.splitlines()[0]
    assert old.startswith("您问年纪：这一条没写年龄限制。")


def test_every_form_that_is_registered_is_begun_by_its_skill():
    assert CHECK in FORMS

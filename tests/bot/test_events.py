"""Job fairs, classes and workshops in the chat: by typed words alone, on each kind of database."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app.core.clock import SHANGHAI
from app.jobs import events
from app.jobs.event_models import EventKind, EventRegistration, EventState
from bot.choosing import BEFORE, NEXT
from bot.exam import route_sentence
from bot.glance import shown, too_much
from bot.skills.events import hears
from bot.skills.workshops import far
from tests.bot.test_first_floor import send_kind
from tests.jobs.events_made import make_event, make_workshop
from tests.messages import say
from tests.serving import make_settings, served

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=SHANGHAI)
SATURDAY = datetime(2026, 12, 5, 9, 0, tzinfo=SHANGHAI)
YANJIAO = "<Location_X>26.34</Location_X><Location_Y>105.37</Location_Y><Scale>15</Scale><Label>岩脚镇</Label>"
SHENZHEN = "<Location_X>22.54</Location_X><Location_Y>114.06</Location_Y><Scale>15</Scale><Label>深圳</Label>"


@pytest.fixture
async def chat(database_url):
    """(app, client) on the first of December, with four fairs, a class, and workshops in two townships."""
    async with served(make_settings(database_url)) as (app, client):
        app.state.services.clock.set(NOW)
        await app.state.services.db.write(fill)
        yield app, client


@pytest.fixture
async def bare(sqlite_url):
    async with served(make_settings(sqlite_url)) as (app, client):
        app.state.services.clock.set(NOW)
        yield app, client


def fill(session):
    make_event(session, now=NOW, starts_at=SATURDAY, ends_at=SATURDAY + timedelta(hours=6), capacity=2)
    for number, title in enumerate(["郎岱专场招聘会", "退役军人专场招聘会", "年前大集招聘会"], start=1):
        town = "郎岱" if number == 1 else ""
        make_event(session, now=NOW, title=title, starts_at=SATURDAY + timedelta(days=number), township=town)
    kind, begins = EventKind.TRAINING, SATURDAY + timedelta(days=3)
    make_event(session, now=NOW, kind=kind, title="电焊培训班", trade="电焊", starts_at=begins)
    make_event(session, now=NOW, kind=kind, title="叉车培训班", trade="叉车", starts_at=begins + timedelta(days=1))
    make_workshop(session, now=NOW)
    make_workshop(session, now=NOW, name="岩脚雨伞车间", latitude=26.35, longitude=105.38)
    make_workshop(session, now=NOW, name="郎岱缝纫车间", township="郎岱", latitude=26.07, longitude=105.33)


async def read(app, look):
    return await app.state.services.db.read(look)


def registered(session):
    """(event, state) of every registration."""
    return [(row.event_id, row.state) for row in session.exec(select(EventRegistration))]


async def test_fairs_are_shown_three_at_a_time_with_day_place_and_price(chat):
    _, client = chat

    first = await say(client, "最近哪天有招聘会")
    second = await say(client, "下一页")
    end = await say(client, "下一页")

    lines = shown(first).splitlines()
    assert lines[0] == "近期的招聘会有4个："
    assert lines[1:3] == ["第1个 春风行动招聘会", "周六 12月5日 9:00—15:00，街心花园广场，免费"]
    assert [line.split()[0] for line in lines if line.startswith("第")] == ["第1个", "第2个", "第3个"]
    assert "第1个 年前大集招聘会" in shown(second)
    assert "没有了" in end
    assert too_much(first) == ""


async def test_register_look_and_give_up_by_typed_words(chat):
    app, client = chat
    await say(client, "招聘会")

    detail = shown(await say(client, "1"))
    done = shown(await say(client, "报名"))
    again = shown(await say(client, "招聘会"))
    mine = shown(await say(client, "我的报名"))
    gone = shown(await say(client, "取消报名"))
    none = shown(await say(client, "我的报名"))

    assert "要带：身份证、简历" in detail
    assert "名额还有2个" in detail
    assert done.startswith("报好了：春风行动招聘会")
    assert "前一天下午6点提醒您" in done
    assert "（您已报名）" in again
    assert "您报名的有1个。" in mine
    assert gone.startswith("取消好了：春风行动招聘会")
    assert "没有报名" in none
    assert await read(app, registered) == [(1, "cancelled")]


@pytest.mark.parametrize("words", ["报名第二个", "第二个报名", "我要报名2", "报第2个"])
async def test_line_of_the_list_is_registered_for_in_one_sentence(chat, words):
    app, client = chat
    await say(client, "招聘会")

    done = await say(client, words)

    assert "报好了：郎岱专场招聘会" in shown(done)
    assert await read(app, registered) == [(2, "registered")]


async def test_without_saying_which_it_asks_and_a_line_that_is_not_there_is_said(chat):
    app, client = chat
    await say(client, "招聘会")

    which, beyond = await say(client, "报名"), await say(client, "7")

    assert "要报哪一个" in which
    assert "这一页只有3个" in beyond
    assert await read(app, registered) == []


async def test_full_fair_is_refused_kindly_with_a_number_to_ring(chat):
    app, client = chat
    for person in ("o-1", "o-2"):
        await say(client, "招聘会", openid=person)
        await say(client, "报名第1个", openid=person)

    await say(client, "招聘会", openid="o-3")
    refused = await say(client, "报名第1个", openid="o-3")
    detail = shown(await say(client, "第1个", openid="o-3"))

    assert "名额已经报满了" in refused
    assert "0858-0000001" in refused
    assert "名额报满了" in detail
    assert len(await read(app, registered)) == 2


async def test_what_the_sentence_names_comes_alone(chat):
    _, client = chat

    trade = shown(await say(client, "最近有没有电焊的培训班要开班"))
    town = shown(await say(client, "郎岱的招聘会是哪天"))
    other = shown(await say(client, "近期有没有厨师培训班开班"))

    assert "电焊培训班" in trade
    assert "叉车培训班" not in trade
    assert "郎岱专场招聘会" in town
    assert "春风行动" not in town
    assert other.startswith("近期没有写明“厨师”的培训班。别的有2个：")


async def test_question_about_the_open_one_is_answered_from_it(chat):
    _, client = chat
    await say(client, "近期培训班")
    await say(client, "2")

    assert "【叉车培训班】" in await say(client, "要带哪样")


async def test_cancelled_event_of_mine_is_marked_and_refused(chat):
    app, client = chat
    await say(client, "招聘会")
    await say(client, "报名第1个")
    await app.state.services.db.write(lambda session: events.cancel_event(session, 1, now=NOW))

    mine = shown(await say(client, "我的报名"))

    assert "（取消了）" in mine
    assert await read(app, lambda session: events.get_event(session, 1).state) == EventState.CANCELLED


async def test_where_nothing_is_coming_it_says_so_and_whom_to_ask(bare):
    _, client = bare

    fairs, trainings = await say(client, "招聘会"), await say(client, "近期培训班")
    policy = await say(client, "1")

    assert "还没有登记" in fairs
    assert "12333" in fairs
    assert "还没有登记" in trainings
    assert "【技能培训】" in policy


async def test_another_subject_ends_the_list(chat):
    app, client = chat
    await say(client, "招聘会")
    await say(client, "失业登记怎么办")

    await say(client, "报名")

    assert await read(app, registered) == []


# --- workshops ---


async def test_nearest_workshop_asks_for_the_place_and_takes_a_location(chat):
    _, client = chat

    asked = await say(client, "离我最近的车间")
    found = shown(await send_kind(client, "location", YANJIAO))
    detail = await say(client, "第2个")

    assert "发个位置给我" in asked
    assert found.splitlines()[:2] == ["离您近的帮扶车间有3个：", "第1个 岩脚手套车间，约100米"]
    assert "【岩脚雨伞车间】" in detail


async def test_nearest_workshop_takes_a_township_that_is_named_or_known(chat):
    _, client = chat

    await say(client, "离我最近的车间")
    named = shown(await say(client, "我在郎岱"))
    at_once = shown(await say(client, "岩脚镇有哪几个帮扶车间", openid="o-2"))
    elsewhere = shown(await say(client, "落别有没有帮扶车间，电话多少", openid="o-3"))

    assert named.splitlines()[:2] == ["郎岱的帮扶车间有1个：", "第1个 郎岱缝纫车间"]
    assert "岩脚的帮扶车间有2个" in at_once
    assert elsewhere.startswith("落别还没有登记的帮扶车间，别处的有：")


async def test_question_about_something_else_is_answered_instead_of_the_township(chat):
    _, client = chat
    await say(client, "离我最近的车间")

    other = await say(client, "失业登记怎么办")
    later = await say(client, "岩脚")

    assert "【失业登记】" in other
    assert "帮扶车间有2个" not in later


async def test_words_that_are_no_township_are_asked_about_once(chat):
    _, client = chat
    await say(client, "离我最近的车间")

    once = await say(client, "嘟嘟嘟嘟嘟")
    twice = await say(client, "嘟嘟嘟嘟嘟")

    assert "没听出是哪个乡镇" in once
    assert "没听出是哪个乡镇" not in twice


async def test_location_tells_the_counter_and_the_workshops_nearby(chat):
    _, client = chat

    near = shown(await send_kind(client, "location", YANJIAO))
    far_away = shown(await send_kind(client, "location", SHENZHEN, openid="o-2"))
    detail = await say(client, "1")

    assert "岩脚镇就业服务窗口" in near
    assert "第1个 岩脚手套车间，约100米" in near
    assert "帮扶车间" not in far_away
    assert "【岩脚手套车间】" in detail
    assert len(near.splitlines()) <= 12


async def test_without_a_directory_it_says_so(bare):
    _, client = bare

    assert "还没有登记" in await say(client, "岩脚镇有哪几个帮扶车间")


# --- the words alone ---


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("最近有没有开办电工培训班", "jobs/training"),
        ("电焊培训哪点报名", "policies/training"),
        ("培训班", "policies/training"),
        ("明天的招聘会几点开始", "jobs/fairs"),
        ("六枝特区有多少个就业帮扶车间", "policies/liuzhi_workshops"),
        ("帮扶车间", "policies/assistance_workshop"),
        ("岩脚的车间在哪里", "jobs/workshops"),
        ("我报的培训班去不了了", "jobs/registrations"),
    ],
)
def test_sentences_go_to_the_directory_or_to_the_policy(router, text, intent):
    assert route_sentence(router, text).intent == intent


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "第三个",
        "报名",
        "我要报名",
        "我去",
        "参加",
        "取消报名",
        "不去了",
        "取消报名第1个",
        *sorted(NEXT),
        *sorted(BEFORE),
    ],
)
def test_list_hears_choices(text):
    assert hears(text, {"ids": [1]}, None)


@pytest.mark.parametrize(
    "text", ["失业登记怎么办", "去中山打工车费能不能报", "公益性岗位怎么报名", "要带什么材料", "谢谢", "两个娃儿读书"]
)
def test_list_leaves_other_subjects_alone(text):
    assert not hears(text, {"ids": [1]}, None)


@pytest.mark.parametrize(
    "text", ["要带哪样", "那在哪点上课", "几点开始", "要不要钱", "电话是多少", "还有没有名额", "怎么报名"]
)
def test_question_that_names_nothing_else_is_about_the_open_one(text):
    assert [hears(text, {"ids": [1], "open": one}, None) for one in (1, 0)] == [True, False]


@pytest.mark.parametrize("text", ["木岗的车间在哪里", "失业登记要带什么", "社保卡在哪里办", "岗位补贴多少钱"])
def test_question_with_a_subject_of_its_own_is_not(text):
    assert not hears(text, {"ids": [1], "open": 1}, None)


@pytest.mark.parametrize(
    ("km", "said"), [(None, ""), (0.02, "约100米"), (0.34, "约300米"), (1.24, "约1.2公里"), (12.4, "约12公里")]
)
def test_distance_is_said_roundly(km, said):
    assert far(km) == said

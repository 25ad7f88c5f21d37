"""Welcome, menus, a human, urgent words, and everything that is no question: through WeChat's own door."""

import re
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app.core.clock import SHANGHAI
from app.core.errors import Conflict, NotFound
from app.messaging.inbox import reply_to
from app.messaging.models import InboxItem
from app.policies.offices import opening
from bot.glance import MAX_LINES
from tests.messages import SAFE, event_xml, lines, say, text_xml


async def cause(client, event, *, key="", **who):
    return SAFE.text(await SAFE.send(client, event_xml(event, key=key, **who)))


async def send_kind(client, kind, fields, *, openid="o-someone"):
    xml = re.sub(r"<MsgType>.*?</Content>", f"<MsgType><![CDATA[{kind}]]></MsgType>{fields}", text_xml("x"))
    return SAFE.text(await SAFE.send(client, xml.replace("o-someone", openid)))


async def inbox_of(app):
    """(text, whether it is open) of every item."""
    return await app.state.services.db.read(_inbox)


def _inbox(session):
    return [(item.text, item.closed_at is None) for item in session.exec(select(InboxItem).order_by(InboxItem.id))]


# --- welcome ---


async def test_welcome_offers_the_main_menu_and_its_numbers_work(here):
    app, client = here
    menu = app.state.services.library.menu

    welcome = await cause(client, "subscribe")
    first = await say(client, "1")

    assert "欢迎关注六枝人社" in welcome
    assert lines(welcome) == [app.state.services.library.intents[name].title for name in menu.opens]
    assert first.startswith("您想问哪方面的政策？")
    assert len(welcome.splitlines()) <= MAX_LINES


async def test_welcome_speaks_of_the_place_where_the_code_was_scanned(here):
    app, client = here
    scenes = app.state.services.library.scenes

    greetings = {
        scene: await cause(client, "subscribe", key=f"qrscene_{scene}_20270213", openid=f"o-{scene}")
        for scene in scenes
    }
    plain = await cause(client, "subscribe", openid="o-plain")
    unknown = await cause(client, "subscribe", key="qrscene_nobody_knows", openid="o-unknown")

    assert all(scenes[scene].greeting in greeting for scene, greeting in greetings.items())
    assert len(set(greetings.values())) == len(scenes) >= 4
    assert plain == unknown


async def test_scanning_again_welcomes_back(here):
    _, client = here
    await cause(client, "subscribe")

    back = await cause(client, "SCAN", key="fair_1")

    assert "欢迎回来" in back
    assert "欢迎关注" not in back
    assert "招聘会" in back


# --- menus ---


@pytest.mark.parametrize("choice", ["2", "２", "二", "第二个", "选2", "创业开店"])
async def test_menu_takes_the_number_the_label_and_spoken_numbers(here, choice):
    _, client = here
    await say(client, "问政策")

    chosen = await say(client, choice)

    assert "一次性创业补贴" in lines(chosen)


async def test_menu_takes_a_tap_also_in_an_older_bubble(here):
    _, client = here
    older = lines(await say(client, "问政策"))
    await say(client, "菜单")

    tapped = await say(client, older[3])

    assert tapped.startswith("毕业生可以问这些")


async def test_menu_takes_a_voice(here):
    _, client = here
    await say(client, "菜单")

    heard = await send_kind(client, "voice", "<MediaId>m</MediaId><Recognition><![CDATA[第一个。]]></Recognition>")

    assert heard.startswith("您想问哪方面的政策？")


async def test_menu_stays_open_for_the_next_choice_and_through_thanks(here):
    _, client = here
    titles = lines(await say(client, "创业开店"))

    first = await say(client, "1")
    thanks = await say(client, "谢谢")
    third = await say(client, "3")

    assert f"【{titles[0]}】" in first
    assert "不客气" in thanks
    assert f"【{titles[2]}】" in third


async def test_number_that_is_not_there_asks_again_and_without_a_menu_opens_the_main_one(here):
    _, client = here

    nothing_open = await say(client, "3", openid="o-other")
    menu = await say(client, "菜单")
    beyond = await say(client, "9")
    one = await say(client, "1")
    home = await say(client, "0")

    assert nothing_open == home
    assert home.startswith("您想办哪样？")
    assert beyond.startswith(f"没有这一项。请回1到{len(lines(menu))}的数字")
    assert lines(beyond) == lines(menu)
    assert one.startswith("您想问哪方面的政策？")


@pytest.mark.parametrize("sign", ["？", "[微笑]", "。。。", "👍"])
async def test_signs_without_words_get_the_menu(here, sign):
    _, client = here

    reply = await say(client, sign)

    assert "1. " in reply or "看不懂" in reply or "没听明白" in reply
    assert "出了点小毛病" not in reply


async def test_button_of_the_bottom_menu_opens_what_it_says(here):
    app, client = here
    library = app.state.services.library

    for name in library.menu.opens:
        reply = await cause(client, "CLICK", key=name, openid=f"o-{name}")
        assert reply
        assert "没听明白" not in reply
    unknown = await cause(client, "CLICK", key="no/such_key")
    assert unknown.startswith("您想办哪样？")


def test_every_policy_is_reached_through_the_menus(knowledge):
    library, catalogue = knowledge
    reached, found = list(library.menu.opens), set()
    while reached:
        name = reached.pop()
        if name not in found:
            found.add(name)
            reached += library.intents[name].options

    assert {f"policies/{name}" for name in catalogue.policies} <= found


# --- an answer and its details ---


async def test_answer_names_the_counter_of_the_township_that_was_named_or_sent(here):
    _, client = here
    named = await say(client, "郎岱哪里办失业登记")
    later = await say(client, "去中山打工车费能不能报")
    place = "<Location_X>26</Location_X><Location_Y>105</Location_Y><Scale>16</Scale><Label>六枝特区木岗镇</Label>"
    await send_kind(client, "location", place)
    sent = await say(client, "去中山打工车费能不能报")

    assert "郎岱镇就业服务窗口" in named
    assert "郎岱镇就业服务窗口" in later
    assert "木岗镇就业服务窗口" in sent
    assert "六枝特区就业服务窗口" in await say(client, "去中山打工车费能不能报", openid="o-other")


async def test_yes_and_good_leave_the_menu_open(here):
    _, client = here
    await say(client, "菜单")

    good = await say(client, "好的")
    first = await say(client, "1")

    assert good.startswith("好。")
    assert first.startswith("您想问哪方面的政策？")


async def test_details_are_of_the_policy_answered_last(here):
    _, client = here
    nothing_yet = await say(client, "详细")
    answer = await say(client, "去中山打工车费能不能报")
    await say(client, "谢谢")

    detail = await say(client, "详细")
    await say(client, "今天有哪些岗位")
    after_another_subject = await say(client, "详细")

    assert nothing_yet == after_another_subject
    assert nothing_yet.startswith("您问的是哪一项？")
    assert "示例路1号" not in answer
    assert "示例路1号" in detail
    assert detail.startswith("【一次性交通补助】")
    assert len(detail.splitlines()) <= MAX_LINES


# --- a human ---


async def test_human_is_called_with_the_last_question_and_is_not_called_twice_for_it(service):
    app, client = service
    await say(client, "我爸的车费补贴好久能到账，电话13812345678")

    first = await say(client, "找人工")
    again = await say(client, "转人工")

    assert await inbox_of(app) == [("我爸的车费补贴好久能到账，电话138••••5678", True)]
    assert "138••••5678" in first
    assert "12333" in first
    assert first == again


async def test_human_is_told_what_is_said_with_the_call(here):
    app, client = here

    await say(client, "我要找人工，失业金的事，三个月没到账")

    assert await inbox_of(app) == [("我要找人工，失业金的事，三个月没到账", True)]


async def test_human_hears_what_follows_until_the_bot_can_answer_it(service):
    app, client = service

    asked = await say(client, "人工")
    told = await say(client, "我家在郎岱那边山上头，路不好走")
    more = await say(client, "就是上次开会讲的那件事情")
    answered = await say(client, "失业登记怎么办")
    await say(client, "去中山打工车费能不能报")

    assert "请把您的事用一句话发给我" in asked
    assert "我家在郎岱那边山上头" in told
    assert "就是上次开会讲的那件事情" in more
    assert answered.startswith("【失业登记】")
    assert answered.endswith("这句话也转给工作人员了。")
    matter = "我家在郎岱那边山上头，路不好走\n就是上次开会讲的那件事情\n失业登记怎么办"
    assert await inbox_of(app) == [(matter, True)]


async def test_human_is_called_once_however_often_the_message_is_delivered(service):
    app, client = service
    xml = text_xml("人工")

    replies = [SAFE.text(await SAFE.send(client, xml)) for _ in range(3)]

    assert len(set(replies)) == 1
    assert await inbox_of(app) == [("", True)]


@pytest.mark.parametrize("words", ["算了", "取消", "不用了"])
async def test_human_can_be_called_off_before_and_after_the_matter_is_told(here, words):
    app, client = here
    for openid, matter in (("o-before", None), ("o-after", "就是上次开会讲的那件事情")):
        await say(client, "人工", openid=openid)
        if matter:
            await say(client, matter, openid=openid)

        never_mind = await say(client, words, openid=openid)

        assert never_mind.startswith("好，不转了")
    assert [is_open for _, is_open in await inbox_of(app)] == [False, False]


async def test_small_talk_is_not_taken_for_the_matter(here):
    app, client = here
    await say(client, "人工")

    thanks = await say(client, "谢谢")
    await say(client, "就是上次开会讲的那件事情")

    assert "不客气" in thanks
    assert await inbox_of(app) == [("就是上次开会讲的那件事情", True)]


async def test_staffs_reply_stands_in_front_of_the_next_answer_once(service):
    app, client = service
    await say(client, "人工")
    await say(client, "就是上次开会讲的那件事情")
    db, now = app.state.services.db, app.state.services.clock.now()

    await db.write(reply_to, 1, "工作人员回您：明天来窗口。", now=now)
    first = await say(client, "失业登记怎么办")
    second = await say(client, "失业登记怎么办")

    assert first.startswith("工作人员回您：明天来窗口。")
    assert "【失业登记】" in first
    assert second.startswith("【失业登记】")
    with pytest.raises(Conflict):
        await db.write(reply_to, 1, "又回一次", now=now)
    with pytest.raises(NotFound):
        await db.write(reply_to, 99, "没有这个人", now=now)
    assert await inbox_of(app) == [("就是上次开会讲的那件事情", False)]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 11, 23, 9, 0), (True, None, True)),
        (datetime(2026, 11, 23, 16, 59), (True, None, True)),
        (datetime(2026, 11, 23, 8, 59), (False, datetime(2026, 11, 23, 9), True)),
        (datetime(2026, 11, 23, 17, 0), (False, datetime(2026, 11, 24, 9), True)),
        (datetime(2026, 11, 20, 18, 0), (False, datetime(2026, 11, 23, 9), True)),  # Friday evening
        (datetime(2026, 2, 14, 10, 0), (True, None, True)),  # a Saturday worked before Spring Festival
        (datetime(2026, 2, 17, 10, 0), (False, datetime(2026, 2, 24, 9), True)),  # 正月初一
        (datetime(2027, 2, 6, 10, 0), (False, datetime(2027, 2, 8, 9), False)),  # no list for 2027 yet
        (datetime(2026, 12, 31, 18, 0), (False, datetime(2027, 1, 1, 9), False)),
    ],
)
def test_opening_is_told_by_workdays(knowledge, now, expected):
    counter = knowledge[1].offices["county_employment"]

    told = opening(counter, now.replace(tzinfo=SHANGHAI))

    is_open, following, certain = expected
    assert (told.now, told.next, told.certain) == (is_open, following and following.replace(tzinfo=SHANGHAI), certain)


async def test_human_is_honest_about_the_hour(here):
    app, client = here
    clock = app.state.services.clock
    told = {}
    for hour in (10, 20):
        clock.set(datetime(2026, 11, 23, hour, tzinfo=SHANGHAI))
        told[hour] = await say(client, "找人工", openid=f"o-{hour}")

    assert "现在是上班时间" in told[10]
    assert "现在没上班，明天9点上班" in told[20]
    clock.set(datetime.now(SHANGHAI) + timedelta())


# --- urgent words ---


@pytest.mark.parametrize("words", ["我不想活了", "工资要不回来，活不下去了", "我老公想不开", "老板不给钱我就跳楼"])
@pytest.mark.parametrize("before", [None, "菜单", "人工", "失业登记怎么办"])
async def test_words_of_despair_are_answered_with_the_right_phone_whatever_went_before(here, words, before):
    _, client = here
    openid = f"o-{hash((words, before))}"
    if before:
        await say(client, before, openid=openid)

    reply = await say(client, words, openid=openid)

    assert "12356" in reply.splitlines()[0]
    assert "120" in reply


@pytest.mark.parametrize(
    ("words", "phone"),
    [
        ("老板拖着工资不发", "12333"),
        ("工地欠薪大半年了找哪个", "12333"),
        ("我在工地上摔断了腿", "120"),
        ("手遭机器轧了厂里不管", "120"),
    ],
)
async def test_urgent_matters_say_the_right_phone_in_the_first_two_lines(here, words, phone):
    _, client = here

    reply = await say(client, words)

    assert phone in "".join(reply.splitlines()[:2])


@pytest.mark.parametrize("words", ["你们都是骗子", "什么垃圾玩意", "滚"])
async def test_abuse_is_met_kindly_and_shown_a_way(here, words):
    _, client = here

    reply = await say(client, words)

    assert "对不起" in reply
    assert "找人工" in reply


async def test_worry_is_met_kindly_and_shown_a_way(here):
    _, client = here

    reply = await say(client, "找不到工作愁死了")

    assert "辛苦" in reply
    assert "找人工" in lines(reply)


# --- messages that are no words ---


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("image", "<PicUrl>http://x/1</PicUrl><MediaId>m</MediaId>", "身份证"),
        ("video", "<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>", "视频"),
        ("shortvideo", "<MediaId>m</MediaId><ThumbMediaId>t</ThumbMediaId>", "视频"),
        ("link", "<Title>t</Title><Description>d</Description><Url>http://x</Url>", "链接"),
        ("voice", "<MediaId>m</MediaId><Format>amr</Format>", "请打字"),
        ("voice", "<MediaId>m</MediaId><Recognition></Recognition>", "请打字"),
        ("miniprogrampage", "<Title>t</Title><AppId>a</AppId><PagePath>p</PagePath>", "小程序"),
        ("sticker", "", "看不懂"),
        ("file", "<Title>t</Title>", "看不懂"),
        ("location", "<Label><![CDATA[没有坐标]]></Label>", "看不懂"),
    ],
)
async def test_kinds_that_we_cannot_read_get_a_kind_sentence(here, kind, fields, expected):
    _, client = here

    reply = await send_kind(client, kind, fields)

    assert expected in reply
    assert "打字" in reply
    assert "出了点小毛病" not in reply


@pytest.mark.parametrize(
    ("label", "counter"),
    [("贵州省六盘水市六枝特区岩脚镇老街", "岩脚镇就业服务窗口"), ("浙江省义乌市", "六枝特区就业服务窗口")],
)
async def test_place_is_answered_with_the_counter_there(here, label, counter):
    _, client = here
    place = f"<Location_X>26.2</Location_X><Location_Y>105.4</Location_Y><Scale>16</Scale><Label>{label}</Label>"

    reply = await send_kind(client, "location", place)

    assert counter in reply
    assert "地址：" in reply


async def test_place_or_picture_does_not_close_the_menu(here):
    _, client = here
    await say(client, "菜单")

    await send_kind(client, "image", "<PicUrl>http://x/1</PicUrl><MediaId>m</MediaId>")
    first = await say(client, "1")

    assert first.startswith("您想问哪方面的政策？")

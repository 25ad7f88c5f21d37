"""Jobs in the chat: by typed words alone, on each kind of database."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app.core.clock import SHANGHAI
from app.jobs import jobs
from app.jobs.models import JobApplication, JobPreference, JobReport, JobState, SavedJob
from app.messaging.inbox import list_open
from bot.glance import shown
from tests.jobs.factories import make_job
from tests.messages import say
from tests.serving import make_settings, served

NOW = datetime(2026, 12, 1, 10, 0, tzinfo=SHANGHAI)
SEWING = {"trade": "缝纫工", "title": "缝纫工", "city": "东莞", "flags": ["包住"]}


@pytest.fixture
async def chat(database_url):
    """(app, client) on the first of December, with ten open jobs and some that nobody may see."""
    async with served(make_settings(database_url)) as (app, client):
        app.state.services.clock.set(NOW)
        await app.state.services.db.write(fill)
        await app.state.services.jobs.refresh(app.state.services.db)
        yield app, client


def fill(session):
    for number in range(1, 5):
        pay = 400_000 + 100_000 * number
        make_job(
            session, now=NOW, employer=f"东莞{number}号制衣厂", salary_max_fen=pay, description="做牛仔裤", **SEWING
        )
    make_job(session, now=NOW, **{**SEWING, "city": "泉州", "province": "福建"}, employer="泉州服饰厂")
    home = {"province": "贵州", "city": "六盘水", "district": "六枝"}
    make_job(session, now=NOW, title="保洁", trade="保洁", employer="岩脚物业", township="岩脚", **home)
    make_job(session, now=NOW, title="保洁", trade="保洁", employer="郎岱物业", township="郎岱", **home)
    make_job(
        session,
        now=NOW,
        title="小工",
        trade="建筑工",
        employer="六枝建筑队",
        salary_unit="日",
        salary_max_fen=20_000,
        **home,
    )
    for state in (JobState.HELD, JobState.STORED, JobState.CLOSED, JobState.REJECTED):
        make_job(session, now=NOW, **SEWING, employer=f"看不见{state}", state=state)
    make_job(session, now=NOW, **SEWING, employer="看不见过期", expires_at=NOW.date() - timedelta(days=1))


async def read(app, look):
    return await app.state.services.db.read(look)


def rows(kind):
    return lambda session: session.exec(select(kind)).all()


async def test_search_shows_three_with_title_employer_place_pay_and_what_was_understood(chat):
    _, client = chat

    text = shown(await say(client, "东莞缝纫 五千往上 要包住"))

    assert text.startswith("您要：缝纫工、东莞、每月5000元以上、包住。合适的有4个")
    lines = [line for line in text.splitlines() if "｜" in line]
    assert len(lines) == 3
    assert all("缝纫工｜东莞" in line and "制衣厂" in line for line in lines)
    assert "看不见" not in text


async def test_next_page_and_back_and_the_end(chat):
    _, client = chat
    first = shown(await say(client, "东莞缝纫 五千往上 要包住"))

    second = shown(await say(client, "下一页"))
    end = shown(await say(client, "下一页"))
    back = shown(await say(client, "上一页"))

    assert [line[:3] for line in second.splitlines() if "｜" in line] == ["第4个", "第5个"]
    assert "不在东莞" in second
    assert "就这些了" in end
    assert [line for line in back.splitlines() if "｜" in line] == [line for line in first.splitlines() if "｜" in line]


async def test_one_is_opened_with_all_about_it_wanted_saved_and_found_again(chat):
    app, client = chat
    await say(client, "东莞缝纫")

    detail = shown(await say(client, "第二个"))
    saved = shown(await say(client, "收藏"))
    applied = shown(await say(client, "报名"))
    await say(client, "报名")
    mine = shown(await say(client, "我的岗位"))

    for word in ("【缝纫工】东莞", "工资：每月", "班次：", "吃住：", "138-0000-1234", "来源：", "12月1日核对"):
        assert word in detail
    assert "收藏好了" in saved
    assert "138-0000-1234" in applied
    assert "缝纫工｜东莞" in mine
    assert len(await read(app, rows(JobApplication))) == len(await read(app, rows(SavedJob))) == 1


async def test_false_job_is_reported_once_and_staff_are_told(chat):
    app, client = chat
    await say(client, "东莞缝纫")
    await say(client, "1")

    said = shown(await say(client, "这个是骗人的，要交押金"))
    await say(client, "举报")

    (report,) = await read(app, rows(JobReport))
    assert "转给工作人员" in said
    assert "押金" in report.text
    assert "举报岗位" in (await read(app, list_open))[0].text


async def test_other_conditions_take_the_place_of_what_was_said(chat):
    _, client = chat
    await say(client, "东莞缝纫 要包住")

    elsewhere = shown(await say(client, "换成福建"))
    higher = shown(await say(client, "工资再高点"))
    fewer = shown(await say(client, "夜班除外"))

    assert elsewhere.startswith("您要：缝纫工、福建、包住。合适的有1个")
    assert "泉州服饰厂" in elsewhere
    assert higher.startswith("您要：缝纫工、福建、每月")
    assert "不上夜班" in fewer


async def test_near_home_goes_by_distance_and_says_so(chat):
    _, client = chat

    text = shown(await say(client, "离岩脚近的保洁,晚上要归屋"))

    lines = [line for line in text.splitlines() if "｜" in line]
    assert ["岩脚物业" in lines[0], "郎岱物业" in lines[1]] == [True, True]
    assert "离家近" in text


async def test_day_work_is_a_search_of_its_own(chat):
    _, client = chat

    text = shown(await say(client, "有没有日结的活"))

    assert "六枝建筑队" in text
    assert "每天" in text


async def test_job_that_was_taken_down_is_gone_from_a_list_that_is_still_shown(chat):
    app, client = chat
    await say(client, "东莞缝纫")
    shown_ids = [job.id for job in await read(app, lambda session: jobs.list_jobs(session, state="published"))]
    for number in shown_ids:
        await app.state.services.db.write(jobs.close, number, now=NOW)

    detail = await say(client, "1")
    page = await say(client, "下一页")

    assert "已经下架或到期" in detail
    assert "就这些了" in page


async def test_nothing_fits_is_said_plainly_and_asked_to_be_told(chat):
    app, client = chat

    none = shown(await say(client, "想找个会计，不去省外"))
    tell = shown(await say(client, "有了告诉我"))

    (wish,) = await read(app, rows(JobPreference))
    assert "现在没有合适的岗位" in none
    assert "不想收了" in tell
    assert (wish.pushes, wish.want["trades"]) == ("at_once", ["会计"])


async def test_who_says_nothing_is_asked_at_most_four_questions_and_remembered(chat):
    app, client = chat

    said = [shown(await say(client, words)) for words in ("找工作", "缝纫", "3", "4000以上", "都没有")]
    again = shown(await say(client, "给我找个工作"))

    assert [f"{number}/4" in text for number, text in enumerate(said[:4], 1)] == [True] * 4
    assert "您要：缝纫工、广东、每月4000元以上。合适的有4个" in said[-1]
    assert again.startswith("您要：缝纫工、广东、每月4000元以上")
    (wish,) = await read(app, rows(JobPreference))
    assert wish.want["trades"] == ["缝纫工"]


async def test_subscribing_and_unsubscribing_by_word(chat):
    app, client = chat
    await say(client, "东莞缝纫")

    await say(client, "订阅岗位")
    asked = await read(app, rows(JobPreference))
    await say(client, "取消")
    await say(client, "退订岗位")
    after = await read(app, rows(JobPreference))

    assert [one.pushes for one in asked] == ["daily"]
    assert [one.pushes for one in after] == [""]


async def test_children_are_shown_no_jobs(chat):
    _, client = chat

    text = await say(client, "我15岁，想去东莞进厂打工")

    assert "不满16岁" in text
    assert "｜" not in text


async def test_policy_in_between_closes_the_list_but_not_what_is_wanted(chat):
    _, client = chat
    await say(client, "东莞缝纫")

    await say(client, "失业登记怎么办")
    number = shown(await say(client, "第二个"))

    assert "【缝纫工】" not in number


async def test_markup_of_an_employer_is_shown_as_text(chat):
    app, client = chat

    def unit(session):
        make_job(
            session,
            now=NOW,
            title="电焊<a href=x>点</a>",
            trade="焊工",
            employer="<b>厂</b>",
            city="宁波",
            province="浙江",
        )

    await app.state.services.db.write(unit)
    await app.state.services.jobs.refresh(app.state.services.db)

    text = await say(client, "宁波焊工")

    assert "<b>" not in text
    assert "<a href=x" not in text

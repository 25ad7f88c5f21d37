"""One family's questions over a winter, through the simulator: in their own words, half sentences and all."""

import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from app.core.clock import SHANGHAI
from app.messaging.missed import Outcome, list_missed
from app.messaging.models import InboxItem
from bot.glance import MAX_LINES, shown
from tests.messages import lines
from tests.serving import make_settings, served
from tests.vague import guessed_at

FOLLOWER = "o-wangguifen"


class Phone:
    """A follower's phone, and the service at the other end."""

    def __init__(self, app, client):
        self.app, self.client = app, client
        self.heard = []

    async def says(self, words, *, aloud=False):
        what = {"type": "voice", "recognition": words} if aloud else {"type": "text", "text": words}
        reply = (await self.act(**what))["text"]
        self.heard.append((words, shown(reply)))
        return reply

    async def taps(self, label):
        return (await self.act(type="tap", text=label, id="option-1"))["text"]

    async def act(self, **what):
        response = await self.client.post(f"/simulator/api/followers/{FOLLOWER}/send", json=what)
        assert response.status_code == 200, response.text
        assert response.json()["rejected"] is None
        return response.json()["reply"]

    async def waits_until(self, moment):
        response = await self.client.post("/simulator/api/clock", json={"at": moment.isoformat()})
        assert response.status_code == 200, response.text

    async def waits(self, **how_long):
        await self.waits_until(self.app.state.services.clock.now() + timedelta(**how_long))

    async def rows(self, read):
        return await self.app.state.services.db.read(read)


@pytest.fixture
async def phone(database_url):
    async with served(make_settings(database_url)) as running:
        phone = Phone(*running)
        await phone.act(type="text", text="你好")
        yield phone


async def test_a_familys_questions_over_a_winter(phone):
    # November 2023, a Monday morning: the husband wants to go to Zhongshan.
    await phone.waits_until(datetime(2023, 11, 27, 9, tzinfo=SHANGHAI))
    ticket = await phone.says("我老公克中山打工，车费给报不")
    assert "【一次性交通补助】" in ticket
    assert "每人1000元" in ticket
    assert "要带的材料：方案里没有写明" in await phone.says("要带哪些材料")
    assert "示例路1号" in await phone.says("去哪点办")
    assert "不客气" in await phone.says("谢谢咯")
    assert "几时到账没写" in await phone.says("钱好久到", aloud=True)
    theirs = await phone.says("那脱贫户呢")
    assert "脱贫户看这里" in theirs
    assert "其他农村劳动力" not in theirs

    # She breaks off; half an hour later “要带哪些材料” is about nothing any more.
    await phone.waits(minutes=31)
    assert "您问的是哪一项" in await phone.says("要带哪些材料")
    named = await phone.says("失业登记要带什么材料")
    assert shown(named).startswith("您问要带的材料：居民身份证；别的材料没写。\n【失业登记】")

    # She is misunderstood, corrects it, and is not pressed.
    await phone.says("创业补贴有好多")
    assert "【场租补贴】" in await phone.says("不是，我问的是场租")

    # A word too few: guesses, small talk, a slip, and the tap.
    unclear = guessed_at(phone.app.state.services.router)
    guesses = lines(await phone.says(unclear))
    assert guesses[-1] == "都不是"
    await phone.says("好的")
    assert "没有这一项" in await phone.says("8")
    assert f"【{guesses[0]}】" in await phone.taps(guesses[0])

    # The certificate's subsidy is open on its last day, and over on the day after.
    await phone.waits_until(datetime(2023, 12, 31, 23, 50, tzinfo=SHANGHAI))
    last_day = await phone.says("技能提升补贴")
    assert "已经到期" not in last_day
    assert "有效期：执行到2023年12月31日" in last_day
    assert "已经到期" not in await phone.says("还能办不")
    await phone.waits_until(datetime(2024, 1, 1, 0, 1, tzinfo=SHANGHAI))
    over = [await phone.says(words) for words in ("还能办不", "去哪点办", "补好多", "那毕业生呢", "技能提升补贴")]
    assert [shown(reply).startswith("这项政策执行到2023年12月31日，已经到期") for reply in over] == [True] * 5

    # The little one plays with the phone; a human is called, at night, with an honest word about the hour.
    assert "我没听明白" in await phone.says("嘟嘟嘟")
    called = await phone.says("嘎嘎嘎嘎")
    assert "转给工作人员" in called
    assert "现在没上班" in called
    assert "12333" in called
    assert "不转了" in await phone.says("算了")

    # What is left: one closed matter, and what was not understood, without her.
    matters = await phone.rows(lambda session: [item.closed_at for item in session.exec(select(InboxItem))])
    kept = await phone.rows(lambda session: [(one.text, one.outcome) for one in list_missed(session)])
    assert [closed is not None for closed in matters] == [True]
    assert (unclear, Outcome.CHOSEN) in kept
    assert FOLLOWER not in json.dumps([text for text, _ in kept])
    assert [words for words, reply in phone.heard if len(reply.splitlines()) > MAX_LINES + 1] == []

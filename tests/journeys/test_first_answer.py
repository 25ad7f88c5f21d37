"""A citizen's first minutes, through the simulator: follow, ask, pick from the menu, ask for more, leave."""

import asyncio

import pytest

from tests.serving import make_settings, process, served
from tests.vague import guessed_at

FOLLOWER = "o-liuxiaoyan"


@pytest.fixture(params=["safe", "plain"])
async def phone(request, sqlite_url):
    """A function that lets a follower do something and returns what they see."""
    keys = {} if request.param == "safe" else {"wechat_aes_key": ""}
    async with served(make_settings(sqlite_url, **keys)) as (app, client):

        async def act(**what):
            response = await client.post(f"/simulator/api/followers/{FOLLOWER}/send", json=what)
            assert response.status_code == 200, response.text
            assert response.json()["rejected"] is None
            return (response.json()["reply"] or {}).get("text", "")

        act.client, act.router = client, app.state.services.router
        yield act


async def test_a_stranger_follows_asks_and_is_answered(phone):
    welcome = await phone(type="follow")
    answer = await phone(type="text", text="去中山打工车费能不能报")
    thanks = await phone(type="text", text="谢谢")
    silence = await phone(type="unfollow")

    assert "欢迎关注六枝人社" in welcome
    assert "每人1000元" in answer
    assert "依据：《六盘水市促进高质量充分就业工作方案》" in answer
    assert len(thanks) > 0
    assert silence == ""


async def test_an_expired_policy_says_so_first(phone):
    answer = await phone(type="text", text="技能提升补贴怎么申请")

    assert answer.startswith("这项政策执行到2023年12月31日，已经到期")


async def test_time_travel_brings_an_expired_policy_back(phone):
    await phone(type="text", text="你好")
    moved = await phone.client.post("/simulator/api/clock", json={"at": "2023-11-30T09:00:00+08:00"})

    answer = await phone(type="text", text="技能提升补贴怎么申请")

    assert moved.status_code == 200
    assert "已经到期" not in answer
    assert "有效期：执行到2023年12月31日" in answer


async def test_an_unclear_question_gets_a_menu_that_takes_number_label_and_tap(phone):
    menu = await phone(type="text", text=guessed_at(phone.router))
    first = menu.split("1. ")[1].split("</a>")[0].split(">")[-1]

    by_number = await phone(type="text", text="1")
    by_label = await phone(type="text", text=first)
    by_tap = await phone(type="tap", text=first, id="option-1")

    assert "您是想问下面哪一个" in menu
    assert f"【{first}】" in by_number
    assert by_label == by_tap == by_number


async def test_speech_is_read_like_typing_and_silence_asks_again(phone):
    spoken = await phone(type="voice", recognition="去中山打工车费能不能报")
    unheard = await phone(type="voice")

    assert "每人1000元" in spoken
    assert "没听清" in unheard


async def test_what_is_not_ours_is_said_kindly(phone):
    answer = await phone(type="text", text="帮我写篇作文")

    assert "不归我管" in answer
    assert "12333" in answer


async def test_the_inbox_shows_the_whole_conversation(phone):
    await phone(type="follow")
    await phone(type="text", text="去中山打工车费能不能报")

    items = (await phone.client.get(f"/simulator/api/followers/{FOLLOWER}/inbox")).json()["items"]

    assert [(item["via"], item["type"]) for item in items] == [("passive", "text")] * 2
    assert "每人1000元" in items[1]["text"]


async def test_three_copies_at_once_show_one_answer(phone):
    await phone.client.post("/simulator/api/faults", json={"api": "push", "kind": "parallel", "nth": 1})

    answer = await phone(type="text", text="去中山打工车费能不能报")

    items = (await phone.client.get(f"/simulator/api/followers/{FOLLOWER}/inbox")).json()["items"]
    assert "每人1000元" in answer
    assert len(items) == 1


async def test_every_process_follows_the_clock(postgres_url):
    with process(postgres_url) as (first, _), process(postgres_url) as (second, _):
        async with served(make_settings(postgres_url)) as (app, client):
            at = "2027-02-06T08:00:00+08:00"
            response = await client.post(f"{first}/simulator/api/clock", json={"at": at})
            async with asyncio.timeout(5):
                while not all([await shows(client, address, "2027-02-06") for address in ("", first, second)]):
                    await asyncio.sleep(0.1)

            assert response.status_code == 200
            assert app.state.services.clock.now().year == 2027


async def shows(client, address, day):
    return (await client.get(f"{address}/simulator/api/clock")).json()["at"].startswith(day)


async def test_a_menu_understands_spoken_numbers_and_outlives_a_slip(phone):
    menu = await phone(type="text", text=guessed_at(phone.router))
    second = menu.split("2. ")[1].split("</a>")[0].split(">")[-1]

    wrong = await phone(type="text", text="9")
    await phone(type="text", text="谢谢")
    answers = [await phone(type="voice", recognition=said) for said in ("二", "第二个。", "选2", "2号")]

    assert wrong.startswith("没有这一项")
    assert [f"【{second}】" in answer for answer in answers] == [True] * 4


@pytest.mark.parametrize(
    "question",
    [
        "我租的房子房租太贵有没有补贴",
        "学历提升补贴",
        "去医院车费报销",
    ],
)
async def test_a_neighbouring_benefit_is_not_taken_for_ours(phone, question):
    answer = await phone(type="text", text=question)

    assert "依据：" not in answer
    assert "已经到期" not in answer


@pytest.mark.parametrize(
    ("question", "decisive"),
    [
        ("招脱贫人口一次性吸纳就业补贴还有没有", "每招一人补500元"),
        ("招应届毕业生的吸纳就业补贴是不是一千", "每人1000元"),
        ("企业招用新返乡劳动力的补贴到什么时候截止", "2025年12月31日"),
        ("扩岗补助要交哪几样保险", "失业、工伤、职工养老"),
    ],
)
async def test_each_hiring_benefit_answers_for_itself(phone, question, decisive):
    answer = await phone(type="text", text=question)

    assert decisive in answer


async def test_a_refusal_of_the_simulator_says_why(phone):
    response = await phone.client.post("/simulator/api/clock", json={"at": "2027-02-06"})

    assert response.status_code == 422
    assert "带时区" in response.json()["detail"]

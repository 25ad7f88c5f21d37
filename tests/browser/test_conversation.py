"""A newcomer's first minutes with the phone."""

import pytest
from playwright.async_api import expect

from .phone import FOLLOWER, QUESTION, bubbles, follow, type_and_send

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_following_and_asking_shows_the_answer(page):
    await follow(page)

    answer = await type_and_send(page, QUESTION)

    assert "每人1000元" in answer
    assert await bubbles(page, "mine").all_inner_texts() == [QUESTION]
    await expect(page.get_by_label("打字", exact=True)).to_have_value("")


async def test_a_question_on_the_card_follows_and_asks(page):
    await page.get_by_role("button", name=QUESTION).click()

    await expect(bubbles(page)).to_have_count(2)

    await expect(bubbles(page).last).to_contain_text("每人1000元")


async def test_a_link_in_the_welcome_is_tapped(page, service):
    await follow(page)

    await page.get_by_role("link", name=QUESTION).click()

    await expect(bubbles(page)).to_have_count(2)
    await expect(bubbles(page, "mine")).to_have_text([QUESTION])
    await expect(bubbles(page).last).to_contain_text("每人1000元")
    _, client = service
    (tapped,) = [one for one in await log(client) if one["message"] == "text"]
    assert tapped["said"] == {"type": "tap", "text": QUESTION, "menu_id": "hint-1"}


async def test_a_vague_question_is_narrowed_by_tap_and_by_number(page):
    await follow(page)
    await type_and_send(page, "没有工作")
    first, second = (await bubbles(page).last.get_by_role("link").all_inner_texts())[:2]

    by_number = await type_and_send(page, "1")
    await page.get_by_role("link", name=second).last.click()
    await expect(bubbles(page)).to_have_count(4)

    assert f"【{first}】" in by_number
    await expect(bubbles(page).last).to_contain_text(f"【{second}】")


async def test_each_follower_has_a_chat_of_their_own(page):
    await follow(page)
    await type_and_send(page, QUESTION)

    await page.get_by_role("button", name="韦光明").click()
    await expect(page.get_by_role("heading", name="六枝人社").last).to_be_visible()
    await expect(bubbles(page)).to_have_count(0)
    await follow(page)
    await page.get_by_role("button", name="刘小燕").click()

    await expect(bubbles(page, "mine")).to_have_text([QUESTION])


async def test_what_is_being_typed_waits_for_its_follower(page):
    await follow(page)
    await page.get_by_label("打字", exact=True).fill("没说完的话")

    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.get_by_role("button", name="关注", exact=True)).to_be_focused()
    await page.keyboard.press("Alt+ArrowUp")

    await expect(page.get_by_label("打字", exact=True)).to_have_value("没说完的话")
    await expect(page.get_by_label("打字", exact=True)).to_be_focused()


async def test_a_simulator_that_was_started_anew_is_told(page, service):
    app, _ = service
    await follow(page)
    world = app.application.world

    world.followers.clear()
    world.steps.__init__()
    world.log._records.clear()

    await expect(page.get_by_text("模拟器重新启动过")).to_be_visible()
    await expect(page.get_by_role("button", name="关注", exact=True)).to_be_visible()


async def test_a_message_to_somebody_else_leaves_a_mark(page, service):
    _, client = service
    await follow(page)

    await client.post("/simulator/api/followers/o-weiguangming/send", json={"type": "follow"})
    await expect(page.get_by_text("有新消息")).to_be_attached()
    await page.get_by_role("button", name="韦光明").click()

    await expect(page.get_by_text("有新消息")).not_to_be_attached()


async def test_two_phones_side_by_side(page):
    await page.get_by_role("button", name="并排看").click()
    await expect(page.locator(".phone")).to_have_count(2)

    await page.locator(".phone").nth(1).get_by_role("button", name="关注", exact=True).click()

    await expect(page.locator(".phone").nth(1).get_by_text("欢迎关注")).to_be_visible()
    await expect(page.locator(".phone").nth(0).get_by_role("button", name="关注", exact=True)).to_be_visible()


async def test_reloading_brings_everything_back(page):
    await page.get_by_role("button", name="杨桂英").click()
    await follow(page)
    await type_and_send(page, QUESTION)

    await page.reload()

    await expect(page.get_by_text("杨桂英的手机")).to_be_visible()
    await expect(bubbles(page, "mine")).to_have_text([QUESTION])
    await expect(bubbles(page)).to_have_count(2)


async def test_unfollowing_shows_the_card_again(page, service):
    _, client = service
    await follow(page)

    await page.get_by_role("button", name="公众号资料").click()
    await page.get_by_role("button", name="取消关注").click()

    await expect(page.get_by_role("button", name="关注", exact=True)).to_be_visible()
    (follower,) = (await client.get("/simulator/api/followers")).json()["items"]
    assert (follower["openid"], follower["following"]) == (FOLLOWER, False)


async def test_scanning_a_code_follows_with_its_scene(page, service):
    _, client = service
    await page.get_by_role("button", name="扫码").click()

    await page.get_by_role("button", name="招聘会").click()

    await expect(page.get_by_text("扫了“招聘会”的二维码")).to_be_visible()
    (record,) = await log(client)
    assert "qrscene_fair" in record["request"]


async def test_voice_place_and_file_are_sent_as_what_they_are(page, service):
    _, client = service
    await follow(page)

    await page.get_by_role("button", name="说话").click()
    await page.get_by_label("说的话").fill(QUESTION)
    await page.get_by_role("button", name="说完了").click()
    await expect(bubbles(page)).to_have_count(2)
    await page.get_by_role("button", name="更多").click()
    await page.get_by_role("button", name="位置").click()
    await page.get_by_role("button", name="岩脚镇").click()
    await page.get_by_role("button", name="发送位置：岩脚镇").click()
    await expect(bubbles(page)).to_have_count(3)
    await page.get_by_role("button", name="更多").click()
    await page.get_by_role("button", name="文件").click()
    await expect(bubbles(page)).to_have_count(4)

    said = [one["said"] for one in await log(client)][1:]
    assert [one["type"] for one in said] == ["voice", "location", "unknown"]
    assert (said[0]["text"], said[1]["label"]) == (QUESTION, "六盘水市六枝特区岩脚镇")


async def test_the_accounts_menu_clicks_and_toggles_with_typing(page):
    await follow(page)

    await page.get_by_role("button", name="打开菜单").click()
    await page.get_by_role("button", name="办事").click()
    await page.get_by_role("button", name="返岗出行").click()

    await expect(page.get_by_text("点了菜单“返岗出行”")).to_be_visible()
    await expect(bubbles(page).last).to_contain_text("返岗")
    await page.get_by_role("button", name="打字").click()
    await expect(page.get_by_label("打字", exact=True)).to_be_focused()


async def log(client):
    items = (await client.get("/simulator/api/log", params={"openid": FOLLOWER})).json()["items"]
    return [item for item in items if item["kind"] == "push"]

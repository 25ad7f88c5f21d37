"""The phone as a bench: trouble on the wire, time travel, what stands in the drawer."""

import json
from datetime import datetime

import pytest
from playwright.async_api import expect
from prometheus_client import REGISTRY

from app.wechat.simulator.followers import Shown, Via

from .phone import FOLLOWER, QUESTION, bubbles, follow, type_and_send

pytestmark = pytest.mark.asyncio(loop_scope="session")


def outcome(name):
    return REGISTRY.get_sample_value("yanlu_messages_total", {"outcome": name}) or 0


async def test_two_late_answers_make_three_tries_one_bubble_and_one_effect(page):
    await follow(page)
    handled, repeated = outcome("handled"), outcome("duplicate")
    await page.get_by_role("switch", name="前两次回应迟到 5 秒").check()

    await page.get_by_label("打字", exact=True).fill(QUESTION)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("对方正在输入…")).to_be_visible()
    await expect(page.get_by_label("打字", exact=True)).to_have_value("")
    await expect(page.get_by_text("送了 3 次")).to_be_visible(timeout=25_000)
    await page.keyboard.press("Alt+KeyI")

    await expect(page.locator(".try")).to_have_count(3)
    await expect(page.locator(".try").first).to_contain_text("等满 5 秒，没等到")
    await expect(page.locator(".try").first).to_contain_text("故障：回应迟到")
    await expect(page.locator(".try").last).to_contain_text("收到应答（状态 200）")
    await expect(bubbles(page)).to_have_count(2)
    await expect(page.get_by_role("switch", name="前两次回应迟到 5 秒")).not_to_be_checked()
    assert (outcome("handled") - handled, outcome("duplicate") - repeated) == (1, 2)


async def test_the_drawer_shows_both_sides_of_the_envelope(page):
    await follow(page)
    await type_and_send(page, QUESTION)

    await page.get_by_role("button", name="详情").last.click()
    drawer = page.get_by_role("complementary", name="消息详情")

    await expect(drawer).to_contain_text(f"<Content><![CDATA[{QUESTION}]]></Content>")
    await expect(drawer).to_contain_text("<Encrypt>")
    await page.keyboard.press("Escape")
    await expect(drawer).to_be_hidden()


async def test_a_forged_signature_is_told_in_words(page):
    await follow(page)
    await page.get_by_role("switch", name="重放改过的消息").check()

    await type_and_send(page, QUESTION)
    await page.keyboard.press("Alt+KeyI")

    await expect(page.locator(".try.bad")).to_contain_text("服务拒收（状态 403）")
    await expect(bubbles(page)).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("已发生 1 次")).to_be_visible()
    await page.get_by_role("button", name="全部清除").click()
    await expect(page.get_by_text("现在没有故障")).to_be_visible()


async def test_time_travel_to_the_spring_festival(page, service):
    _, client = service
    await follow(page)
    preset = page.locator("[data-preset=spring_festival]")
    year = (await preset.inner_text())[:4]

    await preset.click()

    await expect(page.locator("#time")).to_contain_text("农历正月初一")
    await expect(page.locator(".status-time")).to_have_text("08:00")
    at = datetime.fromisoformat((await client.get("/simulator/api/clock")).json()["at"])
    assert (str(at.year), at.hour) == (year, 8)


async def test_a_refusal_is_said_and_the_words_stay(page):
    await follow(page)
    problem = json.dumps({"detail": "这条发不出去，换个说法试试。"})
    refusal = {"status": 422, "content_type": "application/problem+json", "body": problem}
    await page.route("**/send", lambda route: route.fulfill(**refusal))

    await page.get_by_label("打字", exact=True).fill(QUESTION)
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_have_text("这条发不出去，换个说法试试。")
    await expect(page.get_by_label("打字", exact=True)).to_have_value(QUESTION)


async def test_the_server_refuses_a_time_that_is_none(page):
    await follow(page)

    await page.get_by_text("去别的时刻").click()
    await page.get_by_label("去这个时刻").evaluate("field => (field.type = 'text')")
    await page.get_by_label("去这个时刻").fill("明天")
    await page.get_by_role("button", name="前往").click()

    await expect(page.get_by_role("alert")).to_contain_text("读不懂")


async def test_a_service_that_is_gone_is_said_kindly(page):
    await follow(page)

    await page.route("**/simulator/api/**", lambda route: route.abort())

    await expect(page.get_by_role("alert").first).to_contain_text("服务没有回应")
    await page.unroute_all()
    assert "每人1000元" in await type_and_send(page, QUESTION)


async def test_markup_is_text(page, service):
    app, _ = service
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script><a href="javascript:alert(1)">点</a>'
    await follow(page)

    await type_and_send(page, evil)
    app.application.world.show(FOLLOWER, Via.CUSTOM, Shown("text", evil))
    await expect(page.get_by_text("客服消息")).to_be_visible()

    assert await bubbles(page, "mine").last.inner_text() == evil
    assert await bubbles(page).last.inner_text() == evil
    assert await page.locator(".bubble img, .bubble script, .bubble a[href^=javascript]").count() == 0
    assert await page.title() == "雁路 · 手机"


async def test_every_kind_of_link_and_bubble_is_understood(page, service):
    app, _ = service
    await follow(page)
    show = app.application.world.show
    links = (
        '<a href="tel:12333">打12333</a> <a href="https://www.12333.gov.cn/">官网</a>\n'
        '<a href="https://a.b" data-miniprogram-appid="wx1" data-miniprogram-path="pages/ticket">看车票</a>'
    )
    show(FOLLOWER, Via.CUSTOM, Shown("text", links))
    show(FOLLOWER, Via.MASS, Shown("news", "招聘会", {"articles": [{"title": "招聘会", "url": "https://a.b/c"}]}))
    for kind in ("image", "voice", "video", "music"):
        show(FOLLOWER, Via.PASSIVE, Shown(kind, ""))
    await expect(bubbles(page)).to_have_count(7)

    for name, told in (("打12333", "12333"), ("看车票", "pages/ticket"), ("官网", "www.12333.gov.cn")):
        await page.get_by_role("link", name=name).click()
        await expect(page.get_by_role("dialog")).to_contain_text(told)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_text("群发", exact=True)).to_be_visible()

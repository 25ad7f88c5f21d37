"""Small screens, big letters, no mouse."""

from itertools import pairwise

import pytest
from playwright.async_api import expect

from .phone import QUESTION, bubbles, follow, type_and_send

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_small_screen_shows_all_and_scrolls_not_sideways(open_page):
    page = await open_page(width=390, height=844, is_mobile=True, has_touch=True)
    await follow(page)
    await type_and_send(page, QUESTION)

    widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    box = await page.get_by_label("打字", exact=True).bounding_box()

    assert widths == [390, 390]
    assert (box["y"] + box["height"] <= 844, box["x"] >= 0, box["x"] + box["width"] <= 390) == (True, True, True)


async def test_a_small_screen_brings_people_and_controls_in(open_page):
    page = await open_page(width=390, height=844, is_mobile=True, has_touch=True)

    await page.get_by_role("button", name="换一个关注者").click()
    await page.get_by_role("button", name="罗正兴").click()
    await expect(page.get_by_text("罗正兴的手机")).to_be_visible()
    await page.get_by_role("button", name="时间和故障").click()

    await expect(page.get_by_role("switch", name="三次一起到")).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("switch", name="三次一起到")).not_to_be_in_viewport()


async def test_letters_are_big_enough_and_grow(page):
    await follow(page)
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    usual = await bubbles(page).first.evaluate(size)

    await page.get_by_role("button", name="大字").click()
    await page.reload()
    await expect(bubbles(page)).to_have_count(1)

    assert (usual >= 16, await bubbles(page).first.evaluate(size) > usual) == (True, True)


async def test_everything_goes_without_a_mouse(page):
    await expect(page.get_by_role("button", name="关注", exact=True)).to_be_visible()
    await tab_to(page, "关注")
    await page.keyboard.press("Enter")
    await expect(bubbles(page)).to_have_count(1)
    await expect(page.get_by_label("打字", exact=True)).to_be_focused()

    await page.keyboard.type("失业登记\n")
    await expect(bubbles(page)).to_have_count(2)
    await page.keyboard.press("Alt+ArrowDown")

    await expect(page.get_by_text("韦光明的手机")).to_be_visible()
    await expect(page.get_by_role("button", name="关注", exact=True)).to_be_focused()


async def tab_to(page, name):
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent") == name:
            return
    raise AssertionError(f"Tab never reaches {name}")


@pytest.mark.parametrize("width", [1280, 1366, 1440, 1920])
async def test_two_phones_stand_side_by_side_without_covering_anything(open_page, width):
    page = await open_page(width=width, height=768)
    await page.get_by_role("button", name="并排看").click()
    await expect(page.locator(".phone")).to_have_count(2)

    boxes = [await page.locator(".rail").bounding_box()]
    boxes += [await phone.bounding_box() for phone in await page.locator(".phone").all()]
    if await page.locator(".tools").is_visible():
        boxes.append(await page.locator(".tools").bounding_box())

    assert all(left["x"] + left["width"] <= right["x"] for left, right in pairwise(boxes))
    assert boxes[-1]["x"] + boxes[-1]["width"] <= width

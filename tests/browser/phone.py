"""What a person does with the phone, by what it is called on the page."""

from playwright.async_api import expect

QUESTION = "去中山打工车费能不能报"
FOLLOWER = "o-liuxiaoyan"


def bubbles(page, whose="theirs"):
    return page.locator(f".row.{whose}:not(.typing) .bubble")


async def follow(page):
    await page.get_by_role("button", name="关注", exact=True).click()
    await expect(bubbles(page)).to_have_count(1)


async def type_and_send(page, text):
    """Say it and wait for the answer to it."""
    before = await bubbles(page).count()
    await page.get_by_label("打字", exact=True).fill(text)
    await page.keyboard.press("Enter")
    await expect(bubbles(page)).to_have_count(before + 1)
    return await bubbles(page).last.inner_text()

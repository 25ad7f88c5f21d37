"""One effect per message: over two processes, and through a kill at every step of a turn."""

import asyncio
import os

import httpx
import pytest

from app.core.db import open_database
from tests.bot.conftest import count_rows
from tests.messages import SAFE, text_xml
from tests.serving import process

MESSAGES = 2_000 if os.environ.get("YANLU_SOAK") else 200
QUESTION = "去中山打工车费能不能报"

pytestmark = pytest.mark.soak


async def deliver_everywhere(addresses, *, messages):
    """Three parallel deliveries of each message to processes by turns; yields the different replies of each."""
    xmls = [text_xml(QUESTION, openid=f"o-{number % 20}") for number in range(messages)]
    replies = {xml: set() for xml in xmls}
    limits = httpx.Limits(max_connections=24)
    async with httpx.AsyncClient(timeout=20, limits=limits) as client:

        async def deliver(xml, address):
            sent = SAFE.pack(xml)
            response = await client.post(f"{address}/wechat", params=sent.params, content=sent.content)
            replies[xml].add((response.status_code, SAFE.open(response)))

        for begin in range(0, len(xmls), 8):
            few = xmls[begin : begin + 8]
            await asyncio.gather(*(deliver(xml, addresses[n % 2]) for n, xml in enumerate([*few, *few, *few])))
    return replies


async def rows_of(database_url):
    db = open_database(database_url)
    found = await db.read(count_rows)
    await db.close()
    return found


async def test_three_deliveries_to_two_processes_are_one_effect_and_one_reply(database_url, figure):
    with process(database_url) as (first, _), process(database_url) as (second, _):
        replies = await deliver_everywhere([first, second], messages=MESSAGES)

    found = await rows_of(database_url)
    figure(f"{MESSAGES} messages × 3 deliveries over 2 processes: {found}")
    assert [len(different) for different in replies.values()] == [1] * MESSAGES
    assert all("1000元" in reply for ((_, reply),) in replies.values())
    assert found == {"messages": MESSAGES, "turns": MESSAGES, "late": 0}


async def test_without_dedup_the_same_deliveries_have_several_effects(database_url, figure):
    target = "tests.bot.unguarded:create_app_without_dedup"
    with process(database_url, target=target) as (first, _), process(database_url, target=target) as (second, _):
        await deliver_everywhere([first, second], messages=20)

    found = await rows_of(database_url)
    figure(f"without de-dup: 20 messages, {found['turns']} effects")
    assert found["turns"] > 20


@pytest.mark.parametrize("known_follower", [False, True], ids=["stranger", "follower"])
async def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(database_url, known_follower, figure):
    """Kill the process at step N of a turn, deliver again to a new process as WeChat would; for every N."""
    target = "tests.bot.crashing:create_crashing_app"
    pending = None
    for step in range(1, 60):
        with process(database_url, target=target, YANLU_TEST_CRASH_AT=str(step)) as (address, child):
            async with httpx.AsyncClient(base_url=address, timeout=20) as client:
                if pending:
                    await check_retry(client, pending, database_url)
                openid = f"o-crash-{step}"
                if known_follower:
                    await SAFE.ask(client, "谢谢", openid=openid)
                before = await rows_of(database_url)
                xml = text_xml(QUESTION, openid=openid)
                sent = SAFE.pack(xml)
                try:
                    response = await client.post("/wechat", params={**sent.params, "arm": "1"}, content=sent.content)
                except httpx.TransportError:
                    child.wait(20)
                    pending = xml, before
                    continue
                steps = int(response.headers["x-steps"])
                assert "1000元" in SAFE.text(response)
                break
    else:
        pytest.fail("the turn never came to its end")
    assert step > steps  # every step was tried, and a turn on a stalled machine may have taken one more
    figure(f"killed at each of {steps} steps: 0 lost, 0 doubled")
    assert steps >= 4


async def check_retry(client, pending, database_url):
    xml, before = pending
    replies = {SAFE.text(await SAFE.send(client, xml)) for _ in range(2)}

    assert len(replies) == 1
    assert "1000元" in replies.pop()
    after = await rows_of(database_url)
    assert {name: after[name] - before[name] for name in after} == {"messages": 1, "turns": 1, "late": 0}

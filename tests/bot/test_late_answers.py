"""When the answer takes too long: “please wait” now, the answer with the next message, one effect."""

import asyncio
import sqlite3
import threading

import pytest

from app.core.clock import Clock, machine_seconds
from app.messaging import late
from app.messaging.models import InboundMessage, LateAnswer
from app.wechat.parse import read_message
from bot.skill import SKILLS
from tests.bot.conftest import rows
from tests.messages import SAFE, text_xml
from tests.serving import make_settings, served

QUESTION = "去中山打工车费能不能报"


@pytest.fixture
async def slow_service(database_url, monkeypatch):
    """A service with a deadline of 50 ms, and a gate that its policy skill waits for."""
    gate = threading.Event()
    whole = SKILLS["policies.answer"]

    def slow(turn):
        gate.wait(10)
        return whole(turn)

    monkeypatch.setitem(SKILLS, "policies.answer", slow)
    async with served(make_settings(database_url)) as (app, client):
        app.state.services.conversation._deadline = 0.05
        yield app, client, gate
        gate.set()


async def finished(app):
    """Wait until nothing is being worked on."""
    conversation = app.state.services.conversation
    async with asyncio.timeout(10):
        while conversation._work or conversation._watches:
            await asyncio.gather(*conversation._watches, return_exceptions=True)
            await asyncio.sleep(0)


async def test_a_late_answer_waits_for_the_next_message(slow_service):
    app, client, gate = slow_service
    waiting = await SAFE.ask(client, QUESTION)
    gate.set()
    await finished(app)

    answer = await SAFE.ask(client, "好了")

    assert waiting == "还在查，请过十秒回复“好了”看结果。"
    assert "1000元" in answer
    assert (await rows(app))["late"] == 0


async def test_a_late_answer_is_shown_before_the_answer_to_another_question(slow_service):
    app, client, gate = slow_service
    await SAFE.ask(client, QUESTION)
    gate.set()
    await finished(app)

    answer = await SAFE.ask(client, "谢谢")

    assert answer.index("1000元") < answer.index("上面是您先前问的") < len(answer)


async def test_every_delivery_of_a_late_message_hears_please_wait_and_takes_effect_once(slow_service):
    app, client, gate = slow_service
    xml = text_xml(QUESTION)
    first = SAFE.open(await SAFE.send(client, xml))
    second = SAFE.open(await SAFE.send(client, xml))
    gate.set()
    await finished(app)

    third = SAFE.open(await SAFE.send(client, xml))

    assert [second, third] == [first, first]
    assert await rows(app) == {"messages": 1, "turns": 1, "late": 1}
    assert "1000元" in await SAFE.ask(client, "好了")
    assert (await rows(app))["late"] == 0


async def test_a_message_whose_process_died_is_answered_with_the_next_one(database_url):
    async with served(make_settings(database_url)) as (app, client):
        db = app.state.services.db
        begun = int(machine_seconds()) - late.LEASE - 1
        await db.write(leave_behind, text_xml(QUESTION, openid="o-left", created=1_780_000_000), begun)

        answer = await SAFE.ask(client, "好了", openid="o-left")

        assert "1000元" in answer
        assert await rows(app) == {"messages": 2, "turns": 2, "late": 0}


async def test_a_message_that_cannot_be_finished_does_not_stand_in_the_way(database_url):
    async with served(make_settings(database_url)) as (app, client):
        db = app.state.services.db
        await db.write(leave_behind, "<xml>broken", 0)

        answer = await SAFE.ask(client, QUESTION, openid="o-left")

        assert "请把刚才的话再发一遍" in answer
        assert "1000元" in answer
        assert "1000元" in await SAFE.ask(client, QUESTION, openid="o-left")


def leave_behind(session, message, begun_at):
    """What a process leaves that was killed after “please wait”."""
    key = "1780000000.left" if "broken" in message else key_of(message)
    session.add(LateAnswer(dedup_key=key, openid="o-left", message=message, begun_at=begun_at))
    session.add(
        InboundMessage(
            dedup_key=key,
            digest="",
            openid="o-left",
            received_at=Clock().now(),
            intent="late",
            reply="<xml>请稍候</xml>",
        )
    )


def key_of(message):
    return read_message(message.encode()).dedup_key


async def test_ready_without_a_question_says_so(database_url):
    async with served(make_settings(database_url)) as (_, client):
        answer = await SAFE.ask(client, "好了")

        assert answer == "现在没有在查的事。您想问什么，直接说就行。"


async def test_a_locked_database_delays_the_answer_and_loses_nothing(sqlite_url):
    async with served(make_settings(sqlite_url)) as (app, client):
        app.state.services.conversation._deadline = 0.1
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        waiting = await SAFE.ask(client, QUESTION)
        other.execute("ROLLBACK")
        other.close()
        await finished(app)
        answer = await SAFE.ask(client, "好了")

    assert waiting == "还在查，请过十秒回复“好了”看结果。"
    assert "1000元" in answer


async def test_a_full_disk_is_an_apology_and_the_next_message_is_answered_once_there_is_room(sqlite_url):
    async with served(make_settings(sqlite_url)) as (app, client):
        db = app.state.services.db
        await SAFE.ask(client, QUESTION)
        await db.write(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 1"))

        sorry = await SAFE.ask(client, QUESTION)
        for _ in range(40):
            sorry = await SAFE.ask(client, QUESTION)
        await db.write(lambda session: session.connection().exec_driver_sql("PRAGMA max_page_count = 1000000"))
        answer = await SAFE.ask(client, QUESTION)

    assert "请把刚才的话再发一遍" in sorry
    assert "1000元" in answer

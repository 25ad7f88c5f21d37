"""WeChat's door: who gets in, what is answered, and what happens twice."""

import asyncio
import time
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from sqlmodel import select

from app.messaging import inbound
from app.messaging.models import InboundMessage, LateAnswer
from app.wechat.codec import sign
from app.wechat.replies import Text
from bot import door
from bot.skill import SKILLS
from tests.bot.conftest import rows
from tests.messages import PLAIN, SAFE, Sender, event_xml, text_xml
from tests.serving import make_settings, served

QUESTION = "去中山打工车费能不能报"


async def test_handshake_says_the_echo_back_and_nothing_else(service):
    _, client = service
    sent = SAFE.pack("<xml/>")

    response = await client.get("/wechat", params={**sent.params, "echostr": "4375120948345356249"})

    assert (response.status_code, response.text) == (200, "4375120948345356249")
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"timestamp": "1"},
        {"nonce": "another"},
        {"timestamp": "abc"},
        {"msg_signature": "0" * 40},
    ],
)
async def test_unsigned_requests_get_a_bare_refusal(service, change):
    app, client = service
    sent = SAFE.pack(text_xml(QUESTION))

    response = await client.post("/wechat", params={**sent.params, **change}, content=sent.content)

    assert (response.status_code, response.content) == (403, b"")
    assert await rows(app) == {"messages": 0, "turns": 0, "late": 0}


async def test_old_timestamps_are_refused_though_rightly_signed(service):
    _, client = service

    response = await SAFE.send(client, text_xml(QUESTION), timestamp=int(time.time()) - 301)

    assert (response.status_code, response.content) == (403, b"")


async def test_a_policy_question_gets_the_true_answer(service):
    _, client = service

    answer = await SAFE.ask(client, QUESTION)

    assert "1000元" in answer
    assert "500元" in answer
    assert "100元" in answer
    assert "附件2（二）" in answer
    assert "六枝特区就业服务窗口" in answer
    assert "没写截止日期" in answer


async def test_compatible_mode_believes_what_was_sealed_and_not_what_stands_beside_it(service):
    _, client = service
    sent = SAFE.pack(text_xml(QUESTION), compatible=True)
    forged = sent.content.replace(QUESTION.encode(), "谢谢".encode())

    response = await client.post("/wechat", params=sent.params, content=forged)

    assert "1000元" in SAFE.text(response)


async def test_plain_mode_answers_in_plain(plain_service):
    _, client = plain_service

    answer = await PLAIN.ask(client, QUESTION)

    assert "1000元" in answer


async def test_a_plain_body_is_refused_where_messages_are_sealed(service):
    _, client = service

    response = await PLAIN.send(client, text_xml(QUESTION))

    assert (response.status_code, response.content) == (403, b"")


async def test_another_accounts_message_is_refused(service):
    _, client = service

    response = await Sender(app_id="wxsomebodyelse00001").send(client, text_xml(QUESTION))

    assert (response.status_code, response.content) == (403, b"")


async def test_a_repeat_gets_the_same_reply_and_no_second_effect(service):
    app, client = service
    xml = text_xml(QUESTION)
    first = SAFE.open(await SAFE.send(client, xml))

    again = [SAFE.open(await SAFE.send(client, xml)) for _ in range(2)]

    assert again == [first, first]
    assert await rows(app) == {"messages": 1, "turns": 1, "late": 0}


async def test_parallel_deliveries_get_the_same_reply_and_one_effect(service):
    app, client = service
    xmls = [text_xml(QUESTION, openid=f"o-{n % 5}") for n in range(20)]

    deliveries = [(xml, SAFE.send(client, xml)) for xml in xmls for _ in range(3)]
    responses = await asyncio.gather(*(sending for _, sending in deliveries))

    replies = {}
    for (xml, _), response in zip(deliveries, responses, strict=True):
        replies.setdefault(xml, set()).add(SAFE.open(response))
    assert [len(different) for different in replies.values()] == [1] * 20
    assert await rows(app) == {"messages": 20, "turns": 20, "late": 0}


async def test_an_altered_replay_is_refused(plain_service):
    app, client = plain_service
    sent = PLAIN.pack(text_xml(QUESTION))
    await client.post("/wechat", params=sent.params, content=sent.content)

    repeat = await client.post("/wechat", params=sent.params, content=sent.content)
    altered = await client.post("/wechat", params=sent.params, content=text_xml("创业贷款能贷多少").encode())

    assert (repeat.status_code, altered.status_code, altered.content) == (200, 403, b"")
    assert (await rows(app))["messages"] == 1


async def test_an_altered_replay_of_a_retry_is_refused(plain_service):
    _, client = plain_service
    xml = text_xml(QUESTION)
    await PLAIN.send(client, xml)
    retry = PLAIN.pack(xml)
    await client.post("/wechat", params=retry.params, content=retry.content)

    altered = await client.post("/wechat", params=retry.params, content=text_xml("创业贷款能贷多少").encode())

    assert altered.status_code == 403


async def test_without_the_replay_store_an_altered_replay_speaks_in_a_citizens_name(plain_service, monkeypatch):
    app, client = plain_service
    record = inbound.record_message
    unsigned = {"signature": ""}
    monkeypatch.setattr(
        inbound, "record_message", lambda s, delivery, **row: record(s, replace(delivery, **unsigned), **row)
    )
    sent = PLAIN.pack(text_xml(QUESTION))
    await client.post("/wechat", params=sent.params, content=sent.content)

    altered = await client.post("/wechat", params=sent.params, content=text_xml("创业贷款能贷多少").encode())

    assert altered.status_code == 200
    assert (await rows(app))["messages"] == 2


async def test_two_messages_of_one_person_at_once_are_both_answered_in_turn(service):
    app, client = service

    answers = await asyncio.gather(*(SAFE.ask(client, QUESTION, openid="o-quick") for _ in range(8)))

    assert ["1000元" in answer for answer in answers] == [True] * 8
    assert await rows(app) == {"messages": 8, "turns": 8, "late": 0}


@pytest.mark.parametrize("event", ["unsubscribe", "LOCATION", "VIEW", "MASSSENDJOBFINISH", "TEMPLATESENDJOBFINISH"])
async def test_events_that_show_no_reply_get_success(service, event):
    _, client = service

    response = await SAFE.send(client, event_xml(event))

    assert (response.status_code, response.text) == (200, "success")


async def test_a_new_follower_is_welcomed(service):
    _, client = service

    response = await SAFE.send(client, event_xml("subscribe", key="qrscene_bus"))

    assert "欢迎关注六枝人社" in SAFE.text(response)


@pytest.mark.parametrize("kind", ["image", "video", "link", "sticker", "file", "voice"])
async def test_kinds_that_cannot_be_read_get_a_kind_sentence(service, kind):
    _, client = service
    xml = text_xml("").replace("<![CDATA[text]]>", f"<![CDATA[{kind}]]>")

    response = await SAFE.send(client, xml)

    assert "打字" in SAFE.text(response) or "打成字" in SAFE.text(response)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<xml><FromUserName>o-a</FromUserName><ToUserName>gh_a</ToUserName><CreateTime>x", "再发一遍"),
        (text_xml("a").replace("<CreateTime>", "<CreateTime>9999999999999999999"), "再发一遍"),
        (text_xml("a").replace("</xml>", "<Content><![CDATA[b]]></Content></xml>"), "再发一遍"),
        ("not xml at all", "success"),
        ("<!DOCTYPE xml [<!ENTITY a 'b'>]><xml>&a;</xml>", "success"),
        ("", "success"),
    ],
)
async def test_what_cannot_be_read_is_told_to_its_sender(service, body, expected):
    _, client = service

    response = await SAFE.send(client, body)

    assert response.status_code == 200
    assert expected in SAFE.text(response)


async def test_a_failing_turn_asks_to_send_it_again_and_keeps_nothing(service, monkeypatch):
    app, client = service
    whole = SKILLS["policies.answer"]

    def broken(turn):
        raise RuntimeError("a bug")

    monkeypatch.setitem(SKILLS, "policies.answer", broken)
    sorry = await SAFE.ask(client, QUESTION)
    monkeypatch.setitem(SKILLS, "policies.answer", whole)
    answer = await SAFE.ask(client, QUESTION)

    assert "请把刚才的话再发一遍" in sorry
    assert "1000元" in answer
    assert (await rows(app))["messages"] == 1


async def test_a_body_that_is_too_long_is_refused_before_it_is_opened(service):
    _, client = service
    sent = SAFE.pack(text_xml("长" * 40_000))

    response = await client.post("/wechat", params=sent.params, content=sent.content)

    assert (response.status_code, response.content) == (413, b"")


async def test_other_methods_are_refused(service):
    _, client = service

    response = await client.put("/wechat", params=SAFE.pack("<xml/>").params)

    assert response.status_code == 405


async def test_counters_tell_handled_duplicate_and_refused(service):
    _, client = service
    before = await counters(client)
    xml = text_xml(QUESTION)
    await SAFE.send(client, xml)
    await SAFE.send(client, xml)
    await client.post("/wechat", params={"signature": sign("x"), "timestamp": "1", "nonce": "1"}, content=b"")

    after = await counters(client)

    assert {name: after[name] - before[name] for name in after} == {"handled": 1, "duplicate": 1, "refused": 1}


async def counters(client):
    lines = (await client.get("/metrics")).text.splitlines()
    prefix = 'yanlu_messages_total{outcome="'
    return {line[len(prefix) :].split('"')[0]: float(line.split()[-1]) for line in lines if line.startswith(prefix)}


async def test_old_messages_are_forgotten_but_not_those_that_owe_an_answer(service):
    app, client = service
    db = app.state.services.db
    for created in (1_700_000_000, 1_700_000_001):
        await SAFE.send(client, text_xml(QUESTION, created=created))
    await SAFE.ask(client, QUESTION)
    owing = await db.read(lambda session: session.exec(select(InboundMessage.dedup_key)).first())
    await db.write(owe, owing)

    gone = await db.write(inbound.forget_messages, created_before=1_700_000_002)

    assert gone == 1
    assert (await rows(app))["messages"] == 2


def owe(session, key):
    session.add(LateAnswer(dedup_key=key, openid="o-someone", message="…", begun_at=1))


async def test_a_long_answer_is_told_in_parts_and_forgotten_with_the_next_subject(sqlite_url, monkeypatch):
    lines = [f"第{number}行：把话一次说完太长，分几次说。" for number in range(120)]
    monkeypatch.setitem(SKILLS, "policies.answer", lambda turn: Text("\n".join(lines)))
    async with served(make_settings(sqlite_url)) as (_, client):
        parts = [await SAFE.ask(client, QUESTION)]
        while parts[-1].endswith("（还有内容，回复“更多”接着看）"):
            parts.append(await SAFE.ask(client, "更多"))
        nothing = await SAFE.ask(client, "更多")
        await SAFE.ask(client, QUESTION)
        await SAFE.ask(client, "谢谢")
        over = await SAFE.ask(client, "更多")

    assert [len(part.encode()) <= 2048 for part in parts] == [True] * len(parts)
    assert "\n".join(part.removesuffix("\n（还有内容，回复“更多”接着看）") for part in parts).split("\n") == lines
    assert nothing == over == "没有更多内容了。还想问什么，直接说就行。"


async def test_a_body_that_does_not_arrive_is_given_up(sqlite_url, monkeypatch):
    monkeypatch.setattr(door, "BODY_DEADLINE", 0.1)
    async with served(make_settings(sqlite_url)) as (_, client):
        sent = SAFE.pack(text_xml(QUESTION))
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(
            f"POST /wechat?{urlencode(sent.params)} HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n<xml>".encode()
        )

        status = await asyncio.wait_for(reader.readline(), 5)
        writer.close()

    assert status.startswith(b"HTTP/1.1 408")


async def test_a_strangers_body_is_not_even_waited_for(sqlite_url):
    async with served(make_settings(sqlite_url)) as (_, client):
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(b"POST /wechat?signature=x HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n<xml>")

        status = await asyncio.wait_for(reader.readline(), 1)
        writer.close()

    assert status.startswith(b"HTTP/1.1 403")

"""The mini-program's door: `success` at once, one effect, the answer goes out by itself."""

import asyncio
import json
import time

import pytest
from sqlmodel import select

from app.core.clock import local
from app.core.config import DEMO
from app.core.errors import Busy
from app.messaging import late
from app.messaging.models import InboundMessage, LateAnswer
from app.people.models import Channel, Identity
from app.wechat.messages import SubscribeOutcome
from tests.messages import Sender, event_xml, text_xml
from tests.serving import make_settings, served

QUESTION = "去中山打工车费能不能报"
SAFE = Sender(app_id=DEMO["mini_app_id"])
PLAIN = Sender(app_id=DEMO["mini_app_id"], aes_key="")
ACCEPTED, REJECTED = SubscribeOutcome.ACCEPTED, SubscribeOutcome.REJECTED
WITHDRAWN = SubscribeOutcome.WITHDRAWN


def text_json(text, *, openid="o-mini", msg_id=1, created=None):
    fields = {
        "ToUserName": "gh_mini",
        "FromUserName": openid,
        "CreateTime": created or int(time.time()),
        "MsgType": "text",
        "Content": text,
        "MsgId": msg_id,
    }
    return json.dumps(fields, ensure_ascii=False)


def event_json(event, *, openid="o-mini", created=None, **fields):
    base = {"ToUserName": "gh_mini", "FromUserName": openid, "MsgType": "event", "Event": event}
    return json.dumps({**base, "CreateTime": created or int(time.time()), **fields}, ensure_ascii=False)


async def push(client, body, sender=SAFE, **how):
    sent = sender.pack(body, **how)
    content = sent.content
    if sender.aes_key and body.startswith("{"):
        inner = content.decode().split("<![CDATA[")[1].split("]]>")[0]
        content = json.dumps({"ToUserName": "gh_mini", "Encrypt": inner}).encode()
    answer = await client.post("/wechat/mini", params=sent.params, content=content)
    return answer.status_code, answer.text


class Ledger:
    """What the lead's ledgers will be: rows in the same transaction, here a list."""

    def __init__(self):
        self.sent, self.credits = [], []

    def send_later(self, session, openid, text, key, *, now):
        self.sent.append((openid, text, key))

    def on_subscribe(self, session, openid, template_id, outcome, *, at):
        self.credits.append((openid, template_id, outcome, at))


def door_of(app):
    return app.application._doors.result()["/wechat/mini"]


async def finished(app):
    """Until everything that was said has been answered."""
    async with asyncio.timeout(10):
        while door_of(app)._answering:
            await asyncio.sleep(0.005)


@pytest.fixture
async def mini(database_url):
    """(app, client, ledger): a service whose mini-program's answers go somewhere."""
    async with served(make_settings(database_url)) as (app, client):
        ledger = Ledger()
        door_of(app)._send_later, door_of(app)._on_subscribe = ledger.send_later, ledger.on_subscribe
        yield app, client, ledger
        await finished(app)


@pytest.fixture
async def here(sqlite_url):
    async with served(make_settings(sqlite_url)) as (app, client):
        ledger = Ledger()
        door_of(app)._send_later, door_of(app)._on_subscribe = ledger.send_later, ledger.on_subscribe
        yield app, client, ledger
        await finished(app)


def load_rows(session):
    return {
        "messages": len(session.exec(select(InboundMessage).where(InboundMessage.intent != "repeat")).all()),
        "late": len(session.exec(select(LateAnswer)).all()),
        "identities": [(one.channel, one.openid) for one in session.exec(select(Identity)).all()],
    }


async def rows(app):
    return await app.state.services.db.read(load_rows)


async def test_handshake_says_the_echo_back(here):
    _, client, _ = here
    params = SAFE.pack(text_xml("x")).params

    good = await client.get("/wechat/mini", params={**params, "echostr": "4375120948345356249"})
    bad = await client.get("/wechat/mini", params={**params, "signature": "0" * 40, "echostr": "1"})

    assert (good.status_code, good.text) == (200, "4375120948345356249")
    assert good.headers["content-type"].startswith("text/plain")
    assert (bad.status_code, bad.text) == (403, "")


@pytest.mark.parametrize("body", [text_json(QUESTION), text_xml(QUESTION, openid="o-mini")], ids=["json", "xml"])
async def test_a_message_gets_success_and_its_answer_goes_out_once(mini, body):
    app, client, ledger = mini

    answered = await push(client, body)
    await finished(app)

    assert answered == (200, "success")
    assert [(openid, "1000元" in text) for openid, text, _ in ledger.sent] == [("o-mini", True)]
    assert await rows(app) == {"messages": 1, "late": 0, "identities": [(Channel.MINI_PROGRAM, "o-mini")]}


async def test_compatible_and_plain_mode_are_read_too(sqlite_url):
    async with served(make_settings(sqlite_url, wechat_aes_key="")) as (app, client):
        ledger = Ledger()
        door_of(app)._send_later = ledger.send_later

        answered = [await push(client, body, PLAIN) for body in (text_json(QUESTION), text_xml(QUESTION, openid="o-2"))]
        await finished(app)

    assert answered == [(200, "success")] * 2
    assert sorted(openid for openid, _, _ in ledger.sent) == ["o-2", "o-mini"]


async def test_a_message_delivered_five_times_is_answered_once(mini):
    app, client, ledger = mini
    body = text_json(QUESTION)

    answered = await asyncio.gather(*(push(client, body) for _ in range(5)))
    await finished(app)
    again = await push(client, body)
    await finished(app)

    assert [*answered, again] == [(200, "success")] * 6
    assert len(ledger.sent) == 1
    assert (await rows(app))["messages"] == 1


async def test_the_same_address_line_with_another_body_is_refused(sqlite_url):
    async with served(make_settings(sqlite_url, wechat_aes_key="")) as (app, client):
        first = await push(client, text_json("菜单"), PLAIN, nonce="n1", timestamp=int(time.time()))
        stamp = int(time.time())
        kept = await push(client, text_json("谢谢", msg_id=2), PLAIN, nonce="n2", timestamp=stamp)
        altered = await push(client, text_json("人工", msg_id=3), PLAIN, nonce="n2", timestamp=stamp)
        await finished(app)

    assert (first, kept, altered) == ((200, "success"), (200, "success"), (403, ""))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"signature": "0" * 40}, 403),
        ({"timestamp": str(int(time.time()) - 1000)}, 403),
        ({"msg_signature": "0" * 40}, 403),
        ({"nonce": ""}, 403),
    ],
)
async def test_what_is_not_from_wechat_is_refused(here, change, status):
    app, client, _ = here
    sent = SAFE.pack(text_xml(QUESTION))

    answer = await client.post("/wechat/mini", params={**sent.params, **change}, content=sent.content)

    assert (answer.status_code, answer.text) == (status, "")
    assert (await rows(app))["messages"] == 0


async def test_what_was_sealed_for_the_account_does_not_open_this_door(here):
    _, client, _ = here

    assert await push(client, text_json(QUESTION), Sender()) == (403, "")
    assert await push(client, text_json(QUESTION), Sender(aes_key="")) == (403, "")


async def test_without_a_mini_program_there_is_no_such_door(sqlite_url):
    async with served(make_settings(sqlite_url, mini_app_id="")) as (_, client):
        assert (await push(client, text_json(QUESTION)))[0] in (404, 405)


async def test_one_openid_on_both_channels_is_two_people(here):
    """An openid means somebody on its own channel only."""
    app, client, _ = here
    account = Sender()

    await account.ask(client, "我能领哪些补贴", openid="o-same")
    await push(client, text_json(QUESTION, openid="o-same"))
    await finished(app)
    await account.ask(client, "谢谢", openid="o-same")

    channels = sorted(channel for channel, _ in (await rows(app))["identities"])
    assert channels == [Channel.MINI_PROGRAM, Channel.OFFICIAL_ACCOUNT]


async def test_answer_goes_out_by_itself_to_the_mini_program(database_url):
    """The whole way: message in, `success`, the answer on the phone by customer-service message."""
    async with served(make_settings(database_url, engine="on")) as (app, client):
        assert await push(client, text_json(QUESTION)) == (200, "success")
        async with asyncio.timeout(20):
            while not (items := (await client.get("/simulator/api/followers/o-mini/inbox")).json()["items"]):
                await asyncio.sleep(0.05)
        left = (await rows(app))["late"]

    assert [(one["via"], "1000元" in one["text"]) for one in items] == [("custom", True)]
    assert left == 0


async def test_without_a_ledger_the_answer_is_kept(database_url):
    async with served(make_settings(database_url)) as (app, client):
        door_of(app)._send_later = None
        await push(client, text_json(QUESTION))
        await finished(app)
        (key,) = await app.state.services.db.read(late.left_over, begun_before=0)
        waiting = await app.state.services.db.read(late.read_late, key)

    assert "1000元" in waiting.answer


async def test_what_a_dead_process_has_left_is_answered(database_url, monkeypatch):
    body = text_json(QUESTION)
    async with served(make_settings(database_url)) as (app, client):
        monkeypatch.setattr(type(door_of(app)), "_begin", lambda self, key: None)  # dies right after `success`
        assert await push(client, body) == (200, "success")
    monkeypatch.undo()
    monkeypatch.setattr(late, "LEASE", -1)

    async with served(make_settings(database_url)) as (app, client):
        ledger = Ledger()
        door = door_of(app)
        door._send_later = ledger.send_later
        looking = asyncio.create_task(door.take_up_what_is_left())
        async with asyncio.timeout(10):
            while not ledger.sent or (await rows(app))["late"]:
                await asyncio.sleep(0.01)
        looking.cancel()

    assert [(openid, "1000元" in text) for openid, text, _ in ledger.sent] == [("o-mini", True)]


async def test_what_cannot_be_stored_is_asked_for_again(here, monkeypatch):
    app, client, ledger = here

    def fail(*_, **__):
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr(late, "open_late", fail)
        first = await push(client, text_json(QUESTION))
    again = await push(client, text_json(QUESTION))
    await finished(app)

    assert (first[0], again) == (503, (200, "success"))
    assert len(ledger.sent) == 1


# --- subscribe events ---

LINE = {"TemplateId": "tpl-1", "SubscribeStatusString": "accept", "PopupScene": "0"}
OTHER = {"TemplateId": "tpl-2", "SubscribeStatusString": "reject", "PopupScene": "0"}


@pytest.mark.parametrize(
    ("event", "fields", "outcomes"),
    [
        ("subscribe_msg_popup_event", {"List": LINE}, [("tpl-1", ACCEPTED)]),
        ("subscribe_msg_popup_event", {"List": [LINE, OTHER]}, [("tpl-1", ACCEPTED), ("tpl-2", REJECTED)]),
        ("subscribe_msg_popup_event", {"SubscribeMsgPopupEvent": {"List": [LINE]}}, [("tpl-1", ACCEPTED)]),
        ("subscribe_msg_change_event", {"List": OTHER}, [("tpl-2", WITHDRAWN)]),
        ("subscribe_msg_change_event", {"SubscribeMsgPopupEvent": {"List": OTHER}}, [("tpl-2", WITHDRAWN)]),
        ("SUBSCRIBE_MSG_CHANGE_EVENT", {"SubscribeMsgChangeEvent": {"List": [OTHER]}}, [("tpl-2", WITHDRAWN)]),
        (
            "subscribe_msg_sent_event",
            {"List": {"TemplateId": "tpl-1", "MsgID": 1700827132819554304, "ErrorCode": 0, "ErrorStatus": "success"}},
            [("tpl-1", SubscribeOutcome.SENT)],
        ),
        (
            "subscribe_msg_sent_event",
            {"List": {"TemplateId": "tpl-1", "MsgID": "9", "ErrorCode": "3", "ErrorStatus": "user refused"}},
            [("tpl-1", SubscribeOutcome.FAILED)],
        ),
        ("subscribe_msg_popup_event", {"List": []}, []),
        ("subscribe_msg_popup_event", {"List": {"TemplateId": "tpl-1", "SubscribeStatusString": "filter"}}, []),
        ("subscribe_msg_popup_event", {}, []),
    ],
    ids=str,
)
async def test_a_subscribe_event_is_heard(here, event, fields, outcomes):
    _, client, ledger = here

    answered = await push(client, event_json(event, created=1_800_000_000, **fields))

    assert answered == (200, "success")
    assert [(template, outcome) for _, template, outcome, _ in ledger.credits] == outcomes
    assert {local(at).timestamp() for _, _, _, at in ledger.credits} <= {1_800_000_000}


@pytest.mark.parametrize("created", [1_800_000_000, "1800000000", 0, "", 10**14, -5])
async def test_the_time_of_an_event_may_be_anything(here, created):
    _, client, ledger = here
    body = json.loads(event_json("subscribe_msg_popup_event", List=LINE)) | {"CreateTime": created}

    assert await push(client, json.dumps(body)) == (200, "success")
    assert len(ledger.credits) == 1


async def test_a_subscribe_event_delivered_thrice_is_one_credit(mini):
    _, client, ledger = mini
    body = event_json("subscribe_msg_popup_event", List=LINE)

    await asyncio.gather(*(push(client, body) for _ in range(3)))

    assert len(ledger.credits) == 1


async def test_credit_and_message_commit_together(here):
    app, client, ledger = here

    def refuse(session, *_, **__):
        raise RuntimeError("no credit")

    door_of(app)._on_subscribe = refuse
    body = event_json("subscribe_msg_popup_event", List=LINE)
    failed = await push(client, body)
    stored = (await rows(app))["messages"]
    door_of(app)._on_subscribe = ledger.on_subscribe

    assert (failed[0], stored) == (503, 0)
    assert await push(client, body) == (200, "success")
    assert len(ledger.credits) == 1


@pytest.mark.parametrize(
    "body",
    [
        event_json("user_enter_tempsession", SessionFrom="trip"),
        event_json("wxa_media_check", result={"suggest": "pass"}),
        event_json("something_new", Anything=[1, {"a": None}]),
        event_json(""),
        event_xml("user_enter_tempsession"),
        json.dumps({"MsgType": "event"}),
        json.dumps({"ToUserName": "gh", "FromUserName": "o", "CreateTime": "noon", "MsgType": "text", "Content": "x"}),
        json.dumps([1, 2]),
        "{" + '"a":' * 2000,
        "{}",
        "<xml></xml>",
        "<html>",
        event_json("subscribe_msg_popup_event", List="text"),
        event_json("subscribe_msg_popup_event", List=[1, 2]),
        event_json("subscribe_msg_sent_event", List={"TemplateId": ["a"], "ErrorCode": {}}),
        text_json("\x02坏字符"),
    ],
    ids=lambda body: body[:60],
)
async def test_nothing_authentic_is_ever_answered_with_an_error(here, body):
    _, client, _ = here

    assert await push(client, body) == (200, "success")


@pytest.mark.parametrize("kind", ["image", "miniprogrampage", "link", "sticker"])
async def test_other_kinds_of_message_get_an_answer_too(here, kind):
    app, client, ledger = here
    fields = {"MsgType": kind, "MsgId": 7, "PicUrl": "https://x", "MediaId": "m", "Title": "t", "PagePath": "p"}
    body = json.loads(text_json("")) | fields

    assert await push(client, json.dumps(body)) == (200, "success")
    await finished(app)

    assert len(ledger.sent) == 1


async def test_other_methods_are_refused(here):
    _, client, _ = here

    assert (await client.put("/wechat/mini")).status_code == 405

"""What the service asks of WeChat by itself: as strict as the real one, and never kinder with repeats."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest

from app.wechat.simulator.account import Account, AccountType
from app.wechat.simulator.clock import SimulatedClock, parse_instant
from app.wechat.simulator.world import World
from app.wechat.simulator.wx.mini import PhoneCodes
from app.wechat.simulator.wx.notices import Credits

from .conftest import ACCOUNT

NOON = "2027-02-06T12:00:00+08:00"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


class WeChat:
    """An account of this type with three followers, and its two tokens."""

    def __init__(self, world, client, tokens):
        self.world, self.client, self.tokens = world, client, tokens

    async def ask(self, api, body=None, *, mini=False, **more):
        query = {"access_token": self.tokens[mini], **more.pop("query", {})}
        if body is None and not more:
            return (await self.client.get(f"/wx/{api}", params=query)).json()
        return (await self.client.post(f"/wx/{api}", params=query, json=body, **more)).json()

    async def code(self, api, body, **more):
        return (await self.ask(api, body, **more)).get("errcode", 0)

    def later(self, **time):
        self.world.clock.set(self.world.now() + timedelta(**time))

    def phone(self, openid):
        return [(item.via.value, item.shown.text) for item in self.world.followers[openid].inbox]


@pytest.fixture
async def make(open_simulator):
    async def build(account_type=AccountType.SUBSCRIPTION):
        world = World(Account(**ACCOUNT, account_type=account_type), clock=SimulatedClock(parse_instant(NOON)))
        client = await open_simulator(world)
        tokens = {}
        for mini, app_id, secret in ((False, "app_id", "app_secret"), (True, "mini_app_id", "mini_app_secret")):
            body = {"grant_type": "client_credential", "appid": ACCOUNT[app_id], "secret": ACCOUNT[secret]}
            tokens[mini] = (await client.post("/wx/cgi-bin/stable_token", json=body)).json()["access_token"]
        for openid in ("o1", "o2", "o3"):
            world.note_follower(openid)
        return WeChat(world, client, tokens)

    return build


def text(openid, content="您好"):
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


async def test_customer_service_takes_five_in_two_days_and_repeats_nothing(make):
    wechat = await make()
    send = "cgi-bin/message/custom/send"

    codes = [await wechat.code(send, text("o1")) for _ in range(6)]
    wechat.later(hours=49)
    late = await wechat.code(send, text("o1"))
    wechat.world.note_follower("o1")
    again = await wechat.code(send, text("o1"))

    assert (codes, late, again) == ([0, 0, 0, 0, 0, 45047], 45015, 0)
    assert wechat.phone("o1") == [("custom", "您好")] * 6


async def test_tap_opens_three_within_a_minute(make):
    wechat = await make()
    send = "cgi-bin/message/custom/send"
    wechat.later(hours=49)
    wechat.world.note_follower("o1", event="CLICK")

    codes = [await wechat.code(send, text("o1")) for _ in range(4)]
    wechat.world.note_follower("o1", event="CLICK")
    wechat.later(seconds=61)

    assert codes == [0, 0, 0, 45047]
    assert await wechat.code(send, text("o1")) == 45015


async def test_customer_service_refuses_what_wechat_refuses(make):
    wechat = await make()
    send = "cgi-bin/message/custom/send"
    wechat.world.followers["o2"].following = False
    wechat.world.followers["o3"].blocks = True

    found = {
        "stranger": await wechat.code(send, text("nobody")),
        "unfollowed": await wechat.code(send, text("o2")),
        "blocked": await wechat.code(send, text("o3")),
        "long": await wechat.code(send, text("o1", "长" * 683)),
        "empty": await wechat.code(send, text("o1", "")),
        "kind": await wechat.code(send, {"touser": "o1", "msgtype": "dance"}),
        "two articles": await wechat.code(send, {"touser": "o1", "msgtype": "news", "news": {"articles": [{}, {}]}}),
        "other app's token": await wechat.code(send, text("o1"), mini=True),
    }

    assert found == {
        "stranger": 40003,
        "unfollowed": 45015,
        "blocked": 48002,
        "long": 45002,
        "empty": 44004,
        "kind": 40008,
        "two articles": 45008,
        "other app's token": 40001,
    }


async def test_typing_needs_a_word_just_now_and_lasts_a_while(make):
    wechat = await make()
    typing = "cgi-bin/message/custom/typing"

    first = await wechat.code(typing, {"touser": "o1", "command": "Typing"})
    second = await wechat.code(typing, {"touser": "o1", "command": "Typing"})
    wrong = await wechat.code(typing, {"touser": "o1", "command": "Dance"})
    wechat.later(seconds=31)
    late = await wechat.code(typing, {"touser": "o1", "command": "Typing"})

    assert (first, second, wrong, late) == (0, 45081, 45072, 45080)


async def test_subscription_account_sends_to_everybody_once_a_day(make):
    wechat = await make()
    body = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "第一期"}}
    send = "cgi-bin/message/mass/sendall"

    first = await wechat.ask(send, {**body, "clientmsgid": "issue-1"})
    soon = await wechat.ask(send, {**body, "clientmsgid": "issue-1"})
    wechat.later(minutes=2)
    again = await wechat.ask(send, {**body, "clientmsgid": "issue-1"})
    second = await wechat.code(send, {**body, "clientmsgid": "issue-2"})
    wechat.later(days=1)
    next_day = await wechat.code(send, {**body, "clientmsgid": "issue-3"})

    assert (first["errcode"], soon["errcode"], again["errcode"]) == (0, 45066, 45065)
    assert first["msg_id"] == soon["msg_id"] == again["msg_id"]
    assert (second, next_day) == (45028, 0)
    assert await wechat.code(send, {**body, "clientmsgid": "x" * 64}) == 45067


async def test_mass_send_reaches_the_phones_later_and_tells_the_service(make, callback):
    wechat = await make()
    body = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "第一期"}}
    wechat.world.followers["o3"].blocks = True
    number = (await wechat.ask("cgi-bin/message/mass/sendall", body))["msg_id"]
    before = wechat.phone("o1"), (await wechat.ask("cgi-bin/message/mass/get", {"msg_id": number}))["msg_status"]

    wechat.later(seconds=5)
    for _ in range(200):
        if callback.requests:
            break
        await asyncio.sleep(0.02)
    status = (await wechat.ask("cgi-bin/message/mass/get", {"msg_id": number}))["msg_status"]

    assert before == ([], "SENDING")
    assert (wechat.phone("o1"), wechat.phone("o3"), status) == ([("mass", "第一期")], [], "SEND_SUCCESS")
    event = callback.requests[0][1].decode()
    assert "<![CDATA[MASSSENDJOBFINISH]]>" in event
    assert f"<MsgID>{number}</MsgID>" in event
    assert "<SentCount>2</SentCount>" in event
    assert "<ErrorCount>1</ErrorCount>" in event


async def test_service_account_reaches_each_follower_four_times_a_month(make):
    wechat = await make(AccountType.SERVICE)
    body = {"touser": ["o1", "o2"], "msgtype": "text", "text": {"content": "通知"}}

    for _ in range(5):
        assert await wechat.code("cgi-bin/message/mass/send", body) == 0
        wechat.later(minutes=1)
    everybody = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "通知"}}
    all_codes = [await wechat.code("cgi-bin/message/mass/sendall", everybody) for _ in range(5)]
    wechat.later(seconds=5)
    await asyncio.sleep(0.8)

    assert all_codes == [0, 0, 0, 0, 45028]
    assert len(wechat.phone("o1")) == 4
    assert len(wechat.phone("o3")) == 4


async def test_what_a_subscription_account_cannot_do(make):
    wechat = await make()
    notice = {"touser": "o1", "template_id": "T", "data": {"thing1": {"value": "车"}}}

    assert await wechat.code("cgi-bin/message/template/send", notice) == 48001
    assert await wechat.code("cgi-bin/message/mass/send", {"touser": ["o1", "o2"], **text("o1")}) == 48001


async def test_template_message_knows_its_client_id_for_ten_minutes(make):
    wechat = await make(AccountType.SERVICE)
    notice = {"touser": "o1", "template_id": "T", "client_msg_id": "c1", "data": {"thing1": {"value": "车"}}}
    send = "cgi-bin/message/template/send"

    codes = [await wechat.code(send, notice), await wechat.code(send, notice)]
    wechat.later(minutes=11)
    codes.append(await wechat.code(send, notice))
    wrong = await wechat.ask(send, {**notice, "client_msg_id": "c2", "data": {"thing1": {"value": "长" * 21}}})

    assert codes == [0, 43116, 0]
    assert (wrong["errcode"], "data.thing1.value" in wrong["errmsg"]) == (47003, True)
    assert len(wechat.phone("o1")) == 2


async def test_subscribe_message_uses_a_permission_up_and_repeats_nothing(make):
    wechat = await make()
    wechat.world.state(Credits).accept("m1", "T")
    wechat.world.state(Credits).accept("m1", "T")
    notice = {"touser": "m1", "template_id": "T", "data": {"thing1": {"value": "车"}}}
    send = "cgi-bin/message/subscribe/send"

    codes = [await wechat.code(send, notice, mini=True) for _ in range(3)]

    assert codes == [0, 0, 43101]
    assert wechat.phone("m1") == [("subscribe", "车")] * 2
    stringed = await wechat.code(send, {**notice, "data": '{"thing1": {"value": "车"}}'}, mini=True)
    assert stringed == 47003


async def test_tags_and_followers(make):
    wechat = await make()
    number = (await wechat.ask("cgi-bin/tags/create", {"tag": {"name": "岩脚"}}))["tag"]["id"]
    tagging = "cgi-bin/tags/members/batchtagging"

    assert await wechat.code("cgi-bin/tags/create", {"tag": {"name": "岩脚"}}) == 45157
    assert await wechat.code(tagging, {"openid_list": ["o1", "o2"], "tagid": number}) == 0
    assert await wechat.code(tagging, {"openid_list": ["o1"], "tagid": 9}) == 45159
    assert await wechat.code(tagging, {"openid_list": ["nobody"], "tagid": number}) == 49003
    assert await wechat.code(tagging, {"openid_list": [], "tagid": number}) == 40032
    assert (await wechat.ask("cgi-bin/tags/get"))["tags"] == [{"id": number, "name": "岩脚", "count": 2}]
    tagged = {"filter": {"is_to_all": False, "tag_id": number}, "msgtype": "text", "text": {"content": "岩脚的"}}
    assert await wechat.code("cgi-bin/message/mass/sendall", tagged) == 0
    wechat.later(seconds=5)
    await asyncio.sleep(0.8)
    assert [len(wechat.phone(openid)) for openid in ("o1", "o2", "o3")] == [1, 1, 0]
    page = await wechat.ask("cgi-bin/user/get")
    last = await wechat.ask("cgi-bin/user/get", query={"next_openid": page["next_openid"]})
    assert (page["data"]["openid"], last["count"]) == (["o1", "o2", "o3"], 0)
    assert await wechat.code("cgi-bin/tags/delete", {"tag": {"id": number}}) == 0
    assert await wechat.code("cgi-bin/tags/delete", {"tag": {"id": 2}}) == 45058


async def test_article_needs_its_cover_and_is_a_draft_no_more_once_published(make):
    wechat = await make()
    article = {"title": "第一期", "content": "<p>岗位</p>", "thumb_media_id": "nothing"}

    assert await wechat.code("cgi-bin/draft/add", {"articles": [article]}) == 40007
    url = "/wx/cgi-bin/material/add_material"
    query = {"access_token": wechat.tokens[False], "type": "image"}
    cover = (await wechat.client.post(url, params=query, files={"media": ("a.png", PNG)})).json()["media_id"]
    draft = (await wechat.ask("cgi-bin/draft/add", {"articles": [{**article, "thumb_media_id": cover}]}))["media_id"]
    number = (await wechat.ask("cgi-bin/freepublish/submit", {"media_id": draft}))["publish_id"]
    before = (await wechat.ask("cgi-bin/freepublish/get", {"publish_id": number}))["publish_status"]
    wechat.later(seconds=5)
    await asyncio.sleep(0.8)
    after = await wechat.ask("cgi-bin/freepublish/get", {"publish_id": number})

    assert (before, after["publish_status"], after["article_detail"]["count"]) == (1, 0, 1)
    assert await wechat.code("cgi-bin/draft/get", {"media_id": draft}) == 40007
    assert await wechat.code("cgi-bin/draft/add", {"articles": [{**article, "title": "长" * 33}]}) == 45003
    wrong = await wechat.client.post(url, params=query, files={"media": ("a.txt", b"text")})
    assert wrong.json()["errcode"] == 40005


async def test_menu_has_the_shape_that_wechat_wants(make):
    wechat = await make()
    good = {"name": "问政策", "type": "click", "key": "menu"}
    create = "cgi-bin/menu/create"

    assert await wechat.code(create, {"button": [good]}) == 0
    assert (await wechat.ask("cgi-bin/menu/get"))["menu"]["button"] == [good]
    assert await wechat.code(create, {"button": [good] * 4}) == 40016
    assert await wechat.code(create, {"button": [{**good, "name": "六个汉字太长"}]}) == 40018
    assert await wechat.code(create, {"button": [{**good, "type": "dance"}]}) == 40017
    assert await wechat.code(create, {"button": [{**good, "key": ""}]}) == 40019


async def test_mini_program_apis(make):
    wechat = await make()
    wechat.world.state(PhoneCodes).numbers["c1"] = ("13800000000", wechat.world.machine())
    phone = "wxa/business/getuserphonenumber"

    first = await wechat.ask(phone, {"code": "c1"}, mini=True)
    second = await wechat.code(phone, {"code": "c1"}, mini=True)
    words = [
        (await wechat.ask("wxa/msg_sec_check", {"version": 2, "content": content}, mini=True))["result"]["suggest"]
        for content in ("招缝纫工", "刷单日结", "加微信详谈")
    ]
    link = await wechat.ask("wxa/generate_urllink", {"path": "p", "expire_type": 1, "expire_interval": 30}, mini=True)
    too_long = await wechat.code("wxa/generate_urllink", {"expire_type": 1, "expire_interval": 31}, mini=True)
    query = {"access_token": wechat.tokens[True]}
    code = await wechat.client.post("/wx/wxa/getwxacodeunlimit", params=query, json={"scene": "trip=1"})
    bad = await wechat.client.post("/wx/wxa/getwxacodeunlimit", params=query, json={"scene": "车"})

    assert (first["phone_info"]["purePhoneNumber"], second) == ("13800000000", 40029)
    assert words == ["pass", "risky", "review"]
    assert (link["url_link"][:8], too_long) == ("https://", 85401)
    assert (code.headers["Content-Type"], code.content[:4]) == ("image/png", b"\x89PNG")
    assert bad.json()["errcode"] == 40129


async def test_lost_event_leaves_the_service_to_ask(make, callback):
    wechat = await make()
    await wechat.client.post("/api/faults", json={"api": "event/MASSSENDJOBFINISH", "kind": "lost"})
    body = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "第一期"}}
    number = (await wechat.ask("cgi-bin/message/mass/sendall", body))["msg_id"]

    wechat.later(seconds=5)
    await asyncio.sleep(0.8)

    assert callback.requests == []
    assert (await wechat.ask("cgi-bin/message/mass/get", {"msg_id": number}))["msg_status"] == "SEND_SUCCESS"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("timeout", 1), ("html", 1), ("sent_as_duplicate", 1), ("lost_before", 0), ("revoked", 0), ("errcode:-1", 0)],
)
async def test_fault_says_whether_the_message_arrived_all_the_same(make, kind, shown):
    wechat = await make()
    fault = {"api": "message/custom/send", "kind": kind, "openid": "o1", "nth": 1, "seconds": 0.1}
    await wechat.client.post("/api/faults", json=fault)
    query = {"access_token": wechat.tokens[False]}

    with suppress(httpx.HTTPError, AssertionError):  # the answer that never comes
        await wechat.client.post("/wx/cgi-bin/message/custom/send", params=query, json=text("o1"))
    again = await wechat.code("cgi-bin/message/custom/send", text("o2"))

    assert len(wechat.phone("o1")) == shown
    assert again == (40001 if kind == "revoked" else 0)

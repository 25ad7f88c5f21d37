"""Every method of the gateway: what goes out, what comes back, and what each failure ends in."""

import asyncio
import logging
import time
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest
import structlog
from prometheus_client import REGISTRY
from sqlmodel import select

from app.core.clock import SHANGHAI, Clock
from app.core.errors import Busy, ConfigError
from app.core.logging import configure_logging
from app.wechat import calls
from app.wechat.families import followers, messages
from app.wechat.families.articles import Publication
from app.wechat.families.followers import Page, Tag
from app.wechat.families.mini_program import MiniSession
from app.wechat.gateway import Gateway, api_base_of
from app.wechat.models import ApiQuota
from app.wechat.quotas import forget_quotas, next_day, next_minute, next_month
from app.wechat.simulator.account import Account
from app.wechat.simulator.app import create_simulator_app
from app.wechat.simulator.world import World
from app.wechat.wx_errors import (
    AlreadyDone,
    CodeRefused,
    NeedsOperator,
    NotForThisAccount,
    PayloadRefused,
    QuotaSpent,
    RecipientGone,
    TokenRefused,
    TryAgain,
    WeChatError,
)

from .fake import OPENID, REAL, TOKEN, Always, FakeWeChat, make_settings, open_gateway, refusal, silence, sockets
from .simulator.conftest import running

NOON = datetime(2027, 2, 6, 12, 0, 30, tzinfo=SHANGHAI)
SEND, MASS = "cgi-bin/message/custom/send", "cgi-bin/message/mass/sendall"
TEMPLATE, LIST = "cgi-bin/message/template/send", "cgi-bin/user/get"
HELLO = {"msgtype": "text", "text": {"content": "您好"}}
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


@pytest.fixture
def fake():
    return FakeWeChat()


@pytest.fixture
def clock():
    return Clock.starting_at(NOON)


@pytest.fixture
async def gateways(db, fake, clock):
    opened = []

    def open_another(**changes):
        opened.append(open_gateway(fake, db, clock=clock, **changes))
        return opened[-1]

    yield open_another
    for one in opened:
        await one.close()


@pytest.fixture
def gateway(gateways):
    return gateways(wechat_account_type="service")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(calls, "PAUSES", (0.0, 0.0))


# --- what goes out, what comes back ---

CALLS = {
    "send_custom": (
        lambda g: g.send_custom("o-x", HELLO),
        SEND,
        {"touser": "o-x", "msgtype": "text", "text": {"content": "您好"}},
        {},
        None,
    ),
    "send_custom of the mini-program": (
        lambda g: g.send_custom("o-x", HELLO, mini=True),
        "cgi-bin/message/custom/business/send",
        {"touser": "o-x", "msgtype": "text", "text": {"content": "您好"}},
        {},
        None,
    ),
    "send_typing": (
        lambda g: g.send_typing("o-x"),
        "cgi-bin/message/custom/typing",
        {"touser": "o-x", "command": "Typing"},
        {},
        None,
    ),
    "send_typing twice": (
        lambda g: g.send_typing("o-x", mini=True),
        "cgi-bin/message/custom/business/typing",
        {"touser": "o-x", "command": "Typing"},
        refusal(45081),
        None,
    ),
    "send_subscribe": (
        lambda g: g.send_subscribe("o-x", "tpl", {"thing1": "初八返岗"}, page="pages/trip"),
        "cgi-bin/message/subscribe/send",
        {
            "touser": "o-x",
            "template_id": "tpl",
            "data": {"thing1": {"value": "初八返岗"}},
            "miniprogram_state": "formal",
            "lang": "zh_CN",
            "page": "pages/trip",
        },
        {},
        None,
    ),
    "send_template": (
        lambda g: g.send_template("o-x", "tpl", {"first": "您好"}, client_msg_id="c1", path="pages/trip"),
        TEMPLATE,
        {
            "touser": "o-x",
            "template_id": "tpl",
            "data": {"first": {"value": "您好"}},
            "client_msg_id": "c1",
            "miniprogram": {"appid": REAL["mini_app_id"], "pagepath": "pages/trip"},
        },
        {"errcode": 0, "msgid": 200228332},
        "200228332",
    ),
    "preview_mass": (
        lambda g: g.preview_mass("o-x", {"msgtype": "mpnews", "mpnews": {"media_id": "m"}}),
        "cgi-bin/message/mass/preview",
        {"touser": "o-x", "msgtype": "mpnews", "mpnews": {"media_id": "m"}},
        {"errcode": 0, "msg_id": 34182},
        "34182",
    ),
    "send_mass to all": (
        lambda g: g.send_mass(None, HELLO, client_msg_id="issue-2027-1"),
        MASS,
        {"filter": {"is_to_all": True}, **HELLO, "send_ignore_reprint": 0, "clientmsgid": "issue-2027-1"},
        {"errcode": 0, "msg_id": 34182, "msg_data_id": 206227730},
        "34182",
    ),
    "send_mass to a tag": (
        lambda g: g.send_mass(2, HELLO, client_msg_id="c"),
        MASS,
        {"filter": {"is_to_all": False, "tag_id": 2}, **HELLO, "send_ignore_reprint": 0, "clientmsgid": "c"},
        refusal(45065, "clientmsgid exist", msg_id=34180),
        "34180",
    ),
    "send_mass_to": (
        lambda g: g.send_mass_to(["o-x", "o-y"], HELLO, client_msg_id="c"),
        "cgi-bin/message/mass/send",
        {"touser": ["o-x", "o-y"], **HELLO, "send_ignore_reprint": 0, "clientmsgid": "c"},
        {"errcode": 0, "msg_id": 34183},
        "34183",
    ),
    "mass_status": (
        lambda g: g.mass_status("34182"),
        "cgi-bin/message/mass/get",
        {"msg_id": 34182},
        {"msg_id": 34182, "msg_status": "SEND_SUCCESS"},
        "SEND_SUCCESS",
    ),
    "delete_mass": (
        lambda g: g.delete_mass("34182", article=1),
        "cgi-bin/message/mass/delete",
        {"msg_id": 34182, "article_idx": 1},
        {},
        None,
    ),
    "phone_number": (
        lambda g: g.phone_number("code"),
        "wxa/business/getuserphonenumber",
        {"code": "code"},
        {"errcode": 0, "phone_info": {"phoneNumber": "+8613800001234", "purePhoneNumber": "13800001234"}},
        "13800001234",
    ),
    "app_code": (
        lambda g: g.app_code("t=12", "pages/trip"),
        "wxa/getwxacodeunlimit",
        {"scene": "t=12", "page": "pages/trip"},
        httpx.Response(200, content=PNG),
        PNG,
    ),
    "url_link": (
        lambda g: g.url_link("pages/trip", "id=1"),
        "wxa/generate_urllink",
        {"path": "pages/trip", "query": "id=1", "expire_type": 1, "expire_interval": 30},
        {"errcode": 0, "url_link": "https://wxaurl.cn/x"},
        "https://wxaurl.cn/x",
    ),
    "check_text": (
        lambda g: g.check_text("o-x", "您好"),
        "wxa/msg_sec_check",
        {"version": 2, "openid": "o-x", "scene": 2, "content": "您好"},
        {"errcode": 0, "result": {"suggest": "risky", "label": 20001}},
        "risky",
    ),
    "check_text of the old kind": (
        lambda g: g.check_text("o-x", "您好"),
        "wxa/msg_sec_check",
        {"version": 2, "openid": "o-x", "scene": 2, "content": "您好"},
        refusal(87014),
        "risky",
    ),
    "create_tag": (
        lambda g: g.create_tag("平寨镇"),
        "cgi-bin/tags/create",
        {"tag": {"name": "平寨镇"}},
        {"tag": {"id": 134, "name": "平寨镇"}},
        134,
    ),
    "list_tags": (
        lambda g: g.list_tags(),
        "cgi-bin/tags/get",
        None,
        {"tags": [{"id": 2, "name": "星标组", "count": 3}]},
        [Tag(2, "星标组", 3)],
    ),
    "tag_members": (
        lambda g: g.tag_members(["o-x"], 2),
        "cgi-bin/tags/members/batchtagging",
        {"openid_list": ["o-x"], "tagid": 2},
        {},
        None,
    ),
    "untag_members": (
        lambda g: g.untag_members(["o-x"], 2),
        "cgi-bin/tags/members/batchuntagging",
        {"openid_list": ["o-x"], "tagid": 2},
        {},
        None,
    ),
    "users_of_tag": (
        lambda g: g.users_of_tag(2, "o-x"),
        "cgi-bin/user/tag/get",
        {"tagid": 2, "next_openid": "o-x"},
        {"count": 0},
        Page((), None),
    ),
    "list_followers": (
        lambda g: g.list_followers(),
        LIST,
        None,
        {"total": 2, "count": 2, "data": {"openid": ["o-x", "o-y"]}, "next_openid": "o-y"},
        Page(("o-x", "o-y"), "o-y"),
    ),
    "list_followers to the end": (
        lambda g: g.list_followers("o-y"),
        LIST,
        None,
        {"total": 2, "count": 0, "next_openid": "o-y"},
        Page((), None),
    ),
    "callback_addresses": (
        lambda g: g.callback_addresses(),
        "cgi-bin/getcallbackip",
        None,
        {"ip_list": ["203.0.113.1"]},
        ["203.0.113.1"],
    ),
    "add_draft": (
        lambda g: g.add_draft([{"title": "第一期"}]),
        "cgi-bin/draft/add",
        {"articles": [{"title": "第一期"}]},
        {"media_id": "m1"},
        "m1",
    ),
    "submit_publish": (
        lambda g: g.submit_publish("m1"),
        "cgi-bin/freepublish/submit",
        {"media_id": "m1"},
        {"errcode": 0, "publish_id": 100000001},
        "100000001",
    ),
    "publish_status": (
        lambda g: g.publish_status("100000001"),
        "cgi-bin/freepublish/get",
        {"publish_id": "100000001"},
        {
            "publish_status": 0,
            "article_id": "a",
            "article_detail": {"count": 1, "item": [{"idx": 1, "article_url": "https://mp.weixin.qq.com/s/x"}]},
        },
        Publication(0, "a", ("https://mp.weixin.qq.com/s/x",)),
    ),
    "push_menu": (
        lambda g: g.push_menu([{"name": "问政策", "type": "click", "key": "menus/policies"}]),
        "cgi-bin/menu/create",
        {"button": [{"name": "问政策", "type": "click", "key": "menus/policies"}]},
        {},
        None,
    ),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_method_says_and_answers(gateway, fake, name):
    ask, path, body, answer, result = CALLS[name]
    fake.answers[path] = [answer or {"errcode": 0, "errmsg": "ok"}]

    answered = await ask(gateway)

    (call,) = fake.calls()
    assert answered == result
    assert call.path == path
    assert call.query["access_token"] == "token-number-1"
    assert (call.json if call.body else None) == body
    assert b"\\u" not in call.body


async def test_a_login_code_opens_a_session_without_its_key(gateway, fake):
    fake.answers["sns/jscode2session"] = [{"session_key": "never-kept", "openid": "o-x", "unionid": "u-x"}]

    session = await gateway.open_mini_session("the-code")

    (call,) = fake.calls()
    assert session == MiniSession("o-x", "u-x")
    assert "never-kept" not in repr(session)
    assert call.query == {
        "appid": REAL["mini_app_id"],
        "secret": REAL["mini_app_secret"],
        "js_code": "the-code",
        "grant_type": "authorization_code",
    }
    assert fake.calls(TOKEN) == []


async def test_a_session_may_lack_the_unionid(gateway, fake):
    fake.answers["sns/jscode2session"] = [{"session_key": "k", "openid": "o-x"}]

    assert await gateway.open_mini_session("c") == MiniSession("o-x", None)


@pytest.mark.parametrize(
    ("ask", "path", "content", "name", "named"),
    [
        (lambda g, c: g.upload_image(c), "cgi-bin/media/uploadimg", PNG, "url", b'filename="picture.png"'),
        (lambda g, c: g.add_material("image", c), "cgi-bin/material/add_material", JPEG, "media_id", b"picture.jpg"),
        (lambda g, c: g.add_material("thumb", c), "cgi-bin/material/add_material", JPEG, "media_id", b"cover.jpg"),
        (lambda g, c: g.add_material("voice", c), "cgi-bin/material/add_material", b"ID3", "media_id", b"voice.mp3"),
    ],
)
async def test_an_upload_is_a_form_with_one_file(gateway, fake, ask, path, content, name, named):
    fake.answers[path] = [{name: "what-came"}]

    assert await ask(gateway, content) == "what-came"

    (call,) = fake.calls()
    assert call.content_type.startswith("multipart/form-data")
    assert b'name="media"' in call.body
    assert named in call.body
    assert content in call.body


async def test_tagging_goes_in_fifties(gateway, fake):
    await gateway.tag_members([f"o-{n}" for n in range(120)], 2)

    assert [len(call.json["openid_list"]) for call in fake.calls()] == [50, 50, 20]


async def test_a_long_text_is_checked_in_pieces_and_the_worst_counts(gateway, fake):
    answers = [{"result": {"suggest": one}} for one in ("pass", "review", "pass")]
    fake.answers["wxa/msg_sec_check"] = answers

    assert await gateway.check_text("o-x", "好" * 5001) == "review"
    assert [len(call.json["content"]) for call in fake.calls()] == [2500, 2500, 1]


@pytest.mark.parametrize(
    "ask",
    [
        lambda g: g.send_mass(None, HELLO, client_msg_id="x" * 33),
        lambda g: g.send_mass(None, HELLO, client_msg_id=""),
        lambda g: g.send_template("o-x", "t", {}, client_msg_id="号" * 11),
        lambda g: g.app_code("有空 格"),
        lambda g: g.app_code("a%20"),
        lambda g: g.app_code("x" * 33),
        lambda g: g.app_code("a", "/pages/x"),
        lambda g: g.app_code("a", "pages/x?id=1"),
        lambda g: g.add_material("video", b"x"),
    ],
)
async def test_what_wechat_would_refuse_is_not_even_sent(gateway, fake, ask):
    with pytest.raises(PayloadRefused):
        await ask(gateway)

    assert fake.seen == []


@pytest.mark.parametrize(
    ("ask", "path", "answer"),
    [
        (lambda g: g.open_mini_session("c"), "sns/jscode2session", {"openid": 5}),
        (lambda g: g.phone_number("c"), "wxa/business/getuserphonenumber", {"phone_info": []}),
        (lambda g: g.create_tag("x"), "cgi-bin/tags/create", {"tag": "x"}),
        (lambda g: g.add_draft([]), "cgi-bin/draft/add", {"media_id": ""}),
        (lambda g: g.app_code("x"), "wxa/getwxacodeunlimit", httpx.Response(200, content=b"")),
    ],
)
async def test_a_success_without_what_was_wanted_may_have_taken_effect(gateway, fake, ask, path, answer):
    fake.answers[path] = [Always(answer)]

    with pytest.raises(TryAgain) as caught:
        await ask(gateway)

    assert caught.value.maybe_sent


# --- every fault, and the class it ends in ---


@pytest.mark.parametrize(
    ("fault", "ended", "maybe_sent"),
    [
        (refusal(-1), TryAgain, False),
        (refusal(45011), TryAgain, False),
        (refusal(45015), RecipientGone, False),
        (refusal(45047), RecipientGone, False),
        (refusal(43101), RecipientGone, False),
        (refusal(47003, "data.thing1.value invalid"), PayloadRefused, False),
        (refusal(40164, "invalid ip 203.0.113.9, not in whitelist"), NeedsOperator, False),
        (refusal(48001), NeedsOperator, False),
        (refusal(45009), QuotaSpent, False),
        (refusal(45028), QuotaSpent, False),
        (refusal(40001), TokenRefused, False),
        (refusal(42001), TokenRefused, False),
        (refusal(40029), CodeRefused, False),
        (refusal(45065), AlreadyDone, False),
        (httpx.Response(502, text="<html>"), TryAgain, True),
        (httpx.Response(200, text="<html>"), TryAgain, True),
        (httpx.Response(200, text=""), TryAgain, True),
        (httpx.Response(200, text='{"errcode":0,"err'), TryAgain, True),
        (httpx.ConnectError("x"), TryAgain, False),
        (httpx.ConnectTimeout("x"), TryAgain, False),
        (httpx.PoolTimeout("x"), TryAgain, False),
        (httpx.ReadTimeout("x"), TryAgain, True),
        (httpx.ReadError("x"), TryAgain, True),
        (httpx.WriteError("x"), TryAgain, True),
        (httpx.WriteTimeout("x"), TryAgain, True),
        (httpx.RemoteProtocolError("x"), TryAgain, True),
        (httpx.DecodingError("x"), TryAgain, True),
        (httpx.TooManyRedirects("x"), TryAgain, True),
    ],
    ids=str,
)
async def test_a_send_ends_in_its_class_after_one_try(gateway, fake, fault, ended, maybe_sent):
    fake.answers[SEND] = [Always(fault)]

    with pytest.raises(WeChatError) as caught:
        await gateway.send_custom("o-x", HELLO)

    assert (type(caught.value), caught.value.maybe_sent) == (ended, maybe_sent)
    assert len(fake.calls(SEND)) == (2 if ended is TokenRefused else 1)


async def test_persistent_refusal_of_the_token_is_two_calls_and_an_alarm(gateway, fake):
    def count():
        return REGISTRY.get_sample_value("yanlu_access_token_refused_total", {"app": "account"}) or 0

    before = count()
    fake.answers[SEND] = [Always(refusal(40001))]

    with structlog.testing.capture_logs() as logs, pytest.raises(TokenRefused):
        await gateway.send_custom("o-x", HELLO)

    alarms = [(log["event"], log["app"], log["errcode"]) for log in logs if log["log_level"] == "error"]
    assert len(fake.calls(SEND)) == 2
    assert alarms == [("access_token_refused", "account", 40001)]
    assert count() - before == 1


@pytest.mark.parametrize("fault", [refusal(-1), httpx.Response(502), httpx.ReadError("x")], ids=str)
async def test_a_read_is_tried_again(gateway, fake, fault):
    fake.answers[LIST] = [fault, fault, {"total": 0, "count": 0}]

    assert await gateway.list_followers() == Page((), None)
    assert len(fake.calls()) == 3


async def test_a_read_is_given_up_after_three_tries(gateway, fake):
    fake.answers[LIST] = [Always(refusal(-1))]

    with pytest.raises(TryAgain):
        await gateway.list_followers()

    assert len(fake.calls()) == 3


@pytest.mark.parametrize("fault", [refusal(45011), refusal(40003), refusal(48001)], ids=str)
async def test_a_read_is_not_tried_again_where_that_is_useless(gateway, fake, fault):
    fake.answers[LIST] = [Always(fault)]

    with pytest.raises(WeChatError):
        await gateway.list_followers()

    assert len(fake.calls()) == 1


async def test_a_send_with_a_client_id_is_tried_again_with_the_same(gateway, fake):
    fake.answers[TEMPLATE] = [httpx.ReadTimeout("x"), refusal(43116, msgid=7)]

    assert await gateway.send_template("o-x", "t", {}, client_msg_id="c1") == "7"
    assert [call.json["client_msg_id"] for call in fake.calls()] == ["c1", "c1"]


async def test_what_may_have_been_sent_stays_so_whatever_comes_after(gateway, fake):
    fake.answers[TEMPLATE] = [httpx.ReadTimeout("x"), httpx.ConnectError("x"), refusal(45009)]

    with pytest.raises(QuotaSpent) as caught:
        await gateway.send_template("o-x", "t", {}, client_msg_id="c1")

    assert caught.value.maybe_sent


async def test_a_mass_send_is_not_repeated_within_its_minute(gateway, fake):
    fake.answers[MASS] = [httpx.ReadTimeout("x"), refusal(45066)]

    with pytest.raises(TryAgain) as first:
        await gateway.send_mass(None, HELLO, client_msg_id="c")
    with pytest.raises(TryAgain) as second:
        await gateway.send_mass(None, HELLO, client_msg_id="c")

    assert (first.value.maybe_sent, second.value.maybe_sent, second.value.retry_after) == (True, True, 60)
    assert len(fake.calls()) == 2


async def test_tries_end_with_the_total_deadline(db, monkeypatch):
    monkeypatch.setattr(followers, "LIST", replace(followers.LIST, seconds=1.0))
    monkeypatch.setattr(calls, "ONE_TRY", 0.4)
    fake = FakeWeChat()
    async with sockets(silence) as address:
        gateway = Gateway(make_settings(), db, Clock(), api_base=address)
        await hand_token(gateway, db, fake)

        begun = time.monotonic()
        with pytest.raises(TryAgain) as caught:
            await gateway.list_followers()
        took = time.monotonic() - begun
        await gateway.close()

    assert caught.value.maybe_sent
    assert 0.7 < took < 2


async def hand_token(gateway, db, fake):
    """Let the gateway find a token in the row, so that its first call is the one we look at."""
    other = open_gateway(fake, db)
    await other.callback_addresses()
    await other.close()


# --- the simulator's own faults, over a real socket ---


@pytest.mark.parametrize(
    ("kind", "ended", "maybe_sent"),
    [
        ("timeout", TryAgain, True),
        ("reset", TryAgain, True),
        ("http_502", TryAgain, True),
        ("invalid_json", TryAgain, True),
        ("empty", TryAgain, True),
        ("errcode:-1", TryAgain, False),
        ("errcode:40001", TokenRefused, False),
        ("errcode:45009", QuotaSpent, False),
        ("errcode:45015", RecipientGone, False),
        ("errcode:40164", NeedsOperator, False),
        ("errcode:47003", PayloadRefused, False),
    ],
)
async def test_each_of_the_simulators_faults_ends_in_its_class(db, kind, ended, maybe_sent, monkeypatch):
    monkeypatch.setattr(messages, "SEND", replace(messages.SEND, seconds=1.0))
    world = World(Account(REAL["wechat_app_id"], "token", "gh_x", app_secret=REAL["wechat_app_secret"]))
    world.faults.add(SEND, kind)
    with running(create_simulator_app(world, "http://127.0.0.1:9/wechat")) as address:
        gateway = Gateway(make_settings(), db, Clock(), api_base=f"{address}/simulator/wx")
        with pytest.raises(WeChatError) as caught:
            await gateway.send_custom("o-x", HELLO)
        await gateway.close()

    assert (type(caught.value), caught.value.maybe_sent) == (ended, maybe_sent)
    assert len(world.log.calls(SEND)) == (2 if ended is TokenRefused else 1)


# --- quotas ---


def load_quota(session):
    return {(row.api, row.period): (row.used, row.limit) for row in session.exec(select(ApiQuota)).all()}


async def test_45009_stops_this_api_until_midnight_and_no_other(gateway, fake, clock):
    fake.answers[SEND] = [refusal(45009)]
    untils = []

    for _ in range(3):
        with pytest.raises(QuotaSpent) as caught:
            await gateway.send_custom("o-x", HELLO)
        untils.append(caught.value.until)
    await gateway.push_menu([])
    clock.set(datetime(2027, 2, 7, 0, 0, 1, tzinfo=SHANGHAI))
    await gateway.send_custom("o-x", HELLO)

    assert untils == [datetime(2027, 2, 7, tzinfo=SHANGHAI)] * 3
    assert len(fake.calls(SEND)) == 2


async def test_45009_is_known_to_the_next_process(gateways, fake):
    fake.answers[SEND] = [refusal(45009)]
    with pytest.raises(QuotaSpent):
        await gateways().send_custom("o-x", HELLO)

    with pytest.raises(QuotaSpent) as caught:
        await gateways().send_custom("o-x", HELLO)

    assert caught.value.until == datetime(2027, 2, 7, tzinfo=SHANGHAI)
    assert len(fake.calls(SEND)) == 1


async def test_a_spent_mass_send_waits_for_the_month_on_a_service_account(gateways, fake):
    fake.answers[MASS] = [Always(refusal(45028))]
    untils = []
    for account_type in ("service", "subscription"):
        with pytest.raises(QuotaSpent) as caught:
            await gateways(wechat_account_type=account_type).send_mass(None, HELLO, client_msg_id="c")
        untils.append(caught.value.until)

    assert untils == [datetime(2027, 3, 1, tzinfo=SHANGHAI), datetime(2027, 2, 7, tzinfo=SHANGHAI)]


async def test_a_minutes_quota_waits_for_the_minute(gateway, fake):
    fake.answers["wxa/getwxacodeunlimit"] = [refusal(45009)]

    with pytest.raises(QuotaSpent) as caught:
        await gateway.app_code("x")

    assert caught.value.until == datetime(2027, 2, 6, 12, 1, tzinfo=SHANGHAI)


async def test_sixty_mass_sends_a_minute_and_not_one_more(gateways, fake, clock):
    first, second = gateways(), gateways()
    fake.answers[MASS] = [Always({"errcode": 0, "msg_id": 1})]
    for n in range(60):
        await (first, second)[n % 2].send_mass(2, HELLO, client_msg_id=f"c{n}")

    for gateway in (first, second):
        with pytest.raises(QuotaSpent) as caught:
            await gateway.send_mass(2, HELLO, client_msg_id="c")
        assert caught.value.until == datetime(2027, 2, 6, 12, 1, tzinfo=SHANGHAI)
    clock.set(NOON + timedelta(minutes=1))
    await first.send_mass(2, HELLO, client_msg_id="c")

    assert len(fake.calls(MASS)) == 61


async def test_the_days_last_call_is_shared_out_and_nothing_more(gateways, fake):
    """1,000 drafts a day, claimed by several at once."""
    fake.answers["cgi-bin/draft/add"] = [Always({"media_id": "m"})]
    both = gateways(), gateways()

    async def add(gateway):
        try:
            return await gateway.add_draft([{}])
        except QuotaSpent:
            return None

    done = await asyncio.gather(*(add(both[n % 2]) for n in range(1_020)))

    assert done.count("m") == 1_000
    assert len(fake.calls("cgi-bin/draft/add")) == 1_000


async def test_sends_are_claimed_twenty_at_a_time(gateway, fake, db, monkeypatch):
    writes = []
    real = db.write

    async def counting(fn, *args, **kwargs):
        writes.append(fn.__name__)
        return await real(fn, *args, **kwargs)

    monkeypatch.setattr(db, "write", counting)

    await asyncio.gather(*(gateway.send_custom("o-x", HELLO) for _ in range(40)))

    assert writes.count("claim") == 3  # the token's, and two blocks
    assert await db.read(load_quota) == {(f"account:{SEND}", "2027-02-06"): (40, 500_000)}


async def test_old_quota_rows_are_forgotten(gateway, db, clock):
    await gateway.send_custom("o-x", HELLO)
    clock.set(NOON + timedelta(days=2))
    await gateway.send_custom("o-x", HELLO)
    kept = await db.write(forget_quotas, now=clock.now())
    clock.set(NOON + timedelta(days=3))

    forgotten = await db.write(forget_quotas, now=clock.now())

    assert (kept, forgotten) == (0, 1)
    assert list(await db.read(load_quota)) == [(f"account:{SEND}", "2027-02-08")]


@pytest.mark.parametrize(
    ("now", "minute", "day", "month"),
    [
        ((2027, 2, 6, 12, 0, 30), (2027, 2, 6, 12, 1), (2027, 2, 7), (2027, 3, 1)),
        ((2027, 2, 28, 23, 59, 59), (2027, 3, 1), (2027, 3, 1), (2027, 3, 1)),
        ((2027, 12, 31, 0, 0), (2027, 12, 31, 0, 1), (2028, 1, 1), (2028, 1, 1)),
        ((2027, 1, 31, 8, 0), (2027, 1, 31, 8, 1), (2027, 2, 1), (2027, 2, 1)),
    ],
)
def test_when_quotas_are_given_anew(now, minute, day, month):
    at = datetime(*now, tzinfo=SHANGHAI)

    assert next_minute(at) == datetime(*minute, tzinfo=SHANGHAI)
    assert next_day(at) == datetime(*day, tzinfo=SHANGHAI)
    assert next_month(at) == datetime(*month, tzinfo=SHANGHAI)


# --- permissions ---


@pytest.mark.parametrize(
    "ask",
    [
        lambda g: g.send_template("o-x", "t", {}, client_msg_id="c"),
        lambda g: g.send_mass_to(["o-x", "o-y"], HELLO, client_msg_id="c"),
    ],
)
async def test_what_the_account_may_not_do_is_refused_before_any_call(gateways, fake, ask):
    with pytest.raises(NotForThisAccount, match="订阅号"):
        await ask(gateways(wechat_account_type="subscription"))

    assert fake.seen == []


@pytest.mark.parametrize(
    ("missing", "ask"),
    [
        ({"mini_app_id": ""}, lambda g: g.open_mini_session("c")),
        ({"mini_app_secret": ""}, lambda g: g.app_code("x")),
        ({"wechat_app_id": ""}, lambda g: g.send_custom("o-x", HELLO)),
        ({"wechat_app_secret": ""}, lambda g: g.list_tags()),
    ],
)
async def test_without_app_id_or_secret_nothing_is_asked(gateways, fake, missing, ask):
    with pytest.raises(NeedsOperator, match="YANLU_"):
        await ask(gateways(**missing))

    assert fake.seen == []


def test_api_base_is_the_real_one_unless_there_is_a_simulator():
    assert api_base_of(make_settings()) == "https://api.weixin.qq.com"
    assert (
        api_base_of(make_settings(simulator="on", wechat_api_base="http://127.0.0.1:1/wx")) == "http://127.0.0.1:1/wx"
    )
    with pytest.raises(ConfigError, match="YANLU_WECHAT_API_BASE"):
        api_base_of(make_settings(simulator="on"))


# --- the database, the shutdown ---


async def test_a_slow_wechat_holds_no_database_connection(db):
    async with sockets(silence) as address:
        gateway = Gateway(make_settings(), db, Clock(), api_base=address)
        await hand_token(gateway, db, FakeWeChat())
        sending = [asyncio.create_task(gateway.send_custom("o-x", HELLO)) for _ in range(30)]
        await asyncio.sleep(0.3)

        async with asyncio.timeout(1):
            read = await asyncio.gather(*(db.read(load_quota) for _ in range(20)))
        begun = time.monotonic()
        await gateway.close()
        took = time.monotonic() - begun
        ended = await asyncio.gather(*sending, return_exceptions=True)

    assert len(read) == 20
    assert took < 1
    assert {type(one) for one in ended} == {TryAgain}
    assert sum(one.maybe_sent for one in ended) == 8  # as many as were on the line


async def test_a_busy_database_is_try_again_and_not_sent(gateway, fake, db, monkeypatch):
    async def busy(*_, **__):
        raise Busy

    monkeypatch.setattr(db, "write", busy)

    with pytest.raises(TryAgain) as caught:
        await gateway.send_custom("o-x", HELLO)

    assert not caught.value.maybe_sent
    assert fake.calls() == []


# --- nobody's secret in a log or an error ---

PHONE, UNIONID = "13812345678", "oUNION567890abcdefghijklmnop"
HIDDEN = [REAL["wechat_app_secret"], REAL["mini_app_secret"], REAL["secret_key"], "token-number-1", OPENID, PHONE]


@pytest.mark.parametrize(
    "fault",
    [
        refusal(code, f"of {OPENID} {PHONE} access_token=token-number-1 secret={REAL['wechat_app_secret']}")
        for code in (-1, 40001, 40003, 40164, 43101, 45009, 45047, 47003, 48001, 45065, 40029, 99999)
    ]
    + [
        httpx.Response(502, text=f"<html>{OPENID} {REAL['wechat_app_secret']} token-number-1</html>"),
        httpx.Response(200, text=f"<html>{OPENID} token-number-1</html>"),
        httpx.Response(302, headers={"location": f"https://elsewhere.test/?access_token=token-number-1&o={OPENID}"}),
        httpx.ConnectError(f"https://x/?secret={REAL['wechat_app_secret']}"),
        httpx.ReadTimeout("https://x/?access_token=token-number-1"),
        httpx.UnsupportedProtocol(f"x://{REAL['mini_app_secret']}"),
    ],
    ids=str,
)
async def test_no_secret_token_openid_or_phone_stands_in_a_log_or_an_error(
    gateway, fake, fault, capsys, caplog, monkeypatch
):
    caplog.set_level(logging.DEBUG)
    said = []
    asks = [
        (TOKEN, gateway.callback_addresses),
        (SEND, lambda: gateway.send_custom(OPENID, {"msgtype": "text", "text": {"content": PHONE}})),
        ("sns/jscode2session", lambda: gateway.open_mini_session("code")),
        ("wxa/business/getuserphonenumber", lambda: gateway.phone_number("code")),
    ]
    with structlog.testing.capture_logs() as logs:
        for path, ask in asks:
            fake.answers[path] = [Always(fault)]
            try:
                await ask()
            except WeChatError as error:
                said += [str(error), repr(error), error.detail, repr(vars(error)), repr(error.__cause__)]
            fake.answers[path] = []

    captured = capsys.readouterr()
    everything = "\n".join([*said, repr(logs), caplog.text, captured.out, captured.err])
    assert len(said) >= 15
    assert [word for word in HIDDEN if word in everything] == []


def test_representations_show_no_secret():
    credentials = calls.credentials_of(make_settings())
    token = calls.Token("token-number-1", 0.0)

    assert [word for word in HIDDEN if word in repr(credentials) + repr(token)] == []


def test_the_wires_own_loggers_stay_quiet():
    assert [logging.getLogger(name).getEffectiveLevel() for name in ("httpx", "httpcore")] == [logging.WARNING] * 2
    configure_logging("json")
    assert [logging.getLogger(name).getEffectiveLevel() for name in ("httpx", "httpcore")] == [logging.WARNING] * 2

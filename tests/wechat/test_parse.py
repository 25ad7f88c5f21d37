"""Every message and event of WeChat's tables, and everything that is none."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wechat.messages import (
    Kind,
    Link,
    MassJob,
    Media,
    Message,
    MiniProgramPage,
    Pictures,
    Place,
    PublishJob,
    ScanCode,
    SubscribeChoice,
    SubscribeChoices,
    TemplateJob,
)
from app.wechat.parse import MAX_KEY, MessageUnreadable, read_message

from .wire import in_time, thorough

GH, OPENID, CREATED, MSG_ID = "gh_county", "oZhangSan", 1771545600, "23456789012345678"
HEAD = (
    f"<ToUserName><![CDATA[{GH}]]></ToUserName>\n<FromUserName><![CDATA[{OPENID}]]></FromUserName>\n"
    f"<CreateTime>{CREATED}</CreateTime>\n"
)
JSON_HEAD = {"ToUserName": GH, "FromUserName": OPENID, "CreateTime": CREATED}


def read(inner):
    return read_message(f"<xml>{HEAD}{inner}</xml>".encode())


def read_json(**fields):
    return read_message(json.dumps(JSON_HEAD | fields).encode(), is_json=True)


def message_xml(kind, inner=""):
    return f"<MsgType><![CDATA[{kind}]]></MsgType>\n{inner}\n<MsgId>{MSG_ID}</MsgId>"


def event_xml(event, inner=""):
    return f"<MsgType><![CDATA[event]]></MsgType>\n<Event><![CDATA[{event}]]></Event>\n{inner}"


def message(kind, **fields):
    return Message(kind, GH, OPENID, CREATED, MSG_ID, **fields)


def event(name, **fields):
    return Message(Kind.EVENT, GH, OPENID, CREATED, event=name, **fields)


def unreadable(content, *, is_json=False):
    """The refusal of ``content``; a test that expects one fails here when it is read."""
    with pytest.raises(MessageUnreadable) as refused:
        read_message(content if isinstance(content, bytes) else content.encode(), is_json=is_json)
    return refused.value


# --- the table of messages ---

MESSAGES = [
    ("text", "<Content><![CDATA[初八去中山的座位]]></Content>", message(Kind.TEXT, text="初八去中山的座位")),
    ("text", "<Content><![CDATA[]]></Content>", message(Kind.TEXT)),
    ("text", "", message(Kind.TEXT)),
    ("text", "<Content><![CDATA[a <b> & ]]]]><![CDATA[> c]]></Content>", message(Kind.TEXT, text="a <b> & ]]> c")),
    (
        "text",
        "<Content><![CDATA[满意]]></Content><bizmsgmenuid>101</bizmsgmenuid>",
        message(Kind.TEXT, text="满意", tapped="101"),
    ),
    (
        "text",
        "<Content><![CDATA[1]]></Content><MsgDataId>xxxx</MsgDataId><Idx>1</Idx>",
        message(Kind.TEXT, text="1"),
    ),
    (
        "image",
        "<PicUrl><![CDATA[http://mmbiz.qpic.cn/1]]></PicUrl><MediaId><![CDATA[m1]]></MediaId>",
        message(Kind.IMAGE, detail=Media("m1", url="http://mmbiz.qpic.cn/1")),
    ),
    (
        "voice",
        "<MediaId><![CDATA[m2]]></MediaId><Format><![CDATA[amr]]></Format><MediaId16K>m3</MediaId16K>",
        message(Kind.VOICE, detail=Media("m2", format="amr")),
    ),
    (
        "voice",
        "<MediaId>m2</MediaId><Format>speex</Format><Recognition><![CDATA[我想去中山。]]></Recognition>",
        message(Kind.VOICE, text="我想去中山。", detail=Media("m2", format="speex")),
    ),
    (
        "voice",
        "<MediaId>m2</MediaId><Format>amr</Format><Recognition><![CDATA[]]></Recognition>",
        message(Kind.VOICE, detail=Media("m2", format="amr")),
    ),
    (
        "video",
        "<MediaId><![CDATA[m4]]></MediaId><ThumbMediaId><![CDATA[t4]]></ThumbMediaId>",
        message(Kind.VIDEO, detail=Media("m4", "t4")),
    ),
    (
        "shortvideo",
        "<MediaId><![CDATA[m5]]></MediaId><ThumbMediaId><![CDATA[t5]]></ThumbMediaId>",
        message(Kind.SHORT_VIDEO, detail=Media("m5", "t5")),
    ),
    (
        "location",
        "<Location_X>26.203</Location_X><Location_Y>105.478</Location_Y><Scale>16</Scale><Label>六枝特区</Label>",
        message(Kind.LOCATION, detail=Place(26.203, 105.478, "六枝特区", 16)),
    ),
    (
        "location",
        "<Location_X>-26</Location_X><Location_Y>0</Location_Y>",
        message(Kind.LOCATION, detail=Place(-26.0, 0.0)),
    ),
    (
        "link",
        "<Title><![CDATA[招聘会]]></Title><Description><![CDATA[正月初九]]></Description><Url>https://a.cn/?a=1&amp;b=2</Url>",
        message(Kind.LINK, detail=Link("招聘会", "正月初九", "https://a.cn/?a=1&b=2")),
    ),
    (
        "miniprogrampage",
        "<Title>直通车</Title><AppId>wx1</AppId><PagePath>pages/trip?id=3</PagePath><ThumbUrl>u</ThumbUrl>"
        "<ThumbMediaId>t</ThumbMediaId>",
        message(Kind.MINI_PROGRAM_PAGE, detail=MiniProgramPage("直通车", "wx1", "pages/trip?id=3")),
    ),
    ("file", "<Title>表.xlsx</Title><FileKey>k</FileKey>", message(Kind.UNKNOWN)),
    ("sticker", "<Content>不是文字消息</Content>", message(Kind.UNKNOWN)),
    ("unknown", "", message(Kind.UNKNOWN)),
    ("device_text", "<DeviceID>1</DeviceID>", message(Kind.UNKNOWN)),
    ("名片", "", message(Kind.UNKNOWN)),
]


@pytest.mark.parametrize(("kind", "inner", "expected"), MESSAGES)
def test_read_message_reads_every_row_of_the_message_table(kind, inner, expected):
    assert read(message_xml(kind, inner)) == expected


@pytest.mark.parametrize("name", ["MsgId", "MsgID"])
def test_read_message_accepts_both_spellings_of_the_id(name):
    inner = f"<MsgType>voice</MsgType><MediaId>m</MediaId><{name}>{MSG_ID}</{name}>"

    assert read(inner) == message(Kind.VOICE, detail=Media("m"))


@pytest.mark.parametrize("msg_id", ["abc", "-1", "18446744073709551616", "0x7", "编号"])
def test_read_message_takes_a_message_id_as_it_comes(msg_id):
    assert read(f"<MsgType>text</MsgType><Content>在吗</Content><MsgId>{msg_id}</MsgId>") == replace(
        message(Kind.TEXT, text="在吗"), msg_id=msg_id
    )


def test_read_message_reads_a_message_without_an_id():
    assert read("<MsgType>text</MsgType><Content>在吗</Content>") == replace(message(Kind.TEXT, text="在吗"), msg_id="")


@pytest.mark.parametrize("kind", ["text", "Text", "TEXT"])
def test_read_message_ignores_the_case_of_the_type(kind):
    read_back = read(message_xml(kind, "<Content>在吗</Content>"))

    assert (read_back, read_back.type_name) == (message(Kind.TEXT, text="在吗"), kind)


def test_read_message_strips_the_control_characters_wechat_delivers():
    content = message_xml("text", "<Content><![CDATA[\x02你\x10好\x1d\x00\x0b\ufffe\x7f\t！]]></Content>")

    assert read(content) == message(Kind.TEXT, text="你好\x7f\t！")


def test_read_message_replaces_broken_utf8():
    content = f"<xml>{HEAD}{message_xml('text', '<Content><![CDATA[好?]]></Content>')}</xml>".encode()

    assert read_message(content.replace(b"?", b"\xe4\xbd")) == message(Kind.TEXT, text="好\ufffd")


@pytest.mark.parametrize(
    "prolog",
    [
        "",
        "\n ",
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="utf-16"?>\n',
        "<?xml version='1.0' encoding='gbk'?>",
    ],
)
def test_read_message_ignores_what_the_prolog_claims(prolog):
    content = f"{prolog}<xml>{HEAD}{message_xml('text', '<Content>你好</Content>')}</xml>"

    assert read_message(content.encode()) == message(Kind.TEXT, text="你好")


# --- the table of events ---

COPYRIGHT = (
    "<CopyrightCheckResult><Count>2</Count><ResultList><item><ArticleIdx>1</ArticleIdx><AuditState>2</AuditState>"
    "</item><item><ArticleIdx>2</ArticleIdx></item></ResultList><CheckState>2</CheckState></CopyrightCheckResult>"
)
ARTICLE_URLS = (
    "<ArticleUrlResult><Count>2</Count><ResultList>"
    "<item><ArticleIdx>1</ArticleIdx><ArticleUrl><![CDATA[http://a/1]]></ArticleUrl></item>"
    "<item><ArticleIdx>2</ArticleIdx><ArticleUrl><![CDATA[http://a/2]]></ArticleUrl></item>"
    "</ResultList></ArticleUrlResult>"
)
COUNTS = "<TotalCount>100</TotalCount><FilterCount>80</FilterCount><SentCount>75</SentCount><ErrorCount>5</ErrorCount>"
KEY = "<EventKey><![CDATA[KEY]]></EventKey>"
PICTURES = (
    "<SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>aa</PicMd5Sum></item><item><PicMd5Sum>bb</PicMd5Sum>"
    "</item></PicList></SendPicsInfo>"
)
SCAN = "<ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType><ScanResult><![CDATA[1]]></ScanResult></ScanCodeInfo>"

EVENTS = [
    ("subscribe", "<EventKey><![CDATA[]]></EventKey>", event("subscribe")),
    ("subscribe", "", event("subscribe")),
    (
        "subscribe",
        "<EventKey><![CDATA[qrscene_bus-7]]></EventKey><Ticket><![CDATA[T]]></Ticket>",
        event("subscribe", event_key="bus-7", scene="bus-7"),
    ),
    ("subscribe", "<EventKey>qrscene_</EventKey><Ticket>T</Ticket>", event("subscribe")),
    (
        "subscribe",
        "<EventKey><![CDATA[last_trade_no_42]]></EventKey>",
        event("subscribe", event_key="last_trade_no_42"),
    ),
    (
        "subscribe",
        "<EventKey><![CDATA[scanbarcode|EAN|69]]></EventKey>",
        event("subscribe", event_key="scanbarcode|EAN|69"),
    ),
    ("unsubscribe", "<EventKey></EventKey>", event("unsubscribe")),
    (
        "SCAN",
        "<EventKey><![CDATA[bus-7]]></EventKey><Ticket>T</Ticket>",
        event("scan", event_key="bus-7", scene="bus-7"),
    ),
    ("SCAN", "<EventKey>123</EventKey><Ticket>T</Ticket>", event("scan", event_key="123", scene="123")),
    (
        "LOCATION",
        "<Latitude>26.203</Latitude><Longitude>105.478</Longitude><Precision>119.385</Precision>",
        event("location", detail=Place(26.203, 105.478, precision=119.385)),
    ),
    ("CLICK", "<EventKey><![CDATA[JOBS]]></EventKey>", event("click", event_key="JOBS")),
    ("CLICK", "", event("click")),
    ("CLICK", "<EventKey>qrscene_1</EventKey>", event("click", event_key="qrscene_1")),
    (
        "subscribe",
        "<EventKey>qrscene_qrscene_1</EventKey>",
        event("subscribe", event_key="qrscene_1", scene="qrscene_1"),
    ),
    (
        "VIEW",
        "<EventKey><![CDATA[https://a.cn/?a=1&b=2]]></EventKey><MenuId>1</MenuId>",
        event("view", event_key="https://a.cn/?a=1&b=2"),
    ),
    (
        "view_miniprogram",
        "<EventKey><![CDATA[pages/index/index]]></EventKey><MenuId>1</MenuId>",
        event("view_miniprogram", event_key="pages/index/index"),
    ),
    (
        "scancode_push",
        KEY + SCAN,
        event("scancode_push", event_key="KEY", detail=ScanCode("qrcode", "1")),
    ),
    (
        "scancode_waitmsg",
        KEY + SCAN,
        event("scancode_waitmsg", event_key="KEY", detail=ScanCode("qrcode", "1")),
    ),
    ("pic_sysphoto", KEY + PICTURES, event("pic_sysphoto", event_key="KEY", detail=Pictures(2, ("aa", "bb")))),
    (
        "pic_photo_or_album",
        "<SendPicsInfo><Count>1</Count><PicList><item><PicMd5Sum>aa</PicMd5Sum></item></PicList></SendPicsInfo>",
        event("pic_photo_or_album", detail=Pictures(1, ("aa",))),
    ),
    (
        "pic_weixin",
        "<SendPicsInfo><Count>0</Count><PicList></PicList></SendPicsInfo>",
        event("pic_weixin", detail=Pictures(0, ())),
    ),
    ("pic_weixin", "", event("pic_weixin", detail=Pictures(0, ()))),
    (
        "location_select",
        KEY + "<SendLocationInfo><Location_X><![CDATA[26.2]]></Location_X><Location_Y><![CDATA[105.4]]></Location_Y>"
        "<Scale><![CDATA[15]]></Scale><Label><![CDATA[ 六枝 ]]></Label><Poiname><![CDATA[]]></Poiname>"
        "</SendLocationInfo>",
        event("location_select", event_key="KEY", detail=Place(26.2, 105.4, "六枝", 15)),
    ),
    (
        "MASSSENDJOBFINISH",
        "<MsgID>1000001625</MsgID><Status><![CDATA[send success]]></Status>" + COUNTS + COPYRIGHT + ARTICLE_URLS,
        event(
            "masssendjobfinish",
            detail=MassJob("1000001625", "send success", 100, 80, 75, 5, ("http://a/1", "http://a/2")),
        ),
    ),
    (
        "MASSSENDJOBFINISH",
        "<MsgID>1</MsgID><Status>err(30003)</Status><TotalCount>0</TotalCount><ArticleUrlResult><Count>0</Count>"
        "<ResultList></ResultList></ArticleUrlResult>",
        event("masssendjobfinish", detail=MassJob("1", "err(30003)")),
    ),
    (
        "TEMPLATESENDJOBFINISH",
        "<MsgID>200163836</MsgID><Status><![CDATA[failed:user block]]></Status>",
        event("templatesendjobfinish", detail=TemplateJob("200163836", "failed:user block")),
    ),
    (
        "PUBLISHJOBFINISH",
        "<PublishEventInfo><publish_id>2247503051</publish_id><publish_status>0</publish_status>"
        "<article_id><![CDATA[b5O2]]></article_id><article_detail><count>1</count><item><idx>1</idx>"
        "<article_url><![CDATA[http://a/1]]></article_url></item></article_detail></PublishEventInfo>",
        event("publishjobfinish", detail=PublishJob("2247503051", 0, "b5O2", ("http://a/1",))),
    ),
    (
        "PUBLISHJOBFINISH",
        "<PublishEventInfo><publish_id>2247503051</publish_id><publish_status>2</publish_status>"
        "<fail_idx>1</fail_idx><fail_idx>2</fail_idx></PublishEventInfo>",
        event("publishjobfinish", detail=PublishJob("2247503051", 2)),
    ),
    (
        "user_enter_tempsession",
        "<SessionFrom><![CDATA[from=直通车]]></SessionFrom>",
        event("user_enter_tempsession", session_from="from=直通车"),
    ),
    ("user_info_modified", "<OpenID>o</OpenID><RevokeInfo>1,2</RevokeInfo>", event("user_info_modified")),
    ("user_authorization_revoke", "<OpenID>o</OpenID>", event("user_authorization_revoke")),
    ("weapp_audit_success", "<SuccTime>1</SuccTime>", event("weapp_audit_success")),
    ("kf_create_session", "<KfAccount>a@b</KfAccount>", event("kf_create_session")),
    ("wxa_media_check", "<trace_id>1</trace_id>", event("wxa_media_check")),
    (
        "invented_tomorrow",
        "<EventKey>k</EventKey><Anything><a>1</a></Anything>",
        event("invented_tomorrow", event_key="k"),
    ),
    ("", "", event("")),
]
ID_OF_EVENT = "<MsgId>123</MsgId>"


@pytest.mark.parametrize("recase", [str, str.lower, str.upper, str.title], ids=["official", "lower", "upper", "title"])
@pytest.mark.parametrize(("name", "inner", "expected"), [row for row in EVENTS if row[0]])
def test_read_message_reads_every_row_of_the_event_table(name, inner, expected, recase):
    assert read(event_xml(recase(name), inner)) == expected


@pytest.mark.parametrize("name", ["", " ", "<![CDATA[]]>"])
def test_read_message_refuses_an_event_with_an_empty_name(name):
    assert unreadable(f"<xml>{HEAD}<MsgType>event</MsgType><Event>{name}</Event></xml>").sender == OPENID


def test_read_message_reads_an_event_without_a_name():
    assert read("<MsgType>event</MsgType>") == event("")


def test_read_message_gives_an_event_no_message_id():
    assert read(event_xml("CLICK", KEY + ID_OF_EVENT)) == event("click", event_key="KEY")


def test_read_message_accepts_both_spellings_of_a_jobs_id():
    one, other = (read(event_xml("TEMPLATESENDJOBFINISH", f"<{name}>7</{name}>")) for name in ("MsgID", "MsgId"))

    assert one == other == event("templatesendjobfinish", detail=TemplateJob("7", ""))


def test_read_message_shortens_an_event_key():
    assert read(event_xml("VIEW", f"<EventKey>{'k' * 5000}</EventKey>")) == event("view", event_key="k" * MAX_KEY)


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        *((name, True) for name in ("subscribe", "SCAN", "CLICK", "scancode_waitmsg")),
        *((name, False) for name in ("unsubscribe", "LOCATION", "VIEW", "view_miniprogram", "MASSSENDJOBFINISH")),
        *((name, False) for name in ("pic_weixin", "never_heard_of", "card_pass_check")),
        *((name, False) for name in ("subscribe_msg_popup_event", "user_authorization_revoke", "PUBLISHJOBFINISH")),
    ],
)
def test_shows_reply_knows_where_wechat_shows_none(name, shows):
    place = "<Latitude>1</Latitude><Longitude>1</Longitude>" if name == "LOCATION" else ""

    assert read(event_xml(name, place)).shows_reply == shows


# --- subscription messages, in every shape that was seen ---

POPUP = SubscribeChoice("TPL1", "accept")
POPUP_ITEM = (
    "<List><TemplateId><![CDATA[TPL1]]></TemplateId><SubscribeStatusString><![CDATA[accept]]></SubscribeStatusString>"
    "<PopupScene>2</PopupScene></List>"
)
REJECT_ITEM = (
    "<List><TemplateId>TPL2</TemplateId><SubscribeStatusString>reject</SubscribeStatusString>"
    "<PopupScene>2</PopupScene></List>"
)
SENT = SubscribeChoice("TPL1", "success", "1864323726461255680", 0)
SENT_ITEM = (
    "<List><TemplateId>TPL1</TemplateId><MsgID>1864323726461255680</MsgID><ErrorCode>0</ErrorCode>"
    "<ErrorStatus><![CDATA[success]]></ErrorStatus></List>"
)


@pytest.mark.parametrize(
    ("name", "inner", "items"),
    [
        ("popup", f"<SubscribeMsgPopupEvent>{POPUP_ITEM}</SubscribeMsgPopupEvent>", (POPUP,)),
        (
            "popup",
            f"<SubscribeMsgPopupEvent>{POPUP_ITEM}{REJECT_ITEM}</SubscribeMsgPopupEvent>",
            (POPUP, SubscribeChoice("TPL2", "reject")),
        ),
        ("popup", POPUP_ITEM, (POPUP,)),
        ("popup", "<SubscribeMsgPopupEvent></SubscribeMsgPopupEvent>", ()),
        ("popup", "", ()),
        (
            "change",
            f"<SubscribeMsgChangeEvent>{REJECT_ITEM}</SubscribeMsgChangeEvent>",
            (SubscribeChoice("TPL2", "reject"),),
        ),
        (
            "change",
            f"<SubscribeMsgPopupEvent>{REJECT_ITEM}</SubscribeMsgPopupEvent>",
            (SubscribeChoice("TPL2", "reject"),),
        ),
        ("sent", f"<SubscribeMsgSentEvent>{SENT_ITEM}</SubscribeMsgSentEvent>", (SENT,)),
        (
            "sent",
            "<SubscribeMsgSentEvent><List><TemplateId>T</TemplateId><MsgID>7</MsgID><ErrorCode>43101</ErrorCode>"
            "<ErrorStatus>user refuse</ErrorStatus></List></SubscribeMsgSentEvent>",
            (SubscribeChoice("T", "user refuse", "7", 43101),),
        ),
    ],
)
def test_read_message_reads_subscription_events(name, inner, items):
    name = f"subscribe_msg_{name}_event"

    assert read(event_xml(name, inner)) == event(name, detail=SubscribeChoices(items))


@pytest.mark.parametrize(
    ("fields", "items"),
    [
        ({"List": {"TemplateId": "TPL1", "SubscribeStatusString": "accept", "PopupScene": "0"}}, (POPUP,)),
        ({"List": [{"TemplateId": "TPL1", "SubscribeStatusString": "accept", "PopupScene": "0"}]}, (POPUP,)),
        (
            {
                "List": [
                    {"TemplateId": "TPL1", "SubscribeStatusString": "accept"},
                    {"TemplateId": "TPL2", "SubscribeStatusString": "reject"},
                ]
            },
            (POPUP, SubscribeChoice("TPL2", "reject")),
        ),
        ({"SubscribeMsgPopupEvent": {"List": {"TemplateId": "TPL1", "SubscribeStatusString": "accept"}}}, (POPUP,)),
        (
            {"List": {"TemplateId": "TPL1", "ErrorStatus": "success", "MsgID": int(SENT.job_id), "ErrorCode": 0}},
            (SENT,),
        ),
        ({"List": {"TemplateId": "TPL1", "ErrorStatus": "success", "MsgID": SENT.job_id, "ErrorCode": "0"}}, (SENT,)),
        ({"List": []}, ()),
        ({"List": None}, ()),
        ({}, ()),
    ],
)
@pytest.mark.parametrize("created", [CREATED, str(CREATED)], ids=["number", "string"])
def test_read_message_reads_subscription_events_in_json(fields, items, created):
    read_back = read_json(MsgType="event", Event="subscribe_msg_popup_event", **fields | {"CreateTime": created})

    assert read_back == event("subscribe_msg_popup_event", detail=SubscribeChoices(items))


# --- JSON says the same as XML ---


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"MsgType": "text", "Content": "在吗", "MsgId": int(MSG_ID)},
            message(Kind.TEXT, text="在吗"),
        ),
        ({"MsgType": "text", "Content": "在吗", "MsgId": MSG_ID}, message(Kind.TEXT, text="在吗")),
        ({"MsgType": "text", "Content": 42, "MsgId": MSG_ID}, message(Kind.TEXT, text="42")),
        ({"MsgType": "text", "Content": None, "MsgId": MSG_ID}, message(Kind.TEXT)),
        (
            {"MsgType": "text", "Content": "\ud83d\ude00 \ud800\x00\x02好\udfff", "MsgId": MSG_ID},
            message(Kind.TEXT, text="😀 好"),
        ),
        (
            {"MsgType": "image", "PicUrl": "http://p", "MediaId": "m", "MsgId": MSG_ID},
            message(Kind.IMAGE, detail=Media("m", url="http://p")),
        ),
        (
            {"MsgType": "miniprogrampage", "Title": "t", "AppId": "wx1", "PagePath": "p", "MsgId": MSG_ID},
            message(Kind.MINI_PROGRAM_PAGE, detail=MiniProgramPage("t", "wx1", "p")),
        ),
        (
            {"MsgType": "event", "Event": "user_enter_tempsession", "SessionFrom": "s"},
            event("user_enter_tempsession", session_from="s"),
        ),
        (
            {"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_bus-7"},
            event("subscribe", event_key="bus-7", scene="bus-7"),
        ),
        (
            {"MsgType": "event", "Event": "wxa_media_check", "detail": [{"strategy": "x"}], "version": 2},
            event("wxa_media_check"),
        ),
        ({}, message(Kind.UNKNOWN)),
    ],
)
def test_read_message_reads_json(fields, expected):
    assert read_json(**fields) == (expected if fields else replace(expected, msg_id=""))


# --- what is authentic, and yet no message ---


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"\x00",
        b"success",
        b"<xml",
        b"<xml/>",
        b"<xml></xml>",
        b"<xml>text</xml>",
        b"<xml><MsgType>text</MsgType></xml>",
        b"<html></html>",
        b"<xmlx></xmlx>",
        b"<!-- --><xml></xml>",
        b"\xff\xfe<\x00x\x00m\x00l\x00>\x00",
        b"{}",
        b"<xml>" * 10,
        b"<xml></xml><xml></xml>",
        b"<xml>&undefined;</xml>",
        b"<xml>&#2;</xml>",
        b"<xml><a></b></xml>",
    ],
)
def test_read_message_refuses_what_is_no_message(content):
    assert unreadable(content).sender == ""


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE xml><xml><MsgType>text</MsgType></xml>",
        b'<!DOCTYPE xml SYSTEM "http://evil/x.dtd"><xml><MsgType>text</MsgType></xml>',
        b'<?xml version="1.0"?>\n<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><Content>&x;</Content></xml>',
        b'<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in b"bcdefghij")
        + b"]><xml><MsgType>text</MsgType><Content>&j;</Content></xml>",
    ],
    ids=["empty", "external", "file", "billion laughs"],
)
def test_read_message_refuses_every_doctype(content):
    with in_time():
        assert unreadable(content).reason == "not a message"


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("<Content>没有类型</Content>", "KeyError"),
        ("<MsgType></MsgType>", "AttributeError"),
        ("<MsgType>text</MsgType><MsgType>event</MsgType>", "AttributeError"),
        ("<MsgType><a>text</a></MsgType>", "AttributeError"),
        ("<MsgType>event</MsgType><Event>CLICK</Event><Event>SCAN</Event>", "AttributeError"),
        ("<MsgType>event</MsgType><Event>subscribe</Event><EventKey><a>1</a></EventKey>", "AttributeError"),
        ("<MsgType>text</MsgType><Content>好", "ExpatError"),
        ("<MsgType>text</MsgType><Content>a]]>b</Content>", "ExpatError"),
        ("<MsgType>text</MsgType><Content>a</Content><Content>b</Content>", "fields: Content"),
        ("<MsgType>text</MsgType><Content><b>a</b></Content>", "fields: Content"),
        ('<MsgType>text</MsgType><Content lang="zh">a</Content>', "fields: Content"),
        ("<MsgType>text</MsgType><MsgId>1</MsgId><MsgId>2</MsgId>", "fields: MsgId"),
        (
            "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>a</EventKey><EventKey>b</EventKey>",
            "fields: EventKey",
        ),
        ("<MsgType>event</MsgType><Event>scancode_push</Event><ScanCodeInfo>x</ScanCodeInfo>", "fields: ScanCodeInfo"),
        (
            "<MsgType>event</MsgType><Event>pic_weixin</Event><SendPicsInfo><PicList>x</PicList></SendPicsInfo>",
            "fields: PicList",
        ),
        (event_xml("subscribe_msg_sent_event", "<SubscribeMsgSentEvent>x</SubscribeMsgSentEvent>"), None),
        (event_xml("subscribe_msg_sent_event", "<SubscribeMsgSentEvent/>" * 2), None),
        (event_xml("subscribe_msg_sent_event", "<List>x</List>"), "fields: List"),
        (event_xml("MASSSENDJOBFINISH", "<TotalCount>many</TotalCount>"), "fields: TotalCount"),
        (event_xml("LOCATION", "<Latitude>x</Latitude><Longitude>1</Longitude>"), None),
        (event_xml("LOCATION", "<Latitude>nan</Latitude><Longitude>1</Longitude>"), "fields: Location_X"),
        (event_xml("LOCATION", "<Latitude>1</Latitude><Longitude>1e999</Longitude>"), "fields: Location_Y"),
        (event_xml("LOCATION", "<Latitude>1</Latitude>"), None),
        (message_xml("location", "<Location_X>1</Location_X><Location_Y>1</Location_Y><Scale>1.5</Scale>"), None),
    ],
)
def test_read_message_refuses_odd_fields_and_still_tells_who_sent_them(inner, reason):
    refused = unreadable(f"<xml>{HEAD}{inner}</xml>")

    assert (refused.sender, refused.receiver) == (OPENID, GH)
    assert refused.reason == reason or reason is None


@pytest.mark.parametrize(
    "created",
    ["9" * 20, "1771545600.5", "1e9", "0x1", "now", "1 2", "１２", "1_000", "<a/>", "1</CreateTime><CreateTime>2"],
)
def test_read_message_refuses_an_odd_time(created):
    content = f"<xml>{HEAD.replace(str(CREATED), created)}{message_xml('text', '<Content>好</Content>')}</xml>"

    assert unreadable(content).reason == "fields: CreateTime"


@pytest.mark.parametrize("name", ["FromUserName", "ToUserName"])
@pytest.mark.parametrize("user", ["", "a b", "a&lt;b", "a'b", "u" * 65, "<b>a</b>", "a&quot;b"])
def test_read_message_refuses_an_odd_user_name(name, user):
    whole = HEAD.replace(f"<![CDATA[{OPENID if name == 'FromUserName' else GH}]]>", user)

    refused = unreadable(f"<xml>{whole}{message_xml('text')}</xml>")

    assert refused.reason == f"fields: {name}"
    assert (refused.sender or refused.receiver) == (GH if name == "FromUserName" else OPENID)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"NaN",
        b"7",
        b"\xff",
        b"[" * 60_000,
        b'{"a":' * 12_000,
        b'{"a":' * 600 + b"1" + b"}" * 600,
        b'{"CreateTime": ' + b"9" * 5000 + b"}",
        b"<xml></xml>",
    ],
)
def test_read_message_refuses_what_is_no_json_message(content):
    with in_time():
        assert unreadable(content, is_json=True).sender == ""


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"MsgType": "text", "Content": ["a", "b"]}, "fields: Content"),
        ({"MsgType": "text", "Content": {"a": 1}}, "fields: Content"),
        ({"MsgType": "text", "Content": True}, "fields: Content"),
        ({"MsgType": ["text"]}, "fields: MsgType"),
        ({"MsgType": {"a": "text"}}, "fields: MsgType"),
        ({"MsgType": "text", "CreateTime": float("nan")}, "fields: CreateTime"),
        ({"MsgType": "text", "CreateTime": float("inf")}, "fields: CreateTime"),
        ({"MsgType": "text", "CreateTime": 10**19}, "fields: CreateTime"),
        ({"MsgType": "text", "CreateTime": False}, "fields: CreateTime"),
        ({"MsgType": "event", "Event": 7, "EventKey": []}, "fields: EventKey"),
        ({"MsgType": "location", "Location_X": float("nan"), "Location_Y": 1}, "fields: Location_X"),
        ({"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": ["a"]}, "fields: List"),
        ({"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": [None]}, "fields: List"),
        (
            {"MsgType": "event", "Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": [{"List": []}]},
            "fields: SubscribeMsgPopupEvent",
        ),
        (
            {"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": {"ErrorCode": 1.5}},
            "fields: ErrorCode",
        ),
    ],
)
def test_read_message_refuses_odd_json_fields(fields, reason):
    refused = unreadable(json.dumps(JSON_HEAD | fields), is_json=True)

    assert (refused.reason, refused.sender, refused.receiver) == (reason, OPENID, GH)


def test_read_message_survives_64_kb_of_nested_tags():
    for content in (b"<xml>" + b"<a>" * 21_000, b"<xml>" + b"<a>" * 9_000 + b"</a>" * 9_000 + b"</xml>"):
        with in_time():
            assert unreadable(content).sender == ""


def test_read_message_refuses_nested_content_however_deep():
    nested = "<a>" * 9_000 + "</a>" * 9_000

    with in_time():
        refused = unreadable(f"<xml>{HEAD}{message_xml('text', f'<Content>{nested}</Content>')}</xml>")

    assert (refused.reason, refused.sender, refused.kind) == ("fields: Content", OPENID, "text")


@pytest.mark.parametrize(
    "filler", [" ", "<FromUserName>", "<FromUserName> ", "<?xml ", "]]>", "<![CDATA[", "&amp;", "<!--", "<a b='c' />"]
)
def test_read_message_judges_64_kb_of_anything_in_no_time(filler):
    content = "<xml>" + filler * (65_000 // len(filler))

    with in_time():
        assert unreadable(content).sender == ""


# --- one delivery or another ---

TEXT = message_xml("text", "<Content>在吗</Content>")


def key_of(inner, *, openid=OPENID, created=CREATED):
    head = HEAD.replace(OPENID, openid).replace(str(CREATED), str(created))
    return read_message(f"<xml>{head}{inner}</xml>".encode()).dedup_key


@pytest.mark.parametrize(
    "inner", [TEXT, event_xml("CLICK", KEY), event_xml("subscribe", "<EventKey>qrscene_1</EventKey><Ticket>T</Ticket>")]
)
def test_dedup_key_is_the_same_for_every_delivery(inner):
    assert key_of(inner) == key_of(inner.replace("\n", "\n\n"))


def test_dedup_key_is_the_same_in_json():
    in_json = read_json(MsgType="text", Content="在吗", MsgId=int(MSG_ID))

    assert in_json.dedup_key == key_of(TEXT)


PLACE = "<Latitude>1</Latitude><Longitude>1</Longitude>"
PAIRS = {
    "the same id from another user": (key_of(TEXT), key_of(TEXT, openid="oLiSi")),
    "another id": (key_of(TEXT), key_of(TEXT.replace(MSG_ID, MSG_ID[:-1] + "9"))),
    "the same id a day later": (key_of(TEXT), key_of(TEXT, created=CREATED + 86_400)),
    "LOCATION and CLICK": (key_of(event_xml("LOCATION", PLACE)), key_of(event_xml("CLICK", KEY))),
    "two CLICKs": (key_of(event_xml("CLICK", KEY)), key_of(event_xml("CLICK", KEY.replace("KEY]", "KEY2]")))),
    "CLICK and VIEW": (key_of(event_xml("CLICK", KEY)), key_of(event_xml("VIEW", KEY))),
    "two followers": (key_of(event_xml("subscribe")), key_of(event_xml("subscribe"), openid="oLiSi")),
    "unfollow and follow": (key_of(event_xml("unsubscribe")), key_of(event_xml("subscribe"))),
    "two mass jobs": tuple(key_of(event_xml("MASSSENDJOBFINISH", f"<MsgID>{job}</MsgID>")) for job in (1, 2)),
    "two template jobs": tuple(key_of(event_xml("TEMPLATESENDJOBFINISH", f"<MsgID>{job}</MsgID>")) for job in (1, 2)),
    "two publications": tuple(
        key_of(event_xml("PUBLISHJOBFINISH", f"<PublishEventInfo><publish_id>{job}</publish_id></PublishEventInfo>"))
        for job in (1, 2)
    ),
    "two subscription messages": tuple(
        key_of(event_xml("subscribe_msg_sent_event", SENT_ITEM.replace("1864323726461255680", str(job))))
        for job in (1, 2)
    ),
    "two answers to a popup": (
        key_of(event_xml("subscribe_msg_popup_event", POPUP_ITEM)),
        key_of(event_xml("subscribe_msg_popup_event", POPUP_ITEM.replace("TPL1", "TPL2"))),
    ),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_dedup_key_differs_for_another_message(pair):
    first, second = pair

    assert first != second


def test_dedup_key_begins_with_the_second_and_is_short():
    key = key_of(TEXT)

    assert (key.partition(".")[0], len(key)) == (str(CREATED), 51)


# --- whatever comes ---

TAGS = st.sampled_from(
    [
        *("MsgType", "Event", "EventKey", "CreateTime", "FromUserName", "ToUserName", "MsgId", "MsgID", "Content"),
        *("Recognition", "MediaId", "Location_X", "Location_Y", "Scale", "Latitude", "Longitude", "Precision"),
        *("ScanCodeInfo", "ScanType", "SendPicsInfo", "PicList", "item", "PicMd5Sum", "Count", "SendLocationInfo"),
        *("ArticleUrlResult", "ResultList", "ArticleUrl", "TotalCount", "Status", "PublishEventInfo"),
        *("article_detail", "publish_status", "SubscribeMsgPopupEvent", "SubscribeMsgSentEvent", "List"),
        *("TemplateId", "ErrorCode", "bizmsgmenuid", "SessionFrom", "xml"),
    ]
)
EVENT_NAMES = sorted(
    {row[0] for row in EVENTS} | {f"subscribe_msg_{name}_event" for name in ("popup", "change", "sent")}
)
VALUES = st.sampled_from(
    ["text", "event", "voice", "location", "image", "link", *EVENT_NAMES, "1", "-1", "nan", "9" * 20, "qrscene_1", ""]
) | st.text(max_size=8)
TREES = st.recursive(VALUES, lambda inner: st.lists(st.tuples(TAGS, inner), max_size=6), max_leaves=12)
SUBSCRIPTIONS = [
    event_xml(
        "subscribe_msg_popup_event", f"<SubscribeMsgPopupEvent>{POPUP_ITEM}{REJECT_ITEM}</SubscribeMsgPopupEvent>"
    ),
    event_xml("subscribe_msg_sent_event", f"<SubscribeMsgSentEvent>{SENT_ITEM}</SubscribeMsgSentEvent>"),
]
SAMPLES = [
    f"<xml>{HEAD}{inner}</xml>".encode()
    for inner in (
        *(message_xml(kind, inner) for kind, inner, _ in MESSAGES),
        *(event_xml(name, inner) for name, inner, _ in EVENTS),
        *SUBSCRIPTIONS,
    )
]
PIECES = st.sampled_from(
    [b"<xml>", b"</xml>", b"<![CDATA[", b"]]>", b"<a>", b"</a>", b"<MsgType>", b"<List/>", b"&#0;", b"\x00", b"\xff"]
) | st.binary(max_size=4)


def to_xml(tree):
    if isinstance(tree, str):
        return tree.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"<{tag}>{to_xml(inner)}</{tag}>" for tag, inner in tree)


def to_json(tree):
    """Doubled tags become an array, as in WeChat's own JSON."""
    if isinstance(tree, str):
        return tree
    fields = {}
    for tag, inner in tree:
        fields.setdefault(tag, []).append(to_json(inner))
    return {tag: inner[0] if len(inner) == 1 else inner for tag, inner in fields.items()}


def read_or_refuse(content, *, is_json=False):
    """Any exception but MessageUnreadable fails the test; a message that is read must be usable."""
    with in_time():
        try:
            read_back = read_message(content, is_json=is_json)
        except MessageUnreadable as refused:
            str(refused).encode("utf-8", "replace")
            return
    words = (read_back.text, read_back.event, read_back.event_key, read_back.scene, read_back.msg_id, read_back.tapped)
    assert [type(word) for word in words] == [str] * 6
    assert read_back == replace(read_back)
    assert f"{hash(read_back)} {read_back.dedup_key} {read_back!r}".encode()


@pytest.mark.parametrize(
    "damage",
    [
        "",
        r"<\1></\1>",
        r"<\1>x</\1>",
        r"<\1>nan</\1>",
        r"<\1/><\1/>",
        r"<\1><a>1</a></\1>",
        r"<\1><item/><item>x</item><List/></\1>",
        r"<\1 a='1'>1</\1>",
        r"\g<0>\g<0>",
    ],
)
def test_read_message_survives_damage_to_each_element_of_each_sample(damage):
    for sample in SAMPLES:
        for tag in re.findall(r"</(\w+)>", sample.decode()):
            damaged = re.sub(rf"<({tag})>.*?</{tag}>", damage, sample.decode(), flags=re.DOTALL)
            read_or_refuse(damaged.encode())


@thorough
@given(st.binary(max_size=500), st.booleans())
def test_read_message_of_any_bytes_raises_nothing_else(content, is_json):
    read_or_refuse(content, is_json=is_json)
    read_or_refuse(b"<xml>" + content + b"</xml>")


@thorough
@given(st.sampled_from(SAMPLES), st.data())
def test_read_message_of_a_damaged_message_raises_nothing_else(content, data):
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 40)))
        content = content[:start] + data.draw(PIECES) * data.draw(st.integers(0, 3)) + content[end:]

    read_or_refuse(content)


@thorough
@given(st.lists(st.tuples(TAGS, TREES), max_size=8), VALUES, st.booleans())
def test_read_message_of_any_tree_raises_nothing_else(tree, name, headed):
    head = HEAD + f"<MsgType>event</MsgType><Event>{to_xml(name)}</Event>" if headed else ""

    read_or_refuse(f"<xml>{head}{to_xml(tree)}</xml>".encode("utf-8", "surrogatepass"))


@thorough
@given(st.lists(st.tuples(TAGS, TREES), max_size=8), VALUES, st.booleans())
def test_read_message_of_any_json_tree_raises_nothing_else(tree, name, headed):
    head = JSON_HEAD | {"MsgType": "event", "Event": name} if headed else {}

    read_or_refuse(json.dumps(head | to_json(tree)).encode(), is_json=True)


@thorough
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | VALUES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TAGS, inner, max_size=4),
        max_leaves=15,
    ),
    st.dictionaries(TAGS, st.none() | st.integers() | st.floats() | VALUES, max_size=6),
)
def test_read_message_of_any_json_raises_nothing_else(document, fields):
    read_or_refuse(json.dumps(document).encode(), is_json=True)
    read_or_refuse(json.dumps(JSON_HEAD | fields).encode(), is_json=True)

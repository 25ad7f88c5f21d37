"""The XML of what followers send, read by wechatpy and byte by byte."""

import warnings
from datetime import UTC, datetime

import pytest

from app.wechat.simulator import events, messages
from app.wechat.simulator.messages import kind_of, to_xml

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from wechatpy import parse_message

AT = datetime(2026, 2, 20, tzinfo=UTC)


def xml_of(inbound):
    return to_xml(inbound, account="gh_1", openid="o1", at=AT, msg_id=7)


def test_text_is_laid_out_as_wechat_does():
    assert xml_of(messages.text("在吗")) == (
        "<xml><ToUserName><![CDATA[gh_1]]></ToUserName>\n"
        "<FromUserName><![CDATA[o1]]></FromUserName>\n"
        "<CreateTime>1771545600</CreateTime>\n"
        "<MsgType><![CDATA[text]]></MsgType>\n"
        "<Content><![CDATA[在吗]]></Content>\n"
        "<MsgId>7</MsgId>\n"
        "</xml>"
    )


@pytest.mark.parametrize("content", ["]]>", "a]]>b]]>", "]]]]>>", "<a href='x'>&amp;</a>", "<![CDATA[x]]>"])
def test_text_keeps_every_character(content):
    assert parse_message(xml_of(messages.text(content))).content == content


@pytest.mark.parametrize(
    ("inbound", "expected"),
    [
        (messages.voice("m1", "想去中山"), {"type": "voice", "media_id": "m1", "recognition": "想去中山"}),
        (messages.image("m2", "http://p/1"), {"type": "image", "media_id": "m2", "image": "http://p/1"}),
        (messages.video("m3", "t3"), {"type": "video", "media_id": "m3", "thumb_media_id": "t3"}),
        (messages.link("标题", "说明", "http://u"), {"type": "link", "title": "标题", "url": "http://u"}),
        (events.subscribe(), {"event": "subscribe"}),
        (events.subscribe("42", "T"), {"event": "subscribe_scan", "scene_id": "42", "ticket": "T"}),
        (events.unsubscribe(), {"event": "unsubscribe"}),
        (events.scan("42", "T"), {"event": "scan", "scene_id": "42", "ticket": "T"}),
        (events.click("JOBS"), {"event": "click", "key": "JOBS"}),
        (events.view("http://v", 5), {"event": "view", "url": "http://v"}),
        (events.report_location(26.2, 105.48), {"event": "location", "latitude": 26.2, "longitude": 105.48}),
    ],
)
def test_wechatpy_reads_what_was_meant(inbound, expected):
    message = parse_message(xml_of(inbound))

    assert {name: getattr(message, name) for name in expected} == expected


def test_location_gives_latitude_first():
    xml = xml_of(messages.location(26.21, 105.48, label="六枝"))

    assert "<Location_X>26.210000</Location_X>\n<Location_Y>105.480000</Location_Y>\n<Scale>16</Scale>" in xml


@pytest.mark.parametrize(
    ("menu_id", "tag"), [("101", "101"), ("007", "<![CDATA[007]]>"), ("a", "<![CDATA[a]]>"), ("²", "<![CDATA[²]]>")]
)
def test_tap_is_text_with_a_menu_id(menu_id, tag):
    xml = xml_of(messages.tap("满意", menu_id))

    assert parse_message(xml).content == "满意"
    assert f"<MsgId>7</MsgId>\n<bizmsgmenuid>{tag}</bizmsgmenuid>" in xml


def test_voice_without_recognition_has_no_such_field():
    assert "Recognition" not in xml_of(messages.voice("m1"))
    assert "<Recognition><![CDATA[]]></Recognition>" in xml_of(messages.voice("m1", ""))


def test_events_have_no_msg_id_and_keep_wechats_spelling():
    happenings = [events.subscribe(), events.scan("1"), events.click("K"), events.view("u", 1)]

    assert [xml_of(one).count("MsgId") for one in happenings] == [0, 0, 0, 0]
    assert [one.name for one in happenings] == ["event.subscribe", "event.SCAN", "event.CLICK", "event.VIEW"]


@pytest.mark.parametrize(("xml", "kind"), [("<MsgType>text</MsgType>", "text"), ("<xml/>", ""), ("", "")])
def test_kind_of_raw_xml(xml, kind):
    assert kind_of(xml) == kind
    assert kind_of(xml_of(messages.unknown("file"))) == "file"

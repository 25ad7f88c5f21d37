"""What WeChat shows of a reply, and what it refuses."""

import time

import pytest

from app.wechat.codec import AesKey, sign
from app.wechat.simulator.account import Account
from app.wechat.simulator.replies import FAULT_NOTICE, Question, judge

from .conftest import ACCOUNT, AES_KEY, APP_ID, MODES, TOKEN, text_reply

PLAIN, COMPATIBLE, SAFE = (Account(**ACCOUNT, **MODES[mode]) for mode in ("plain", "compatible", "safe"))
TEXT = Question("o1", "text")
CLICK = Question("o1", "event")


def reply(kind, inner):
    return text_reply("o1", MsgType=kind, Content=None).replace("</xml>", f"{inner}</xml>").encode()


def news(count, announced=None):
    items = "<item><Title>标题</Title><Description>说明</Description><PicUrl>p</PicUrl><Url>u</Url></item>" * count
    return reply("news", f"<ArticleCount>{announced or count}</ArticleCount><Articles>{items}</Articles>")


def sealed(xml, *, app_id=APP_ID, signature=None, key=AES_KEY):
    encrypted = AesKey(key).encrypt(xml.encode(), app_id)
    stamp = str(int(time.time()))
    signature = signature or sign(TOKEN, stamp, "n", encrypted)
    return (
        f"<xml><Encrypt>{encrypted}</Encrypt><MsgSignature>{signature}</MsgSignature>"
        f"<TimeStamp>{stamp}</TimeStamp><Nonce>n</Nonce></xml>"
    ).encode()


@pytest.mark.parametrize("body", [b"", b"success", b"success\n"])
@pytest.mark.parametrize("account", [PLAIN, SAFE])
def test_silence_is_accepted(account, body):
    verdict = judge(account, TEXT, body)

    assert (verdict.shown, verdict.rejected) == (None, None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"ok": true}', "回复的是 JSON，不是 XML"),
        (b'"success"', "回复不是合格的 XML"),
        (b"hello", "回复不是合格的 XML"),
        (b"<html></html>", "回复的根是 <html>，不是 <xml>"),
        (b"<xml><MsgType>text</xml>", "回复不是合格的 XML"),
        (b'<!DOCTYPE xml [<!ENTITY a "b">]><xml/>', "回复里有 DOCTYPE"),
        (text_reply("o1", "\x02").encode(), "回复不是合格的 XML"),
        (text_reply("o1").encode("gb18030"), "回复不是 UTF-8"),
        (text_reply("o2").encode(), "ToUserName 不是这位关注者"),
        (text_reply("o1", FromUserName="o1").encode(), "FromUserName 不是本公众号"),
        (text_reply("o1", FromUserName=None).encode(), "缺少 FromUserName"),
        (text_reply("o1", CreateTime="1.5").encode(), "CreateTime 不是整数"),
        (text_reply("o1", MsgType=None).encode(), "缺少 MsgType"),
        (text_reply("o1", MsgType="card").encode(), "不认识的 MsgType“card”"),
        (text_reply("o1", "").encode(), "缺少 Content"),
        (text_reply("o1", "<b>x</b>").encode(), "Content 里套了别的标签"),
        (text_reply("o1", "a</Content><Content>b").encode(), "字段 Content 出现了不止一次"),
        (text_reply("o1", "好" * 683).encode(), "文本有 2049 字节，超过 2048"),
        (text_reply("o1", "好" * 30_000).encode(), "回复超过 64 KB"),
        (reply("image", "<Image><MediaId></MediaId></Image>"), "缺少 Image/MediaId"),
        (reply("voice", ""), "缺少 Voice/MediaId"),
        (reply("video", "<Video><Title>t</Title></Video>"), "缺少 Video/MediaId"),
        (reply("music", "<Music><Title>t</Title></Music>"), "缺少 Music/ThumbMediaId"),
        (news(0, "0"), "图文一条也没有"),
        (news(1, "2"), "ArticleCount 与图文条数不符"),
        (sealed(text_reply("o1")), "明文模式下的回复不能加密"),
    ],
)
def test_reply_is_rejected_with_a_reason(body, reason):
    verdict = judge(PLAIN, TEXT, body)

    assert verdict.shown == FAULT_NOTICE
    assert verdict.rejected.startswith(reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (text_reply("o1").encode(), "安全模式下的回复必须加密"),
        (sealed(text_reply("o1"), signature="0" * 40), "MsgSignature 不对"),
        (sealed(text_reply("o1"), app_id="wxother"), "回复解不开（app_id）"),
        (sealed(text_reply("o1"), key="x" * 43), "回复解不开"),
        (sealed("success"), "回复不是合格的 XML"),
        (b"<xml><Encrypt>AAAA</Encrypt></xml>", "缺少 TimeStamp"),
    ],
)
def test_reply_in_safe_mode_is_rejected_with_a_reason(body, reason):
    verdict = judge(SAFE, TEXT, body)

    assert verdict.shown == FAULT_NOTICE
    assert verdict.rejected.startswith(reason)


@pytest.mark.parametrize(
    ("question", "count", "allowed"),
    [
        *((Question("o1", kind), 1, True) for kind in ("text", "image", "voice", "video", "location", "link")),
        *((Question("o1", kind), 2, False) for kind in ("text", "image", "voice", "video", "location", "link")),
        (CLICK, 8, True),
        (CLICK, 9, False),
    ],
)
def test_news_has_its_limit(question, count, allowed):
    verdict = judge(PLAIN, question, news(count))

    assert (verdict.rejected is None) == allowed
    assert allowed == (verdict.shown.type == "news")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            text_reply("o1", '<![CDATA[看<a href="https://x">这里</a>\n第二行]]>').encode(),
            {"type": "text", "text": '看<a href="https://x">这里</a>\n第二行'},
        ),
        (text_reply("o1", "好" * 682 + "ab").encode(), {"type": "text", "text": "好" * 682 + "ab"}),
        (
            reply("image", "<Image><MediaId>m</MediaId></Image>"),
            {"type": "image", "text": "", "media_id": "m"},
        ),
        (
            news(1),
            {
                "type": "news",
                "text": "标题",
                "articles": [{"title": "标题", "description": "说明", "pic_url": "p", "url": "u"}],
            },
        ),
    ],
)
def test_reply_is_shown(body, shown):
    verdict = judge(PLAIN, TEXT, body)

    assert (verdict.shown.as_json(), verdict.rejected) == (shown, None)


def test_transfer_to_customer_service_shows_nothing():
    verdict = judge(PLAIN, TEXT, reply("transfer_customer_service", ""))

    assert (verdict.shown, verdict.rejected) == (None, None)


def test_compatible_mode_takes_both():
    bodies = [text_reply("o1").encode(), sealed(text_reply("o1"))]

    assert [judge(COMPATIBLE, TEXT, body).shown.text for body in bodies] == ["您好", "您好"]

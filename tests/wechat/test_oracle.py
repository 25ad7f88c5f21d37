"""wechatpy as a second opinion, wherever it has one: signatures, both directions of the cipher, parsing, replies."""

import re
from base64 import b64encode

import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.parser import parse_message
from wechatpy.replies import TextReply
from wechatpy.utils import WeChatSigner

from app.language.characters import strip_illegal
from app.wechat.codec import AesKey, Codec, sign
from app.wechat.messages import Kind, Message
from app.wechat.parse import read_message
from app.wechat.replies import Article, News, Text, render

from .wire import NONCE, TIMESTAMP, TOKEN, WORDS, address, thorough

KEYS = st.text("ABCXYZabcxyz0189", min_size=43, max_size=43)
APP_IDS = st.text(min_size=1, max_size=40)
CONTENTS = st.text(max_size=400)
NOW = float(TIMESTAMP)
USERS = st.from_regex(r"[A-Za-z0-9_-]{1,28}", fullmatch=True)
SECONDS_SINCE_1970 = st.integers(0, 2**33)


def field(xml, name):
    return re.search(rf"<{name}>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</{name}>", xml)[1]


def cdata(text):
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


@thorough
@given(st.lists(st.text()))
def test_sign_equals_wechatpys(parts):
    signer = WeChatSigner()
    signer.add_data(*parts)

    assert sign(*parts) == signer.signature


@thorough
@given(KEYS, APP_IDS, CONTENTS)
def test_open_reads_what_wechatpy_encrypts(key, app_id, content):
    sent = WeChatCrypto(TOKEN, key, app_id).encrypt_message(content, NONCE, TIMESTAMP)
    query = address(encrypt_type="aes", msg_signature=field(sent, "MsgSignature"))

    envelope = Codec(token=TOKEN, app_id=app_id, aes_key=key).open(query, sent.encode(), now=NOW)

    assert envelope.content == content.encode()


@thorough
@given(KEYS, KEYS, APP_IDS, CONTENTS)
def test_open_reads_what_wechatpy_encrypts_with_the_previous_key(key, previous, app_id, content):
    sent = WeChatCrypto(TOKEN, previous, app_id).encrypt_message(content, NONCE, TIMESTAMP)
    query = address(encrypt_type="aes", msg_signature=field(sent, "MsgSignature"))
    codec = Codec(token=TOKEN, app_id=app_id, aes_key=key, previous_aes_key=previous)

    sealed = codec.seal("<xml/>", codec.open(query, sent.encode(), now=NOW), now=NOW)

    oracle = WeChatCrypto(TOKEN, previous, app_id)
    assert oracle.decrypt_message(
        sealed, *(field(sealed, name) for name in ("MsgSignature", "TimeStamp", "Nonce"))
    ) == ("<xml/>")


@thorough
@given(KEYS, APP_IDS, CONTENTS)
def test_wechatpy_opens_what_we_seal(key, app_id, reply):
    codec = Codec(token=TOKEN, app_id=app_id, aes_key=key)
    oracle = WeChatCrypto(TOKEN, key, app_id)
    question = oracle.encrypt_message("<xml/>", NONCE, TIMESTAMP)
    query = address(encrypt_type="aes", msg_signature=field(question, "MsgSignature"))

    sealed = codec.seal(reply, codec.open(query, question.encode(), now=NOW), now=NOW)

    signature, timestamp, nonce = (field(sealed, name) for name in ("MsgSignature", "TimeStamp", "Nonce"))
    assert oracle.decrypt_message(sealed, signature, timestamp, nonce) == reply


@thorough
@given(st.binary(min_size=16, max_size=16), st.binary(max_size=300), APP_IDS)
def test_our_two_directions_agree_for_any_bytes(prefix, content, app_id):
    key = AesKey("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")

    assert key.decrypt(key.encrypt_with_prefix(prefix, content, app_id), app_id) == content


@thorough
@given(USERS, USERS, SECONDS_SINCE_1970, st.integers(1, 2**63 - 1), WORDS)
def test_read_message_reads_a_text_as_wechatpy_does(openid, account, created, msg_id, content):
    xml = (
        f"<xml><ToUserName>{cdata(account)}</ToUserName><FromUserName>{cdata(openid)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType>{cdata('text')}</MsgType><Content>{cdata(content)}</Content>"
        f"<MsgId>{msg_id}</MsgId></xml>"
    )
    oracle = parse_message(xml)

    ours = read_message(xml.encode())

    assert ours == Message(Kind.TEXT, account, openid, created, str(msg_id), text=content.strip())
    assert (ours.text, ours.msg_id, ours.created) == (oracle.content or "", str(oracle.id), oracle.time or 0)
    assert (ours.from_user, ours.to_user) == (oracle.source, oracle.target)


@thorough
@given(st.text(), st.sampled_from(["CLICK", "VIEW", "SCAN", "subscribe", "unsubscribe"]), WORDS, SECONDS_SINCE_1970)
def test_read_message_reads_events_as_wechatpy_does(noise, name, event_key, created):
    comment = b64encode(noise.encode()).decode()
    xml = (
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>"
        f"<!-- {comment} --><CreateTime>{created}</CreateTime><MsgType>event</MsgType><Event>{name}</Event>"
        f"<EventKey>{cdata(event_key[:200])}</EventKey></xml>"
    )
    oracle = parse_message(xml)

    ours = read_message(xml.encode())

    expected = getattr(oracle, "key", None) or getattr(oracle, "url", None) or getattr(oracle, "scene_id", None)
    if name != "unsubscribe":
        assert ours.event_key == (expected or "")
    # wechatpy makes a kind of its own of a follow through a QR code.
    assert (ours.event, ours.created) == (oracle.event.removesuffix("_scan"), oracle.time or 0)


@thorough
@given(
    st.floats(-90, 90).map(lambda degrees: round(degrees, 6)),
    st.floats(-180, 180).map(lambda degrees: round(degrees, 6)),
    st.integers(0, 20),
    WORDS,
)
def test_read_message_reads_a_place_as_wechatpy_does(latitude, longitude, scale, label):
    xml = (
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>location</MsgType><Location_X>{latitude:.6f}</Location_X><Location_Y>{longitude:.6f}</Location_Y>"
        f"<Scale>{scale}</Scale><Label>{cdata(label)}</Label><MsgId>1</MsgId></xml>"
    )
    oracle = parse_message(xml)

    place = read_message(xml.encode()).detail

    assert (f"{place.latitude:.6f}", f"{place.longitude:.6f}") == (oracle.location_x, oracle.location_y)
    assert (str(place.scale), place.label) == (oracle.scale, oracle.label or "")


@thorough
@given(WORDS.filter(str.strip))
def test_render_equals_wechatpys_reply_where_nothing_needs_escaping(content):
    content = content.replace("]]>", "")[:500]
    message = Message(Kind.TEXT, "gh_1", "o1", 1)
    oracle = TextReply(content=content, source="gh_1", target="o1", time=1)

    ours = render(Text(content), message, created=1) if content.strip() else oracle.render()

    assert xmltodict.parse(ours) == xmltodict.parse(oracle.render())


@thorough
@given(st.lists(st.text(max_size=30) | st.sampled_from(["]]>", "\x00", "😀", "\ud800", "<xml>", "&"])).map("".join))
def test_xmltodict_reads_our_replies_back(content):
    shown = strip_illegal(content).replace("\r\n", "\n").replace("\r", "\n")
    message = Message(Kind.EVENT, "gh_1", "o1", 1, event="click")

    news = render(News((Article(content, content, content, content),)), message, created=1)

    item = xmltodict.parse(news, strip_whitespace=False)["xml"]["Articles"]["item"]
    assert {name: item[name] or "" for name in ("Title", "Description", "PicUrl", "Url")} == dict.fromkeys(
        ("Title", "Description", "PicUrl", "Url"), shown
    )

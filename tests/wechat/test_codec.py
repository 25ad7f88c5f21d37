"""Whose envelope is opened, whose is refused and why, and that each guard is what keeps the attack out."""

import json
from base64 import b64decode, b64encode
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.wechat import codec as codec_module
from app.wechat.codec import BLOCK, MAX_BODY, AesKey, Codec, Envelope, EnvelopeRefused, sign

from .wire import (
    AES_KEY,
    APP_ID,
    NONCE,
    NOW,
    OLD_KEY,
    TIMESTAMP,
    TOKEN,
    address,
    encrypt,
    encrypt_blocks,
    encrypted_address,
    framed,
    in_time,
    padded,
    plain_codec,
    refusal,
    safe_body,
    safe_codec,
    thorough,
)

HELLO = "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content></xml>".encode()
PREFIX = b"0123456789abcdef"
VECTORS = [
    pytest.param(
        HELLO,
        "4938e4ae7f20e48ea11ff5ebebfde94323e1f45e",
        "Q3stYC6hdFzMh9T8HCvyDMw5rmmq0qJcY77jXFhg3zcsmBXvn4zy3wlNEKGqmOUce3kXqQffzVSIUAhoPbwRyygEFMbu134/LtpOHyi0ys"
        "VImpUvFJvPDIUhXMHVf2oiK/wovdwU9D2EaGZdlCys465tfZWcd0T2tea9uTs63mU=",
        id="hello, padded by 7",
    ),
    pytest.param(
        b"a" * 58,
        "be6b1b9a1bef4ba60f6d2e11efe5897d214d5d75",
        "Q3stYC6hdFzMh9T8HCvyDMWbvVsCW8gh6GuwE/VzarhdVDt007k2PhxKCNb/h+E1op8WY2TARS6SEuJdjYI3eJRYrxZByFl5iXDan2JFFg"
        "JeFUvYlbJxNuwrGOUnrz/U3Y/o/59QUObrizS72Aj+eyEyfKENAd0GizUrNVFoX3A=",
        id="padded by a whole block",
    ),
]
ALTERED = HELLO.replace("你好".encode(), "转账".encode())


def safe_request(content=HELLO, **key):
    encrypted = encrypt(content, **key)
    return encrypted_address(encrypted), safe_body(encrypted)


# --- golden vectors ---


@pytest.mark.parametrize(
    ("timestamp", "nonce", "signature"),
    [
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
    ],
)
def test_check_address_accepts_the_official_handshakes(timestamp, nonce, signature):
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": "4375120948345356249"}

    returned = Codec(token="AAAAA", app_id=APP_ID).check_address(query, now=float(timestamp))

    assert returned == signature


@pytest.mark.parametrize(("content", "signature", "encrypted"), VECTORS)
def test_encrypt_makes_the_golden_vectors(content, signature, encrypted):
    made = AesKey(AES_KEY).encrypt_with_prefix(PREFIX, content, APP_ID)

    assert (made, sign(TOKEN, TIMESTAMP, NONCE, made)) == (encrypted, signature)


@pytest.mark.parametrize(("content", "signature", "encrypted"), VECTORS)
def test_open_reads_the_golden_vectors(content, signature, encrypted):
    query = address(encrypt_type="aes", msg_signature=signature)

    envelope = safe_codec().open(query, safe_body(encrypted), now=NOW)

    assert (envelope.content, envelope.signature, envelope.is_json) == (content, query["signature"], False)


def test_aes_key_ignores_the_last_two_bits_of_its_last_character():
    strict, lax = AesKey(AES_KEY), AesKey(AES_KEY[:-1] + "H")

    content = lax.decrypt(strict.encrypt(HELLO, APP_ID), APP_ID)

    assert content == HELLO


@pytest.mark.parametrize(
    "encoded", ["", AES_KEY[:-1], AES_KEY + "A", AES_KEY[:-1] + "=", AES_KEY[:-1] + "/", "鑰" * 43]
)
def test_aes_key_refuses_what_is_not_43_letters_or_digits(encoded):
    with pytest.raises(ValueError, match="43 letters or digits"):
        AesKey(encoded)


def test_codec_refuses_an_empty_token():
    with pytest.raises(ValueError, match="without a token"):
        Codec(token="", app_id=APP_ID)


def test_sign_sorts_by_bytes_and_keeps_leading_zeros():
    ordered = sign("a", "B", "0012", "中")

    assert ordered == sign("中", "0012", "B", "a") != sign("中", "12", "B", "a")


# --- the three modes ---


def test_open_in_plain_mode_gives_the_body_as_it_stands():
    query = address()

    envelope = plain_codec().open(query, HELLO, now=NOW)

    assert envelope == Envelope(HELLO, query["signature"], envelope.digest, None)


@pytest.mark.parametrize("query", [address(), address(encrypt_type="raw")], ids=["absent", "raw"])
def test_plain_mode_is_encrypt_type_absent_or_raw(query):
    assert plain_codec().open(query, HELLO, now=NOW).content == HELLO


def test_digest_tells_an_altered_replay_from_a_repeated_one():
    first, again, altered = (plain_codec().open(address(), body, now=NOW) for body in (HELLO, HELLO, ALTERED))

    assert first == again
    assert (altered.signature, altered.digest == first.digest) == (first.signature, False)


def test_open_in_safe_mode_gives_the_decrypted_content():
    query, body = safe_request()

    envelope = safe_codec().open(query, body, now=NOW)

    assert (envelope.content, envelope.key is None) == (HELLO, False)


def test_open_in_compatible_mode_prefers_the_decrypted_content():
    encrypted = encrypt(HELLO)
    forged = "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[转账]]></Content>"

    envelope = safe_codec().open(encrypted_address(encrypted), safe_body(encrypted, forged), now=NOW)

    assert envelope.content == HELLO


@pytest.mark.parametrize(
    "layout",
    [
        "<xml><Encrypt><![CDATA[{}]]></Encrypt></xml>",
        "<xml><Encrypt>{}</Encrypt></xml>",
        "<xml>\n<Encrypt>\n <![CDATA[{}]]>\n</Encrypt>\n</xml>",
        "<xml><Encrypt> {}\n</Encrypt></xml>",
        "<xml><Encrypt><![CDATA[{}\n]]></Encrypt></xml>",
        '{{"ToUserName": "gh_county", "Encrypt": "{}"}}',
        ' \n{{"encrypt": "{}"}}',
    ],
)
def test_open_finds_the_encrypted_field_in_every_layout(layout):
    encrypted = encrypt(HELLO)

    envelope = safe_codec().open(encrypted_address(encrypted), layout.format(encrypted).encode(), now=NOW)

    assert envelope.content == HELLO


def test_open_reads_a_json_envelope_with_escapes():
    encrypted = encrypt(b'{"MsgType": "event"}')
    body = json.dumps({"ToUserName": "gh_county", "Encrypt": encrypted}).replace("/", "\\/").encode()

    envelope = safe_codec().open(encrypted_address(encrypted), body, now=NOW)

    assert (envelope.content, envelope.is_json) == (b'{"MsgType": "event"}', True)


# --- key rotation, and what goes back ---


@pytest.mark.parametrize("asked_with", [AES_KEY, OLD_KEY], ids=["current", "previous"])
def test_seal_uses_the_key_that_opened(asked_with):
    codec = safe_codec(AES_KEY, previous=OLD_KEY)
    query, body = safe_request(key=asked_with)

    sealed = ElementTree.fromstring(codec.seal("<xml>答</xml>", codec.open(query, body, now=NOW), now=NOW + 1.9))

    assert AesKey(asked_with).decrypt(sealed.findtext("Encrypt"), APP_ID) == "<xml>答</xml>".encode()
    assert sealed.findtext("TimeStamp") == "1714112446"
    assert sealed.findtext("MsgSignature") == sign(
        TOKEN, "1714112446", sealed.findtext("Nonce"), sealed.findtext("Encrypt")
    )


def test_open_refuses_the_previous_key_once_it_is_dropped():
    query, body = safe_request(key=OLD_KEY)

    assert refusal(safe_codec(), query, body) in {"padding", "length", "app_id"}


def test_seal_in_plain_mode_changes_nothing():
    codec = plain_codec()

    assert codec.seal("<xml>答</xml>", codec.open(address(), HELLO, now=NOW), now=NOW) == "<xml>答</xml>"


def test_seal_answers_json_in_json():
    codec = safe_codec()
    encrypted = encrypt(b"{}")
    envelope = codec.open(encrypted_address(encrypted), json.dumps({"Encrypt": encrypted}).encode(), now=NOW)

    sealed = json.loads(codec.seal('{"a": 1}', envelope, now=NOW))

    assert AesKey(AES_KEY).decrypt(sealed["encrypt"], APP_ID) == b'{"a": 1}'
    assert sealed["msgsignature"] == sign(TOKEN, sealed["timestamp"], sealed["nonce"], sealed["encrypt"])
    assert sorted(sealed) == ["encrypt", "msgsignature", "nonce", "timestamp"]


def test_seal_never_repeats_itself():
    codec = safe_codec()
    envelope = codec.open(*safe_request(), now=NOW)

    assert len({codec.seal("<xml/>", envelope, now=NOW) for _ in range(20)}) == 20


# --- the address line ---


@pytest.mark.parametrize(
    ("late", "reason"),
    [(-301, "time"), (-300.5, "time"), (-300, ""), (-299, ""), (0, ""), (300, ""), (300.01, "time"), (301, "time")],
)
def test_check_address_allows_300_seconds_either_way(late, reason):
    refused = ""

    try:
        plain_codec().check_address(address(), now=NOW + late)
    except EnvelopeRefused as error:
        refused = error.reason

    assert refused == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"signature": ""}, "incomplete"),
        ({"timestamp": ""}, "incomplete"),
        ({"nonce": ""}, "incomplete"),
        ({"timestamp": "-1"}, "incomplete"),
        ({"timestamp": "1e9"}, "incomplete"),
        ({"timestamp": "1714112445.0"}, "incomplete"),
        ({"timestamp": " 1714112445"}, "incomplete"),
        ({"timestamp": "1714112445\n"}, "incomplete"),
        ({"timestamp": "１７１４１１２４４５"}, "incomplete"),
        ({"timestamp": "9" * 13}, "incomplete"),
        ({"timestamp": "9" * 10_000}, "incomplete"),
        ({"nonce": "n" * 129}, "incomplete"),
        ({"signature": "0" * 40}, "signature"),
        ({"signature": sign(TOKEN, TIMESTAMP, NONCE).upper()}, "signature"),
        ({"signature": sign(TOKEN, TIMESTAMP, NONCE)[:-1]}, "signature"),
        ({"signature": sign("", TIMESTAMP, NONCE)}, "signature"),
        ({"signature": sign("other-token", TIMESTAMP, NONCE)}, "signature"),
        ({"signature": "签名\ud800"}, "signature"),
        ({"timestamp": "01714112445"}, "signature"),
        ({"nonce": NONCE + "0"}, "signature"),
        ({"nonce": "\ud800"}, "signature"),
    ],
)
def test_open_refuses_a_wrong_address_line(change, reason):
    assert refusal(plain_codec(), address() | change, HELLO) == reason


@pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce"])
@pytest.mark.parametrize("codec", [plain_codec(), safe_codec()], ids=["plain", "safe"])
def test_open_refuses_an_incomplete_query(codec, missing):
    query, body = safe_request()
    del query[missing]

    assert refusal(codec, query, body) == "incomplete"


def test_open_refuses_an_old_request_before_it_looks_at_the_body():
    assert refusal(safe_codec(), address(), b"\xff" * (MAX_BODY + 1), now=NOW + 301) == "time"


# --- the encrypted body ---


def test_open_refuses_an_unencrypted_body_once_there_is_a_key():
    for query in (address(), address(encrypt_type="raw"), address(encrypt_type="aes", msg_signature="0" * 40)):
        assert refusal(safe_codec(), query, HELLO) == "not_encrypted"


@pytest.mark.parametrize("encrypt_type", ["aes", "AES", "", "xyz"])
def test_open_refuses_an_encrypted_body_without_a_key(encrypt_type):
    query, body = safe_request()

    assert refusal(plain_codec(), query | {"encrypt_type": encrypt_type}, body) == "no_key"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "0" * 40,
        sign(TOKEN, TIMESTAMP, NONCE),
        sign(TOKEN, TIMESTAMP, NONCE, ""),
        "é\udfff",
    ],
)
def test_open_refuses_a_wrong_msg_signature(signature):
    query, body = safe_request()

    assert refusal(safe_codec(), query | {"msg_signature": signature}, body) == "msg_signature"


def test_open_refuses_a_missing_msg_signature():
    query, body = safe_request()
    del query["msg_signature"]

    assert refusal(safe_codec(), query, body) == "msg_signature"


def test_open_refuses_another_requests_ciphertext():
    query, _ = safe_request()
    _, body = safe_request(ALTERED)

    assert refusal(safe_codec(), query, body) == "msg_signature"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_encrypted"),
        (b"<xml></xml>", "not_encrypted"),
        (b"<xml><Encrypt/></xml>", "not_encrypted"),
        (b"<xml><Encrypt></xml>", "not_encrypted"),
        (b"<xml><Encrypt>\xff</Encrypt></xml>", "not_encrypted"),
        (b"<xml><Encrypt><b>QQ==</b></Encrypt></xml>", "not_encrypted"),
        (b"<xml><Encrypt>QQ==</Encrypt><Encrypt>QQ==</Encrypt></xml>", "not_encrypted"),
        (b"<xml><a><Encrypt>QQ==</Encrypt></a><Encrypt><![CDATA[UQ==]]></Encrypt></xml>", "not_encrypted"),
        (b"{", "json"),
        (b'{"Encrypt": "QQ=="', "json"),
        (b'{"Encrypt": "\xff"}', "json"),
        (b'{"a":' * 10_000, "json"),
        (b'{"a": ' + b"[" * 60_000, "json"),
        (b'{"Encrypt": ' + b"9" * 5000 + b"}", "json"),
        (b"{}", "not_encrypted"),
        (b'{"Encrypt": null}', "not_encrypted"),
        (b'{"Encrypt": ""}', "not_encrypted"),
        (b'{"Encrypt": 7}', "not_encrypted"),
        (b'{"Encrypt": NaN}', "not_encrypted"),
        (b'{"Encrypt": ["QQ=="]}', "not_encrypted"),
        (b'{"Encrypt": {"Encrypt": "QQ=="}}', "not_encrypted"),
    ],
)
def test_open_refuses_a_body_without_one_encrypted_field(body, reason):
    assert refusal(safe_codec(), address(encrypt_type="aes", msg_signature="0" * 40), body) == reason


@pytest.mark.parametrize(
    ("encrypted", "reason"),
    [
        pytest.param("", "block", id="empty"),
        pytest.param(encrypt(HELLO)[:-1], "base64", id="base64 truncated by one"),
        pytest.param(encrypt(HELLO)[:-3], "base64", id="base64 truncated by three"),
        pytest.param("QQ=", "base64", id="base64 badly padded"),
        pytest.param(encrypt(HELLO)[:64] + "\n" + encrypt(HELLO)[64:], "base64", id="base64 over two lines"),
        pytest.param("QQ==", "block", id="one byte"),
        pytest.param(encrypt(HELLO)[:-4], "block", id="three bytes short"),
        pytest.param(b64encode(b64decode(encrypt(HELLO))[:-16]).decode(), "block", id="half a block short"),
        pytest.param(b64encode(b64decode(encrypt(b"a" * 58))[:-32]).decode(), "padding", id="a block short"),
        pytest.param(encrypt_blocks(padded(framed(b"a" * 57), b"\x00")), "padding", id="padding 0"),
        pytest.param(
            encrypt_blocks(padded(framed(b"a" * 57), b"\x02")), "padding", id="padding too long for its bytes"
        ),
        pytest.param(encrypt_blocks(framed(b"a" * 25) + b"\x21" * 33), "padding", id="padding 33"),
        pytest.param(encrypt_blocks(framed(b"a" * 25) + b"\xff" * 33), "padding", id="padding 255"),
        pytest.param(encrypt_blocks(framed(b"a" * 55) + b"\x03\x02\x03"), "padding", id="padding inconsistent"),
        pytest.param(encrypt_blocks(b"\x20" * 32), "length", id="nothing but padding"),
        pytest.param(encrypt_blocks(b"r" * 16 + b"\x10" * 16), "length", id="nothing but the prefix"),
        pytest.param(encrypt_blocks(b"r" * 16 + b"\x00" * 3 + b"\x0d" * 13), "length", id="half a length"),
        pytest.param(encrypt_blocks(padded(framed(b"a", length=2**32 - 1))), "length", id="length of 4 GB"),
        pytest.param(encrypt_blocks(padded(framed(b"a", length=20))), "length", id="length one too long"),
        pytest.param(encrypt_blocks(padded(framed(b"a", length=19))), "app_id", id="length that takes in the app id"),
        pytest.param(encrypt_blocks(padded(framed(b"a", length=0))), "app_id", id="length too short"),
        pytest.param(encrypt(HELLO, app_id="wx9999999999999999"), "app_id", id="another app id"),
        pytest.param(encrypt(HELLO, app_id=""), "app_id", id="no app id"),
        pytest.param(encrypt(HELLO, app_id=APP_ID + "0"), "app_id", id="app id and more"),
        pytest.param(encrypt(HELLO, app_id=APP_ID.upper()), "app_id", id="app id in capitals"),
        pytest.param(encrypt(HELLO, app_id="六枝"), "app_id", id="app id in Chinese"),
    ],
)
def test_open_refuses_a_bad_ciphertext_even_when_it_is_signed(encrypted, reason):
    assert refusal(safe_codec(), encrypted_address(encrypted), safe_body(encrypted)) == reason


def test_open_refuses_signed_json_that_is_not_base64():
    for encrypted in ("密文", "\ud800", "Q Q=", "-_-_"):
        body = json.dumps({"Encrypt": encrypted}).encode()

        assert refusal(safe_codec(), encrypted_address(encrypted), body) == "base64"


@pytest.mark.parametrize("padding", range(1, BLOCK + 1))
def test_open_accepts_every_padding(padding):
    content = b"a" * (58 - padding % BLOCK)  # 58 bytes fill their blocks

    envelope = safe_codec().open(*safe_request(content), now=NOW)

    assert envelope.content == content


@pytest.mark.parametrize("codec", [plain_codec(), safe_codec()], ids=["plain", "safe"])
def test_open_refuses_a_body_over_64_kb(codec):
    assert refusal(codec, address(), b" " * (MAX_BODY + 1)) == "size"


def test_open_takes_a_body_of_exactly_64_kb():
    body = b"<xml>" + b" " * (MAX_BODY - 11) + b"</xml>"

    assert plain_codec().open(address(), body, now=NOW).content == body


@pytest.mark.parametrize(
    "body",
    [
        b"<Encrypt>" + b" " * (MAX_BODY - 9),
        b"<Encrypt>" + b" " * (MAX_BODY - 30) + b"</Encrypt",
        b"<Encrypt><![CDATA[" + b" " * (MAX_BODY - 30) + b"]]>",
        b"<Encrypt> " * (MAX_BODY // 10),
        b"<Encrypt><![CDATA[" * (MAX_BODY // 18),
        b"<Encrypt><![CDATA[]]>" + b"\n" * (MAX_BODY - 30),
        b"<Encrypt></Encrypt>" * (MAX_BODY // 19),
    ],
)
def test_open_refuses_64_kb_of_nothing_in_no_time(body):
    with in_time():
        assert refusal(safe_codec(), address(), body) == "not_encrypted"


# --- what happens when a guard is off ---


def test_without_the_time_window_a_captured_request_works_for_ever(monkeypatch):
    query, body = safe_request()
    a_year_later = NOW + 365 * 86_400
    kept_out = refusal(safe_codec(), query, body, now=a_year_later)

    monkeypatch.setattr(codec_module, "TIME_WINDOW", float("inf"))

    assert kept_out == "time"
    assert safe_codec().open(query, body, now=a_year_later).content == HELLO


def test_without_the_signature_anyone_can_speak_for_a_citizen(monkeypatch):
    query = address(token="guessed")
    kept_out = refusal(plain_codec(), query, ALTERED)

    monkeypatch.setattr(codec_module, "_same", lambda given, expected: True)

    assert kept_out == "signature"
    assert plain_codec().open(query, ALTERED, now=NOW).content == ALTERED


def test_without_the_msg_signature_an_old_body_fits_a_fresh_address(monkeypatch):
    _, captured = safe_request()
    fresh = address(timestamp="1714999999", nonce="1", encrypt_type="aes", msg_signature="0" * 40)
    kept_out = refusal(safe_codec(), fresh, captured, now=1714999999.0)

    monkeypatch.setattr(codec_module, "_same", lambda given, expected: True)

    assert kept_out == "msg_signature"
    assert safe_codec().open(fresh, captured, now=1714999999.0).content == HELLO


def test_without_a_key_one_seen_address_line_carries_any_body():
    seen = address()
    kept_out = refusal(safe_codec(), seen, ALTERED)

    assert kept_out == "not_encrypted"
    assert plain_codec().open(seen, ALTERED, now=NOW).content == ALTERED


def test_without_the_app_id_another_accounts_message_is_ours(monkeypatch):
    query, body = safe_request(app_id="wx9999999999999999")
    kept_out = refusal(safe_codec(), query, body)

    monkeypatch.setattr(codec_module.hmac, "compare_digest", lambda given, expected: True)

    assert kept_out == "app_id"
    assert safe_codec().open(query, body, now=NOW).content == HELLO


# --- whatever comes ---

QUERIES = st.dictionaries(
    st.sampled_from(["signature", "timestamp", "nonce", "encrypt_type", "msg_signature", "openid"]),
    st.text(max_size=50) | st.sampled_from([TIMESTAMP, NONCE, sign(TOKEN, TIMESTAMP, NONCE), "aes", "raw", "\ud800"]),
)
BODIES = st.binary(max_size=300) | st.lists(
    st.binary(max_size=20)
    | st.sampled_from([b"<Encrypt>", b"</Encrypt>", b"<![CDATA[", b"]]>", b'{"Encrypt":', b'"', b"}", b"QQ==", b" "])
).map(b"".join)


def open_or_refuse(codec, query, body):
    """The content or None; any exception but EnvelopeRefused fails the test, and so does slowness."""
    with in_time():
        try:
            return codec.open(query, body, now=NOW).content
        except EnvelopeRefused:
            return None


@thorough
@given(QUERIES, BODIES)
def test_open_refuses_any_stranger(query, body):
    forged = {name: value for name, value in query.items() if name != "msg_signature"}

    assert open_or_refuse(safe_codec(AES_KEY, OLD_KEY), forged, body) is None


@thorough
@given(QUERIES, BODIES)
def test_open_of_signed_nonsense_raises_nothing_else(query, body):
    signed = query | address()

    assert open_or_refuse(safe_codec(), signed, body) is None
    assert open_or_refuse(plain_codec(), signed, body) in (None, body)


@thorough
@given(st.text() | st.binary().map(lambda sealed: b64encode(sealed).decode()), st.booleans())
@example("", False)
def test_open_of_any_signed_ciphertext_raises_nothing_else(encrypted, as_json):
    body = json.dumps({"Encrypt": encrypted}).encode() if as_json else safe_body(encrypted)

    assert open_or_refuse(safe_codec(AES_KEY, OLD_KEY), encrypted_address(encrypted), body) is None


@thorough
@given(st.binary(max_size=200), st.binary(max_size=40), st.integers(0, 2**32 - 1) | st.none())
def test_open_of_any_frame_tells_the_truth_or_refuses(content, tail, length):
    plain = padded(framed(content, length=length)[: 200 - len(tail)] + tail)
    encrypted = encrypt_blocks(plain[: len(plain) // 32 * 32])

    opened = open_or_refuse(safe_codec(), encrypted_address(encrypted), safe_body(encrypted))

    assert opened is None or framed(opened) in plain


@thorough
@given(st.data())
def test_open_of_a_damaged_request_gives_the_truth_or_nothing(data):
    encrypted = VECTORS[0].values[2]
    body = bytearray(safe_body(encrypted))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))

    opened = open_or_refuse(safe_codec(), encrypted_address(encrypted), bytes(body))

    assert opened in (None, HELLO)

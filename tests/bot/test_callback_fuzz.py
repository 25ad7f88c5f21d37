"""Broken and hostile deliveries: never an error page, never a slow answer, and the next citizen is served."""

import os
import random
import time

import pytest

from app.core.config import DEMO
from app.wechat.codec import AesKey, sign
from tests.messages import PLAIN, SAFE, Sent, text_xml
from tests.serving import make_settings, served

INPUTS = 20_000 if os.environ.get("YANLU_SOAK") else 2_000
QUESTION = "去中山打工车费能不能报"
SLOWEST = 1.0


def flip(chance, content):
    """Change, drop, double or insert a few bytes."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[place:place] = bytes([chance.randrange(256)])
            case 1:
                del data[place : place + chance.randint(1, 20)]
            case 2:
                data[place:place] = data[place : place + chance.randint(1, 40)]
            case _ if place < len(data):
                data[place] = chance.randrange(256)
    return bytes(data)


def nested(chance, content):
    return b"<xml>" + b"<a>" * chance.choice([10, 1_000, 15_000]) + content


def doubled(chance, content):
    tag = chance.choice([b"<Content>x</Content>", b"<MsgType>event</MsgType>", b"<FromUserName>o-b</FromUserName>"])
    return content.replace(b"</xml>", tag + b"</xml>")


def entities(chance, content):
    bomb = b"<!DOCTYPE xml [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c SYSTEM 'file:///etc/passwd'>]>"
    return bomb + content.replace(QUESTION.encode(), b"]]>&b;&c;<![CDATA[")


def controls(chance, content):
    odd = chance.choice(["\x00", "\x02\x1d", "\ufffe", "\u202e", "𓀀", "&#0;", "]]>", "\ud800"])
    return content.replace(QUESTION.encode(), odd.encode("utf-8", "surrogatepass") + QUESTION.encode())


def other_fields(chance, content):
    name = chance.choice([b"CreateTime", b"MsgId", b"MsgType", b"FromUserName", b"ToUserName"])
    value = chance.choice([b"", b"abc", b"9" * 30, b"-1", b"<b>1</b>", b"event", "。".encode() * 300])
    before, _, rest = content.partition(b"<" + name + b">")
    return before + b"<" + name + b">" + value + b"</" + name + b">" + rest.partition(b"</" + name + b">")[2]


def json_body(chance, content):
    return chance.choice(
        [b'{"MsgType": NaN}', b'{"MsgType":["text"]}', b"[" * 30_000, b'{"FromUserName":"\\ud800"}', b"{}"]
    )


def huge(chance, content):
    return content.replace(QUESTION.encode(), b"x" * 1_000_000)


def same(chance, content):
    return content


CONTENTS = [flip, flip, flip, nested, doubled, entities, controls, other_fields, json_body, same]


def seal_badly(chance, sealed):
    """Spoil what stands outside the encryption, keeping the outer signature right."""
    encrypted = sealed.content.split(b"<Encrypt><![CDATA[")[1].split(b"]]>")[0]
    spoilt = chance.choice([encrypted[:-1], encrypted[:-24], flip(chance, encrypted), b"", b"A" * 44, encrypted * 2])
    text = spoilt.decode("latin-1")
    params = dict(sealed.params)
    params["msg_signature"] = sign(DEMO["wechat_token"], params["timestamp"], params["nonce"], text)
    return Sent(params, b"<xml><Encrypt><![CDATA[" + spoilt + b"]]></Encrypt></xml>")


def bad_plain(chance, _sealed):
    """Rightly signed ciphertext of a plaintext with a wrong padding, length or app id."""
    key = AesKey(DEMO["wechat_aes_key"])
    encrypted = key.encrypt(
        flip(chance, text_xml(QUESTION).encode()), chance.choice(["wxother", DEMO["wechat_app_id"]])
    )
    sent = SAFE.pack("<xml/>")
    params = dict(sent.params)
    params["msg_signature"] = sign(DEMO["wechat_token"], params["timestamp"], params["nonce"], encrypted)
    return Sent(params, f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode())


def bad_address(chance, sealed):
    params = dict(sealed.params)
    name = chance.choice([*params, "encrypt_type"])
    params[name] = chance.choice(
        ["", "x", "0" * 40, "-1", "9" * 40, "é", str(int(time.time()) - chance.choice([0, 400]))]
    )
    return Sent(params, sealed.content)


def deliveries(seed, sender):
    """(delivery, whether its address is right) without end."""
    chance = random.Random(seed)
    earlier = sender.pack(text_xml(QUESTION))
    while True:
        content = chance.choice([*CONTENTS, huge] if chance.random() < 0.02 else CONTENTS)(
            chance, text_xml(QUESTION, openid=f"o-fuzz-{chance.randrange(50)}").encode("utf-8", "surrogatepass")
        )
        sent = pack_bytes(sender, content)
        if chance.random() < 0.3:
            choices = [bad_address] if not sender.aes_key else [bad_address, seal_badly, bad_plain]
            yield chance.choice(choices)(chance, sent)
        elif chance.random() < 0.1:
            yield Sent(earlier.params, content if not sender.aes_key else earlier.content)
        else:
            yield sent
            earlier = sent


def pack_bytes(sender, content):
    if not sender.aes_key:
        return Sent(sender.pack("<xml/>").params, content)
    encrypted = AesKey(sender.aes_key).encrypt(content, sender.app_id)
    params = dict(sender.pack("<xml/>").params)
    params["msg_signature"] = sign(sender.token, params["timestamp"], params["nonce"], encrypted)
    return Sent(params, f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode())


@pytest.mark.soak
@pytest.mark.parametrize("sender", [SAFE, PLAIN], ids=["safe", "plain"])
async def test_hostile_deliveries_never_break_the_door(sqlite_url, sender, figure):
    statuses, slowest = {}, 0.0
    async with served(make_settings(sqlite_url, wechat_aes_key=sender.aes_key)) as (_, client):
        source = deliveries(7, sender)
        for _ in range(INPUTS // 2):
            sent = next(source)
            begun = time.perf_counter()
            response = await client.post("/wechat", params=sent.params, content=sent.content)
            slowest = max(slowest, time.perf_counter() - begun)
            statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
            assert response.status_code == 200 or (400 <= response.status_code < 500 and not response.content)
        answer = await sender.ask(client, QUESTION, openid="o-next")

    figure(f"{'safe' if sender.aes_key else 'plain'}: {INPUTS // 2} inputs, {statuses}, slowest {slowest:.3f} s")
    assert "1000元" in answer
    assert slowest < SLOWEST
    assert set(statuses) >= {200, 403}

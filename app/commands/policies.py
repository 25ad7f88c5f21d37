"""`yanlu policies eval`: how much five questions settle, and how situations told in words are judged."""

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.commands.common import AsJson, fail, out
from app.core.clock import Clock, local
from app.core.config import load_settings
from app.policies.catalogue import load_knowledge
from app.policies.exam import score, undecided_after
from bot.exam import interval

PEOPLE: Final = 200
UNSURE: Final = 0.1

app = typer.Typer(help="政策：算谁能领什么，算得准不准", no_args_is_help=True)


@app.callback()
def policies() -> None:
    """So that ``eval`` stays a word of its own while it is the only one."""


@app.command("eval")
def evaluate(
    file: Annotated[Path | None, typer.Argument(help='一行一个情况：{"text": …, "applies": […], "no": […]}')] = None,
    people: Annotated[int, typer.Option(min=1, help="编多少人来问")] = PEOPLE,
    as_json: AsJson = False,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="把算错的也列出来")] = False,
) -> None:
    """问5句以后还有多少没定；给一个文件，就算文件里的情况判得对不对。"""
    library, catalogue = load_knowledge(load_settings().intents_path)
    today = local(Clock().now()).date()
    if file is None:
        _print_undecided(catalogue, today, people, as_json)
        return
    scored = [score(one, catalogue, library.lexicon, today) for one in _situations(file)]
    if not scored:
        fail(f"{file} 里没有一个情况。")
    right = sum(one.right for one in scored)
    low, high = interval(right, len(scored))
    if as_json:
        wrong = [{"text": one.text, "unnamed": one.unnamed, "wrong": one.wrong} for one in scored if not one.right]
        out.print_json(json.dumps({"n": len(scored), "right": right, "mistakes": wrong}, ensure_ascii=False))
        return
    out.print(f"{len(scored)} 个情况，{right} 个判得对：{right / len(scored):.1%}（{low:.1%}—{high:.1%}）。")
    unnamed, misnamed = (sum(len(getattr(one, kind)) for one in scored) for kind in ("unnamed", "wrong"))
    out.print(f"该提没提到 {unnamed} 项，不该提提到 {misnamed} 项。")
    for one in scored if mistakes else ():
        if not one.right:
            out.print(
                f"{one.text}\n  没提到：{'、'.join(one.unnamed) or '无'}；不该提：{'、'.join(one.wrong) or '无'}",
                markup=False,
            )


def _print_undecided(catalogue: Any, today: Any, people: int, as_json: bool) -> None:
    kinds = {"都答得上": 0.0, f"{UNSURE:.0%}的问题答不清楚": UNSURE}
    results = {kind: undecided_after(catalogue, today, people=people, unsure=unsure) for kind, unsure in kinds.items()}
    if as_json:
        out.print_json(json.dumps({kind: vars(one) for kind, one in results.items()}, ensure_ascii=False))
        return
    for kind, one in results.items():
        out.print(
            f"编了 {one.people} 个人来问，{kind}：平均问 {one.questions:.1f} 句，"
            f"{one.policies} 项有效的政策里还有 {one.share:.1%} 没定。"
        )


def _situations(file: Path) -> list[dict[str, Any]]:
    """Raises a refusal naming the line that is no situation."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        fail(f"{file} 读不了，要是 UTF-8 的文字文件。")
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except ValueError:
            one = None
        if not isinstance(one, dict) or not (one.get("text") or one.get("facts")):
            fail(f'{file} 第{number}行要是 {{"text": …, "applies": […], "no": […]}} 这样的一行。')
        found.append(one)
    return found

"""How well the check judges advertisements that somebody has labelled."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from app.jobs.ad import HEADINGS
from app.jobs.check import check
from app.jobs.rules import Verdict

CAUGHT: Final = {Verdict.HOLD, Verdict.REJECT}


@dataclass
class Score:
    """Counts of one file. A caught row was held or rejected."""

    rows: int = 0
    unlawful: int = 0
    caught: int = 0
    rejects: int = 0
    rejects_caught: int = 0
    lawful: int = 0
    held_lawful: int = 0
    rejected_lawful: int = 0
    right_verdict: int = 0
    right_reason: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    caught_by_rule: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.caught / self.unlawful if self.unlawful else 1.0

    @property
    def flagged(self) -> float:
        return (self.held_lawful + self.rejected_lawful) / self.lawful if self.lawful else 0.0


def score(rows: Iterable[Mapping[str, Any]], *, today: date) -> Score:
    """Judge each by its fields alone, then look at its label."""
    total = Score()
    for row in rows:
        found = check({name: row.get(name) for name in HEADINGS if name != "id"}, today=today)
        total.rows += 1
        said = [reason.rule for reason in found.reasons]
        if row["label"] == "ok":
            total.lawful += 1
            total.held_lawful += found.verdict is Verdict.HOLD
            total.rejected_lawful += found.verdict is Verdict.REJECT
            wrong = found.verdict in CAUGHT
        else:
            wrong = not _count_unlawful(total, row, found.verdict, said)
        if wrong:
            why = "、".join(f"{reason.rule}：{reason.message}" for reason in found.reasons)
            total.mistakes.append(f"{row.get('id')} {row['label']} {row.get('rules')} → {found.verdict} {why}")
    return total


def _count_unlawful(total: Score, row: Mapping[str, Any], verdict: Verdict, said: list[str]) -> bool:
    caught = verdict in CAUGHT
    total.unlawful += 1
    total.caught += caught
    total.right_verdict += verdict == row["label"]
    total.right_reason += caught and any(rule in row["rules"] for rule in said)
    if row["label"] == "reject":
        total.rejects += 1
        total.rejects_caught += caught
    total.by_rule.update(row["rules"])
    total.caught_by_rule.update(row["rules"] if caught else [])
    return caught

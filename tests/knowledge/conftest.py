"""A small sound knowledge folder, to be broken one way at a time."""

import pytest

from app.knowledge.files import KnowledgeBroken
from app.policies.catalogue import load_knowledge

SOUND = {
    "offices.yaml": "- id: hall\n  name: 办事大厅\n  kind: counter\n",
    "policies/sources/plan.yaml": """\
id: plan
title: 方案
issuer: 本局
issued: 2023-11-13
published: 2023-11-27
clauses:
  正文1: 补贴
  正文2: 期限
facts:
  - id: amount
    clause: 正文1
    figure: 1万元
    about: 补多少
  - id: last_day
    clause: 正文2
    figure: 2023年12月31日
    about: 到哪天
""",
    "policies/subsidy.yaml": """\
title: 创业补贴
skill: policies.answer
headline: 补10000元。
benefits:
  - who: 返乡创业的人
    amount: 1万元
    facts: [amount]
how: 到窗口申请。
where: [hall]
validity:
  until: 2023-12-31
  facts: [last_day]
source:
  document: plan
  clauses: [正文1, 正文2]
facts: [amount]
keywords:
  - [创业, 补贴]
utterances:
  - 创业补贴怎么领
examples:
  - 我想创业有没有补助
""",
    "smalltalk/hello.yaml": "title: 问候\nanswer: 您好！\nutterances:\n  - 你好\n",
}


class Folder:
    def __init__(self, path):
        self.path = path
        for name, text in SOUND.items():
            self.write(name, text)

    def write(self, name, text):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def change(self, name, old, new):
        assert SOUND[name].count(old) == 1
        self.write(name, SOUND[name].replace(old, new))

    def flaws(self):
        """(file, line, key, message) of every flaw; empty when all is well."""
        try:
            load_knowledge(self.path)
        except KnowledgeBroken as broken:
            return [(flaw.file, flaw.line, flaw.key, flaw.message) for flaw in broken.flaws]
        return []


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "intents")

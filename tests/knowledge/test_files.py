"""What clerks may write, and how each mistake is told: file, line and key, in Chinese."""

import re
import subprocess
import sys

import pytest

from app.core.config import ROOT
from app.knowledge.files import KnowledgeBroken, read_document
from app.policies.catalogue import load_knowledge

HELLO, SUBSIDY, PLAN, OFFICES = (
    "smalltalk/hello.yaml",
    "policies/subsidy.yaml",
    "policies/sources/plan.yaml",
    "offices.yaml",
)
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))


def test_load_knowledge_takes_the_sound_folder(folder):
    library, catalogue = load_knowledge(folder.path)

    assert set(library.intents) == {"policies/subsidy", "smalltalk/hello"}
    assert set(catalogue.policies) == {"subsidy"}
    assert catalogue.policy_of_intent("policies/subsidy") is catalogue.policies["subsidy"]


def test_load_knowledge_takes_the_real_folder():
    library, catalogue = load_knowledge(ROOT / "intents")

    assert len(library.intents) >= 15
    assert set(catalogue.policies) >= {"transport_subsidy", "startup_loan"}


@pytest.mark.parametrize(
    ("text", "line", "key", "word"),
    [
        ("title: 问候\n\tanswer: 您好\n", 2, "", "缩进"),
        ("title: 问候\n  answer: 您好\n", 2, "", "缩进"),
        ("title: 问候\nanswer: “您好\nutterances:\n- [你好\n", 5, "", "YAML"),
        ("title: 问候\nanswer: 您好\ntitle: 又一个\n", 3, "title", "第1行"),
        ("title: 问候\nanswer: 您好\nutterence: [你好]\n", 3, "utterence", "没有"),
        ("title: 问候\nanswer: 5000\n", 2, "answer", "文字"),
        ("title: 问候\nanswer: 您好\nutterances:\n  - 你好\n  - 12333\n", 5, "utterances 第2项", "文字"),
        ("title: 问候\nanswer: 您好\nutterances: 你好\n", 3, "utterances", "列表"),
        ("title: 问候\nanswer: 您好\nkeywords: [[]]\n", 3, "keywords 第1项", "至少"),
        ("answer: 您好\n", 1, "title", "缺"),
        ("title: 问候\n", 1, "", "只写一个"),
        ("title: 问候\nanswer: 您好\nskill: a.b\n", 1, "", "只写一个"),
        ("title: 问候\nskill: Answer!\n", 2, "skill", "写法"),
        ("", 0, "", "空"),
        ("# 只有说明\n", 0, "", "空"),
        ("- 问候\n", 1, "", "一项"),
        ("title: 问候\nanswer: 您好\n".encode("gbk"), 0, "", "UTF-8"),
        ("title: 问候\nanswer: 您\x01好\n", 0, "", "UTF-8"),
        ("title: 问候\nanswer: 2023-02-30\n", 2, "answer", "不存在"),
        ("title: 问候\nutterances:\n  - 你好\n  - 2023-02-30\n", 4, "utterances 第2项", "不存在"),
        ("title: &t 问候\nanswer: *t\n", 2, "*t", "照写一遍"),
        ("title: &t [*t]\n", 1, "*t", "照写一遍"),
        ("title: 问候\nanswer: 您好\nutterances: " + "[" * 30 + "]" * 30, 3, "", "太深"),
        ("title: 问候\n---\nanswer: 您好\n", 2, "", "YAML"),
        ("title: !!python/name:os.system\nanswer: 您好\n", 1, "", "YAML"),
        ("? [a]\n: b\n", 1, "", "YAML"),
    ],
    ids=range(26),
)
def test_a_broken_file_is_refused_with_file_line_and_key(folder, text, line, key, word):
    folder.write(HELLO, text)

    flaws = folder.flaws()

    assert [flaw[:3] for flaw in flaws] == [(HELLO, line, key)]
    assert word in flaws[0][3]
    assert re.search("[\u4e00-\u9fff]", flaws[0][3])


def test_a_bomb_of_references_is_refused_before_it_goes_off(folder):
    folder.write(HELLO, BOMB)

    assert folder.flaws()[0] == (HELLO, 2, "*a0", "不能用 * 引用别处的内容，请照写一遍")


def test_deep_nesting_is_refused_and_does_not_end_the_process(tmp_path):
    (tmp_path / "deep.yaml").write_text("a: " + "[" * 300_000)
    script = "import sys; from pathlib import Path; from app.knowledge.files import read_document as r;"
    script += "r(Path(sys.argv[1], 'deep.yaml'), root=Path(sys.argv[1]))"

    command = [sys.executable, "-c", script, tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "套得太深" in done.stderr


def test_a_byte_order_mark_and_windows_lines_are_read(folder):
    folder.write(HELLO, b"\xef\xbb\xbf" + "title: 问候\r\nanswer: 您好\r\n".encode())

    assert folder.flaws() == []


def test_a_missing_file_is_a_flaw(folder):
    (folder.path / OFFICES).unlink()

    assert [flaw[0] for flaw in folder.flaws()] == [OFFICES]


def test_a_missing_folder_is_a_flaw(tmp_path):
    with pytest.raises(KnowledgeBroken, match="没有这个知识库文件夹"):
        load_knowledge(tmp_path / "nowhere")


def test_every_broken_file_gives_its_flaws(folder):
    folder.write(HELLO, "title: 问候\n\tanswer: 您好\n")
    folder.write("smalltalk/thanks.yaml", "")
    folder.change(SUBSIDY, "headline:", "headlin:")
    folder.write(OFFICES, "- id: 大厅\n")
    folder.change(PLAN, "2023-11-13", "2023-11-31")

    flaws = folder.flaws()

    assert {flaw[0] for flaw in flaws} == {HELLO, "smalltalk/thanks.yaml", SUBSIDY, OFFICES, PLAN}


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "key", "word"),
    [
        (SUBSIDY, "where: [hall]", "where: [hall, hal]", 9, "where 第2项", "hal"),
        (SUBSIDY, "document: plan", "document: plam", 14, "source document", "plam"),
        (SUBSIDY, "[正文1, 正文2]", "[正文1, 正文2, 正文3]", 15, "source clauses 第3项", "正文3"),
        (SUBSIDY, "facts: [amount]\nkeywords", "facts: [amount, amuont]\nkeywords", 16, "facts", "amuont"),
        (SUBSIDY, "headline: 补10000元。", "headline: 补20000元。", 3, "headline", "20000元"),
        (SUBSIDY, "how: 到窗口申请。", "how: 3个工作日办好。", 8, "how", "3个工作日"),
        (SUBSIDY, "amount: 1万元", "amount: 2万元", 6, "benefits 第1项 amount", "20000元"),
        (SUBSIDY, "until: 2023-12-31", "until: 2024-12-31", 11, "validity until", "2024年12月31日"),
        (SUBSIDY, "until: 2023-12-31", "until: 2023-02-30", 11, "validity until", "不存在"),
        (SUBSIDY, "skill: policies.answer", "answer: 补3万元", 2, "answer", "30000元"),
        (PLAN, "    clause: 正文2", "    clause: 正文4", 15, "facts 第2项 clause", "正文4"),
        (PLAN, "id: last_day", "id: amount", 14, "facts 第2项 id", "两次"),
        (PLAN, "id: plan", "id: plon", 1, "id", "plan.yaml"),
        (OFFICES, "kind: counter", "kind: shop", 3, "第1项 kind", "写法"),
    ],
)
def test_knowledge_that_does_not_fit_together_is_refused(folder, file, old, new, line, key, word):
    folder.change(file, old, new)

    found = [flaw for flaw in folder.flaws() if flaw[:3] == (file, line, key)]

    assert len(found) == 1
    assert word in found[0][3]


def test_digits_of_a_name_are_no_figure_and_an_amount_of_the_same_digits_is(folder):
    folder.change(PLAN, "clauses:", 'names:\n  - "6211"\n  - 1+3\nclauses:')
    folder.change(SUBSIDY, "how: 到窗口申请。", "how: 照“1+3”清单和“6211”办。")
    assert folder.flaws() == []

    folder.change(SUBSIDY, "how: 到窗口申请。", "how: 照“1+3”清单补6211元。")

    assert [flaw[3] for flaw in folder.flaws()] == ["“6211元”在 facts 列出的数字里找不到出处"]


def test_an_office_id_used_twice_is_refused(folder):
    folder.write(OFFICES, "- {id: hall, name: 大厅, kind: counter}\n- {id: hall, name: 二楼, kind: counter}\n")

    assert folder.flaws() == [(OFFICES, 2, "第2项 id", "“hall”用了两次")]


@pytest.mark.parametrize("key", ["utterances", "examples"])
def test_a_sentence_said_twice_is_refused(folder, key):
    folder.write("smalltalk/thanks.yaml", f"title: 谢谢\nanswer: 不谢\n{key}:\n  - 谢谢\n  - 创业补贴怎么领\n")

    assert [flaw[:3] for flaw in folder.flaws()] == [("smalltalk/thanks.yaml", 5, f"{key} 第2项")]


def test_flaws_read_as_a_sentence(folder):
    folder.write(HELLO, "title: 问候\nanswer: 您好\ntitle: 又一个\n")

    with pytest.raises(KnowledgeBroken) as broken:
        load_knowledge(folder.path)

    assert broken.value.detail.splitlines()[1:] == [f"{HELLO} 第3行：title：写了两遍，上一次在第1行"]


def test_document_line_is_that_of_the_nearest_thing_around(folder):
    document = read_document(folder.path / SUBSIDY, root=folder.path)

    assert document.line("benefits", 0, "amount") == 6
    assert document.line("benefits", 0, "nothing") == 5
    assert document.line("nothing") == 1

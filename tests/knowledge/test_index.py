"""Ranking: sane, bounded, and as cheap for a novel as for a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from app.core.config import ROOT
from app.knowledge import index as index_module
from app.knowledge.bm25 import Bm25, pairs
from app.knowledge.index import MAX_FUZZY, Index
from app.knowledge.schema import Intent
from app.language.normalise import MAX_QUERY
from app.policies.catalogue import load_knowledge


def intent(title, *utterances, keywords=()):
    return Intent(title=title, answer="好", utterances=list(utterances), keywords=[list(group) for group in keywords])


SMALL = {
    "seat": intent("订座", "返岗直通车怎么坐", "帮我占两个去义乌的位子", keywords=[["订", "座"], ["返岗直通车"]]),
    "loan": intent("创业贷款", "创业担保贷款能贷多少", "想开店差钱", keywords=[["创业", "贷款"]]),
    "fare": intent("车票补贴", "车票能报销吗", "路费补贴怎么领", keywords=[["车票", "报销"], ["路费"]]),
}


@pytest.fixture(scope="module")
def small():
    return Index(SMALL)


@pytest.fixture(scope="module")
def real():
    return load_knowledge(ROOT / "intents")[0]


@pytest.fixture(scope="module")
def real_index(real):
    return Index(real.intents)


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("我想订初八去中山的座位", "seat"),
        ("返岗直通车", "seat"),
        ("创业想办个贷款", "loan"),
        ("车票报不报销", "fare"),
        ("路费", "fare"),
        ("能不能帮我占个去义乌的位子", "seat"),
    ],
)
def test_rank_puts_the_right_one_first(small, text, best):
    assert small.rank(text).subjects[0].intent == best


def test_rank_puts_a_learnt_sentence_first_with_little_doubt(small):
    for name, known in SMALL.items():
        for sentence in known.utterances:
            best = small.rank(sentence)[0]
            assert (best.intent, best.confidence > 0.85) == (name, True)


def test_rank_gives_nothing_for_nothing(small):
    assert small.rank("") == small.rank("！？…") == small.rank("😀") == []


def test_rank_of_real_exam_questions_is_mostly_right(real, real_index):
    questions = [(name, question) for name, known in real.intents.items() for question in known.examples]

    right = sum(bool(ranked := real_index.rank(question)) and ranked[0].intent == name for name, question in questions)

    assert right / len(questions) > 0.9


def test_rank_reads_no_more_of_a_novel_than_of_its_first_200_characters(small):
    novel = "".join(chr(0x4E00 + n % 9_000) for n in range(10_000)) + "返岗直通车"
    story = "返岗直通车怎么坐，" * 1_200

    assert small.rank(novel) == small.rank(novel[:MAX_QUERY])
    assert small.rank(story) == small.rank(story[: MAX_QUERY * 2])


def test_rank_compares_at_most_64_characters_with_utterances(small, monkeypatch):
    compared, real_ratio = [], fuzz.ratio

    def ratio(query, choice, **kwargs):
        compared.append(len(query))
        return real_ratio(query, choice, **kwargs)

    monkeypatch.setattr(index_module.fuzz, "ratio", ratio)
    small.rank("返岗直通车怎么坐" * 1_000)

    assert set(compared) == {MAX_FUZZY}


@given(st.text(st.characters(), max_size=400))
def test_rank_never_fails_and_is_sorted_within_bounds(real_index, text):
    ranked = real_index.rank(text)

    confidences = [candidate.confidence for candidate in ranked]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= share <= 1 for candidate in ranked for share in [candidate.confidence, *candidate.shares.values()])
    assert len({candidate.intent for candidate in ranked}) == len(ranked)


@given(
    st.lists(st.sampled_from([*"返岗直通车补贴贷款创业怎么领路费", "车票报销", " ", "，"]), max_size=40).map("".join)
)
def test_rank_of_likely_words_is_sorted_within_bounds(real_index, text):
    ranked = real_index.rank(text)

    assert ranked == sorted(ranked, key=lambda candidate: (-candidate.confidence, candidate.intent))
    assert all(0 <= candidate.confidence <= 1 for candidate in ranked)


def test_index_takes_no_intents_at_all():
    assert Index({}).rank("返岗直通车") == []


def test_bm25_prefers_the_rare_pair_and_counts_a_repeated_one_once():
    bm25 = Bm25({"a": ["车票补贴车票车票"], "b": ["创业补贴"], "c": ["生活补贴"]})

    scores = bm25.scores("车票补贴")

    assert max(scores, key=scores.__getitem__) == "a"
    assert scores["b"] == scores["c"] > 0
    assert bm25.scores("车票车票车票") == {**bm25.scores("车票"), **bm25.scores("车票车票")}
    assert bm25.scores("不相干") == {}


def test_pairs_of_a_short_text():
    assert list(pairs("车票钱")) == ["车票", "票钱"]
    assert list(pairs("车")) == ["车"]
    assert list(pairs("")) == [""]

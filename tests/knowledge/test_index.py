"""Ranking: sane, bounded, and as cheap for a novel as for a sentence."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from app.core.config import ROOT
from app.knowledge import index as index_module
from app.knowledge.bm25 import Bm25, pairs
from app.knowledge.index import CHANNELS, MAX_FUZZY, Index, Ranking
from app.knowledge.schema import Intent
from app.language.normalise import MAX_QUERY, MAX_TAIL
from app.main import load_index


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
    return load_index(ROOT / "intents", "")[0]


@pytest.fixture(scope="module")
def real_index(real):
    return load_index(ROOT / "intents", "")[2]


def nearest(index, text):
    """The first subject, or aspect where there is no subject; None for nothing."""
    ranking = index.rank(text)
    return next((one.intent for one in [*ranking.subjects, *ranking.aspects]), None)


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


def test_rank_puts_a_learnt_sentence_first(small):
    for name, known in SMALL.items():
        for sentence in known.utterances:
            assert nearest(small, sentence) == name


def test_rank_gives_nothing_for_nothing(small):
    assert small.rank("") == small.rank("！？…") == small.rank("😀") == Ranking()


def test_rank_of_real_exam_questions_is_mostly_right(real, real_index):
    questions = [(name, question) for name, known in real.intents.items() for question in known.examples]

    right = sum(nearest(real_index, question) == name for name, question in questions)

    assert right / len(questions) > 0.9


def test_rank_reads_no_more_of_a_novel_than_its_first_and_last_characters(small):
    novel = "".join(chr(0x4E00 + n % 9_000) for n in range(10_000)) + "返岗直通车"

    assert small.rank(novel) == small.rank(novel[: MAX_QUERY - MAX_TAIL] + novel[-MAX_TAIL:])


def test_rank_compares_at_most_64_characters_with_utterances(small, monkeypatch):
    compared, real_ratio = [], fuzz.ratio

    def ratio(query, choice, **kwargs):
        compared.append(len(query))
        return real_ratio(query, choice, **kwargs)

    monkeypatch.setattr(index_module.fuzz, "ratio", ratio)
    small.rank("返岗直通车怎么坐" * 1_000)

    assert set(compared) == {MAX_FUZZY}


@given(
    st.one_of(
        st.text(st.characters(), max_size=400),
        st.lists(st.sampled_from([*"返岗直通车补贴贷款创业怎么领路费", "车票报销", " ", "，"]), max_size=40).map(
            "".join
        ),
    )
)
def test_rank_never_fails_and_gives_chances_that_leave_room_for_none_of_these(real_index, text):
    ranking = real_index.rank(text)

    chances = [candidate.confidence for candidate in ranking.subjects]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1 + 1e-9
    assert len({candidate.intent for candidate in ranking.subjects}) == len(chances)


def test_shares_add_up_to_the_odds(small):
    first, second, *_ = small.rank("创业贷款的路费怎么报销").subjects

    by_shares = math.exp(sum(first.shares.values()) - sum(second.shares.values()))

    assert math.isclose(by_shares, first.confidence / second.confidence, rel_tol=1e-6)
    assert list(first.shares) == list(CHANNELS)


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("返钢直通车", "seat"),
        ("fangang zhitongche", "seat"),
        ("车飘报肖", "fare"),
        ("創業擔保貸款", "loan"),
        ("床业代款", "loan"),
        ("咋个占两个去义乌的位子", "seat"),
    ],
)
def test_rank_hears_wrong_characters_pinyin_traditional_ones_and_dialect(small, text, best):
    assert nearest(small, text) == best


def test_an_aspect_is_no_rival_of_a_subject():
    intents = {**SMALL, "followup/materials": intent("材料", "要带什么材料", "需要哪些证件")}
    parted = Index(intents, is_aspect=lambda name: name.startswith("followup/"))
    together = Index(intents)

    ranking = parted.rank("创业担保贷款能贷多少，要带什么材料")

    assert (ranking.subjects[0].intent, ranking.aspects[0].intent) == ("loan", "followup/materials")
    rivals = {one.intent: one.confidence for one in together.rank("创业担保贷款能贷多少，要带什么材料").subjects}
    assert ranking.subjects[0].confidence > rivals["loan"]


def test_the_channel_of_meaning_speaks_only_when_it_has_learnt(small):
    index = Index(SMALL)
    rows = sum(map(len, index.sentences))
    alike = np.zeros((rows, 4), dtype=np.float32)
    alike[: len(index.sentences[0])] = [1, 0, 0, 0]
    alike[len(index.sentences[0]) :] = [0, 1, 0, 0]
    meaning = np.array([1, 0, 0, 0], dtype=np.float32)
    before = index.rank("不晓得说哪样", meaning)

    index.learn_meanings(alike)

    assert before == small.rank("不晓得说哪样")
    assert index.rank("不晓得说哪样", meaning).subjects[0].intent == "seat"
    assert index.rank("不晓得说哪样") == before


def test_index_takes_no_intents_at_all():
    assert Index({}).rank("返岗直通车") == Ranking()


def test_bm25_prefers_the_rare_term_and_counts_a_repeated_one_once():
    bm25 = Bm25([[pairs("车票补贴车票车票")], [pairs("创业补贴")], [pairs("生活补贴")]])

    scores = bm25.scores(pairs("车票补贴"))

    assert scores.argmax() == 0
    assert scores[1] == scores[2] > 0
    assert bm25.scores(pairs("车票") * 3).tolist() == bm25.scores(pairs("车票")).tolist()
    assert bm25.scores(pairs("不相干")).tolist() == [0, 0, 0]


def test_pairs_of_a_short_text():
    assert pairs("车票钱") == ["车票", "票钱"]
    assert pairs("车") == ["车"]
    assert pairs("") == []

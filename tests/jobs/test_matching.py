"""The order of jobs: a plain scan defines it, conditions hold, reasons rest on facts; who one is counts nothing."""

from dataclasses import fields, replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.config import ROOT
from app.jobs.asking import Reader
from app.jobs.board import Board
from app.jobs.geography import Geography
from app.jobs.matching import (
    FIRST,
    OUT,
    PARTS,
    PER_EMPLOYER,
    RELAXED,
    Demand,
    Offer,
    given_way,
    minuses,
    price,
    rank,
    reasons,
    scan,
)
from app.jobs.wants import Want
from app.knowledge.lexicon import read_lexicon
from app.language.slots.places import Place

LEXICON = read_lexicon(ROOT / "intents")
HOME = LEXICON.gazetteer.home
GEOGRAPHY = Geography(HOME, LEXICON.points)
NEAR = {name: tuple(LEXICON.trades.near(name)) for name in LEXICON.trades.names}
TODAY = date(2026, 11, 23).toordinal()
TOWNSHIPS = [replace(HOME, township=name) for name in ("岩脚", "郎岱", "木岗", "")]
PLACES = [
    *TOWNSHIPS,
    Place("贵州", "六盘水", "水城"),
    Place("贵州", "贵阳", "南明"),
    Place("广东", "东莞"),
    Place("广东", "中山"),
    Place("浙江", "金华", "义乌"),
    Place("福建", "泉州", "晋江"),
]
TRADES = ["普工", "电子厂", "缝纫工", "制衣工", "焊工", "电工", "司机", "保洁", "服务员", "建筑工", "矿工"]
FLAGS = ["包吃", "包住", "夫妻房", "不上夜班", "日结", "能带娃", "交社保", "不要经验"]


def make_offers(seed, count):
    dice = Random(seed)
    return [make_offer(dice, number) for number in range(1, count + 1)]


def make_offer(dice, number):
    trades = tuple(dice.sample(TRADES, dice.choice([1, 1, 1, 2])))
    age_min, age_max = dice.choice([(None, None)] * 6 + [(18, None), (25, 60)])
    return Offer(
        number,
        f"{trades[0]}{number % 7}",
        f"厂{dice.randrange(1, 40)}",
        trades,
        dice.choice(PLACES),
        dice.choice([None, *range(200_000, 1_000_000, 25_000)]),
        dice.random() < 0.15,
        frozenset(dice.sample(FLAGS, dice.randrange(0, 6))),
        dice.random() < 0.1,
        Demand(trades, dice.choice(["", "", "电工证", "驾照"]), age_min, age_max, dice.random() < 0.3),
        TODAY - dice.randrange(0, 60),
        TODAY + dice.randrange(-5, 60),
    )


def make_want(dice):
    """Somebody at random, who says a few things or many."""

    def some(values, most):
        return tuple(dice.sample(values, dice.randrange(0, most + 1)))

    near = dice.random() < 0.25
    return Want(
        trades=some(TRADES, 3),
        not_trades=some(TRADES, 1),
        places=() if near else some(PLACES, 2),
        not_places=some([Place("广东"), Place("浙江")], 1),
        near_home=near,
        home=dice.choice([None, *TOWNSHIPS]),
        floor=dice.choice([None, 3000, 4500, 6000]),
        flags=some(FLAGS, 3),
        day_work=dice.random() < 0.1,
        words=dice.choice([(), (), (), ("焊",)]),
        skills=some(TRADES, 2),
        certificates=dice.choice([None, None, (), ("驾照",)]),
        age=dice.choice([None, 17, 23, 41, 53, 62]),
    )


def board_of(offers):
    return Board(offers, near=NEAR, geography=GEOGRAPHY)


def test_board_gives_the_order_of_the_plain_scan_for_a_thousand_people():
    offers, dice = make_offers(1, 1500), Random(2)
    board = board_of(offers)

    for _ in range(1000):
        asker = board.asker(make_want(dice), TODAY)
        assert board.rank(asker, limit=FIRST) == scan(asker, offers, limit=FIRST)


@pytest.mark.parametrize("limit", [1, 3, 60, 5000])
def test_board_gives_the_order_of_the_plain_scan_to_the_end(limit):
    offers, dice = make_offers(3, 400), Random(4)
    board = board_of(offers)

    for _ in range(60):
        asker = board.asker(make_want(dice), TODAY)
        assert board.rank(asker, limit=limit) == scan(asker, offers, limit=limit)


def test_board_of_one_employer_is_still_listed_whole():
    offers = [replace(offer, employer="一家厂") for offer in make_offers(5, 300)]
    board = board_of(offers)
    asker = board.asker(Want(), TODAY)

    assert board.rank(asker, limit=200) == scan(asker, offers, limit=200)
    assert len(board.rank(asker, limit=200)) == 200


def violations(asker, offer):
    """What is broken of the conditions that are never given up, judged without the rules under test."""
    want, broken = asker.want, []
    if offer.expires < TODAY:
        broken.append("expired")
    if set(offer.trades) & set(want.not_trades):
        broken.append("refused trade")
    if any(place.holds(offer.place) for place in want.not_places):
        broken.append("refused place")
    if want.certificates is not None and offer.demand.certificate not in ("", *want.certificates):
        broken.append("certificate")
    low, high = offer.demand.age_min or 0, offer.demand.age_max or 200
    if want.age is not None and not low <= want.age <= high:
        broken.append("age the law closes")
    if want.age is not None and want.age < 18 and "矿工" in offer.trades:
        broken.append("too young for the mine")
    return broken


def stated(asker, offer):
    """Every stated condition that a job does not meet, judged without the rules under test."""
    want, broken = asker.want, set()
    if want.trades and not set(want.trades) & set(offer.trades):
        broken.add("trade")
    if want.near_home and not HOME.holds(offer.place):
        broken.add("place")
    if want.places and not want.near_home and not any(place.holds(offer.place) for place in want.places):
        broken.add("place")
    if want.floor and (offer.pay is None or offer.pay < want.floor * 100):
        broken.add("pay")
    if not set(want.flags) <= offer.flags:
        broken.add("wishes")
    return broken


def test_no_hard_condition_is_broken_in_the_first_five_of_two_thousand_people():
    offers, dice = make_offers(6, 1500), Random(7)
    board = board_of(offers)

    for _ in range(2000):
        asker = board.asker(make_want(dice), TODAY)
        for one in board.rank(asker, limit=FIRST):
            assert violations(asker, board.offers[one.id]) == []


def test_every_condition_that_is_given_up_is_said():
    offers, dice = make_offers(8, 300), Random(9)
    board, given = board_of(offers), 0
    words = {"place": "不在", "pay": ("工资不到", "按件"), "trade": "不是", "wishes": "没写"}

    for _ in range(500):
        asker = board.asker(make_want(dice), TODAY)
        for one in board.rank(asker, limit=FIRST):
            offer = board.offers[one.id]
            broken, said = stated(asker, offer), "；".join(minuses(asker, offer)[:2])
            given += len(broken)
            assert set(given_way(asker, offer)) == broken
            assert bool(one.price) == bool(broken)
            for part in broken:
                kinds = words[part] if isinstance(words[part], tuple) else (words[part],)
                assert any(kind in said for kind in kinds), (part, said)
    assert given > 100


def test_fixed_order_of_giving_way_is_place_pay_trade_wishes():
    steps = [(1, 0, 0, 0), (2, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (0, 0, 0, 2), (1, 1, 0, 0)]

    assert [price(levels) for levels in [(0, 0, 0, 0), *steps]] == sorted({price(levels) for levels in steps} | {0})
    assert price((1, 1, 1, 0)) == OUT


def test_first_five_hold_at_most_two_of_an_employer_while_others_fit():
    offers = [replace(offer, employer=f"厂{number % 3}") for number, offer in enumerate(make_offers(10, 200))]
    board = board_of(offers)

    shown = board.rank(board.asker(Want(), TODAY), limit=20)[:FIRST]

    assert max([one.employer for one in shown].count(name) for name in ("厂0", "厂1", "厂2")) == PER_EMPLOYER


def test_want_has_no_room_for_sex_ethnicity_or_marital_state():
    """What is not there cannot rank anybody: no field of a want, and no rule that reads one."""
    names = {one.name for one in fields(Want)}

    assert names & {"gender", "sex", "ethnicity", "married", "marital", "groups", "household", "religion"} == set()


@pytest.mark.parametrize(
    "who", ["我是女的，", "我是男的，", "我是苗族，", "我结婚了，", "我没结婚，", "我是脱贫户，", "我有残疾证，"]
)
def test_who_somebody_is_changes_nothing_of_what_they_are_shown(who):
    reader, board = Reader(LEXICON), board_of(make_offers(11, 500))
    wish = "想在东莞找个普工，包住，四千以上"

    plain, told = (reader.read(text, date(2026, 11, 23), None) for text in (wish, who + wish))

    assert board.rank(board.asker(told, TODAY), limit=20) == board.rank(board.asker(plain, TODAY), limit=20)


def test_age_only_changes_what_the_law_bounds():
    offers = [offer for offer in make_offers(12, 500) if not offer.demand.takes_older]
    unbounded = [offer for offer in offers if offer.demand.age_min is None and offer.demand.age_max is None]
    board = board_of(unbounded)
    want = Want(trades=("普工", "保洁"))

    lists = [board.rank(board.asker(replace(want, age=age), TODAY), limit=30) for age in (None, 23, 53, 62)]

    assert all(one == lists[0] for one in lists)


def test_removing_the_fact_of_a_reason_changes_the_score():
    offers, dice = make_offers(13, 300), Random(14)
    board, checked = board_of(offers), 0
    empty = {one.name: one.default for one in fields(Want)}

    for _ in range(300):
        want = make_want(dice)
        asker = board.asker(want, TODAY)
        for one in board.rank(asker, limit=3):
            offer = board.offers[one.id]
            for reason in reasons(asker, offer):
                without = board.asker(replace(want, **{reason.field: empty[reason.field]}), TODAY)
                after = rank(without, offer)
                checked += 1
                assert after is None or after.score != one.score, reason
    assert checked > 300


@given(st.integers(0, 10_000))
def test_score_is_the_sum_of_its_named_parts_and_at_most_a_hundred(seed):
    dice = Random(seed)
    offer, want = make_offer(dice, 1), make_want(dice)
    asker = board_of([offer]).asker(want, TODAY)
    steps = [part.judge(asker, *part.column(offer)) for part in PARTS]

    found = rank(asker, offer)

    assert sum(step.points for step in steps) <= 100
    assert len({part.name for part in PARTS[:RELAXED]}) == RELAXED
    if found is not None:
        assert found.score == sum(step.points for step in steps)

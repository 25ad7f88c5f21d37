"""Trades in what people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.slots.trades import Trade, Trades


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("打螺丝", ["普工"]),
        ("我想进厂", ["普工"]),
        ("有厂里的活没得", ["普工"]),
        ("会电焊", ["焊工"]),
        ("開叉車", ["叉车工"]),
        ("做车位的", ["缝纫工"]),
        ("衣车", ["缝纫工"]),
        ("Ａ２驾照", ["司机"]),
        ("会开车", ["司机"]),
        ("开货车", ["司机"]),
        ("CNC", ["数控"]),
        ("月嫂或者护工", ["家政", "家政"]),
        ("泥水工、架子工", ["建筑工", "建筑工"]),
        ("下井", ["矿工"]),
        ("送外卖", ["外卖骑手"]),
        ("幼儿园老师", ["幼师"]),
        ("代课老师", ["教师"]),
        ("电子厂普工", ["电子厂", "普工"]),
        ("保安或者保洁", ["保安", "保洁"]),
        ("酒店前台", ["前台"]),
        ("超市收银", ["收银员"]),
        ("有没得采茶的", ["采茶"]),
        ("送快递", ["快递员"]),
        ("给我寄快递", []),
        ("小工厂", []),
        ("还有车位吗", []),
        ("我自己开车回去", []),
        ("车几点开车", []),
        ("老师您好", []),
        ("编号ba21", []),
        ("你们办公室在哪里", []),
        ("看直播间", []),
        ("", []),
    ],
)
def test_trades_are_read(lexicon, text, names):
    assert [found.value.name for found in lexicon.trades.read_trades(text)] == names


def test_a_trade_has_neighbours(lexicon):
    assert "质检" in lexicon.trades.near(Trade("普工"))
    assert lexicon.trades.near("普工") == lexicon.trades.near(Trade("普工"))
    assert lexicon.trades.near("宇航员") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("想做灯具厂", ["灯饰厂"]),
        ("会开塔吊", ["吊车司机"]),
        ("跑滴滴", ["网约车司机"]),
        ("在酒厂踩曲", ["酿酒工", "酿酒工"]),
        ("编烟叶、摘菌子", ["烤烟工", "食用菌工"]),
        ("养老护理员和月嫂", ["养老护理员", "家政"]),
        ("我是外线电工", ["架线工"]),
        ("小家电维修", ["家电维修"]),
        ("安全员工培训", []),
        ("买农机补贴多少", []),
    ],
)
def test_finer_trades_are_read_as_such(lexicon, text, names):
    assert [found.value.name for found in lexicon.trades.read_trades(text)] == names


def test_a_trade_has_its_occupation_code(lexicon):
    codes = {name: lexicon.trades.code(name) for name in lexicon.trades.names}

    assert codes["焊工"] == "6-18-02-04"
    assert codes["建筑工"] == "6-29"
    assert [name for name, code in codes.items() if not code] == []
    assert lexicon.trades.code("宇航员") == ""


def test_every_trade_is_read_back_as_it_is_said(lexicon):
    assert len(lexicon.trades.names) >= 120
    for name in lexicon.trades.names:
        (found,) = lexicon.trades.read_trades(Trade(name).said())
        assert found.value == Trade(name)


@given(st.text())
def test_any_text_is_read(lexicon, text):
    lexicon.trades.read_trades(text)


def test_trades_may_be_few():
    assert Trades({"普工": []}).read_trades("普工")[0].value == Trade("普工")
    assert Trades({}).read_trades("普工") == []

"""Pay that people name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.slots.money import MAX_PAY, Pay, Per, read_pay

CASES = [
    ("五六千", 5000, 6000, None),
    ("6k", 6000, 6000, None),
    ("6K-8K", 6000, 8000, None),
    ("4000-6000", 4000, 6000, None),
    ("４０００—６０００", 4000, 6000, None),
    ("四千到六千", 4000, 6000, None),
    ("4-6千", 4000, 6000, None),
    ("5、6千", 5000, 6000, None),
    ("一天200", 200, 200, Per.DAY),
    ("200/天", 200, 200, Per.DAY),
    ("两百一天", 200, 200, Per.DAY),
    ("三四百一天", 300, 400, Per.DAY),
    ("日结两百五", 250, 250, Per.DAY),
    ("五千往上", 5000, None, None),
    ("五千以上", 5000, None, None),
    ("不低于五千", 5000, None, None),
    ("至少5000", 5000, None, None),
    ("5000+", 5000, None, None),
    ("五千以下", None, 5000, None),
    ("不超过六千", None, 6000, None),
    ("月薪过万", 10000, None, Per.MONTH),
    ("月入上万", 10000, None, Per.MONTH),
    ("一万二", 12000, 12000, None),
    ("1万2", 12000, 12000, None),
    ("1.5万", 15000, 15000, None),
    ("三千五", 3500, 3500, None),
    ("三千多", 3000, 4000, None),
    ("两千把", 2000, 2000, None),
    ("5千左右", 5000, 5000, None),
    ("年薪10万", 100000, 100000, Per.YEAR),
    ("时薪18", 18, 18, Per.HOUR),
    ("18块一个小时", 18, 18, Per.HOUR),
    ("计件2块一件", 2, 2, Per.PIECE),
    ("300块", 300, 300, None),
    ("¥300", 300, 300, None),
    ("200", 200, 200, None),
    ("6000", 6000, 6000, None),
    ("保底4000", 4000, None, None),
    ("底薪三千加提成", 3000, None, None),
    ("五千一个月", 5000, 5000, Per.MONTH),
    ("一个月能挣五六千", 5000, 6000, Per.MONTH),
    ("6,000-8,000元/月", 6000, 8000, Per.MONTH),
    ("工资6000", 6000, 6000, None),
    ("工资四千五到五千五 月休四天", 4500, 5500, None),
    ("想找个一天两百的活路", 200, 200, Per.DAY),
    ("两千多一个月就行", 2000, 3000, Per.MONTH),
    ("不要低于四千", 4000, None, None),
    ("3500保底", 3500, None, None),
    ("月薪4k起", 4000, None, Per.MONTH),
    ("一年能挣六七萬", 60000, 70000, Per.YEAR),
]


@pytest.mark.parametrize(("text", "low", "high", "per"), CASES)
def test_pay_is_read(text, low, high, per):
    assert [found.value for found in read_pay(text)] == [Pay(low, high, per)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "面议",
        "我有200个",
        "走200",
        "找200的",
        "一天8小时",
        "三千人",
        "车费300块报不报",
        "我48了",
        "2月13号",
        "至少3个人",
        "2026-2027",
        "一年两次",
        "48岁",
        "三个月",
        "13985831234",
        "12333",
        "几千",
        "千万不要",
    ],
)
def test_what_is_no_pay(text):
    assert read_pay(text) == []


def test_where_it_stands():
    (found,) = read_pay("想找 五六千 的")
    assert (found.start, found.end) in {(2, 5), (1, 5)}


_AMOUNTS = st.integers(1, MAX_PAY)
_PERS = st.none() | st.sampled_from(Per)


@given(_AMOUNTS, _AMOUNTS, _PERS, st.sampled_from(["both", "low", "high"]))
def test_what_is_said_reads_the_same(one, two, per, bounds):
    low, high = sorted((one, two))
    pay = Pay(None if bounds == "high" else low, None if bounds == "low" else high, per)
    assert [found.value for found in read_pay(pay.said())] == [pay]


@given(
    st.text(
        st.sampled_from("五六一二两三千百万十k元块钱天月年小时件/-到~多来把每个不超过以上下左右工资薪底保0123456789.，")
        | st.characters()
    )
)
def test_pay_never_fails(text):
    for found in read_pay(text):
        pay = found.value
        assert pay.low is not None or pay.high is not None
        assert [again.value for again in read_pay(pay.said())] == [pay]

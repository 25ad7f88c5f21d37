"""Places in what people write, and from where to where."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.language.slots.places import Gazetteer, Place, Route

HOME = Place("贵州", "六盘水", "六枝")
YIWU = Place("浙江", "金华", "义乌")
ZHONGSHAN = Place("广东", "中山")
YANJIAO = Place("贵州", "六盘水", "六枝", "岩脚")
TOWNSHIPS = [
    "九龙街道",
    "银壶街道",
    "塔山街道",
    "岩脚镇",
    "郎岱镇",
    "木岗镇",
    "大用镇",
    "新窑镇",
    "关寨镇",
    "牂牁镇",
    "新华镇",
    "龙河镇",
    "中寨乡",
]
PEOPLES_TOWNSHIPS = {
    "梭戛苗族彝族回族乡": "梭戛",
    "牛场苗族彝族乡": "牛场",
    "月亮河彝族布依族苗族乡": "月亮河",
    "落别布依族彝族乡": "落别",
}


@pytest.fixture(scope="module")
def gazetteer(lexicon):
    return lexicon.gazetteer


@pytest.fixture(scope="module")
def places(gazetteer):
    return lambda text: [found.value for found in gazetteer.read_places(text)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("想去义乌", YIWU),
        ("想去義烏", YIWU),
        ("去义务打工", YIWU),
        ("浙江省金华市义乌市有哪些厂", YIWU),
        ("浙江的义乌", YIWU),
        ("义乌附近的厂", YIWU),
        ("东管有厂没得", Place("广东", "东莞")),
        ("中山东区哪家厂", ZHONGSHAN),
        ("去中山路费报不报", ZHONGSHAN),
        ("钟山的", Place("贵州", "六盘水", "钟山")),
        ("黔", Place("贵州")),
        ("上海", Place("上海")),
        ("北京市朝阳区", Place("北京", "", "朝阳")),
        ("朝阳市", Place("辽宁", "朝阳")),
        ("长安镇", Place("广东", "东莞", "", "长安")),
        ("西安长安区", Place("陕西", "西安", "长安")),
        ("横栏有个灯具厂", Place("广东", "中山", "", "横栏")),
        ("顺德容桂", Place("广东", "佛山", "顺德", "容桂")),
        ("中山港口镇", Place("广东", "中山", "", "港口")),
        ("去大方县", Place("贵州", "毕节", "大方")),
        ("广西来宾", Place("广西", "来宾")),
        ("黔东南苗族侗族自治州", Place("贵州", "黔东南")),
        ("老家是盘州的", Place("贵州", "六盘水", "盘州")),
        ("六枝特区岩脚镇", YANJIAO),
        ("六枝有哪些厂", HOME),
        ("六盘水", Place("贵州", "六盘水")),
        ("吉林吉林", Place("吉林", "吉林")),
        ("吉林市", Place("吉林", "吉林")),
        ("贵州大学生有补贴没", Place("贵州")),
        ("从江西回来", Place("江西")),
    ],
)
def test_a_place_is_read(places, text, place):
    assert places(text) == [place]


@pytest.mark.parametrize(
    "text", ["本地有厂没", "附近的", "家门口的活", "县城", "回老家", "屋头附近有活路没", "就近找个"]
)
def test_words_for_home_are_home(places, text):
    assert places(text) == [HOME]


@pytest.mark.parametrize("township", TOWNSHIPS)
def test_townships_of_home_are_known(places, township):
    name = township.removesuffix("街道").removesuffix("镇").removesuffix("乡")

    assert places(f"我家在{township}的") == [Place("贵州", "六盘水", "六枝", name)]
    assert places(f"去{name}") == [Place("贵州", "六盘水", "六枝", name)]


@pytest.mark.parametrize(("township", "name"), PEOPLES_TOWNSHIPS.items())
def test_townships_with_the_names_of_peoples_are_known(places, township, name):
    assert places(township) == places(f"到{name}") == [Place("贵州", "六盘水", "六枝", name)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "路上海量",
        "云河南路",
        "中山东路",
        "有义务去做",
        "义务教育",
        "周六安排",
        "初三明天",
        "贵州大学毕业",
        "房东管饭",
        "太大方了",
        "各位来宾好",
        "粤菜师傅",
        "优惠水电",
        "真正安心",
        "金华路",
        "天天在桥头等活",
    ],
)
def test_no_place_inside_another_word(places, text):
    assert places(text) == []


def test_of_two_names_the_longer_is_meant(places):
    assert places("去海南还是南海") == [Place("海南"), Place("广东", "佛山", "南海")]
    assert places("吉安和安吉") == [Place("江西", "吉安"), Place("浙江", "湖州", "安吉")]
    assert places("黔西南黔西") == [Place("贵州", "黔西南"), Place("贵州", "毕节", "黔西")]


def test_several_places_stand_where_they_are_said(gazetteer):
    text = "义乌、中山，或者岩脚镇"
    found = gazetteer.read_places(text)

    assert [text[place.start : place.end] for place in found] == ["义乌", "中山", "岩脚镇"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("朝阳", [Place("辽宁", "朝阳"), Place("吉林", "长春", "朝阳"), Place("北京", "", "朝阳")]),
        ("长安", [Place("广东", "东莞", "", "长安"), Place("陕西", "西安", "长安")]),
        ("吉林", [Place("吉林"), Place("吉林", "吉林")]),
    ],
)
def test_a_name_of_several_places_names_them_all(gazetteer, text, meant):
    (found,) = gazetteer.read_places(text)

    assert [found.value, *found.others] == meant
    assert found.ambiguous


@pytest.mark.parametrize(
    ("text", "origin", "destination"),
    [
        ("从岩脚去义乌", YANJIAO, YIWU),
        ("岩脚到义乌的车", YANJIAO, YIWU),
        ("岩脚-义乌", YANJIAO, YIWU),
        ("我在中山打工想回六枝", ZHONGSHAN, HOME),
        ("我人在中山", ZHONGSHAN, None),
        ("明天从中山出发", ZHONGSHAN, None),
        ("中山出发", ZHONGSHAN, None),
        ("我是岩脚的，想去义乌", YANJIAO, YIWU),
        ("我是贵州的，在义乌打工，想回岩脚", YIWU, YANJIAO),
        ("六枝往返中山", HOME, ZHONGSHAN),
        ("六枝坐车去中山", HOME, ZHONGSHAN),
        ("不想去浙江，想去广东", None, Place("广东")),
        ("没去过中山", None, None),
        ("想在中山找活", None, ZHONGSHAN),
        ("就在本地做", None, HOME),
        ("下广东打工", None, Place("广东")),
        ("从六枝到贵阳再到义乌", HOME, YIWU),
        ("去义乌", None, YIWU),
        ("义乌有车没", None, None),
        ("你好", None, None),
    ],
)
def test_a_route_has_an_origin_and_a_destination(gazetteer, text, origin, destination):
    assert gazetteer.read_route(text) == Route(origin, destination)


def test_every_place_is_read_back_as_it_is_said(gazetteer):
    for place in gazetteer.places:
        (found,) = gazetteer.read_places(place.said())
        assert found.value == place


@given(st.text())
def test_any_text_is_read(lexicon, text):
    lexicon.gazetteer.read_places(text)
    lexicon.gazetteer.read_route(text)


@given(st.lists(st.sampled_from("去到从在回义乌中山长安贵州省市六枝岩脚镇的路东，附近老家朝阳海南"), max_size=60))
def test_places_come_in_order_and_apart(lexicon, characters):
    found = lexicon.gazetteer.read_places("".join(characters))

    assert all(place.start < place.end for place in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_a_gazetteer_may_be_empty():
    assert Gazetteer({}, HOME).read_places("去义乌") == []

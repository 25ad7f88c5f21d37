"""Words on which a life, a body or a wage may hang: the right phone, in many wordings, and few false alarms."""

import pytest

from app.core.config import ROOT
from app.knowledge.calibration import read_calibration
from app.main import load_index
from bot.exam import route_sentence
from bot.router import Router

DESPAIR = [
    "我想去死",
    "我要上吊",
    "要吊颈",
    "真的撑不下去了",
    "活够了",
    "不想在这个世上了",
    "好想离开这个世界",
    "活着没什么意义了",
    "生无可恋",
    "没脸活了",
    "想找个地方了断",
    "我写好遗书了",
    "我准备烧炭",
    "在桥上想跳",
    "不给工资我就从塔吊跳下去",
    "老板不给钱我死给他看",
    "我老公拿了根绳子说要上吊",
    "不想活了",
    "我婆娘说她不想活了",
    "日子过成这样不如死了",
    "我姑娘一时想不开",
    "活起没得意思了",
    "我真的撑不下去了工资要不到娃儿学费交不起",
    "大不了一了百了",
    "我兄弟留了遗书人不见了",
    "要不回工钱我就去跳楼",
    "我只想轻生",
    "我想一死了之",
    "我不如跳了算了",
    "我要从楼顶跳下来",
    "想了结这条命",
    "活着太累了不想再活",
    "让我死了吧",
    "我想喝药",
    "我想割腕",
]
RESCUE = [
    "我儿子割腕了",
    "割脉了怎么办",
    "我妈喝了敌敌畏",
    "喝百草枯了",
    "他站在楼顶不下来",
    "工友被埋了",
    "煤矿透水了",
    "煤气中毒",
    "高空坠落",
    "触电了",
    "中暑晕倒在工地",
    "我爸喝农药了快点",
    "他把一瓶安眠药都吃了",
    "有个人从楼上掉下来了",
    "我们这里塌方有人被埋了",
    "我弟吃老鼠药了",
    "我爸吞了好多药",
    "娃娃掉河里了",
    "工友被电打倒了",
    "被砂石埋起了",
    "他没得呼吸了",
]
DANGER = [
    "老板欠钱不给,我要拿刀砍他",
    "我要跟老板同归于尽",
    "传销窝点跑不出来",
    "被骗到缅甸了",
    "刷单兼职被骗了",
    "招工要交300块体检费是真的吗",
    "有人跟踪我",
    "被家暴了",
    "厂里押着身份证不放人",
    "他们把我关起来不准走",
    "我姐夫遭骗去缅甸回不来",
    "工头再不给钱我就捅死他",
    "有人拿刀追我",
    "老板喊人打我",
    "我老公天天打我",
    "我要炸了他公司",
    "我要烧了厂子",
    "我恨不得弄死老板",
    "在缅北出不来",
]
INJURY = [
    "眼睛被铁屑打到",
    "做工腰杆闪了",
    "开叉车压到脚",
    "被机器绞了手",
    "从三楼脚手架滚下来",
    "我在工地上手断了",
    "上班受伤了老板不认",
]
ARREARS = [
    "不发工资",
    "拖工资",
    "工资只发了一半",
    "做工程的钱要不到",
    "平台克扣我跑外卖的钱",
    "保安公司三个月没开支了",
    "老板拿材料抵工资",
    "结不到账",
    "老板欠我三万块",
    "工头躲起来了电话也不接",
    "干了半年老板跑了",
    "血汗钱要不回来",
    "包工头拖欠我们二十几个人的工资",
]
FALSE_ALARMS = [
    "我想不开店了，想打工",
    "店开不下去了想关门",
    "活路做不下去了",
    "帮我想想办法，我想不开网店行不行",
    "跳楼价的门面有补贴吗",
    "跳楼机操作员招人吗",
    "跳河村哪里办失业登记",
    "自杀式降价",
    "想死你们了",
    "累死了",
    "热死人了",
    "笑死",
    "这个工资低得要死",
    "电工证触电急救怎么考",
    "煤矿招不招工",
    "高空作业证补贴",
    "传销和直销的区别",
    "失业登记怎么办",
    "创业贷款还不上了能缓吗",
    "没得活路做了",
    "想不开车去，坐车去中山",
    "农药店创业有没有补贴",
    "死亡证明去哪里开",
    "楼顶漏水找哪个",
    "身份证快过期了",
    "招工信息在哪里看",
    "我想开个店",
    "我想不开店了，要去打工",
    "店撑不下去了想转让",
    "跟老板做个了断，合同解除了赔多少",
    "我想做烧炭生意有贷款吗",
    "遗书公证怎么办",
    "办失业登记扣不扣身份证",
    "社保扣钱要身份证不",
    "店被关了有补贴吗",
    "招工先交体检报告可以吗",
    "反家暴社工招聘",
    "楼上掉皮从哪里报修",
    "安眠药厂招人不",
    "护林员溺水巡查岗招人吗",
    "我爸喝农药去世了低保还能领吗",
]
URGENT = {"smalltalk/despair", "smalltalk/rescue", "rights/danger"}


@pytest.fixture(scope="module")
def intent_of():
    library, _, index = load_index(ROOT / "intents", "")
    router = Router(library, index, read_calibration(ROOT / "intents"))
    return lambda words: route_sentence(router, words).intent


@pytest.mark.parametrize("words", DESPAIR)
def test_despair_is_heard(intent_of, words):
    assert intent_of(words) in ("smalltalk/despair", "smalltalk/rescue")


@pytest.mark.parametrize("words", RESCUE)
def test_somebody_dying_is_heard(intent_of, words):
    assert intent_of(words) == "smalltalk/rescue"


@pytest.mark.parametrize("words", DANGER)
def test_danger_is_heard(intent_of, words):
    assert intent_of(words) == "rights/danger"


@pytest.mark.parametrize("words", INJURY)
def test_injury_is_heard(intent_of, words):
    assert intent_of(words) == "rights/work_injury"


@pytest.mark.parametrize("words", ARREARS)
def test_arrears_are_heard(intent_of, words):
    assert intent_of(words) == "policies/wage_arrears"


@pytest.mark.parametrize("words", FALSE_ALARMS)
def test_ordinary_words_raise_no_alarm(intent_of, words):
    assert intent_of(words) not in URGENT


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("我不想活了，帮我转人工", "smalltalk/despair"),
        ("找人工，我儿子割腕了", "smalltalk/rescue"),
        ("他喝农药了，他说他不想活了", "smalltalk/rescue"),
        ("失业金没到，转人工", "smalltalk/human"),
    ],
)
def test_the_most_urgent_matter_comes_first(intent_of, words, intent):
    assert intent_of(words) == intent

"""Every message template with the most extreme data it can meet: within WeChat's limits, sound, and plain Chinese."""

import re
from datetime import date, datetime
from types import SimpleNamespace

import pytest

from app.core.clock import SHANGHAI
from app.jobs.event_models import Event, EventKind
from app.jobs.events import WALK_IN, EventCancelled, EventFull
from app.jobs.jobs import JobGone
from app.jobs.models import Job
from app.jobs.workshop_models import Workshop
from app.messaging.rendering import TEMPLATES, MessageTemplates
from app.policies.offices import Opening
from app.policies.schema import Aspect, Benefit, Office, Policy, Source, SourceDocument, Validity
from app.wechat.messages import Kind, Message
from app.wechat.replies import MAX_TEXT_BYTES, Text, render, split_text
from app.wechat.simulator.account import Account
from app.wechat.simulator.replies import Question, judge
from bot.glance import MAX_LINES, shown

LONG = "我家住在山上面老人娃娃一大家人就靠我一个人打工" * 40
LINK = '</a><a href="https://example.com">点我领钱</a>]]><Content>&amp;"'
TITLE = "返乡农村劳动力和就业困难人员创业补助项"
OFFICE = Office(
    id="office",
    name="六枝特区易地扶贫搬迁安置区就业和社会保障综合服务窗口",
    kind="counter",
    address="六枝特区银壶街道安置区三号楼一层便民服务大厅左手边第二个窗口（示例）",
    hours="工作日上午9:00—12:00，下午1:30—5:00（夏天下午2:00—5:30）",
    phone="0858-12345678",
    township="银壶街道",
)
NOW = datetime(2027, 2, 6, 8, tzinfo=SHANGHAI)
OPENINGS = [
    Opening(True),
    Opening(False, datetime(2027, 2, 15, 9, 30, tzinfo=SHANGHAI)),
    Opening(False, datetime(2027, 2, 15, 9, tzinfo=SHANGHAI), certain=False),
    Opening(None),
]
POLICY = Policy(
    title=TITLE,
    skill="policies.answer",
    headline="长" * 100,
    benefits=[Benefit(who="人" * 60, amount="多" * 60)] * 5,
    conditions=["条件" * 30 + "。"] * 9,
    how="办" * 100 + "。",
    where=["office"],
    validity=Validity(until=date(2025, 12, 31)),
    unstated=["没写的事" * 5] * 5,
    stated={"materials": "带身份证。" * 8, "repeat": "每年一次。"},
    source=Source(document="plan", clauses=["附件1（八）", "正文17", "附件3（六）3"]),
)
DOCUMENT = SourceDocument(
    id="plan",
    title="六盘水市促进高质量充分就业工作方案" * 2,
    issuer="某局",
    issued=date(2023, 1, 1),
    published=date(2023, 1, 1),
    facts=[],
    clauses={},
)
NOTHING = [{}]
FACTS = [
    {
        "policy": POLICY,
        "offices": [OFFICE] * 2,
        "document": document,
        "excluded": others,
        "related": others,
        "newer": others,
        "no_amount": bool(others),
    }
    for document in (DOCUMENT, DOCUMENT.model_copy(update={"called": "报道", "issued": None}))
    for others in ([], [TITLE])
]
HANDED = [
    {"number": 123_456, "text": text, "counter": OFFICE, "opening": opening, "now": NOW}
    for text in ("", LONG, LINK, "一行\n两行\n" * 50)
    for opening in OPENINGS
]
EXTREMES = {
    "conversation/failed": NOTHING,
    "conversation/fallback": [
        {"guesses": False, "options": [TITLE] * 7, "gists": [""] * 7},
        {"guesses": True, "options": [TITLE] * 3 + ["都不是"], "gists": ["（已到期）" + "长" * 49] * 3 + [""]},
    ],
    "conversation/more_hint": NOTHING,
    "conversation/no_more": NOTHING,
    "conversation/none_of_these": NOTHING,
    "conversation/nothing_waiting": NOTHING,
    "conversation/options": [{"text": "请选，点一下，或回复数字：", "options": [TITLE] * 9}],
    "conversation/still_waiting": NOTHING,
    "conversation/waiting": NOTHING,
    "human/answered": [{"number": 123_456, "text": "您的补贴十二月十号到账，请查一下。" * 20}],
    "human/handed_over": HANDED,
    "human/heard_too": NOTHING,
    "human/never_mind": NOTHING,
    "people/allowed": NOTHING,
    "people/mini_program": [{"path": f"pages/index/index?link={'x' * 43}"}],
    "people/no_mini_program": NOTHING,
    "people/refused": NOTHING,
    "kinds/image": NOTHING,
    "kinds/link": NOTHING,
    "kinds/mini_program": NOTHING,
    "kinds/unknown": NOTHING,
    "kinds/video": NOTHING,
    "kinds/voice": NOTHING,
    "menus/main": NOTHING,
    "menus/no_such_line": [{"last": 1}, {"last": 9}],
    "policies/another": [{"title": TITLE, "groups": "毕业生、退役军人"}],
    "policies/which": NOTHING,
    "policies/answer": [
        {**facts, "policy": policy, "expired": expired, "asked": asked}
        for facts in FACTS
        for asked in (None, Aspect.MATERIALS, Aspect.ONLINE)
        for policy, expired in (
            (POLICY, True),
            (POLICY, False),
            (POLICY.model_copy(update={"validity": Validity(), "unstated": [], "conditions": []}), False),
        )
    ],
    "policies/aspect": [
        {**facts, "expired": expired, "asked": asked}
        for facts in FACTS
        for expired in (True, False)
        for asked in (Aspect.MATERIALS, Aspect.REPEAT, Aspect.DEADLINE, Aspect.ONLINE)
    ],
    "policies/for_group": [
        {**facts, "expired": expired, "groups": "不是毕业生的", "tiers": tiers}
        for facts in FACTS
        for expired in (True, False)
        for tiers in ([], POLICY.benefits)
    ],
    "policies/still": [
        {**facts, "expired": expired, "options": options}
        for facts in FACTS
        for expired in (True, False)
        for options in ([], [TITLE, "都不是"])
    ],
    **{
        f"policies/{name}": [{**facts, "expired": expired} for facts in FACTS for expired in (True, False)]
        for name in ("amount", "conditions", "how", "where")
    },
    "smalltalk/help": NOTHING,
    "smalltalk/out_of_scope": NOTHING,
    "welcome/greet": [
        {"first": first, "greeting": greeting, "options": [TITLE] * 7}
        for first in (True, False)
        for greeting in ("", "您在招聘会扫的码。" * 6)
    ],
}
QUESTION = {"text": "您" * 20, "several": True, "number": 5, "most": 5, "lines": ["选" * 12] * 7 + ["都没有", "不清楚"]}
STANDINGS = [
    SimpleNamespace(
        policy=POLICY,
        amount="一次性5000元；" * 9,
        clause="附件3（九）",
        missing=["正常经营的时间满1年"] * 5,
        because=[],
    )
] * 4
AGAINST = [SimpleNamespace(policy=POLICY, because=["家庭情况：脱贫户、监测户，或者易地搬迁户"] * 3, missing=[])] * 2
EXTREMES |= {
    "benefits/personal": [
        {"one": one, "relevant": relevant, "ageless": ageless, "others": others}
        for one in (STANDINGS[0], AGAINST[0])
        for relevant, ageless in ((True, True), (True, False), (False, True))
        for others in ([], [TITLE] * 2)
    ],
    "benefits/result": [
        {
            "eligible": STANDINGS[:eligible],
            "possible": STANDINGS[eligible:shown],
            "against": AGAINST[:against],
            "past": AGAINST[:against],
            "further": [TITLE] * further,
            "rivals": [(TITLE, TITLE)] * rivals,
            "total": total,
            "at_most": bool(rivals),
            "several": bool(total),
            "offices": [OFFICE.short] * 3,
            "open": bool(further),
            "unsure": bool(against),
            "document": DOCUMENT.title,
        }
        for eligible, shown, against, further, rivals, total in (
            (0, 0, 0, 0, 0, 0),
            (0, 0, 2, 0, 0, 0),
            (2, 4, 2, 9, 1, 65_500),
            (4, 4, 0, 3, 0, 5_000),
            (0, 4, 1, 0, 0, 0),
        )
    ],
    "forms/cancelled": NOTHING,
    "forms/confirm": [{"echo": ["去中山"] * 9, "confirm": "对，就这样"}],
    "forms/none_open": NOTHING,
    "forms/noted": [{"echo": ["脱贫户、监测户"] * 5}],
    "forms/question": [
        {**QUESTION, "echo": echo, "begun": begun} for echo in ([], ["脱贫户"] * 9) for begun in (True, False)
    ],
    "forms/resume": NOTHING,
    "forms/unclear": [QUESTION],
    "forms/waiting": [QUESTION],
}
EVENT = Event(
    kind=EventKind.TRAINING,
    title="长" * 60,
    starts_at=NOW,
    place="广场" * 30,
    address="街" * 120,
    what_to_bring="身份证、" * 40,
    who_for="返乡的人" * 25,
    fee="免费" * 30,
    contact="张老师" * 13,
    phone="0858-12345678" * 4,
    description="教" * 1000,
)
BARE_EVENT = Event(kind=EventKind.JOB_FAIR, title="招聘会", starts_at=NOW, place="广场", fee="")
WORKSHOP = Workshop(
    name="车间" * 30,
    township="岩脚",
    address="安置点" * 40,
    employer="公司" * 30,
    trades="缝纫、" * 33,
    headcount=100,
    pay="计件" * 30,
    contact="李姐" * 20,
    phone="0858-12345678" * 4,
    description="随到随做。" * 40,
    is_example=True,
)
BARE_WORKSHOP = Workshop(name="手套车间", township="岩脚", is_example=False)
WHEN = "周六 2027年12月25日 9:00，到周日 2028年12月31日"
NOTICES = [{"event": event, "when": WHEN} for event in (EVENT, BARE_EVENT)]
LEAD = "说到“高校毕业生、退役军人、就业困难人员、焊工、缝纫工”的培训班，近期有30个："
EXTREMES |= {
    "events/list": [
        {
            "lead": LEAD,
            "lines": [{"event": event, "when": WHEN, "mark": "（您已报名）"}] * count,
            "further": count == 3,
        }
        for event in (EVENT, BARE_EVENT)
        for count in (1, 3)
    ],
    "events/detail": [
        {"event": event, "when": WHEN, "left": left, "standing": standing}
        for event in (EVENT, BARE_EVENT)
        for left in (None, 1000)
        for standing in ("mine", "cancelled", "running", "started", "full", "open")
    ],
    "events/registered": [{**one, "reminded": reminded} for one in NOTICES for reminded in (True, False)],
    "events/given_up": [{"event": EVENT}],
    "events/not_registered": NOTHING,
    "events/which": [{"cancelling": cancelling} for cancelling in (True, False)],
    "events/no_such_line": [{"last": last} for last in (1, 3)],
    "events/no_more": [{"back": back} for back in (True, False)],
    "events/refused": [
        {"sentence": sentence, "phone": phone}
        for sentence in (EventFull.default_detail, EventCancelled.default_detail, WALK_IN)
        for phone in ("", EVENT.phone)
    ],
    "events/none": [{"training": training} for training in (True, False)],
    "events/none_mine": NOTHING,
    "events/reminder": NOTICES,
    "events/changed": NOTICES,
    "events/cancelled": NOTICES,
    "workshops/list": [
        {"lead": LEAD, "lines": [{"workshop": one, "far": far}] * 3, "further": bool(far)}
        for one in (WORKSHOP, BARE_WORKSHOP)
        for far in ("", "约12公里")
    ],
    "workshops/detail": [{"workshop": one} for one in (WORKSHOP, BARE_WORKSHOP)],
    "workshops/ask": [{"unheard": unheard} for unheard in (True, False)],
    "workshops/none": NOTHING,
    "workshops/gone": [{"sentence": "没有找到这个帮扶车间，它可能已经停了。"}],
    "kinds/location": [
        {"office": office, "workshops": [{"workshop": WORKSHOP, "far": "约12公里"}] * count, "numbered": numbered}
        for office in (OFFICE, OFFICE.model_copy(update={"township": None}))
        for count in (0, 3)
        for numbered in (True, False)
    ],
}
JOB_LINE = {
    "number": 10,
    "title": "缝纫工" * 10,
    "employer": "六枝巧手民族服饰厂" * 5,
    "place": "六枝岩脚",
    "pay": "每月4500—6000元",
    "reasons": ["就是您要的缝纫工", "在岩脚，离家近，是就业帮扶车间"],
    "minuses": ["不在东莞、中山、深圳，在岩脚", "没写包吃、包住，要问清楚"],
}
BARE_LINE = JOB_LINE | {"reasons": [], "minuses": []}
JOB = Job(
    title="缝纫工" * 10,
    employer="六枝巧手民族服饰厂",
    headcount=100,
    shift="长白班" * 30,
    board_lodging="包吃包住" * 30,
    education="不限",
    experience="包教会" * 30,
    benefits=["五险", "全勤奖"] * 10,
    description="做校服。" * 300,
    contact_name="王经理",
    contact_phone="138-0000-1234、0858-0000001",
    expires_at=date(2027, 3, 1),
)
BARE_JOB = Job(title="小工", employer="某某建筑队", contact_phone="138-0000-1234", benefits=[])
WANTED = ["缝纫工", "东莞", "每月5000元以上", "包吃", "包住", "不上夜班"] * 3
EXTREMES |= {
    "jobs/list": [
        {"lead": lead, "want": want, "fitting": fitting, "jobs": [line] * count, "further": further, "relaxed": relaxed}
        for lead, want in (("", WANTED), ("12月1日，新岗位30个。", []))
        for fitting, relaxed in ((0, ["地点", "工资"]), (2, ["地点"]), (60, []))
        for line in (JOB_LINE, BARE_LINE)
        for count, further in ((1, False), (3, True))
    ],
    "jobs/detail": [
        {**line, "job": job, "sources": sources, "checked": date(2026, 12, 1)}
        for line in (JOB_LINE, BARE_LINE)
        for job in (JOB, BARE_JOB)
        for sources in ([], ["就业帮扶车间台账", "企业自主申报"])
    ],
    "jobs/applied": [{"job": JOB}, {"job": BARE_JOB}],
    "jobs/saved": [{"job": JOB}],
    "jobs/push": [{"jobs": [line] * count} for line in (JOB_LINE, BARE_LINE) for count in (1, 3)],
    "jobs/gone": [{"sentence": JobGone().detail}],
    "jobs/none": [{"want": WANTED}, {"want": []}],
    "jobs/no_such_line": [{"last": 3}],
    "jobs/subscribed": [{"want": WANTED}, {"want": []}],
    **{
        f"jobs/{name}": NOTHING
        for name in ("no_more", "none_mine", "none_pushed", "reported", "subscribed_ask", "too_young", "unsubscribed")
    },
}
CASES = [(name, values) for name, extremes in EXTREMES.items() for values in extremes]
TAP = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^"&<>#\s]+)&msgmenuid=[A-Za-z0-9/_-]+">([^<>]+)</a>')
MINI = re.compile(
    r'<a href="https://[^"<>]+" data-miniprogram-appid="[^"<>]*" data-miniprogram-path="[^"<>]+">[^<]+</a>'
)
"""A link into the mini-program, with an address for old phones."""
ODD = re.compile(
    r"None|True|False|\{|\}|。。|，，|，。|、。|。、|：。|；。|！。|？。|“”|「」|\(\)|（）|(?<!\.)\.(?![.\d])"
)


def test_every_template_is_tried_with_extreme_data():
    names = {path.relative_to(TEMPLATES).with_suffix("").as_posix() for path in TEMPLATES.rglob("*.txt")}

    assert set(EXTREMES) == names


@pytest.mark.parametrize(("name", "values"), CASES)
def test_template_stays_within_wechats_limits_in_every_part(name, values):
    rest = MessageTemplates().render(name, **values)
    question = Message(Kind.TEXT, "gh_yanlu", "o-someone", 1, text="问", type_name="text")
    account = Account("wx1", "token", "gh_yanlu")

    while rest:
        part, rest = split_text(rest)
        xml = render(Text(part), question, created=1)
        verdict = judge(account, Question("o-someone", "text"), xml.encode())

        assert len(part.encode()) <= MAX_TEXT_BYTES
        assert (verdict.rejected, verdict.shown.text) == (None, part)


@pytest.mark.parametrize(("name", "values"), CASES)
def test_template_fits_one_message_and_a_glance_unless_it_is_a_whole_record(name, values):
    text = MessageTemplates().render(name, **values)

    assert len(text.splitlines()) <= MAX_LINES
    # Records: `yanlu intents check`. Of a result that is extreme in everything the rest follows on 「更多」.
    whole = name.startswith(("policies/", "benefits/result"))
    assert whole or len(text.encode()) <= MAX_TEXT_BYTES


@pytest.mark.parametrize(("name", "values"), CASES)
def test_templates_links_lead_somewhere_and_say_where(name, values):
    text = MessageTemplates().render(name, **values)

    without = MINI.sub("", TAP.sub("", text))

    assert all(content == label for content, label in TAP.findall(text))
    assert "<" not in without
    assert "href" not in without or "点我领钱" in without  # a citizen's link is repeated as words only


@pytest.mark.parametrize(("name", "values"), CASES)
def test_template_reads_as_chinese_sentences(name, values):
    text = shown(MessageTemplates().render(name, **values))
    ours = re.sub(r"(?m)^\d\. ", "", text).split("“＜")[0]  # without menu numbers and a citizen's own words

    assert ODD.findall(ours) == []
    assert re.findall(r"[A-Za-z]{2,}", ours) == []
    assert all(line.strip() for line in text.splitlines())
    assert text.count("“") == text.count("”")

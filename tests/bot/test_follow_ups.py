"""What people ask after an answer: told from the same record, for half an hour, and never from another one."""

from datetime import datetime

import pytest

from app.core.clock import SHANGHAI
from app.policies.catalogue import PREFIX
from app.policies.follow_ups import ASPECTS, asks_only_for, aspect_of, sibling_for, tiers_for
from app.policies.schema import Aspect
from app.wechat.messages import Kind, Message
from bot.exam import route_sentence
from bot.following import CONTEXT, FOLLOW_UP, FOR_GROUP, WHICH_POLICY, corrected
from bot.glance import shown
from bot.router import FALLBACK, NONE_OF_THESE
from bot.skill import State
from bot.skills.policies import for_group
from tests.bot.said import answered, followed_up, make_turn, told_to
from tests.messages import SAFE, event_xml, lines, say
from tests.vague import doubted

NOW = datetime(2027, 2, 6, 9, tzinfo=SHANGHAI)
TICKETS = "transport_subsidy"
NOT_WRITTEN = "方案里没有写明"
ASKED = [
    ("要带哪样", "materials"),
    ("要准备些啥子材料", "materials"),
    ("拿身份证去就行了嘛", "materials"),
    ("去哪点办", "where"),
    ("窗口电话好多", "where"),
    ("星期六有人没得", "where"),
    ("好久能办下来", "processing"),
    ("几天能办好", "processing"),
    ("钱好久到", "payout"),
    ("打到哪张卡", "payout"),
    ("能领几次", "repeat"),
    ("年年都有不", "repeat"),
    ("还能办不", "deadline"),
    ("过期没得", "deadline"),
    ("可以网上办吗", "online"),
    ("手机上得行不", "online"),
    ("补好多", "amount"),
    ("一个人有好多钱", "amount"),
    ("哪些人可以", "conditions"),
    ("要哪样条件", "conditions"),
    ("能领好久", "duration"),
    ("咋个申请", "how"),
]
FROM_THE_RECORD = [
    "要带哪样",
    "去哪点办",
    "几天能办好",
    "钱好久到",
    "能领几次",
    "还能办不",
    "可以网上办吗",
    "补好多",
    "哪些人可以",
]
HALF_SURE = pytest.mark.xfail(strict=True, reason="what is asked outweighs the subject that is named beside it")


def follow(router, words, about=TICKETS):
    """The route of ``words`` right after the answer about a policy."""
    return route_sentence(router, words, about=PREFIX + about)


# --- which follow-up it is ---


@pytest.mark.parametrize(("words", "aspect"), ASKED)
def test_follow_up_is_heard_in_the_words_of_the_place(router, words, aspect):
    route = follow(router, words)

    assert (route.skill, route.intent) == (FOLLOW_UP, ASPECTS + aspect)


def test_follow_up_is_heard_after_every_policy(router, knowledge):
    _, catalogue = knowledge

    wrong = [
        (name, words)
        for name in catalogue.policies
        for words in FROM_THE_RECORD
        if follow(router, words, about=name).skill != FOLLOW_UP
    ]

    assert wrong == []


@pytest.mark.parametrize("aspect", Aspect)
def test_follow_up_tells_what_the_record_states_or_that_it_does_not_and_whom_to_ask(knowledge, aspect):
    _, catalogue = knowledge
    intent = ASPECTS + aspect.name.lower()

    wrong = []
    for name, policy in catalogue.policies.items():
        said = followed_up(knowledge, name, intent, now=NOW)
        called = catalogue.documents[policy.source.document].called
        expected = policy.stated.get(aspect, f"{called}里没有写明")
        ways = [catalogue.offices[office].short for office in policy.where] if aspect not in policy.stated else []
        if not all(words in said for words in (f"【{policy.title}】{aspect}：{expected}", *ways)):
            wrong.append(name)

    assert wrong == []


def test_follow_ups_without_an_aspect_are_told_by_the_answers_own_fields(knowledge):
    library, _ = knowledge

    others = {name for name in library.intents if name.startswith(ASPECTS) and aspect_of(name) is None}

    assert others == {ASPECTS + name for name in ("amount", "conditions", "how", "where")}


# --- how long a policy is talked about ---


@pytest.mark.parametrize(
    ("later", "skill"), [(0, FOLLOW_UP), (CONTEXT, FOLLOW_UP), (CONTEXT + 1, WHICH_POLICY), (86_400, WHICH_POLICY)]
)
def test_context_lasts_half_an_hour(router, later, skill):
    message = Message(Kind.TEXT, "", "o-someone", 0, text="要带哪样")
    state = State(about=PREFIX + TICKETS, about_at=1_000_000)

    assert router.route(message, state, now=1_000_000 + later).skill == skill


def test_context_of_a_policy_that_is_no_longer_there_is_none(router):
    assert follow(router, "要带哪样", about="abolished").skill == WHICH_POLICY


@pytest.mark.parametrize("words", ["要带哪些材料", "去哪点办", "几天能办好", "钱好久到", "可以网上办吗"])
def test_without_context_it_is_asked_which_policy(router, words):
    assert route_sentence(router, words).skill == WHICH_POLICY


# --- a policy that is named with the question ---


@pytest.mark.parametrize(
    ("words", "policy", "aspect"),
    [
        ("失业登记要带什么材料", "unemployment_registration", Aspect.MATERIALS),
        ("场租补贴要带哪样", "rent_subsidy", Aspect.MATERIALS),
        ("一次性创业补贴好久到账", "startup_subsidy", Aspect.PAYOUT),
        ("灵活就业社保补贴能领好久", "flexible_insurance_subsidy", Aspect.DURATION),
        ("技能提升补贴还能办不", "skill_upgrade_subsidy", Aspect.DEADLINE),
    ],
)
@pytest.mark.parametrize("about", ["", TICKETS])
def test_named_policy_is_answered_with_what_was_asked_in_front(router, knowledge, words, policy, aspect, about):
    _, catalogue = knowledge
    record = catalogue.policies[policy]

    route = route_sentence(router, words, about=about and PREFIX + about)
    said = answered(knowledge, policy, now=datetime(2023, 12, 1, tzinfo=SHANGHAI), aspect=route.aspect)

    assert (route.intent, aspect_of(route.aspect)) == (PREFIX + policy, aspect)
    assert said.splitlines()[0].startswith(f"您问{aspect}：{record.stated.get(aspect, NOT_WRITTEN)}")
    assert said.splitlines()[1] == f"【{record.title}】{record.headline}"


@pytest.mark.parametrize(
    "words",
    [
        "医保报销要带哪样",
        "驾照好久能办下来",
        "低保一个月好多钱",
        "养老金好久发",
        "公司不给工资怎么办",
        "招聘会在哪点",
        "培训补贴好久到账",
        pytest.param("招工补贴要带什么材料", marks=HALF_SURE),
        "见习好多钱一个月",
        pytest.param("开公司要什么条件", marks=HALF_SURE),
        pytest.param("没钱吃饭怎么办", marks=HALF_SURE),
        "老板不给钱怎么办",
        "老板不给钱",
        "老板打人",
        "厂里不要我了",
        "失业金怎么领",
        "残疾证咋个办",
        "低保咋个申请",
        "大学生贷款",
        "大学生见习",
        "返乡创业补贴",
        "小微企业贷款",
        "农民工维权",
        "公司注册",
    ],
)
def test_another_subject_is_not_answered_from_the_policy_that_is_talked_about(router, words):
    route = follow(router, words)

    assert route.skill not in (FOLLOW_UP, FOR_GROUP)
    assert route.intent != PREFIX + TICKETS


@pytest.mark.parametrize(
    "words",
    [
        "我不想活了",
        "老板拖着工资不发",
        "在工地上摔断了腿",
        "我摔断腿了",
    ],
)
def test_urgent_words_are_heard_while_a_policy_is_talked_about(router, words):
    alone = {"我摔断腿了": "rights/work_injury"}.get(words) or route_sentence(router, words).intent

    assert follow(router, words).intent == alone


# --- whom it is about ---


@pytest.mark.parametrize(
    ("words", "about", "group", "tiers"),
    [
        ("那毕业生呢", "startup_subsidy", "毕业生", ["离校5年内的高校毕业生，办小微企业或做个体户"]),
        ("那脱贫户呢", TICKETS, "脱贫户", 2),
        ("我们易地搬迁的呢", TICKETS, "易地搬迁群众", 1),
        ("合作社呢", "lifted_from_poverty_hiring_subsidy", "用人单位", 1),
        ("个体户可以不", "retention_refund", "个体户", 1),
    ],
)
def test_group_is_told_its_tier_of_the_same_record(router, knowledge, words, about, group, tiers):
    _, catalogue = knowledge
    record = catalogue.policies[about]

    route = follow(router, words, about=about)
    said = told_to(knowledge, about, *route.groups, now=datetime(2023, 12, 1, tzinfo=SHANGHAI))
    theirs = [benefit for benefit in record.benefits if f"▪ {benefit.who}：{benefit.amount}" in said]

    assert (route.intent, route.skill) == (PREFIX + about, FOR_GROUP)
    assert said.splitlines()[0] == f"【{record.title}】{group}看这里："
    assert len(theirs) == tiers if isinstance(tiers, int) else [benefit.who for benefit in theirs] == tiers


def test_longer_word_of_a_group_names_no_other_group(router):
    route = follow(router, "大企业呢", about="retention_refund")

    assert [group.name for group in route.groups] == ["大型企业"]


@pytest.mark.parametrize(
    ("policy", "who"),
    [
        ("skill_upgrade_subsidy", "考到证的企业职工"),
        ("startup_subsidy", "离校5年内的高校毕业生，办小微企业或做个体户"),
        ("labour_rights", "和单位起了劳动争议的人"),
        ("lifted_priority", "已经在厂里上班的"),
        ("public_posts", "考事业单位的"),
    ],
)
def test_people_whose_tier_speaks_of_a_firm_are_no_firm(knowledge, policy, who):
    library, catalogue = knowledge
    firms = next(group for group in library.lexicon.groups if group.name == "用人单位")

    told = [benefit.who for benefit in tiers_for(catalogue.policies[policy], firms)]

    assert who in [benefit.who for benefit in catalogue.policies[policy].benefits]
    assert who not in told


def test_group_that_has_an_office_of_its_own_is_still_told_of_the_policy(router):
    route = follow(router, "那低保户呢", about="job_seeking_startup_subsidy")

    assert route.intent == f"{PREFIX}job_seeking_startup_subsidy"


def test_group_without_a_tier_is_sent_to_the_record_that_is_theirs(router):
    route = follow(router, "那招脱贫户呢", about="graduate_hiring_subsidy")

    assert route.intent == f"{PREFIX}lifted_from_poverty_hiring_subsidy"


def test_group_that_no_record_names_is_told_so_and_whom_to_ask(router, knowledge):
    _, catalogue = knowledge
    record = catalogue.policies[TICKETS]

    route = follow(router, "那毕业生呢")
    said = told_to(knowledge, TICKETS, *route.groups, now=NOW)

    assert (route.intent, route.skill) == (PREFIX + TICKETS, FOR_GROUP)
    assert said.splitlines()[0] == f"【{record.title}】方案里没有单独写毕业生。写到的是："
    assert all(f"▪ {benefit.who}：{benefit.amount}" in said for benefit in record.benefits)
    assert f"请先问：{catalogue.main_counter.short}" in said


def test_firm_that_asks_after_a_persons_benefit_finds_those_of_firms(router):
    route = follow(router, "公司招人呢")

    assert "menus/employers" in (route.intent, *route.options)
    assert route.skill != FOR_GROUP


def test_every_group_after_every_policy_hears_a_tier_of_its_own_or_that_there_is_none(router, knowledge):
    library, catalogue = knowledge
    policies = {PREFIX + name: policy for name, policy in catalogue.policies.items()}

    wrong = []
    for name, policy in catalogue.policies.items():
        for group in library.lexicon.groups:
            said = told_to(knowledge, name, group, now=NOW)
            sibling = sibling_for(policy, group, policies)
            named = [benefit for benefit in policy.benefits if group.named_in(benefit.who)]
            if named != tiers_for(policy, group) or (f"没有单独写{group.name}" in said) == bool(named):
                wrong.append((name, group.name))
            if sibling and not (sibling in policy.see_also and group.named_in(policies[sibling].title)):
                wrong.append((name, group.name, sibling))

    assert wrong == []


@pytest.mark.parametrize(
    ("words", "only"),
    [
        ("那毕业生呢", True),
        ("毕业生可以领不", True),
        ("我们家是脱贫户呢", True),
        ("要是退伍军人呢", True),
        ("毕业生在哪里报名参加考试", False),
        ("脱贫户的房子漏雨了", False),
    ],
)
def test_follow_up_on_a_group_says_nothing_but_whom_it_is_about(knowledge, words, only):
    library, _ = knowledge

    assert asks_only_for(words, library.lexicon.groups_in(words)) is only


@pytest.mark.parametrize("words", ["我不是脱贫户", "要是没脱贫呢", "没有脱贫的呢"])
def test_group_that_is_denied_is_told_what_the_others_get(router, knowledge, words):
    route = follow(router, words)
    turn = make_turn(knowledge, route.intent, now=NOW, groups=route.groups, text=words)
    said = shown(for_group(turn).content)

    assert route.skill == FOR_GROUP
    assert said.splitlines()[0] == "【一次性交通补助】不是脱贫户的看这里："
    assert "其他农村劳动力，新到外省打工的：每人100元" in said
    assert "1000元" not in said


# --- corrections ---


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("不是", ""),
        ("不是。", ""),
        ("不是的", ""),
        ("不是这个", ""),
        ("不对", ""),
        ("搞错了", ""),
        ("不是，我问的是场租", "场租"),
        ("不是, 我问的是场租", "场租"),
        ("不对，我是问失业登记怎么办", "我是问失业登记怎么办"),
        ("不是问这个，我要问场租", "我要问场租"),
        ("我问的是场租", "场租"),
        ("我想问的是场租", "场租"),
        ("说错了，我说的是稳岗返还", "稳岗返还"),
        ("不是本地人可以办吗", None),
        ("不是脱贫户可以领不", None),
        ("对不对", None),
        ("都不是", None),
        ("场租", None),
    ],
)
def test_correction_is_told_from_a_question(words, rest):
    assert corrected(words) == rest


@pytest.mark.parametrize(
    ("words", "policy"),
    [
        ("不是，我问的是场租", "rent_subsidy"),
        ("不对，是失业登记", "unemployment_registration"),
        ("错了，我要问稳岗返还", "retention_refund"),
        ("我问的是灵活就业社保补贴", "flexible_insurance_subsidy"),
        ("不是问这个，问创业担保贷款", "startup_loan"),
    ],
)
def test_correction_is_answered_with_what_was_meant(router, words, policy):
    assert follow(router, words).intent == PREFIX + policy


def test_bare_no_offers_what_else_may_have_been_meant(router):
    near = [f"{PREFIX}startup_loan", f"{PREFIX}loan_extension", f"{PREFIX}rural_house_guarantee"]
    message = Message(Kind.TEXT, "", "o-someone", 0, text="不是")

    route = router.route(message, State(about=near[0], near=near))

    assert (route.skill, list(route.options)) == (FALLBACK, [*near[1:], NONE_OF_THESE])


def test_bare_no_to_nothing_is_no_correction(router):
    assert not route_sentence(router, "不是").reason.startswith(("更正", "说不是"))


@pytest.mark.parametrize(
    ("words", "intent"),
    [("不是，我问的是要带哪样", f"{ASPECTS}materials"), ("我问的是毕业生", f"{PREFIX}startup_loan")],
)
def test_correction_of_what_is_asked_stays_with_the_policy(router, words, intent):
    assert follow(router, words, about="startup_loan").intent == intent


# --- through the door ---


async def test_conversation_stays_with_its_policy_until_another_subject(service):
    app, client = service
    catalogue = app.state.services.catalogue
    title = f"【{catalogue.policies[TICKETS].title}】"

    answer = await say(client, "去中山打工车费给报不")
    told = [await say(client, words) for words in FROM_THE_RECORD]
    polite = [await say(client, words) for words in ("谢谢", "好的", "晓得了")]
    after = await say(client, "要带哪样")
    await say(client, "失业登记怎么办")
    other = await say(client, "要带哪样")
    await say(client, "医保卡掉了咋个办")
    none = await say(client, "要带哪样")

    assert answer.startswith(title)
    assert [reply.startswith(title) for reply in told] == [True] * len(told)
    assert [title in reply for reply in polite] == [False] * 3
    assert after == told[0]
    assert NOT_WRITTEN in after
    assert catalogue.main_counter.short in after
    assert other.startswith("【失业登记】要带的材料：居民身份证")
    assert none.startswith("您问的是哪一项？")


async def test_context_ends_half_an_hour_after_the_last_word_about_it(here):
    app, client = here
    clock = app.state.services.clock

    async def later(minutes):
        moment = clock.now().timestamp() + 60 * minutes
        await client.post("/simulator/api/clock", json={"at": datetime.fromtimestamp(moment, SHANGHAI).isoformat()})

    await say(client, "去中山打工车费给报不")
    await later(29)
    within = await say(client, "要带哪样")
    await later(29)
    prolonged = await say(client, "钱好久到")
    await later(31)
    over = await say(client, "要带哪样")

    assert within.startswith("【一次性交通补助】")
    assert prolonged.startswith("【一次性交通补助】")
    assert over.startswith("您问的是哪一项？")


async def test_policy_picked_from_a_menu_or_a_button_is_talked_about_too(here):
    _, client = here
    titles = lines(await say(client, "创业开店"))
    await say(client, "1")
    picked = await say(client, "要带哪样")
    await SAFE.send(client, event_xml("CLICK", key=f"{PREFIX}rent_subsidy"))
    clicked = await say(client, "要带哪样")

    assert picked.startswith(f"【{titles[0]}】要带的材料")
    assert clicked.startswith("【场租补贴】要带的材料")


async def test_two_people_talk_about_their_own_policies(here):
    _, client = here
    await say(client, "去中山打工车费给报不", openid="o-one")
    await say(client, "失业登记怎么办", openid="o-other")

    one = await say(client, "要带哪样", openid="o-one")
    other = await say(client, "要带哪样", openid="o-other")

    assert one.startswith("【一次性交通补助】")
    assert other.startswith("【失业登记】")


async def test_bare_no_offers_the_runners_up_and_a_correction_is_answered(here, router):
    app, client = here
    titles = {name: intent.title for name, intent in app.state.services.library.intents.items()}
    question, answer, near = doubted(router)

    first = await say(client, question)
    offered = lines(await say(client, "不是"))
    picked = await say(client, "1")
    meant = await say(client, "不是，我问的是场租")

    assert f"【{titles[answer]}】" in first
    assert offered == [*(titles[name] for name in near), "都不是"]
    assert picked == await say(client, titles[near[0]], openid="o-other")
    assert meant.startswith("【场租补贴】")

"""Every reply about every policy, held against the record: no figure is made up, no end date is hidden."""

from datetime import datetime, timedelta

import pytest

from app.core.clock import SHANGHAI
from app.policies.catalogue import PREFIX
from app.policies.figures import figures
from app.wechat.messages import Kind, Message
from bot.glance import policy_replies, shown
from bot.skill import State
from bot.skills.conversation import gist
from tests.bot.said import TEMPLATES, answered, everything_said, make_turn

AT_A_GLANCE = 200
"""Characters within which the decisive fact stands."""
BEGUN = datetime(2023, 11, 27, 9, tzinfo=SHANGHAI)
"""The day on which the plan was published: no end date is past."""
OVER = "已经到期"
CIRCLED = str.maketrans(dict.fromkeys("①②③④⑤⑥⑦⑧⑨", " "))
"""Numbers of a list stand right before amounts: “①500元”."""


def known_words(catalogue, policy):
    """Words with digits in them that are no figure of the record: names, clauses, and how to reach the offices."""
    document = catalogue.documents[policy.source.document]
    yield from (f"《{document.title}》", *policy.source.clauses)
    if document.issued:
        yield f"{document.issued.year}年{document.issued.month}月{document.issued.day}日"
    for name in policy.where:
        office = catalogue.offices[name]
        yield from filter(None, (office.address, office.hours, office.phone, office.name, office.note))
    yield from map(catalogue.title, (*policy.see_also, *policy.excludes))
    yield from document.names


def known_figures(catalogue, policy):
    facts = {fact.id: fact for fact in catalogue.documents[policy.source.document].facts}
    return {figure for name in policy.every_fact() for figure in figures(facts[name].figure)}


def strange_figures(catalogue, policy, text):
    """What ``text`` states that the record does not."""
    text = text.translate(CIRCLED)
    for words in sorted(known_words(catalogue, policy), key=len, reverse=True):
        text = text.replace(words, " ").replace(words.rstrip("。"), " ")
    return sorted(figures(text) - known_figures(catalogue, policy) - catalogue.phones)


def ending(catalogue):
    return {name: policy for name, policy in catalogue.policies.items() if policy.validity.until}


def end_of(day):
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI) - timedelta(seconds=1)


@pytest.mark.parametrize("now", [BEGUN, datetime(2027, 2, 6, 9, tzinfo=SHANGHAI)], ids=["in force", "later"])
def test_no_reply_states_a_figure_that_is_not_in_its_record(knowledge, now):
    _, catalogue = knowledge

    strange = [
        (name, what, figure)
        for name, policy in catalogue.policies.items()
        for what, text in everything_said(knowledge, name, now=now)
        for figure in strange_figures(catalogue, policy, text)
    ]

    assert strange == []


def test_a_figure_that_is_not_in_the_record_is_found(knowledge):
    _, catalogue = knowledge
    policy = catalogue.policies["transport_subsidy"]
    answer = answered(knowledge, "transport_subsidy", now=BEGUN)

    found = strange_figures(catalogue, policy, answer.replace("每人100元", "每人150元").replace("3个月", "6个月"))

    assert found == ["150元", "6个月"]


def test_what_is_checked_before_publishing_is_what_people_are_told(knowledge):
    library, catalogue = knowledge

    unheard = [
        (name, aspect)
        for name, policy in catalogue.policies.items()
        for now in [BEGUN, *([BEGUN.replace(year=2027)] if policy.validity.until else [])]
        for said in [set(dict(everything_said(knowledge, name, now=now)).values())]
        for aspect, text in policy_replies(
            library, catalogue, TEMPLATES, PREFIX + name, expired=policy.expired(now.date())
        )
        if shown(text) not in said
    ]

    assert unheard == []


def test_the_decisive_fact_stands_at_the_beginning_of_the_answer_to_its_title(knowledge, router):
    _, catalogue = knowledge
    late = []
    for name, policy in catalogue.policies.items():
        message = Message(Kind.TEXT, "", "o-someone", 0, text=policy.title)
        assert router.route(message, State()).intent == PREFIX + name
        for now in (BEGUN, BEGUN.replace(year=2027)):
            beginning = answered(knowledge, name, now=now)[:AT_A_GLANCE]
            if policy.headline not in beginning and policy.benefits[0].amount not in beginning:
                late.append((name, now.year))

    assert late == []


# --- what is over ---


def test_an_expired_policy_says_so_in_every_reply(knowledge):
    _, catalogue = knowledge
    endings = ending(catalogue)
    silent = []
    for name, policy in endings.items():
        last = end_of(policy.validity.until)
        for now in (last + timedelta(seconds=1), last + timedelta(days=1), last + timedelta(days=1_000)):
            silent += [(name, what) for what, text in everything_said(knowledge, name, now=now) if OVER not in text]

    assert silent == []
    assert len(endings) >= 7


def test_a_policy_is_open_up_to_the_end_of_its_last_day(knowledge):
    _, catalogue = knowledge
    early = []
    for name, policy in ending(catalogue).items():
        last = end_of(policy.validity.until)
        for now in (last, last.replace(hour=0, minute=0, second=0), last - timedelta(days=1), BEGUN):
            early += [(name, what) for what, text in everything_said(knowledge, name, now=now) if OVER in text]

    assert early == []


def test_an_expired_policy_says_so_before_anything_else_of_it(knowledge):
    _, catalogue = knowledge
    late = []
    for name, policy in ending(catalogue).items():
        now = end_of(policy.validity.until) + timedelta(seconds=1)
        late += [
            (name, what)
            for what, text in everything_said(knowledge, name, now=now)
            if OVER not in text.splitlines()[0] or f"【{policy.title}】" in text.splitlines()[0]
        ]

    assert late == []


def test_a_policy_without_an_end_date_is_never_called_over(knowledge):
    _, catalogue = knowledge
    far = datetime(2099, 12, 31, tzinfo=SHANGHAI)

    over = [
        (name, what)
        for name, policy in catalogue.policies.items()
        if policy.validity.until is None
        for what, text in everything_said(knowledge, name, now=far)
        if OVER in text
    ]

    assert over == []


def test_a_guess_says_that_its_policy_is_over(knowledge):
    _, catalogue = knowledge
    for name, policy in ending(catalogue).items():
        last = end_of(policy.validity.until)

        still_open = gist(make_turn(knowledge, "", now=last), PREFIX + name)
        over = gist(make_turn(knowledge, "", now=last + timedelta(seconds=1)), PREFIX + name)

        assert still_open == policy.headline
        assert over == f"（已到期）{policy.headline}"

"""Who may get what, over the API: the shipped rules behind the frame."""

import pytest

from tests.serving import make_settings, served

SHOP = {"status": "business", "traits": ["veteran"], "firm": ["small"], "running_months": 13, "in_city": True}
ELIGIBILITY = "/api/v1/policies/eligibility"


@pytest.fixture
async def client(sqlite_url):
    async with served(make_settings(sqlite_url)) as (_, running):
        yield running


async def judged(client, **situation):
    answer = await client.post(ELIGIBILITY, json=situation)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(standings):
    return [one["policy_id"] for one in standings]


async def test_facts_are_listed_with_question_and_buttons(client):
    listed = (await client.get("/api/v1/policies/facts")).json()

    first = listed["items"][0]
    assert listed["next"] is None
    assert (first["fact"], first["question"], first["type"]) == ("status", "您现在是哪种情况？", "choice")
    assert first["options"][0] == {"value": "employed", "label": "给单位或老板干活"}
    assert all(item["options"] for item in listed["items"])


async def test_every_button_is_an_answer(client):
    for item in (await client.get("/api/v1/policies/facts")).json()["items"]:
        for option in item["options"]:
            value = [option["value"]] if item["type"] == "choices" else option["value"]
            await judged(client, facts={item["fact"]: value})


async def test_a_situation_gets_three_groups_and_the_next_question(client):
    answer = await judged(client, facts={**SHOP, "first_business": True})

    (subsidy,) = [one for one in answer["eligible"] if one["policy_id"] == "startup_subsidy"]
    assert subsidy == {
        "policy_id": "startup_subsidy",
        "title": "一次性创业补贴",
        "amount_text": "一次性5000元",
        "reason": "条件都对得上。",
        "missing": [],
        "source": {
            "document": "六盘水市促进高质量充分就业工作方案",
            "clauses": ["正文15", "附件1（八）", "附件2（十）", "附件3（九）"],
        },
        "expired": False,
        "likely": True,
    }
    assert answer["total_fen"] == 500_000
    assert answer["next_question"]["fact"] not in SHOP
    assert answer["notice"] == "初步判断，以窗口审核为准。"


async def test_words_are_read_and_what_is_given_counts_before_them(client):
    answer = await judged(client, facts={"first_business": True}, text="我是退伍军人，在六枝开了个小超市一年多了")
    corrected = await judged(client, facts={"traits": {"veteran": False}}, text="我是退伍军人")

    assert answer["facts"]["traits"] == {"veteran": True}
    assert "startup_subsidy" in ids(answer["eligible"])
    assert corrected["facts"]["traits"] == {"veteran": False}


async def test_what_is_not_known_is_not_asked(client):
    first = (await judged(client))["next_question"]["fact"]
    second = (await judged(client, facts={first: None}))["next_question"]["fact"]

    assert first == "status"
    assert second != "status"


async def test_the_questions_come_to_an_end(client):
    facts = {}
    while (question := (await judged(client, facts=facts))["next_question"]) is not None:
        assert question["fact"] not in facts
        facts[question["fact"]] = None

    assert len(facts) <= 40


async def test_an_expired_policy_is_named_as_such_and_not_offered(client):
    answer = await judged(
        client, facts={"status": "business", "hires": ["returnee"], "hired_contract": 12, "hired_insurance": 3}
    )

    (over,) = [one for one in answer["not_eligible"] if one["policy_id"] == "returnee_hiring_subsidy"]
    assert over["expired"] is True
    assert "2025年12月31日" in over["reason"]
    assert not any(one["expired"] for one in [*answer["eligible"], *answer["possible"]])


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"incom": 5}, "facts.incom", "没有“incom”这一项"),
        ({"status": "boss"}, "facts.status", "没有选项“boss”"),
        ({"running_months": "yesterday"}, "facts.running_months", "2025-03-01"),
        ({"first_business": "yes"}, "facts.first_business", "true 或 false"),
        ({"traits": [["veteran"]]}, "facts.traits", "没有选项"),
        ({"age": [1, 2, 3]}, "facts.age", "两个数的范围"),
        ({"age": 10**9}, "facts.age", "0到1200"),
    ],
)
async def test_a_wrong_fact_is_refused_by_its_name_and_how_to_mend_it(client, facts, field, words):
    answer = await client.post(ELIGIBILITY, json={"facts": facts})

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert words in error["message"]


async def test_every_wrong_fact_is_told_at_once(client):
    answer = await client.post(ELIGIBILITY, json={"facts": {"a": 1, "status": 3, "age": "x"}})

    assert len(answer.json()["errors"]) == 3

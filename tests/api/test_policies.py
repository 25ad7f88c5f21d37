"""The public list of policies, and a policy whole."""

import pytest

from .conftest import problem_of


async def ids(client, query=""):
    return [item["id"] for item in (await client.get(f"/policies{query}")).json()["items"]]


async def test_list_policies_shows_each_with_its_source(client):
    answer = await client.get("/policies")

    assert answer.status_code == 200
    assert answer.json()["next"] is None
    assert answer.json()["items"][1] == {
        "id": "rent_subsidy",
        "title": "租房补贴",
        "headline": "最后一天也算。",
        "amounts": [{"who": "脱贫劳动力", "amount": "每人1000元"}],
        "expired": False,
        "valid_until": "2026-02-18",
        "source": {"document": "工作方案", "clauses": ["正文17"]},
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["old_subsidy", "rent_subsidy", "transport_subsidy"]),
        ("?status=open", ["rent_subsidy", "transport_subsidy"]),
        ("?status=expired", ["old_subsidy"]),
        ("?q=补贴", ["old_subsidy", "rent_subsidy"]),
        ("?q=路费", ["transport_subsidy"]),
        ("?q=abc", ["transport_subsidy"]),
        ("?q=补贴&status=open", ["rent_subsidy"]),
        ("?q=%25", []),
        ("?q=", ["old_subsidy", "rent_subsidy", "transport_subsidy"]),
    ],
)
async def test_list_policies_filters(client, query, found):
    assert await ids(client, query) == found


async def test_list_policies_page_by_page_shows_each_once(client):
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = (await client.get("/policies", params={"limit": 1, "cursor": cursor})).json()
        seen, cursor, pages = seen + [item["id"] for item in page["items"]], page["next"], pages + 1

    assert seen == ["old_subsidy", "rent_subsidy", "transport_subsidy"]
    assert pages == 3


async def test_show_policy_is_the_record_whole(client):
    policy = (await client.get("/policies/transport_subsidy")).json()

    assert policy["valid_until"] is None
    assert policy["conditions"] == []
    assert policy["how"] == "带身份证到窗口。"
    assert policy["unstated"] == ["申请材料"]
    assert policy["where"] == [
        {
            "id": "hall",
            "name": "县就业局",
            "kind": "counter",
            "address": None,
            "hours": None,
            "phone": "0858-1234567",
            "note": None,
            "example": True,
        }
    ]


@pytest.mark.parametrize(
    "name", ["nothing", "%00", "..%2F..", "%FF", "a" * 20_000, "%E8%A1%A5", "'; drop--", "%0d%0aX:1"]
)
async def test_show_policy_of_an_unknown_id_is_404(client, name):
    answer = await client.get(f"/policies/{name}")

    assert answer.status_code == 404
    assert problem_of(answer)["code"] == "not_found"

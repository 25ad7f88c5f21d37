"""Jobs over the API: a public search, one's own wishes, saved jobs and applications."""

from datetime import datetime, timedelta

import pytest

from app.core.clock import SHANGHAI
from app.jobs import jobs
from app.jobs.models import JobState
from tests.jobs.factories import make_job
from tests.serving import make_settings, served

from .conftest import fields_of, problem_of, sign_in

API = "/api/v1"
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture
async def jobs_api(database_url):
    """(app, client) on the first of December, with eight open jobs and some that nobody may see."""
    async with served(make_settings(database_url)) as (app, client):
        app.state.services.clock.set(NOW)
        await app.state.services.db.write(fill)
        await app.state.services.jobs.refresh(app.state.services.db)
        yield app, client


def fill(session):
    for number in range(6):
        pay = 450_000 + 50_000 * number
        make_job(
            session,
            now=NOW,
            employer=f"东莞{number}厂",
            city="东莞",
            title="缝纫工",
            trade="缝纫工",
            salary_max_fen=pay,
        )
    make_job(session, now=NOW, employer="晋江鞋厂", province="福建", city="泉州", title="针车", trade="鞋厂")
    make_job(
        session,
        now=NOW,
        employer="六枝物业",
        province="贵州",
        city="六盘水",
        district="六枝",
        title="保洁",
        trade="保洁",
    )
    for state in (JobState.HELD, JobState.CLOSED):
        make_job(session, now=NOW, employer=f"看不见{state}", state=state)
    make_job(session, now=NOW, employer="看不见过期", expires_at=NOW.date() - timedelta(days=1))


async def found(client, **params):
    answer = await client.get(f"{API}/jobs", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_list_shows_what_is_open_with_the_promised_fields(jobs_api):
    _, client = jobs_api

    page = await found(client)

    assert len(page["items"]) == 8
    assert not any("看不见" in job["employer"] for job in page["items"])
    assert {"id", "external_id", "title", "employer", "province", "city", "district", "trade", "salary_text"} <= set(
        page["items"][0]
    )
    assert {"salary_min_fen", "salary_max_fen", "salary_unit", "reasons"} <= set(page["items"][0])
    assert page["next"] is None


async def test_search_in_plain_words_says_why_and_what_is_missing(jobs_api):
    _, client = jobs_api

    items = (await found(client, q="东莞缝纫 六千往上"))["items"]

    fitting = [job for job in items if not job["relaxed"]]
    assert {job["salary_max_fen"] for job in fitting} == {600_000, 650_000, 700_000}
    assert all("就是您要的缝纫工" in job["reasons"] for job in fitting)
    assert all(job["notes"] for job in items if job["relaxed"])
    assert len(items) == 5


async def test_filters_are_never_given_up(jobs_api):
    _, client = jobs_api

    by_city = await found(client, city="泉州市")
    by_pay = await found(client, min_pay="6500")
    by_trade = await found(client, trade="打扫卫生", q="东莞")

    assert [job["employer"] for job in by_city["items"]] == ["晋江鞋厂"]
    assert {job["salary_max_fen"] for job in by_pay["items"]} == {650_000, 700_000}
    assert {job["trade"] for job in by_trade["items"]} == {"保洁"}
    assert (await found(client, city="没有这个地方"))["items"] == []


async def test_pages_follow_one_another_without_gap_or_repeat(jobs_api):
    _, client = jobs_api
    whole = [job["id"] for job in (await found(client))["items"]]

    pages, cursor = [], None
    while True:
        page = await found(client, limit=3, **({"cursor": cursor} if cursor else {}))
        pages += [job["id"] for job in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert sorted(pages) == sorted(whole)


@pytest.mark.parametrize(
    ("params", "field"),
    [({"q": "长" * 65}, "q"), ({"min_pay": "-1"}, "min_pay"), ({"limit": "101"}, "limit"), ({"cursor": "x"}, "cursor")],
)
async def test_bad_parameter_is_named(jobs_api, params, field):
    _, client = jobs_api

    answer = await client.get(f"{API}/jobs", params=params)

    assert answer.status_code == 422
    assert [name for name, _ in fields_of(answer)] == [field]


async def test_one_is_shown_whole_until_it_is_taken_down(jobs_api):
    app, client = jobs_api
    (job, *_) = (await found(client, city="泉州"))["items"]

    whole = (await client.get(f"{API}/jobs/{job['id']}")).json()
    await app.state.services.db.write(jobs.close, job["id"], now=NOW)
    gone = await client.get(f"{API}/jobs/{job['id']}")

    assert (whole["contact_phone"], whole["employer"]) == ("138-0000-1234", "晋江鞋厂")
    assert (gone.status_code, problem_of(gone)["code"]) == (404, "not_found")


async def test_preferences_decide_the_matches_and_are_read_back_in_words(jobs_api):
    _, client = jobs_api
    me = await sign_in(client, "m1")
    wish = {"trades": ["缝纫"], "places": ["东莞"], "min_pay": 6000, "pushes": "daily"}

    told = await client.put(f"{API}/me/job-preferences", json=wish, headers=me)
    matches = (await client.get(f"{API}/jobs/matches", headers=me)).json()["items"]
    consents = (await client.get(f"{API}/me", headers=me)).json()["consents"]

    assert told.json()["understood"] == ["缝纫工", "东莞", "每月6000元以上"]
    assert {job["salary_max_fen"] for job in matches if not job["relaxed"]} == {700_000, 650_000, 600_000}
    assert matches[0]["salary_max_fen"] == 700_000
    assert {one["purpose"]: one["granted"] for one in consents}["job_push"] is True


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"trades": ["挖矿机"]}, "trades"),
        ({"places": ["没有这里"]}, "places"),
        ({"must_haves": ["包接送"]}, "must_haves"),
        ({"pushes": "hourly"}, "pushes"),
        ({"min_pay": "3000"}, "min_pay"),
        ({"gender": "男"}, "gender"),
    ],
)
async def test_unknown_wish_is_named(jobs_api, wish, field):
    _, client = jobs_api

    answer = await client.put(f"{API}/me/job-preferences", json=wish, headers=await sign_in(client, "m1"))

    assert answer.status_code == 422
    assert fields_of(answer)[0][0].startswith(field)


async def test_application_is_once_and_stays_when_the_job_is_filled(jobs_api):
    app, client = jobs_api
    me = await sign_in(client, "m1")
    job = (await found(client, city="泉州"))["items"][0]["id"]

    first = await client.post(f"{API}/jobs/{job}/applications", headers=me)
    second = await client.post(f"{API}/jobs/{job}/applications", headers=me)
    await app.state.services.db.write(jobs.close, job, now=NOW)
    mine = (await client.get(f"{API}/me/applications", headers=me)).json()["items"]

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert [(one["job"]["id"], one["open"]) for one in mine] == [(job, False)]


async def test_saved_jobs_come_and_go(jobs_api):
    _, client = jobs_api
    me = await sign_in(client, "m1")
    job = (await found(client, city="泉州"))["items"][0]["id"]

    await client.put(f"{API}/me/saved-jobs/{job}", headers=me)
    kept = (await client.get(f"{API}/me/saved-jobs", headers=me)).json()["items"]
    await client.delete(f"{API}/me/saved-jobs/{job}", headers=me)
    after = (await client.get(f"{API}/me/saved-jobs", headers=me)).json()["items"]

    assert [one["id"] for one in kept] == [job]
    assert after == []


async def test_report_reaches_the_staff(jobs_api):
    _, client = jobs_api
    me = await sign_in(client, "m1")
    job = (await found(client, city="泉州"))["items"][0]["id"]

    answer = await client.post(f"{API}/jobs/{job}/reports", json={"text": "去了要交押金"}, headers=me)

    assert answer.status_code == 204


async def test_running_service_shows_what_was_published_meanwhile(jobs_api):
    app, client = jobs_api

    await app.state.services.db.write(lambda session: make_job(session, now=NOW, title="挖机师傅", trade="挖机司机").id)
    refreshed = await app.state.services.jobs.refresh(app.state.services.db)

    assert refreshed
    assert [job["title"] for job in (await found(client, trade="挖机司机"))["items"]] == ["挖机师傅"]

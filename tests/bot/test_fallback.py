"""What happens to a sentence that is not understood: guesses, other words, a human; and what is kept of it."""

import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, create_engine, select
from typer.testing import CliRunner

from app.cli import app as command
from app.core.clock import SHANGHAI
from app.messaging.missed import KEPT_DAYS, Outcome, forget_missed, list_missed, record_missed
from app.messaging.misses import ALIKE, SHOWN, cluster
from app.messaging.models import InboxItem, MissedQuestion
from bot.glance import shown
from tests.messages import SAFE, event_xml, lines, say, text_xml
from tests.vague import doubted, guessed_at

NONSENSE = "阿巴阿巴阿巴"
NONE = "都不是"
ID_NUMBER, PHONE = "520203199001011234", "13812345678"
NOW = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)


async def missed(app):
    """(words, outcome, intent) of what is kept."""
    return await app.state.services.db.read(
        lambda session: [(one.text, one.outcome, one.intent) for one in list_missed(session)]
    )


async def inbox(app):
    return await app.state.services.db.read(
        lambda session: [item.text for item in session.exec(select(InboxItem).order_by(InboxItem.id))]
    )


def intents_by_title(app):
    return {intent.title: name for name, intent in app.state.services.library.intents.items()}


@pytest.fixture(scope="session")
def unclear(router):
    """A sentence that is guessed at."""
    return guessed_at(router)


# --- guesses ---


async def test_unclear_question_gets_up_to_three_guesses_and_its_choice_is_kept(service, unclear):
    app, client = service
    catalogue = app.state.services.catalogue

    menu = await say(client, unclear)
    labels = lines(menu)
    chosen = await say(client, "2")

    assert 2 <= len(labels) <= 4
    assert labels[-1] == NONE
    assert f"【{labels[1]}】" in chosen
    assert await missed(app) == [(unclear, Outcome.CHOSEN, intents_by_title(app)[labels[1]])]
    for label in labels[:-1]:
        name = intents_by_title(app)[label].removeprefix("policies/")
        assert name not in catalogue.policies or catalogue.policies[name].headline in menu


async def test_guess_is_chosen_by_number_label_tap_and_words_of_it(here, unclear):
    app, client = here
    labels = lines(await say(client, unclear))
    answers = {}
    for way in ("1", "１", "第一个", "选1号", "一", labels[0]):
        await say(client, unclear, openid=f"o-{way}")
        answers[way] = shown(await say(client, way, openid=f"o-{way}"))
    await say(client, unclear, openid="o-tap")
    tap = text_xml(labels[0], openid="o-tap").replace("</xml>", "<bizmsgmenuid>option-1</bizmsgmenuid></xml>")
    answers["tap"] = shown(SAFE.text(await SAFE.send(client, tap)))

    assert all(f"【{labels[0]}】" in answer for answer in answers.values())
    assert len(set(answers.values())) == 1
    kept = await missed(app)
    assert kept == [(unclear, Outcome.CHOSEN, intents_by_title(app)[labels[0]])] * len(answers)


async def test_guesses_stay_open_through_small_talk_a_slip_and_a_picture(here, unclear):
    app, client = here
    chosen = {}
    for between in ("谢谢", "好的", "晓得了", "9", "picture"):
        labels = lines(await say(client, unclear, openid=f"o-{between}"))
        if between == "picture":
            await client.post("/simulator/api/followers/o-picture/send", json={"type": "image"})
        else:
            await say(client, between, openid=f"o-{between}")
        chosen[between] = f"【{labels[0]}】" in await say(client, "1", openid=f"o-{between}")

    assert chosen == dict.fromkeys(chosen, True)
    assert await missed(app) == [(unclear, Outcome.CHOSEN, intents_by_title(app)[labels[0]])] * len(chosen)


async def test_none_of_these_asks_for_other_words_and_is_kept(here, unclear):
    app, client = here
    replies, after = [], []
    for words in (NONE, "都不对", "一个都不是", "number"):
        labels = lines(await say(client, unclear, openid=f"o-{words}"))
        replies.append(await say(client, str(len(labels)) if words == "number" else words, openid=f"o-{words}"))
        after.append(await say(client, "失业登记怎么办", openid=f"o-{words}"))

    assert len(set(replies)) == 1
    assert "请换个说法" in replies[0]
    assert "找人工" in replies[0]
    assert all(reply.startswith("【失业登记】") for reply in after)
    assert await missed(app) == [(unclear, Outcome.NOT_IN_MENU, "")] * len(replies)
    assert await inbox(app) == []


async def test_another_question_leaves_the_guesses_behind(here, unclear):
    app, client = here
    for words in ("失业登记怎么办", "菜单", "去医院看病在哪点"):
        await say(client, unclear, openid=f"o-{words}")
        await say(client, words, openid=f"o-{words}")

    assert await missed(app) == [(unclear, Outcome.NOT_IN_MENU, "")] * 3


# --- a human ---


async def test_second_sentence_in_a_row_without_a_guess_calls_a_human(service):
    app, client = service
    counter = app.state.services.catalogue.main_counter

    first = await say(client, NONSENSE)
    second = await say(client, f"{NONSENSE} {PHONE} {ID_NUMBER}")

    menu = [app.state.services.library.intents[name].title for name in app.state.services.library.menu.opens]
    masked = f"{NONSENSE} 138••••5678 520203••••••••1234"
    assert "我没听明白" in first
    assert lines(first) == menu
    assert masked in second
    assert "12333" in second
    assert f"{counter.name}：{counter.phone}，{counter.hours}" in second
    assert await inbox(app) == [masked]
    assert await missed(app) == [(NONSENSE, Outcome.UNANSWERED, ""), (masked, Outcome.UNANSWERED, "")]


async def test_first_miss_shows_a_menu_that_can_be_chosen_from(here):
    app, client = here
    await say(client, NONSENSE)

    first = await say(client, "1")

    assert first.startswith("您想问哪方面的政策？")
    assert await inbox(app) == []


async def test_understood_question_in_between_begins_anew(here):
    app, client = here
    for words in (NONSENSE, "失业登记怎么办", NONSENSE, "1", NONSENSE):
        reply = await say(client, words)

    assert "我没听明白" in reply
    assert await inbox(app) == []


async def test_human_is_called_after_guesses_were_wrong_twice(here, unclear):
    app, client = here
    await say(client, unclear)
    other_words = await say(client, NONE)
    again = await say(client, unclear)

    called = await say(client, NONE)

    assert "请换个说法" in other_words
    assert lines(again)[-1] == NONE
    assert "转给工作人员了" in called
    assert await inbox(app) == [unclear]
    assert await missed(app) == [(unclear, Outcome.NOT_IN_MENU, "")] * 2


async def test_call_for_a_human_leaves_no_menu_behind_that_nobody_has_seen(here, unclear):
    app, client = here
    for _ in range(3):
        called = await say(client, unclear)

    number = await say(client, "1")

    assert "转给工作人员了" in called
    assert lines(called) == []
    assert "【" not in number
    assert [outcome for _, outcome, _ in await missed(app)] == [Outcome.NOT_IN_MENU] * 2 + [Outcome.UNANSWERED]


async def test_guesses_and_follow_ups_are_heard_after_a_human_was_called(here, unclear):
    app, client = here
    await say(client, "去中山打工车费给报不")
    await say(client, "找人工")

    followed = await say(client, "要带哪些材料")
    unclear = await say(client, NONSENSE)

    assert followed.startswith("【一次性交通补助】要带的材料")
    assert "转给工作人员了" in unclear
    assert (await inbox(app))[0].splitlines()[-1] == NONSENSE


# --- what is kept ---


def test_what_is_kept_names_no_person():
    assert set(MissedQuestion.model_fields) == {"id", "text", "outcome", "intent", "asked_at"}


async def test_sentence_is_kept_without_peoples_numbers(here, unclear):
    app, client = here

    await say(client, f"{NONSENSE}{PHONE}")
    await say(client, f"{unclear} {ID_NUMBER}", openid="o-other")
    await say(client, NONE, openid="o-other")

    kept = [text for text, _, _ in await missed(app)]
    assert kept == [f"{NONSENSE}138••••5678", f"{unclear} 520203••••••••1234"]


async def test_events_and_signs_are_no_missed_question(here):
    app, client = here
    for xml in (event_xml("subscribe"), event_xml("CLICK", key="no/such_key"), text_xml("？"), text_xml("👍")):
        await SAFE.send(client, xml)

    assert await missed(app) == []


async def test_faces_do_not_call_a_human(here):
    app, client = here
    for face in ("[玫瑰]", "[强]", "[玫瑰][玫瑰]"):
        await say(client, face)

    assert await inbox(app) == []
    assert await missed(app) == []


async def test_bare_no_is_not_kept_as_if_it_were_a_question(here, router):
    app, client = here
    words, _, _ = doubted(router)
    await say(client, words)

    reply = await say(client, "不是")

    assert "不是" not in [text for text, _, _ in await missed(app)]
    assert lines(reply)[-1] == NONE


async def test_what_is_kept_is_forgotten_after_half_a_year(db):
    def fill(session):
        for days in (KEPT_DAYS + 1, KEPT_DAYS - 1, 0):
            record_missed(session, f"{days}天前", Outcome.UNANSWERED, now=NOW - timedelta(days=days))

    await db.write(fill)
    gone = await db.write(lambda session: forget_missed(session, asked_before=NOW - timedelta(days=KEPT_DAYS)))
    left = await db.read(lambda session: [one.text for one in list_missed(session)])

    assert gone == 1
    assert left == [f"{KEPT_DAYS - 1}天前", "0天前"]


# --- what staff see ---


def make_missed(text, outcome=Outcome.UNANSWERED, intent=""):
    return MissedQuestion(text=text, outcome=outcome, intent=intent, asked_at=NOW)


def test_alike_questions_come_together_the_most_frequent_first():
    asked = [
        make_missed("学挖机要好多钱"),
        make_missed("村里修路占了我家的地"),
        make_missed("学挖机，要好多钱？", Outcome.CHOSEN, "policies/training"),
        make_missed("学挖机要多少钱", Outcome.NOT_IN_MENU),
        make_missed("学挖机要好多钱"),
    ]

    first, second = cluster(asked)

    assert (first.times, first.unanswered, first.not_in_menu, first.chosen) == (4, 2, 1, 1)
    assert first.sentences == ["学挖机要好多钱", "学挖机，要好多钱？", "学挖机要多少钱"]
    assert first.intents == ["policies/training"]
    assert (second.times, second.sentences) == (1, ["村里修路占了我家的地"])


def test_cluster_shows_some_of_its_wordings_and_counts_all():
    asked = [make_missed(f"去广东打工有没有车费补贴{'呀' * more}") for more in range(SHOWN + 3)]

    (only,) = cluster(asked)

    assert (only.times, len(only.sentences)) == (SHOWN + 3, SHOWN)


def test_nothing_missed_is_no_cluster():
    assert cluster([]) == []
    assert 0 < ALIKE < 100


def test_misses_are_shown_to_staff(sqlite_url, monkeypatch):
    monkeypatch.setenv("YANLU_DATABASE_URL", sqlite_url)
    empty = CliRunner().invoke(command, ["intents", "misses"])
    with Session(create_engine(sqlite_url)) as session:
        session.add_all(
            [make_missed("学挖机要好多钱"), make_missed("学挖机要多少钱", Outcome.CHOSEN, "policies/training")]
        )
        session.commit()

    table = CliRunner().invoke(command, ["intents", "misses"])
    told = json.loads(CliRunner().invoke(command, ["intents", "misses", "--json"]).stdout)

    assert "没有答不上来的话" in empty.stdout
    assert "学挖机要好多钱" in table.stdout
    assert [(one["times"], one["unanswered"], one["chosen"], one["intents"]) for one in told] == [
        (2, 1, 1, ["policies/training"])
    ]

"""A list on the screen hears its own words, for half an hour, and only while nothing newer asks for numbers."""

from datetime import datetime, timedelta

import pytest

from app.core.clock import SHANGHAI
from app.wechat.messages import Kind, Message
from bot.listing import FRESH, LISTS, ListKind, chosen_number, put_up
from bot.router import FOR_FORM, MAIN_MENU, NO_SUCH_LINE
from bot.skill import State

NOW = datetime(2027, 2, 8, 10, tzinfo=SHANGHAI)
SKILL = "things.chosen"


@pytest.fixture
def shown(monkeypatch):
    """The state after a list of three things."""
    monkeypatch.setitem(
        LISTS, "things", ListKind(SKILL, lambda said, state: bool(chosen_number(said)) or said == "报名")
    )
    state = State(options=["menus/main"])
    put_up(state, "things", [7, 9, 4], now=NOW)
    return state


def skill_of(router, said, state, *, after=timedelta(minutes=1)):
    message = Message(Kind.TEXT, "", "", 0, text=said)
    return router.route(message, state, now=int((NOW + after).timestamp())).skill


@pytest.mark.parametrize("said", ["2", "第二个", "选2", "报名", "9"])
def test_list_on_the_screen_hears_its_words(router, shown, said):
    assert skill_of(router, said, shown) == SKILL


@pytest.mark.parametrize("said", ["失业登记怎么办", "谢谢", "0", "问政策"])
def test_whatever_else_is_said_goes_where_it_always_goes(router, shown, said):
    assert skill_of(router, said, shown) == skill_of(router, said, State()) != SKILL


def test_list_is_forgotten_after_half_an_hour(router, shown):
    assert skill_of(router, "2", shown, after=timedelta(seconds=FRESH)) == SKILL
    assert skill_of(router, "2", shown, after=timedelta(seconds=FRESH + 1)) == MAIN_MENU


def test_menu_that_was_opened_after_the_list_takes_the_numbers(router, shown):
    shown.options = ["policies/training"]

    assert skill_of(router, "2", shown) == NO_SUCH_LINE


def test_words_that_a_skill_has_asked_for_are_not_the_lists(router, shown):
    shown.expects = "human.add"

    assert skill_of(router, "报名", shown) == "human.add"


def test_form_that_asks_after_the_list_takes_the_numbers(router, shown):
    shown.form = {"name": "benefits.check", "asked": "status", "at": shown.shown["at"] + 30}

    assert skill_of(router, "2", shown) == FOR_FORM.skill


def test_kind_that_nobody_knows_any_more_hears_nothing(router, shown, monkeypatch):
    monkeypatch.delitem(LISTS, "things")

    assert skill_of(router, "2", shown) == MAIN_MENU


def test_list_with_one_thing_picked_remembers_which():
    state = State()

    put_up(state, "things", [7, 9], now=NOW, picked=9)

    assert state.shown == {"kind": "things", "ids": [7, 9], "at": int(NOW.timestamp()), "picked": 9}

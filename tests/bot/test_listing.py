"""A list on the screen hears its own words, for half an hour, and only while nothing newer asks for numbers."""

from datetime import datetime, timedelta

import pytest

from app.core.clock import SHANGHAI
from app.wechat.messages import Kind, Message
from bot.listing import FRESH, LISTINGS, Listing
from bot.router import FOR_FORM, MAIN_MENU, NO_SUCH_LINE
from bot.skill import State

NOW = datetime(2027, 2, 8, 10, tzinfo=SHANGHAI)
SKILL = "things.list"


@pytest.fixture
def shown(monkeypatch):
    """The state after a list of things that hears “2” and “报名”."""
    monkeypatch.setitem(LISTINGS, "things", Listing(SKILL, lambda text, shown, scope: text in {"2", "报名"}))
    return State(shown={"kind": "things", "ids": [7, 9, 4], "at": int(NOW.timestamp())})


def skill_of(router, said, state, *, after=timedelta(minutes=1)):
    message = Message(Kind.TEXT, "", "", 0, text=said)
    return router.route(message, state, now=int((NOW + after).timestamp())).skill


@pytest.mark.parametrize("said", ["2", "报名"])
def test_list_on_the_screen_hears_its_words(router, shown, said):
    assert skill_of(router, said, shown) == SKILL


@pytest.mark.parametrize("said", ["失业登记怎么办", "谢谢", "0", "问政策"])
def test_whatever_else_is_said_goes_where_it_always_goes(router, shown, said):
    assert skill_of(router, said, shown) == skill_of(router, said, State()) != SKILL


def test_list_is_forgotten_after_half_an_hour(router, shown):
    assert skill_of(router, "2", shown, after=timedelta(seconds=FRESH)) == SKILL
    assert skill_of(router, "2", shown, after=timedelta(seconds=FRESH + 1)) == MAIN_MENU


def test_menu_that_is_open_takes_the_numbers(router, shown):
    shown.options = ["policies/training"]

    assert skill_of(router, "2", shown) == NO_SUCH_LINE


@pytest.mark.parametrize(("later", "skill"), [(-30, SKILL), (30, FOR_FORM.skill)])
def test_of_a_list_and_a_forms_question_the_newer_takes_the_numbers(router, shown, later, skill):
    shown.form = {"name": "benefits.check", "asked": "status", "at": shown.shown["at"] + later}

    assert skill_of(router, "2", shown) == skill


def test_kind_that_nobody_knows_any_more_hears_nothing(router, shown, monkeypatch):
    monkeypatch.delitem(LISTINGS, "things")

    assert skill_of(router, "2", shown) == MAIN_MENU

"""Phrases in many styles by an author who saw the readers' promises and none of their code; 2026-11-23 is today."""

import json
from datetime import date

import pytest

from app.core.config import ROOT
from app.knowledge.lexicon import read_lexicon
from app.language.slots.ages import read_ages
from app.language.slots.dates import read_dates
from app.language.slots.durations import read_durations
from app.language.slots.money import read_pay
from app.language.slots.people import read_party

TODAY = date(2026, 11, 23)
LEXICON = read_lexicon(ROOT / "intents")
PHRASES = [json.loads(line) for line in (ROOT / "tests/data/slots.jsonl").read_text(encoding="utf-8").splitlines()]


def place(found):
    return [found.province, found.city, found.district, found.township] if found else None


def route(text):
    found = LEXICON.gazetteer.read_route(text)
    return [place(found.origin), place(found.destination)]


def values(found, show):
    return [show(one.value) for one in found]


READERS = {
    "dates": lambda text: values(read_dates(text, today=TODAY), lambda days: [str(days.first), str(days.last)]),
    "party": lambda text: values(read_party(text), lambda party: [party.total, party.children]),
    "pay": lambda text: values(read_pay(text), lambda pay: [pay.low, pay.high, pay.per and pay.per.value]),
    "ages": lambda text: values(read_ages(text, today=TODAY), lambda age: [age.low, age.high]),
    "durations": lambda text: values(
        read_durations(text, today=TODAY), lambda time: [time.low, time.high, time.about and time.about.name]
    ),
    "places": lambda text: values(LEXICON.gazetteer.read_places(text), place),
    "route": route,
    "trades": lambda text: values(LEXICON.trades.read_trades(text), lambda trade: trade.name),
    "flags": lambda text: values(LEXICON.flags.read_flags(text), lambda flag: [flag.name, flag.wanted]),
    "groups": lambda text: values(LEXICON.group_reader.read_groups(text), lambda group: [group.name, group.denied]),
}


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: f"{phrase['reader']}:{phrase['text']}")
def test_phrase_is_read_exactly(phrase):
    assert READERS[phrase["reader"]](phrase["text"]) == phrase["expect"]


@pytest.mark.parametrize("phrase", [one for one in PHRASES if one.get("others")], ids=lambda phrase: phrase["text"])
def test_an_ambiguous_phrase_says_what_else_it_may_mean(phrase):
    text = phrase["text"]
    if phrase["reader"] == "dates":
        (found,) = read_dates(text, today=TODAY)
        others = [[str(other.first), str(other.last)] for other in found.others]
    else:
        (found,) = read_party(text)
        others = [[other.total, other.children] for other in found.others]

    assert found.ambiguous
    assert others == phrase["others"]


def test_the_table_is_large_and_by_several_styles():
    assert len(PHRASES) >= 300
    assert {"plain", "dialect", "typo", "spoken", "long", "short"} <= {phrase["style"] for phrase in PHRASES}

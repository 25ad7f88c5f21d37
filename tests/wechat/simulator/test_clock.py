"""The simulated clock, and a clock that the service hands in."""

from datetime import UTC, datetime, timedelta

import pytest

from app.wechat.simulator.clock import SHANGHAI, SimulatedClock, parse_instant

from .conftest import make_world

AT = datetime(2026, 2, 17, 9, 0, tzinfo=SHANGHAI)


class StoppedClock:
    def __init__(self, at):
        self.at = at

    def now(self):
        return self.at

    def set(self, at):
        self.at = at


def test_clock_starts_where_it_is_told_and_runs_on():
    clock = SimulatedClock(AT)

    first, second = clock.now(), clock.now()

    assert timedelta() <= first - AT < timedelta(minutes=1)
    assert first <= second


def test_clock_refuses_an_instant_without_zone():
    with pytest.raises(ValueError, match="zone"):
        SimulatedClock(datetime(2026, 2, 17))


def test_world_tells_the_time_of_the_clock_it_is_handed():
    clock = StoppedClock(AT.astimezone(UTC))
    world = make_world(clock=clock)

    follower = world.note_follower("o1")

    assert world.now().isoformat() == "2026-02-17T09:00:00+08:00"
    assert follower.last_interaction == AT


@pytest.mark.parametrize("text", ["2026-02-17T01:00:00Z", "2026-02-17T09:00:00+08:00", " 2026-02-17 09:00+08:00 "])
def test_parse_instant_takes_any_zone(text):
    assert parse_instant(text) == AT

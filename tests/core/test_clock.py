"""The service's clock: aware, in Shanghai, movable."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.clock import SHANGHAI, Clock, local, machine_seconds

SPRING = datetime(2027, 2, 6, 8, tzinfo=SHANGHAI)


def test_local_shows_shanghai_time():
    assert local(datetime(2026, 12, 31, 16, tzinfo=UTC)).isoformat() == "2027-01-01T00:00:00+08:00"


def test_naive_times_are_refused():
    with pytest.raises(ValueError, match="zone"):
        local(datetime(2027, 2, 6))
    with pytest.raises(ValueError, match="zone"):
        Clock().set(datetime(2027, 2, 6))
    with pytest.raises(ValueError, match="zone"):
        Clock.starting_at(datetime(2027, 2, 6))


def test_clock_set_runs_on_from_there():
    clock = Clock()

    clock.set(SPRING.astimezone(UTC))
    first, second = clock.now(), clock.now()

    assert SPRING <= first <= second < SPRING + timedelta(seconds=30)
    assert first.tzinfo is SHANGHAI


def test_clock_starting_at_does_not_move_the_machine():
    before = machine_seconds()

    clock = Clock.starting_at(SPRING)

    assert abs(clock.now() - SPRING) < timedelta(seconds=30)
    assert before <= machine_seconds() < before + 30

"""Whether somebody is at a counter now, and if not, when again."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.core.calendar import workday
from app.core.clock import SHANGHAI, local
from app.policies.schema import Office


@dataclass(frozen=True, slots=True)
class Opening:
    """``now`` is None where the office gives no times. ``next`` is when it opens again, None while it is open."""

    now: bool | None
    next: datetime | None = None
    certain: bool = True
    """Whether the State Council's list of free days was at hand for every day looked at."""


def opening(office: Office, now: datetime) -> Opening:
    """By workdays and the office's hours."""
    if office.opens is None or office.closes is None:
        return Opening(None)
    now = local(now)
    opens, closes = time.fromisoformat(office.opens), time.fromisoformat(office.closes)
    today = workday(now.date())
    certain = today.certain
    if today.worked and now.time() < closes:
        if now.time() >= opens:
            return Opening(True, None, certain)
        return Opening(False, datetime.combine(now.date(), opens, SHANGHAI), certain)
    day = now.date() + timedelta(days=1)
    while not (verdict := workday(day)).worked:
        certain = certain and verdict.certain
        day += timedelta(days=1)
    return Opening(False, datetime.combine(day, opens, SHANGHAI), certain and verdict.certain)

"""The simulated clock as a page shows it: what time it is there, and where a journey through time may go."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from app.core.calendar import lunar_name, next_spring_festival
from app.wechat.simulator.clock import LAST_YEAR, SHANGHAI
from app.wechat.simulator.world import World

MORNING: Final = time(8)


def show_clock(world: World) -> dict[str, Any]:
    now = world.now()
    return {"at": now.isoformat(), "lunar": lunar_name(now.date()), "presets": list_presets(now, world.machine())}


def list_presets(now: datetime, machine: float) -> list[dict[str, str]]:
    """Instants to go to, by the simulated time; ``now`` is where the machine's own clock stands."""
    presets = []
    festival = next_spring_festival(now.date())
    if festival is not None:
        at = datetime.combine(festival, MORNING, SHANGHAI)
        presets.append({"key": "spring_festival", "name": f"{festival.year}年正月初一 08:00", "at": at.isoformat()})
    for key, name, step in (("tomorrow", "明天", timedelta(days=1)), ("hour", "过一小时", timedelta(hours=1))):
        if (now + step).year <= LAST_YEAR:
            presets.append({"key": key, "name": name, "at": (now + step).isoformat()})
    real = datetime.fromtimestamp(machine, SHANGHAI)
    return [*presets, {"key": "now", "name": "回到现在", "at": real.isoformat()}]

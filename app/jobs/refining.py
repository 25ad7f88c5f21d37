"""Going on from what was asked before: “换成福建”, “工资再高点”, “夜班除外”."""

import re
from dataclasses import replace
from datetime import date
from typing import Final

from app.jobs.asking import Reader
from app.jobs.wants import Want

RAISED: Final = 1.15
"""“再高点” asks for so much more than was asked for, or than the jobs shown pay."""
_HIGHER: Final = re.compile(
    "(?:工资|钱|薪水|待遇|工价|收入)?(?:还|再|能不能|有没有|要)?(?:更)?高(?:一)?(?:点|些)|钱多(?:点|些)|太低|太少|低了|少了"
)
_NEARER: Final = re.compile("近(?:一)?(?:点|些)|太远|远了")
_CHANGES: Final = re.compile(
    "换|改成|改到|除外|不要|不去|不做|不干|还要|也要|再要|只要|最好|要有|要能|呢$|有没有(?!别)"
)
STEPS: Final = {"月": 500, "日": 10, "时": 1}
"""Yuan to which a raised floor is rounded up."""
SHORT: Final = 12
"""Characters of words that go on about the list rather than begin anew."""


def goes_on(text: str, reader: Reader, today: date) -> bool:
    """Whether the words are about the list that was shown, and not a new search."""
    said = reader.mend(text)
    if _HIGHER.search(said) or _NEARER.search(said):
        return len(said) <= SHORT
    told = reader.read(text, today)
    return len(said) <= SHORT and not told.says_nothing and (bool(_CHANGES.search(said)) or not told.trades)


def refine(before: Want, text: str, reader: Reader, today: date, *, shown_pay: int | None = None) -> Want | None:
    """What is wanted after a further word; None where ``text`` says nothing new about it.

    What it names takes the place of what was said of the same kind; must-haves and refusals are added.
    ``shown_pay``: yuan a month that the jobs shown pay, for “再高点” where no floor was named.
    """
    said = reader.mend(text)
    told = reader.read(text, today, before.home)
    changed = _places(before, told)
    if told.trades:
        kept = tuple(name for name in before.not_trades if name not in told.trades)
        changed = replace(changed, trades=told.trades, not_trades=kept)
    if told.not_trades:
        kept = tuple(name for name in changed.trades if name not in told.not_trades)
        added = tuple(dict.fromkeys((*changed.not_trades, *told.not_trades)))
        changed = replace(changed, trades=kept, not_trades=added)
    if told.floor is not None:
        changed = replace(changed, floor=told.floor, floor_unit=told.floor_unit)
    elif _HIGHER.search(said):
        changed = _raised(changed, shown_pay)
    if _NEARER.search(said) and not told.places:
        changed = replace(changed, places=(), near_home=True)
    waived = {one.value.name for one in reader.lexicon.flags.read_flags(said) if not one.value.wanted}
    flags = tuple(dict.fromkeys(flag for flag in (*before.flags, *told.flags) if flag not in waived))
    changed = replace(changed, flags=flags, day_work=before.day_work or told.day_work, home=told.home or before.home)
    if told.age is not None:
        changed = replace(changed, age=told.age)
    return None if changed == before else changed


def _places(before: Want, told: Want) -> Want:
    if told.places or told.near_home:
        return replace(before, places=told.places, near_home=told.near_home, not_places=told.not_places)
    if not told.not_places:
        return before
    kept = tuple(place for place in before.places if not any(out.holds(place) for out in told.not_places))
    avoided = tuple(dict.fromkeys((*before.not_places, *told.not_places)))
    return replace(before, places=kept, not_places=avoided)


def _raised(want: Want, shown_pay: int | None) -> Want:
    unit = want.floor_unit if want.floor else "月"
    floor, step = want.floor or shown_pay or 0, STEPS[unit]
    return replace(want, floor=-(-int(floor * RAISED) // step) * step, floor_unit=unit) if floor else want

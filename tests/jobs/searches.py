"""Judging a search against the conditions that an author who saw no code wrote beside each sentence."""

from app.jobs.asking import FACTORIES
from app.jobs.matching import minuses

MONTH = {"月": 1, "日": 26, "时": 208}
SAYS = {"place": ("不在",), "pay": ("工资不到", "按件"), "trade": ("不是",), "wishes": ("没写",)}
FACTORY_WORK = {*FACTORIES, "缝纫工", "包装工", "钣金工"}


def unsaid(row, asker, offers, lexicon):
    """(job, condition) of every stated condition that a shown job does not meet and the reply does not say."""
    found = []
    for offer in offers:
        said = "；".join(minuses(asker, offer)[:2])
        parts = broken(row, offer, lexicon)
        found += [(offer.title, part) for part in parts if not any(word in said for word in SAYS.get(part, ()))]
    return found


def broken(row, offer, lexicon):
    """Conditions that the job does not meet; 短期 is work by the day or for a while, a factory job any in a factory."""
    wanted = row["conditions"]
    note = wanted.get("note", "")
    parts = set()
    if not _is_there(wanted, note, offer.place):
        parts.add("place")
    if _named(wanted.get("not_place", ()), offer.place):
        parts.add("refused place")
    if "trade" in wanted and not _does(wanted["trade"], offer, lexicon):
        factory = "factory" in note and set(offer.trades) & FACTORY_WORK
        parts |= set() if factory else {"trade"}
    if set(offer.trades) & _trades(wanted.get("not_trade", ()), lexicon):
        parts.add("refused trade")
    floor = wanted.get("min_pay", 0) * MONTH[wanted.get("pay_per", "月")] * 100
    if floor and (offer.pay is None or offer.pay < floor):
        parts.add("pay")
    for wish in wanted.get("wants", ()):
        if not (offer.by_day if wish == "短期" else wish in offer.flags):
            parts.add("wishes")
    return parts


def _is_there(wanted, note, place):
    keys = [key for key in ("province", "city", "district_or_township") if key in wanted]
    fits = [_named(wanted[key], place) for key in keys]
    there = not keys or (any(fits) if "alternatives" in note else all(fits))
    return there and (not wanted.get("near_home") or place.district == "六枝" or (bool(keys) and "allowed" in note))


def _named(names, place):
    return any(
        name.replace("特区", "") in (place.province, place.city, place.district, place.township) for name in names
    )


def _trades(labels, lexicon):
    return {found.value.name for label in labels for found in lexicon.trades.read_trades(label)}


def _does(labels, offer, lexicon):
    return bool(_trades(labels, lexicon) & set(offer.trades)) or any(label in offer.title for label in labels)

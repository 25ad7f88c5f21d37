"""Chinese numerals."""

import re
from typing import Final

DIGITS: Final = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
UNITS: Final = {"十": 10, "百": 100, "千": 1_000}
TEN_THOUSAND: Final = "万"

_AMOUNT: Final = re.compile("(?:[一二两三四五六七八九][十百千万])+")


def number(numeral: str) -> int:
    """“三千五百” is 3500, “十” is 10; for numerals of digits and 十百千万 below a hundred million."""
    total = section = digit = 0
    for character in numeral:
        if character in DIGITS:
            digit = DIGITS[character]
        elif character == TEN_THOUSAND:
            total, section, digit = (section + digit or 1) * 10_000, 0, 0
        else:
            section, digit = section + (digit or 1) * UNITS[character], 0
    return total + section + digit


def with_digits(text: str) -> str:
    """Amounts in digits: “五千块” gives “5000块”. “一次”, “千万” and other words stay."""
    return _AMOUNT.sub(lambda found: str(number(found[0])), text)


DIGIT: Final = "[一二两三四五六七八九]"
SPOKEN: Final = r"(?:\d{1,11}(?:\.\d{1,4})?(?:[百千万kw](?:\d(?!\d))?)?|[零〇一二两三四五六七八九十百千万几]{1,12})"
"""A pattern for numbers as people write them: 3500, 3.5k, 1万2, 三千五, 五六千, 十几."""
MAX_NUMERAL: Final = 12

_ARABIC: Final = re.compile(r"(\d+(?:\.\d+)?)([百千万kw]?)(\d?)")
_ARABIC_UNITS: Final = {"": 1, "百": 100, "千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000}
_CHINESE: Final = re.compile(f"(?:{DIGIT}?[十百千万零〇])*{DIGIT}?")
_SHORT_TAIL: Final = re.compile(f".*([百千万])({DIGIT})")
_TWO_DIGITS: Final = re.compile(f"(.*?)({DIGIT})({DIGIT})(.*)")


def spoken_number(numeral: str) -> float | None:
    """A number as it is said: “三千五” is 3500, “一百五” 150, “1万2” 12000, “4.5k” 4500; None for what is none."""
    if not numeral or len(numeral) > MAX_NUMERAL:
        return None
    if found := _ARABIC.fullmatch(numeral):
        unit = _ARABIC_UNITS[found[2]]
        if found[3] and not found[2]:
            return float(numeral)
        return round(float(found[1]) * unit + int(found[3] or 0) * unit / 10, 2)
    if not _CHINESE.fullmatch(numeral):
        return None
    if short := _SHORT_TAIL.fullmatch(numeral):
        unit = UNITS.get(short[1], 10_000)
        return number(numeral[:-1]) + DIGITS[short[2]] * unit / 10
    bare = numeral.replace("零", "").replace("〇", "")
    return float(number(bare)) if bare else 0.0


def spoken_span(numeral: str) -> tuple[float, float] | None:
    """The least and the most that a numeral means: “五六千” is 5000 to 6000, “十几” 11 to 19, “三千” 3000 to 3000."""
    if len(numeral) > MAX_NUMERAL:
        return None
    if "几" in numeral:
        before, after = numeral.split("几", 1)
        low, high = spoken_number(f"{before}{'一' if before else '二'}{after}"), spoken_number(f"{before}九{after}")
    elif found := _TWO_DIGITS.fullmatch(numeral):
        before, first, second, after = found.groups()
        low, high = spoken_number(before + first + after), spoken_number(before + second + after)
    else:
        low = high = spoken_number(numeral)
    return (low, high) if low is not None and high is not None and low <= high else None

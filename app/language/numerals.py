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

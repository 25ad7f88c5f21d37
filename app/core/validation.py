"""What pydantic found wrong, as a stable code and a Chinese sentence that says how to mend it.

One table for requests, knowledge files and settings.
"""

import re
from collections.abc import Mapping
from typing import Any

from app.core.errors import FieldError

CHINESE = re.compile(r"[\u4e00-\u9fff]")
QUOTED = re.compile(r"'([^']*)'")

DEFAULT = "invalid", "“{field}”填得不对，请检查后再填。"
NUMBER = "wrong_type", "“{field}”要填数字。"
WHOLE = "wrong_type", "“{field}”要填整数，不加引号，也不带小数。"
YES_NO = "wrong_type", "“{field}”要填 true 或 false，不加引号。"
TEXT = "wrong_type", "“{field}”要填文字。"
LIST = "wrong_type", "“{field}”要填一个列表。"
OBJECT = "wrong_type", "“{field}”要一项一项分开填。"
FORMAT = "bad_format", "“{field}”的写法不对，请检查后再填。"
DAY = "bad_date", "“{field}”要写成日期，例如 2026-02-18。"
CLOCK_TIME = "bad_time", "“{field}”要写成钟点，例如 08:30。"
INSTANT = "bad_instant", "“{field}”要写成带时区的时刻，例如 2026-02-18T08:30:00+08:00。"
UNKNOWN = "unknown_field", "没有“{field}”这一项，请去掉，或检查拼写。"
CHOICE = "bad_choice", "“{field}”只能填：{expected}。"

SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", "缺少“{field}”，请补上。"),
    "extra_forbidden": UNKNOWN,
    "invalid_key": UNKNOWN,
    "none_required": ("wrong_type", "“{field}”要留空。"),
    "string_type": TEXT,
    "string_unicode": ("bad_text", "“{field}”里有无法保存的字符，请删去后重填。"),
    "string_too_short": ("too_short", "“{field}”至少要有{min_length}个字。"),
    "string_too_long": ("too_long", "“{field}”最多{max_length}个字。"),
    "string_pattern_mismatch": FORMAT,
    "string_not_ascii": ("bad_format", "“{field}”只能用英文字母、数字和符号。"),
    "bytes_type": TEXT,
    "bytes_too_short": ("too_short", "“{field}”太短，至少{min_length}个字节。"),
    "bytes_too_long": ("too_long", "“{field}”太长，最多{max_length}个字节。"),
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": ("out_of_range", "“{field}”的数字太大。"),
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "decimal_max_digits": ("out_of_range", "“{field}”最多{max_digits}位数字。"),
    "decimal_max_places": ("out_of_range", "“{field}”最多{decimal_places}位小数。"),
    "decimal_whole_digits": ("out_of_range", "“{field}”的整数部分最多{whole_digits}位。"),
    "finite_number": ("not_finite", "“{field}”要填一个平常的数。"),
    "bool_type": YES_NO,
    "bool_parsing": YES_NO,
    "greater_than": ("out_of_range", "“{field}”要大于{gt}。"),
    "greater_than_equal": ("out_of_range", "“{field}”不能小于{ge}。"),
    "less_than": ("out_of_range", "“{field}”要小于{lt}。"),
    "less_than_equal": ("out_of_range", "“{field}”不能大于{le}。"),
    "multiple_of": ("out_of_range", "“{field}”要是{multiple_of}的倍数。"),
    "too_short": ("too_short", "“{field}”至少要有{min_length}项。"),
    "too_long": ("too_long", "“{field}”最多{max_length}项。"),
    "enum": CHOICE,
    "literal_error": CHOICE,
    "union_tag_invalid": ("bad_choice", "“{field}”的种类只能是：{expected_tags}。"),
    "union_tag_not_found": ("missing", "“{field}”要写明种类。"),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "deque_type", "iterable_type"), LIST),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "mapping_type", "dataclass_type"), OBJECT),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), DAY),
    "date_past": ("out_of_range", "“{field}”要早于今天。"),
    "date_future": ("out_of_range", "“{field}”要晚于今天。"),
    **dict.fromkeys(("time_type", "time_parsing"), CLOCK_TIME),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_object_invalid"), INSTANT),
    **dict.fromkeys(("datetime_from_date_parsing", "timezone_naive", "timezone_offset"), INSTANT),
    "datetime_past": ("out_of_range", "“{field}”要早于现在。"),
    "datetime_future": ("out_of_range", "“{field}”要晚于现在。"),
    **dict.fromkeys(("uuid_type", "uuid_parsing", "uuid_version", "url_type", "url_parsing"), FORMAT),
    "url_too_long": ("too_long", "“{field}”最多{max_length}个字。"),
}


class _Facts(dict[str, object]):
    """What a sentence may name; a fact that a library stopped giving leaves a gap, not a failure."""

    def __missing__(self, key: str) -> str:
        return ""


def describe(error: Mapping[str, Any], field: str) -> FieldError:
    """One of pydantic's findings about ``field``. Its ``input`` is never looked at."""
    kind, facts = str(error["type"]), _Facts(error.get("ctx", {}))
    if facts["field_type"] == "Value" and f"string_{kind}" in SENTENCES:
        kind = f"string_{kind}"  # a length checked behind a validator of ours: always text
    if kind in ("value_error", "assertion_error"):
        return _said_by_us(field, "invalid", str(facts["error"]))
    if kind not in SENTENCES:
        return _said_by_us(field, kind, str(error["msg"]))
    for listing in ("expected", "expected_tags"):
        facts[listing] = "、".join(QUOTED.findall(str(facts[listing]))) or facts[listing]
    code, sentence = SENTENCES[kind]
    return FieldError(field, code, sentence.format_map(_Facts({**facts, "field": field})))


def _said_by_us(field: str, code: str, sentence: str) -> FieldError:
    """Our own validators speak Chinese; a library's English is replaced."""
    if CHINESE.search(sentence):
        return FieldError(field, code, f"“{field}”：{sentence}")
    return FieldError(field, DEFAULT[0], DEFAULT[1].format(field=field))

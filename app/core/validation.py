"""What pydantic says, in a clerk's words. One table for files, requests and settings."""

from collections.abc import Mapping
from typing import Any, Final

_SENTENCES: Final = {
    "missing": "缺了这一项，请补上",
    "extra_forbidden": "没有这一项，请检查是不是写错了名字",
    "string_type": "要写成文字",
    "string_too_short": "太短，至少 {min_length} 个字",
    "string_too_long": "太长，最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对",
    "list_type": "要写成列表",
    "too_short": "太少，至少 {min_length} 项",
    "too_long": "太多，最多 {max_length} 项",
    "dict_type": "要写成“名称: 内容”的样子",
    "model_type": "要写成“名称: 内容”的样子",
    "model_attributes_type": "要写成“名称: 内容”的样子",
    "date_type": "要写成日期，如 2023-12-31",
    "date_parsing": "要写成日期，如 2023-12-31",
    "date_from_datetime_parsing": "要写成日期，如 2023-12-31",
    "int_type": "要写成整数",
    "bool_type": "只能是 true 或 false",
    "value_error": "{error}",
}


def explain(error: Mapping[str, Any]) -> str:
    """One pydantic error as a Chinese sentence; the value itself is never repeated."""
    sentence = _SENTENCES.get(str(error["type"]), "写得不对")
    return sentence.format_map({"error": "写得不对", **error.get("ctx", {})})

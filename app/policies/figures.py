"""Numbers in Chinese text, brought to one spelling, so that a record can be held against its facts."""

import re
import unicodedata
from typing import Final

from app.language.numerals import number

_FIGURE: Final = re.compile(
    r"\d+/\d+"  # 2/3
    r"|\d{4}年\d{1,2}月\d{1,2}日"
    r"|\d+(?:\.\d+)?[百千万亿]?(?:元|个月|个工作日|年|天|次|人|岁|%|％|倍|个|户|平方米|折)?"
)
_UNIT: Final = {"百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}


_NUMERAL: Final = "[一二两三四五六七八九十百千万]+"
_PERCENT: Final = re.compile(f"百分之({_NUMERAL})")
_TENTHS: Final = re.compile(rf"(?<![\d.])({_NUMERAL})成(?![立功为熟员交本绩])")
_SPELT: Final = re.compile(rf"(?<![\d.上同])({_NUMERAL})(个月|个工作日|年(?!度)|天|岁|元|块)")
_SAME: Final = {"块": "元"}


def figures(text: str) -> set[str]:
    """Every number with its unit: “1万元以下、3个月” gives {“10000元”, “3个月”}.

    An amount that is only a word (“万元以上”) counts as one: “万元” is 10000元. Chinese numerals are numbers
    too: “九百块” gives {“900元”}, “百分之八十” and “八成” give {“80%”}.
    """
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)  # 12,000元; a Chinese comma parts two figures
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(?<![\d.百千一二两三四五六七八九十])([百千万])元", r"1\1元", text)
    text = _PERCENT.sub(lambda found: f"{number(found[1])}%", text)
    text = _TENTHS.sub(lambda found: f"{number(found[1]) * 10}%", text)
    text = _SPELT.sub(lambda found: f"{number(found[1])}{_SAME.get(found[2], found[2])}", text)
    return {_plain(found) for found in _FIGURE.findall(text)}


def _plain(figure: str) -> str:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([百千万亿])(.*)", figure)
    if not found:
        return figure
    number, unit, rest = found.groups()
    return f"{round(float(number) * _UNIT[unit])}{rest}"

"""A document cut into its clauses, and its figures held against the fact table."""

import re
from collections.abc import Iterator
from typing import Final

from app.language.numerals import number
from app.policies.figures import figures
from app.policies.schema import SourceDocument

_RESPONSIBLE: Final = re.compile(r"[（(]责任单位[^（()）]*(?:[（(][^（()）]*[)）][^（()）]*)*[)）]")
_ANNEX: Final = re.compile(r"附件(\d)")
_MAIN: Final = re.compile(r"(\d+)[.．]")
_MEASURE: Final = re.compile(r"[（(]([一二三四五六七八九十]+)[)）]")
_CODE: Final = re.compile(r"(密码[一二三四五])")
_NUMERAL: Final = re.compile("[一二三四五六七八九十百千]{2,}")
_END: Final = re.compile(r"相关文章[:：]")
_MAIN_NAME: Final = "正文"
BEGINNING: Final = "正文总体要求"


def clauses_of(text: str) -> dict[str, str]:
    """The text of every clause by its name (“正文17”, “附件3（六）2”, “密码四”), without who is responsible for it."""
    found: dict[str, list[str]] = {}
    part, measure, name = _MAIN_NAME, "", BEGINNING
    for line in map(str.strip, _RESPONSIBLE.sub("", text).splitlines()):
        if _END.match(line):
            break
        number = ""
        if annex := _ANNEX.fullmatch(line):
            part, measure, name, number = annex[0], "", annex[0], line
        elif code := _CODE.match(line):
            name = code[1]
        elif part == _MAIN_NAME and (numbered := _MAIN.match(line)):
            name, number = f"{_MAIN_NAME}{numbered[1]}", numbered[0]
        elif part != _MAIN_NAME and (numbered := _MEASURE.match(line)):
            measure = name = f"{part}（{numbered[1]}）"
            number = numbered[0]
        elif measure and (numbered := _MAIN.match(line)):
            name, number = f"{measure}{numbered[1]}", numbered[0]
        found.setdefault(name, []).append(line.removeprefix(number))
    return {name: "\n".join(lines) for name, lines in found.items()}


def disagreements(source: SourceDocument, text: str) -> Iterator[str]:
    """Figures of the document that the fact table leaves out, and facts that do not stand in their clause."""
    clauses = clauses_of(text)
    dates = {f"{day.year}年{day.month}月{day.day}日" for day in (source.issued, source.published) if day}
    listed: dict[str, set[str]] = {BEGINNING: dates}
    for fact in source.facts:
        listed.setdefault(fact.clause, set()).update(figures(fact.figure))
    names = re.compile("|".join(map(re.escape, sorted(source.names, key=len, reverse=True))) or "(?!)")
    for clause, content in clauses.items():
        for figure in sorted(figures(names.sub("、", content)) - listed.get(clause, set())):
            yield f"{clause}：原文有“{figure}”，数字表里没有"
    for clause, known in listed.items():
        content = clauses.get(clause, "")
        spelt = _NUMERAL.sub(lambda found: str(number(found[0])), content)  # “十五期”
        for figure in sorted(known - dates - figures(content) - figures(spelt)):
            yield f"{clause}：数字表里有“{figure}”，原文这一款没有"

"""Rows of a list that somebody keeps in a sheet: CSV or JSON lines, Chinese headings or English keys. Pure."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.core.errors import FieldError, Invalid
from app.language.slots.places import Gazetteer

LONGEST: Final = 5_000
"""Rows of one file."""
NO: Final = {"", "否", "不是", "no", "false", "0", "停", "停用"}
Read = Callable[["Row"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it stands in the file: its number there (a sheet counts its headings as 1), and its values."""

    number: int
    values: Mapping[str, Any]
    flaw: str = ""


def read_lines(content: bytes, name: str) -> list[Line]:
    """The rows of a file called ``name``. Raises Invalid where it is none that can be read."""
    text = _decoded(content)
    lines = list(_json_lines(text) if name.lower().endswith((".jsonl", ".ndjson")) else _csv_lines(text))
    if not lines:
        raise Invalid("文件里没有一行内容。")
    if len(lines) > LONGEST:
        raise Invalid(f"一次最多导入{LONGEST}行，请分开。")
    return lines


def _decoded(content: bytes) -> str:
    """UTF-8, or what Excel writes here."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("文件的编码读不懂，请另存为 UTF-8 的 CSV。")


def _json_lines(text: str) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except ValueError:
            yield Line(number, {}, "不是一行 JSON")
            continue
        yield Line(number, values) if isinstance(values, dict) else Line(number, {}, "要写成 {…} 的样子")


def _csv_lines(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""))
    headings = [heading.strip() for heading in next(reader, [])]
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield Line(reader.line_num, dict(zip(headings, cells, strict=False)))


class Row:
    """Values of one row under their English keys. What is wrong is gathered, and told all at once by ``done``."""

    def __init__(self, values: Mapping[str, Any], headings: Mapping[str, str]) -> None:
        """``headings``: the English key of each heading, Chinese ones first."""
        self._names = {key: heading for heading, key in reversed([*headings.items()])}  # the first is what sheets say
        self._values = {headings.get(name, name): value for name, value in values.items()}
        self.flaws: list[FieldError] = []

    @property
    def keys(self) -> set[str]:
        return set(self._values)

    def wrong(self, key: str, how: str) -> None:
        self.flaws.append(FieldError(key, "invalid", f"{self._names.get(key, key)}{how}"))

    def raw(self, key: str) -> Any:
        """The value as it stands; None where there is none."""
        value = self._values.get(key)
        return None if isinstance(value, str) and not value.strip() else value

    def text(self, key: str, longest: int, *, needed: bool = False) -> str:
        value = self.raw(key)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = "、".join(value)
        said = " ".join(str("" if value is None else value).split())
        if isinstance(value, dict | list | bool) or not said.isprintable():
            self.wrong(key, "读不懂，请写文字")
        elif needed and not said:
            self.wrong(key, "没有填")
        elif len(said) > longest:
            self.wrong(key, f"太长，最多{longest}个字")
        return said

    def count(self, key: str) -> int | None:
        """A whole number of people; None where it is left open."""
        value = self.raw(key)
        if value is None or (isinstance(value, str) and value.strip() in ("不限", "无")):
            return None
        said = str(value).strip().removesuffix("人").removesuffix("个").removesuffix(".0")
        if isinstance(value, bool) or not (said.isascii() and said.isdigit() and len(said) <= len("100000")):
            self.wrong(key, "要填整数，不限就空着")
            return None
        return int(said)

    def degrees(self, key: str, most: float) -> float | None:
        value = self.raw(key)
        if value is None:
            return None
        try:
            number = float(str(value))
        except ValueError:
            number = float("nan")
        if not abs(number) <= most or isinstance(value, bool):
            self.wrong(key, "要填度数，比如 26.20")
            return None
        return number

    def yes(self, key: str, *, default: bool) -> bool:
        value = self.raw(key)
        return default if value is None else str(value).strip().lower() not in NO

    def done(self) -> None:
        """Raises Invalid with everything that was wrong, in one sentence."""
        if self.flaws:
            raise Invalid("；".join(flaw.message for flaw in self.flaws) + "。", errors=self.flaws)


def short_name(gazetteer: Gazetteer, name: str, level: str) -> str:
    """A place as the lists call it: “岩脚” for “岩脚镇”. One that no list knows stays as it is written."""
    found: Sequence[Any] = gazetteer.read_places(name) if name else ()
    for one in found:
        for place in (one.value, *one.others):
            if short := getattr(place, level):
                return str(short)
    return name

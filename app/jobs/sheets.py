"""Rows of a spreadsheet, a text table or JSON lines, read in a process of their own with little time and memory.

``python -m app.jobs.sheets FILE`` prints one JSON value a line: rows as ``[number, {heading: value}]``, and
``{"note": …}`` or ``{"error": …}`` for what a clerk should know. A file that wants more than it may is refused there,
and the service never notices.
"""

import csv
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from app.jobs.ad import HEADINGS, match_headings

MAX_FILE: Final = 20 * 1024 * 1024
MAX_INFLATED: Final = 60 * 1024 * 1024
"""Bytes of a workbook once unpacked: 20,000 full rows have a quarter of it."""
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 100
MAX_MEMORY: Final = 280 * 1024 * 1024
MAX_SECONDS: Final = 8
HEADER_WITHIN: Final = 8
"""Rows from the top among which the headings are looked for: above them stand titles."""
KNOWN_HEADINGS: Final = 2
"""Known headings that make a row the row of headings."""
_SUM: Final = re.compile(r"^(?:合\s*计|总\s*计|小\s*计|共\s*计|制表|填表|审核|注)\s*[:：]?")
_HIDDEN: Final = re.compile(
    rb'<row [^>]*?\br="(\d+)"[^>]*?\bhidden="(?:1|true)"|<row [^>]*?\bhidden="(?:1|true)"[^>]*?\br="(\d+)"'
)
_SHEET: Final = re.compile(r"xl/worksheets/sheet\d+\.xml")
WORKBOOKS: Final = {".xlsx", ".xls", ".ods", ".xlsm"}

Row = tuple[int, dict[str, Any]]


class Unreadable(Exception):
    """The file as a whole cannot be taken. In Chinese, with how to mend it."""


def read(path: Path) -> Iterator[Row | str]:
    """Rows with their numbers as a clerk sees them, and notes in between. Raises Unreadable."""
    if path.stat().st_size > MAX_FILE:
        raise Unreadable(
            f"文件有{path.stat().st_size // 1024 // 1024}MB，最多{MAX_FILE // 1024 // 1024}MB。请分成几个文件。"
        )
    if path.suffix.lower() in WORKBOOKS:
        yield from _workbook(path)
        return
    text = _decoded(path.read_bytes())
    yield from _json_lines(text) if text.lstrip().startswith("{") else _table(text)


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("文件的文字编码认不出。请在表格软件里另存为“CSV UTF-8”再导入。")


def _json_lines(text: str) -> Iterator[Row | str]:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    _check_rows(len(lines))
    for number, line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield number, {str(key): value for key, value in row.items()}
        else:
            yield number, {"_unreadable": line[:200]}


def _table(text: str) -> Iterator[Row | str]:
    """Comma, tab or semicolon; a table pasted from a sheet has tabs."""
    head = text[:4000]
    delimiter = max("\t,;，|", key=head.count)
    text = text.replace("，", ",") if delimiter == "，" else text
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="," if delimiter == "，" else delimiter))
    except csv.Error as error:
        raise Unreadable("表格的引号或分隔符乱了，读不下去。请用表格软件打开，另存一次。") from error
    yield from _rows(list(enumerate(rows, 1)), "")


def _workbook(path: Path) -> Iterator[Row | str]:
    if path.suffix.lower() != ".xls":
        _count_inflated(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        sheets = [(name, book.get_sheet_by_name(name)) for name in names]
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable("这个表格打不开，可能坏了或加了密码。请用表格软件打开，另存为 xlsx 再导入。") from error
    hidden = _hidden_rows(path) if path.suffix.lower() in {".xlsx", ".xlsm"} else {}
    filled = [(at, name, sheet) for at, (name, sheet) in enumerate(sheets) if sheet.total_height]
    if not filled:
        raise Unreadable("这个表格是空的。")
    at, name, sheet = filled[0]
    if len(filled) > 1:
        yield f"文件里有{len(filled)}张表，只读了第一张“{name}”。别的表请另存成文件再导入。"
    if sheet.total_height > MAX_ROWS * 4:
        raise Unreadable(f"表格有{sheet.total_height}行，最多{MAX_ROWS}行。请分成几个文件。")
    skipped = hidden.get(at, set())
    rows = [(number, row) for number, row in _cells(sheet) if number not in skipped]
    if skipped and (inside := sorted(number for number in skipped if number <= sheet.total_height)):
        shown = "、".join(map(str, inside[:10])) + ("等" if len(inside) > 10 else "")
        yield f"第{shown}行是隐藏的，没有导入。要导入就先取消隐藏。"
    yield from _rows(rows, f"工作表“{name}”")


def _count_inflated(path: Path) -> None:
    """What it comes to once unpacked, by unpacking: the sizes a bomb states of itself are no use."""
    total = 0
    try:
        with zipfile.ZipFile(path) as packed:
            for member in packed.infolist():
                with packed.open(member) as stream:
                    while part := stream.read(1 << 20):
                        total += len(part)
                        if total > MAX_INFLATED:
                            raise Unreadable("表格解开以后太大，像是坏文件。请删掉空白的行列和图片，只留岗位，再导入。")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Unreadable("这个表格打不开，可能坏了或加了密码。请用表格软件打开，另存为 xlsx 再导入。") from error


def _hidden_rows(path: Path) -> dict[int, set[int]]:
    """Rows that are hidden or filtered away, by the sheet's place."""
    with zipfile.ZipFile(path) as packed:
        sheets = sorted(name for name in packed.namelist() if _SHEET.fullmatch(name))
        found = {}
        for at, name in enumerate(sheets):
            numbers = {int(one or other) for one, other in _HIDDEN.findall(packed.read(name))}
            if numbers:
                found[at] = numbers
    return found


def _cells(sheet: CalamineSheet) -> list[tuple[int, list[Any]]]:
    """Every row with its number; a value in merged cells stands in each of them."""
    first_row, _ = sheet.start or (0, 0)
    rows = [list(row[:MAX_COLUMNS]) for row in sheet.to_python(skip_empty_area=False)]
    if len(rows) < sheet.total_height:  # an empty area above was left out after all
        rows = [[] for _ in range(first_row)] + rows
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top >= len(rows) or left >= MAX_COLUMNS or left >= len(rows[top]) or left != right:
            continue
        for row in rows[top : min(bottom + 1, top + MAX_ROWS)]:
            if left < len(row):
                row[left] = rows[top][left]
    return list(enumerate(rows, 1))


def _rows(rows: Sequence[tuple[int, Sequence[Any]]], where: str) -> Iterator[Row | str]:
    """Data below the headings; blank rows and sums are left out and told."""
    header = next((at for at, (_, row) in enumerate(rows[:HEADER_WITHIN]) if _known(row) >= KNOWN_HEADINGS), None)
    if header is None:
        raise Unreadable(
            f"{where}没找到表头。第一行要写列名，比如：岗位、用工单位、市、招聘人数、联系电话。可以先下载模板照着填。"
        )
    matched, unknown = match_headings(rows[header][1])
    if unknown:
        yield f"这些列不认识，没有用：{'、'.join(unknown[:20])}。"
    data = rows[header + 1 :]
    if len(data) > MAX_ROWS:
        _check_rows(sum(any(map(_full, row)) for _, row in data))
    columns = sorted(matched.items())
    blank, sums, jobs = 0, list[int](), 0
    for number, row in data:
        width = len(row)
        values = {field: row[at] for at, field in columns if at < width and row[at] not in _EMPTY}
        if len(values) <= SUM_CELLS:
            filled = [cell for cell in row if _full(cell)]
            if not filled:
                blank += 1
                continue
            if len(filled) <= SUM_CELLS and any(
                isinstance(cell, str) and _SUM.match(cell.strip()) for cell in filled[:2]
            ):
                sums.append(number)
                continue
        jobs += 1
        yield number, values
    _check_rows(jobs)
    if sums:
        yield f"第{'、'.join(map(str, sums))}行像是合计或备注，没有导入。"
    if blank:
        yield f"跳过了{blank}个空行。"


SUM_CELLS: Final = 4
"""A row with 合计 in it and more filled cells than this is a job after all."""


def _says_sum(cell: Any) -> bool:
    return isinstance(cell, str) and _SUM.match(cell.strip()) is not None


def _known(row: Sequence[Any]) -> int:
    return len(match_headings(row)[0])


def _full(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or cell.strip() != "")


_EMPTY: Final = (None, "")


def _check_rows(count: int) -> None:
    if count > MAX_ROWS:
        raise Unreadable(f"有{count}行，一次最多{MAX_ROWS}行。请分成几个文件。")
    if count == 0:
        raise Unreadable("表头下面一行岗位都没有。")


def main(path: Path) -> int:
    """The reading process: everything it finds, a line each."""
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS + 1))
    write = sys.stdout.write
    try:
        for found in read(path):
            line = {"note": found} if isinstance(found, str) else found
            write(json.dumps(line, ensure_ascii=False, default=str) + "\n")  # a date as 2027-05-01
    except Unreadable as error:
        write(json.dumps({"error": str(error)}, ensure_ascii=False) + "\n")
    except OSError:
        write(json.dumps({"error": f"文件 {path.name} 打不开，请核对名字和位置。"}, ensure_ascii=False) + "\n")
    except MemoryError:
        write(json.dumps({"error": TOO_BIG}, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return 0


TOO_BIG: Final = "这个表格太大，读不下去。请只留岗位那张表，删掉图片和空白的行列，再导入。"
TEMPLATE_FIELDS: Final = tuple(field for field in HEADINGS if field not in {"place", "salary", "age", "id"})

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

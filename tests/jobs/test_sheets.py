"""Reading what clerks send: sheets with titles, merged, hidden, blank and sum rows; text in any encoding; and bombs."""

import re
import subprocess
import sys
import time
import zipfile
from datetime import date

import openpyxl
import pytest

from app.core.config import ROOT
from app.core.errors import Invalid
from app.jobs.ad import match_headings
from app.jobs.outputs import csv_text, write_sheet, write_template
from app.jobs.reading import read_file

HEAD = ["序号", "用工单位", "岗位名称", "工作地点", "招聘人数", "工资待遇", "联系电话", "老板心情"]


def sheet(path, rows, **more):
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append(row)
    for area in more.get("merged", ()):
        page.merge_cells(area)
    for number in more.get("hidden", ()):
        page.row_dimensions[number].hidden = True
    book.save(path)
    return path


def job(number):
    return [number, "六枝服饰厂", f"缝纫工{number}", "贵州省六盘水市六枝特区", 5, "3000-4500元/月", 13800001234, "好"]


async def test_sheet_with_everything_clerks_do_to_it_is_read_and_told(tmp_path):
    rows = [
        ["六枝特区2027年春风行动岗位表"],
        HEAD,
        job(1),
        [2, None, *job(2)[2:]],
        [None] * 8,
        job(3),
        ["合计", None, None, None, 15],
    ]
    path = sheet(tmp_path / "岗位.xlsx", rows, merged=["A1:H1", "B3:B4"], hidden=[6])

    found = await read_file(path)

    assert [(number, row["title"], row["employer"]) for number, row in found.rows] == [
        (3, "缝纫工1", "六枝服饰厂"),
        (4, "缝纫工2", "六枝服饰厂"),
    ]
    assert found.notes == [
        "第6行是隐藏的，没有导入。要导入就先取消隐藏。",
        "这些列不认识，没有用：老板心情。",
        "第7行像是合计或备注，没有导入。",
        "跳过了1个空行。",
    ]


SPACES = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")}


async def test_sheet_of_another_office_is_read(tmp_path):
    path, cell = (
        tmp_path / "岗位.ods",
        '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>',
    )
    lines = [["岗位", "用工单位", "联系电话"], ["缝纫工", "六枝服饰厂", "138-0000-1234"]]
    rows = "".join(f"<table:table-row>{''.join(map(cell.format, line))}</table:table-row>" for line in lines)
    spaces = " ".join(f'xmlns:{name}="{urn}"' for name, urn in SPACES.items())
    page = f'<office:spreadsheet><table:table table:name="岗位">{rows}</table:table></office:spreadsheet>'
    body = f"<office:body>{page}</office:body>"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")

    found = await read_file(path)

    assert list(found.rows) == [(2, {"title": "缝纫工", "employer": "六枝服饰厂", "contact_phone": "138-0000-1234"})]


async def test_days_and_numbers_of_cells_arrive_as_they_are(tmp_path):
    head, row = ["岗位", "用工单位", "截止日期", "招聘人数"], ["缝纫工", "六枝服饰厂", date(2027, 5, 1), 12]

    found = await read_file(sheet(tmp_path / "岗位.xlsx", [head, row]))

    values = found.rows[0][1]
    assert (values["expires_at"][:10], values["headcount"]) == ("2027-05-01", 12)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
async def test_text_table_is_read_in_its_encoding(tmp_path, encoding, delimiter):
    path = tmp_path / "岗位.csv"
    lines = [["岗位", "用工单位", "联系电话"], ["缝纫工", "六枝服饰厂", "138-0000-1234"]]
    path.write_bytes("\r\n".join(map(delimiter.join, lines)).encode(encoding))

    found = await read_file(path)

    assert list(found.rows) == [(2, {"title": "缝纫工", "employer": "六枝服饰厂", "contact_phone": "138-0000-1234"})]


async def test_broken_line_of_json_stops_no_other(tmp_path):
    path = tmp_path / "岗位.jsonl"
    path.write_text('{"title": "缝纫工"}\n{"title": \n[1]\n{"title": "焊工"}\n', "utf-8")

    found = await read_file(path)

    assert [(number, row.get("title")) for number, row in found.rows] == [
        (1, "缝纫工"),
        (2, None),
        (3, None),
        (4, "焊工"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("空.xlsx", b"", "打不开"),
        ("图.xlsx", b"\x89PNG\r\n\x1a\n" + b"0" * 100, "打不开"),
        ("空.csv", b"", "没找到表头"),
        ("乱.csv", b"a,b,c\n1,2,3\n", "没找到表头"),
        ("只有头.csv", "岗位,用工单位\n".encode(), "一行岗位都没有"),
        ("坏.csv", b"\xff\xfe\x00\x81\xff", "文字编码"),
    ],
)
async def test_file_that_is_no_list_is_refused_in_a_sentence(tmp_path, name, content, word):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(Invalid, match=word):
        await read_file(path)


async def test_absent_file_and_folder_are_refused_in_a_sentence(tmp_path):
    for path in (tmp_path / "没有.csv", tmp_path):
        with pytest.raises(Invalid, match="打不开"):
            await read_file(path)


def bomb(path, megabytes):
    """A sheet that unpacks to so much."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream,
    ):
        for _ in range(megabytes):
            stream.write(b"<row><c><v>1</v></c></row>" * (2**20 // 26))
    return path


async def test_zip_bomb_is_refused_in_seconds_and_little_memory(tmp_path, figure):
    path = bomb(tmp_path / "炸弹.xlsx", 900)
    began = time.monotonic()

    with pytest.raises(Invalid, match="太大"):
        await read_file(path)

    took, most = time.monotonic() - began, memory_of_reading(path)
    figure(
        f"zip bomb ({path.stat().st_size / 1e6:.1f} MB, 900 MB unpacked): refused in {took:.1f} s with {most:.0f} MB"
    )
    assert took < 10
    assert most < 300


def memory_of_reading(path):
    """The most that reading it ever holds, in MB; a process's `ru_maxrss` would count that of who started it."""
    work = "import sys; from pathlib import Path; from app.jobs.sheets import main; main(Path(sys.argv[1]))"
    look = "print(Path('/proc/self/status').read_text())"
    done = subprocess.run(
        [sys.executable, "-c", f"{work}; {look}", str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(re.search(r"VmHWM:\s+(\d+) kB", done.stdout)[1]) / 1024


async def test_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "大.xlsx"
    with path.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)

    with pytest.raises(Invalid, match="100MB"):
        await read_file(path)


async def test_template_is_read_back_with_all_its_headings(tmp_path):
    path = tmp_path / "模板.xlsx"
    write_template(path)

    found = await read_file(path)

    assert found.notes == []
    assert found.rows[0][1]["title"].startswith("缝纫工")
    assert openpyxl.load_workbook(path).active.data_validations.count >= 4


def test_headings_are_known_by_their_synonyms():
    matched, unknown = match_headings(["*岗位名称", "企业名称（全称）", "薪资", "联系 电话", "title", "随便"])

    assert matched == {0: "title", 1: "employer", 2: "salary", 3: "contact_phone"}
    assert unknown == ["title", "随便"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "=HYPERLINK(1)"])
def test_exports_never_hold_a_live_formula(tmp_path, text):
    path = tmp_path / "结果.xlsx"
    write_sheet(path, "结果", ["原因"], [[text]])

    cell = openpyxl.load_workbook(path).active["A2"]

    assert (cell.data_type, cell.value) == ("s", text)
    assert csv_text(["原因"], [[text]]).splitlines()[1].strip('"').startswith("'")

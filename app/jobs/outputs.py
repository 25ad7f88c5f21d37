"""Tables for clerks: the report of an import, the template to fill in. No cell is ever a live formula."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from app.core.errors import Invalid
from app.jobs.ad import HEADINGS
from app.jobs.imports import Outcome, RowResult

LIVE: Final = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is carried out by a spreadsheet that opens CSV."""
NAMES: Final = {
    Outcome.PUBLISHED: "已发布",
    Outcome.NORMALISED: "收下了",
    Outcome.HELD: "待复核",
    Outcome.REJECTED: "不能收",
    Outcome.DUPLICATE: "已经有了",
}
COLUMNS: Final = ("行号", "编号", "结果", "原因", "改动", "岗位号")
TEMPLATE: Final = tuple(name for name in HEADINGS if name not in {"id", "place", "salary", "age"})
CHOICES: Final = {
    "salary_unit": ["月", "日", "时", "件"],
    "education": ["不限", "初中", "高中", "中专", "大专", "本科"],
    "shift": ["长白班", "两班倒", "三班倒", "弹性"],
    "board_lodging": ["包吃包住", "包吃", "包住", "有食堂有宿舍", "不包吃住"],
}
EXAMPLE: Final = {
    "title": "缝纫工（示例，导入前请删掉这一行）",
    "employer": "六枝示例服装厂",
    "province": "贵州省",
    "city": "六盘水市",
    "district": "六枝特区岩脚镇",
    "trade": "缝纫工",
    "headcount": 10,
    "salary_min": 3000,
    "salary_max": 4500,
    "salary_unit": "月",
    "benefits": "五险、全勤奖",
    "education": "不限",
    "experience": "不要经验，包教会",
    "shift": "长白班",
    "board_lodging": "包吃包住",
    "contact_name": "王经理",
    "contact_phone": "138-0000-0000",
    "description": "做校服，按件算钱，保底3000元",
    "source": "六枝就业服务窗口",
    "posted_at": "2027-01-05",
    "expires_at": "2027-03-31",
}
TEMPLATE_ROWS: Final = 2_000


def write_report(path: Path, results: Sequence[RowResult]) -> None:
    """In the form that the name ends with. Raises Invalid."""
    match path.suffix.lower():
        case ".jsonl":
            path.write_text("".join(f"{json.dumps(one.as_json(), ensure_ascii=False)}\n" for one in results), "utf-8")
        case ".csv":
            path.write_text(csv_text(COLUMNS, map(_cells, results)), "utf-8-sig", newline="")
        case ".xlsx":
            write_sheet(path, "导入结果", COLUMNS, map(_cells, results))
        case _:
            raise Invalid(f"报告写不成“{path.name}”，名字要用 .jsonl、.csv 或 .xlsx 结尾。")


def _cells(one: RowResult) -> list[Any]:
    why = "；".join(reason.message for reason in one.reasons)
    names = {name: headings[0] for name, headings in HEADINGS.items()}
    changes = "；".join(
        f"{names.get(each.field, each.field)}：{each.before}→{each.after or '去掉'}" for each in one.changes
    )
    return [one.row, one.external_id, NAMES[one.verdict], why, changes, one.job_id or ""]


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV in which nothing is carried out: what looks like a formula gets a ' in front."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(LIVE) else cell


def write_sheet(path: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """One sheet; a text stays a text."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(name)
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        sheet.write_row(0, 0, columns, bold)
        for number, row in enumerate(rows, 1):
            for at, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, at, cell[:32_000])
                else:
                    sheet.write(number, at, cell)
        sheet.freeze_panes(1, 0)


def write_template(path: Path) -> None:
    """The sheet that clerks and firms fill in: Chinese headings, lists to choose from, one example."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("岗位")
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        text = book.add_format({"num_format": "@"})
        for at, field in enumerate(TEMPLATE):
            sheet.write(0, at, HEADINGS[field][0], head)
            sheet.set_column(at, at, 30 if field in {"title", "employer", "description"} else 13, text)
            sheet.write(1, at, EXAMPLE.get(field, ""))
            if field in CHOICES:
                rule = {"validate": "list", "source": CHOICES[field], "error_type": "warning"}
                sheet.data_validation(1, at, TEMPLATE_ROWS, at, rule)
        sheet.freeze_panes(1, 2)
        sheet.write_comment(0, TEMPLATE.index("salary_min"), "只填数字，比如 4500。单位在后面选。")
        sheet.write_comment(0, TEMPLATE.index("age_max"), "法律没有规定的，不能限年龄，留空。")

"""An advertisement as a list gives it: its fields, their headings, and the same fields cleaned."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final


class SalaryUnit(StrEnum):
    """What the pay is for."""

    MONTH = "月"
    DAY = "日"
    HOUR = "时"
    PIECE = "件"


@dataclass(frozen=True, slots=True)
class Ad:
    """One row, cleaned. Money is in fen; what is not told is empty or None."""

    external_id: str = ""
    title: str = ""
    employer: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    trade: str = ""
    headcount: int | None = None
    salary_min_fen: int | None = None
    salary_max_fen: int | None = None
    salary_unit: str = ""
    benefits: tuple[str, ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    education: str = ""
    experience: str = ""
    shift: str = ""
    board_lodging: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    description: str = ""
    source: str = ""
    posted_at: date | None = None
    expires_at: date | None = None

    def as_fields(self) -> dict[str, Any]:
        return {**asdict(self), "benefits": list(self.benefits)}


HEADINGS: Final[Mapping[str, Sequence[str]]] = {
    "id": ("编号", "岗位编号", "序列号"),
    "title": ("岗位", "岗位名称", "招聘岗位", "职位", "职位名称", "招聘职位", "工作岗位"),
    "employer": (
        "用工单位",
        "企业名称",
        "单位名称",
        "公司名称",
        "公司",
        "企业",
        "单位",
        "招聘单位",
        "用人单位",
        "厂名",
    ),
    "province": ("省", "省份"),
    "city": ("市", "城市", "地市"),
    "district": ("区县", "县区", "县", "区", "区域", "镇街", "乡镇"),
    "place": ("工作地点", "工作地址", "地点", "地址", "上班地点", "用工地点"),
    "trade": ("工种", "工种类别", "职业"),
    "headcount": ("招聘人数", "人数", "需求人数", "招工人数", "用工人数", "招聘数量"),
    "salary_min": ("最低工资", "工资下限", "最低月薪", "薪资下限", "最低薪资"),
    "salary_max": ("最高工资", "工资上限", "最高月薪", "薪资上限", "最高薪资"),
    "salary_unit": ("工资单位", "计薪单位", "薪资单位", "计薪方式"),
    "salary": ("工资", "薪资", "月薪", "待遇", "工资待遇", "薪资待遇", "薪酬", "月工资", "工资标准", "薪资范围"),
    "benefits": ("福利", "福利待遇"),
    "age_min": ("最小年龄", "年龄下限"),
    "age_max": ("最大年龄", "年龄上限"),
    "age": ("年龄", "年龄要求"),
    "education": ("学历", "学历要求", "文化程度"),
    "experience": ("经验", "经验要求", "工作经验", "技能要求", "任职要求"),
    "shift": ("班次", "上班时间", "工作时间", "班制"),
    "board_lodging": ("食宿", "食宿情况", "吃住", "食宿条件"),
    "contact_name": ("联系人", "联系人姓名"),
    "contact_phone": ("联系电话", "电话", "手机", "手机号", "联系方式", "联系人电话"),
    "description": ("说明", "岗位描述", "工作内容", "岗位职责", "备注", "职位描述", "其他要求", "描述"),
    "source": ("来源", "信息来源"),
    "posted_at": ("发布日期", "发布时间"),
    "expires_at": ("截止日期", "有效期至", "截止时间", "到期日期", "有效期"),
}
"""What a column may be called, the template's own heading first. place, salary and age hold several fields in one."""
NUMBER_COLUMNS: Final = frozenset({"序号", "行号", "no", "no."})
"""Counts the rows and says nothing."""


def match_headings(headings: Sequence[Any]) -> tuple[dict[int, str], list[str]]:
    """Which column is which field, by its place; and the headings that nobody knows."""
    known = {_bare(name): field for field, names in HEADINGS.items() for name in (*names, field)}
    matched, unknown = dict[int, str](), list[str]()
    for at, heading in enumerate(headings):
        name = _bare(heading)
        field = known.get(name) or known.get(name.split("(")[0].split("（")[0])
        if field and field not in matched.values():
            matched[at] = field
        elif name and name not in NUMBER_COLUMNS:
            unknown.append(str(heading).strip())
    return matched, unknown


def _bare(heading: Any) -> str:
    return "".join(str(heading or "").split()).strip("*＊:：").lower()

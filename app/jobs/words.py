"""How a job is put into words."""

from typing import Final

from app.jobs.models import Job

NEGOTIABLE: Final = "工资面议"
_PER: Final = {"月": "每月", "日": "每天", "时": "每小时", "件": "每件"}


def salary_text(job: Job) -> str:
    """“每月4500—6000元”, “每件0.5元”; what is not told is 面议."""
    low, high = job.salary_min_fen, job.salary_max_fen
    per = _PER.get(job.salary_unit, "")
    if low is None and high is None:
        return NEGOTIABLE
    if low is None:
        return f"{per}最高{yuan(high or 0)}元"
    if high is None or high == low:
        return f"{per}{yuan(low)}元" + ("起" if high is None else "")
    return f"{per}{yuan(low)}—{yuan(high)}元"


def yuan(fen: int) -> str:
    """Without needless zeros."""
    return f"{fen / 100:.2f}".rstrip("0").rstrip(".")


def place_text(job: Job) -> str:
    """Where it is, as short as it is clear: the township of the home county, else city and county."""
    if job.township:
        return f"{_bare(job.district)}{job.township}"
    city = _bare(job.city) or _bare(job.province)
    district = _bare(job.district)
    return city if not district or district == city else f"{city}{district}"


def _bare(name: str) -> str:
    for ending in ("特区", "自治州", "地区", "省", "市"):
        if len(name) > len(ending) + 1 and name.endswith(ending):
            return name.removesuffix(ending)
    return name

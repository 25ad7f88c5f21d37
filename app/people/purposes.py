"""What somebody may be asked to agree to, each by itself and none of them a condition for the rest.

Separate consent per purpose: 个人信息保护法 第十四、二十九条. A changed text gets a new version, and is asked anew.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.core.errors import Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class Purpose:
    title: str
    version: int
    text: str

    @property
    def text_hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


PURPOSES: Final[Mapping[str, Purpose]] = {
    "job_push": Purpose(
        "岗位推送", 1, "有合适的岗位时，在微信里告诉我，每天最多一条。随时可以关掉，关掉不影响别的服务。"
    ),
    "news": Purpose("通知", 1, "有新政策、新活动时，在微信里告诉我，每天最多两条。随时可以关掉，关掉不影响别的服务。"),
    "id_number": Purpose(
        "身份证号",
        1,
        "承运单位或保险要求实名时，保存我的身份证号，加密存放，出行结束30天内删除。不同意也能用别的服务。",
    ),
}


class ConsentRequired(Forbidden):
    """``purpose`` is what they have not agreed to."""

    code = "consent_required"

    def __init__(self, purpose: str) -> None:
        self.members = {"purpose": purpose}
        super().__init__(f"要您同意“{PURPOSES[purpose].title}”才能这样办。")


def find_purpose(name: str) -> Purpose:
    """Raises NotFound."""
    if name not in PURPOSES:
        raise NotFound("没有这一项授权。")
    return PURPOSES[name]

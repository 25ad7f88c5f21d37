"""The official account (and its mini-program) as its owner configured it on WeChat's side."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.wechat.codec import AesKey


class Mode(StrEnum):
    PLAIN = "plain"  # 明文模式
    COMPATIBLE = "compatible"  # 兼容模式
    SAFE = "safe"  # 安全模式


class AccountType(StrEnum):
    SUBSCRIPTION = "subscription"  # 订阅号
    SERVICE = "service"  # 服务号


@dataclass(frozen=True, slots=True)
class Account:
    """Ids, secrets and mode. An empty secret or mini-program id means: not configured, so not compared."""

    app_id: str
    token: str = field(repr=False)
    original_id: str
    app_secret: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)
    account_type: AccountType = AccountType.SUBSCRIPTION
    compatible: bool = False
    mini_app_id: str = ""
    mini_app_secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.compatible and not self.aes_key:
            raise ValueError("compatible mode needs an AES key")
        if self.aes_key:
            AesKey(self.aes_key)  # raises ValueError now and not at the first message

    @property
    def mode(self) -> Mode:
        if not self.aes_key:
            return Mode.PLAIN
        return Mode.COMPATIBLE if self.compatible else Mode.SAFE

    @property
    def cipher(self) -> AesKey | None:
        return AesKey(self.aes_key) if self.aes_key else None

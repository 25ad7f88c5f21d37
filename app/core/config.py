"""The one place that reads settings: the environment first, then ``.env`` in the current folder."""

import os
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

from dotenv import dotenv_values
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.clock import local
from app.core.errors import ConfigError, FieldError

ROOT: Final = Path(__file__).resolve().parents[2]
"""The project's folder: intents, templates and migrations stand beside the code."""
PREFIX: Final = "YANLU_"
REAL_API_BASE: Final = "https://api.weixin.qq.com"

DEMO: Final = {
    "wechat_token": "yanlu-demo-token",
    "wechat_app_id": "wxdemo000000000001",
    "wechat_app_secret": "yanlu-demo-app-secret",
    "wechat_original_id": "gh_yanludemo01",
    "wechat_aes_key": "yanluDemoAesKey0123456789abcdefghijklmnopqs",
    "mini_app_id": "wxdemo000000000002",
    "mini_app_secret": "yanlu-demo-mini-secret",
    "secret_key": "yanlu-demo-secret-key-for-nobody-else",
}
"""Published values: right for `yanlu demo`, refused anywhere else."""

Switch = Literal["on", "off"]


class Settings(BaseSettings):
    """Every setting, with what it is for in words a clerk can follow."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    database_url: Annotated[str, Field(description="数据库地址。一台机器用 SQLite 文件，多台机器用 PostgreSQL。")] = (
        "sqlite:///var/yanlu.db"
    )
    wechat_account_type: Annotated[
        str, Field(description="公众号类型：subscription 订阅号，service 服务号。决定能群发几次。")
    ] = "subscription"
    wechat_app_id: Annotated[str, Field(description="公众号的 AppID，在公众平台“设置与开发”里。")] = ""
    wechat_app_secret: Annotated[str, Field(description="公众号的 AppSecret，主动发消息时用。")] = ""
    wechat_token: Annotated[str, Field(description="公众平台“服务器配置”里填的 Token，用来验明消息来自微信。")] = ""
    wechat_aes_key: Annotated[
        str, Field(description="“服务器配置”里的 EncodingAESKey，43 个字母或数字；空着就是明文模式。")
    ] = ""
    wechat_aes_key_previous: Annotated[str, Field(description="换 EncodingAESKey 时的旧钥匙，换完一天后可清空。")] = ""
    wechat_original_id: Annotated[str, Field(description="公众号原始 ID，gh_ 开头。")] = ""
    wechat_api_base: Annotated[str, Field(description="微信接口地址；空着就用官方地址，开模拟器时用模拟器。")] = ""
    mini_app_id: Annotated[str, Field(description="小程序的 AppID。")] = ""
    mini_app_secret: Annotated[str, Field(description="小程序的 AppSecret。")] = ""
    secret_key: Annotated[str, Field(description="本系统自己的密钥，至少 32 个字符，用来签名和加密。")] = ""
    simulator: Annotated[Switch, Field(description="微信模拟器：on 或 off。正式运行必须 off。")] = "off"
    clock: Annotated[
        str, Field(description="模拟时钟从哪一刻开始，要带时区，如 2027-02-06T08:00:00+08:00。只能和模拟器一起用。")
    ] = ""
    rate_limits: Annotated[Switch, Field(description="限流：on 或 off。只有开模拟器时才能 off。")] = "on"
    workers: Annotated[int, Field(ge=1, le=64, description="服务进程数。SQLite 用 1；多于 1 要用 PostgreSQL。")] = 1
    executor_id: Annotated[str, Field(description="这个进程的名字，多台机器时各取一个。")] = "solo"
    engine: Annotated[
        Switch,
        Field(
            description="这个进程要不要办到期的事（提醒、群发）：on 或 off。另开 yanlu worker 时，网页进程可以 off。"
        ),
    ] = "on"
    sms: Annotated[str, Field(description="短信走哪里：file:文件 或 https://短信平台地址；不用短信就空着。")] = ""
    intents_dir: Annotated[str, Field(description="知识库文件夹；空着就用程序自带的 intents。")] = ""
    semantic: Annotated[Literal["auto", "off"], Field(description="语义理解：auto 装了就用，off 不用。")] = "auto"
    log_format: Annotated[Literal["json", "console"], Field(description="日志样式：json 或 console。")] = "json"
    staff_secret: Annotated[str, Field(description="命令行里以工作人员身份办事时，那个人的口令。")] = ""

    @property
    def simulator_on(self) -> bool:
        return self.simulator == "on"

    @property
    def intents_path(self) -> Path:
        return Path(self.intents_dir) if self.intents_dir else ROOT / "intents"

    @cached_property
    def clock_start(self) -> datetime | None:
        """Where the simulated clock begins. Raises ConfigError for an instant without zone."""
        if not self.clock:
            return None
        try:
            return local(datetime.fromisoformat(self.clock))
        except ValueError:
            raise ConfigError("YANLU_CLOCK 要写成带时区的时刻，如 2027-02-06T08:00:00+08:00。") from None


SECRETS: Final = {
    "wechat_app_secret",
    "wechat_token",
    "wechat_aes_key",
    "wechat_aes_key_previous",
    "mini_app_secret",
    "secret_key",
    "staff_secret",
}


def load_settings() -> Settings:
    """Read the settings. Raises ConfigError naming every setting that cannot be read, and how to mend it."""
    try:
        return Settings()
    except ValidationError as error:
        problems = [
            FieldError(variable(str(item["loc"][0])), "invalid", f"现在是“{item['input']}”。{_meaning(item['loc'][0])}")
            for item in error.errors()
        ]
        raise ConfigError("；".join(f"{p.field}：{p.message}" for p in problems), errors=problems) from None
    except UnicodeDecodeError:
        raise ConfigError("当前文件夹里的 .env 不是 UTF-8 编码，请用记事本另存为 UTF-8。") from None


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def source_of(name: str) -> str:
    """Where a setting's value comes from, in Chinese."""
    if variable(name) in os.environ:
        return "环境变量"
    if variable(name) in dotenv_values(".env"):
        return ".env"
    return "默认值"


def _meaning(name: object) -> str:
    return Settings.model_fields[str(name)].description or ""

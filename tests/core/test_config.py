"""Where settings come from, and what is said of those that cannot be read."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.config import ROOT, load_settings, source_of
from app.core.errors import ConfigError

pytestmark = pytest.mark.usefixtures("bare")


def test_settings_have_the_defaults_of_the_contract():
    settings = load_settings()

    assert settings.database_url == "sqlite:///var/yanlu.db"
    assert (settings.wechat_account_type, settings.simulator, settings.rate_limits) == ("subscription", "off", "on")
    assert (settings.wechat_aes_key, settings.workers, settings.semantic) == ("", 1, "auto")
    assert settings.intents_path == ROOT / "intents"


def test_environment_beats_dotenv_which_beats_the_default(bare, monkeypatch):
    (bare / ".env").write_text("YANLU_WECHAT_TOKEN=from-dotenv\nYANLU_EXECUTOR_ID=from-dotenv\n", encoding="utf-8")
    monkeypatch.setenv("YANLU_WECHAT_TOKEN", "from-environment")

    settings = load_settings()

    assert (settings.wechat_token, settings.executor_id) == ("from-environment", "from-dotenv")
    assert source_of("wechat_token") == "环境变量"
    assert source_of("executor_id") == ".env"
    assert source_of("workers") == "默认值"


def test_dotenv_is_read_from_the_current_folder(bare, monkeypatch):
    for name in ("here", "there"):
        (bare / name).mkdir()
        (bare / name / ".env").write_text(f"YANLU_EXECUTOR_ID={name}\n", encoding="utf-8")

    monkeypatch.chdir(bare / "there")

    assert load_settings().executor_id == "there"


def test_an_empty_variable_beats_dotenv(bare, monkeypatch):
    (bare / ".env").write_text("YANLU_WECHAT_AES_KEY=" + "a" * 43, encoding="utf-8")
    monkeypatch.setenv("YANLU_WECHAT_AES_KEY", "")

    assert load_settings().wechat_aes_key == ""


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("YANLU_SIMULATOR", "yes"),
        ("YANLU_RATE_LIMITS", "none"),
        ("YANLU_WORKERS", "0"),
        ("YANLU_WORKERS", "two"),
        ("YANLU_SEMANTIC", "on"),
        ("YANLU_LOG_FORMAT", "xml"),
    ],
)
def test_load_settings_names_the_variable_it_cannot_read(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigError) as refused:
        load_settings()

    assert [error.field for error in refused.value.errors] == [variable]
    assert variable in refused.value.detail


def test_load_settings_names_every_variable_it_cannot_read(monkeypatch):
    monkeypatch.setenv("YANLU_SIMULATOR", "yes")
    monkeypatch.setenv("YANLU_WORKERS", "many")

    with pytest.raises(ConfigError) as refused:
        load_settings()

    assert {error.field for error in refused.value.errors} == {"YANLU_SIMULATOR", "YANLU_WORKERS"}


def test_clock_start_keeps_the_instant(monkeypatch):
    monkeypatch.setenv("YANLU_CLOCK", "2027-02-06T00:00:00Z")

    assert load_settings().clock_start == datetime(2027, 2, 6, 8, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("value", ["2027-02-06T08:00:00", "2027-02-06", "tomorrow", "2027-02-30T08:00:00+08:00"])
def test_clock_start_refuses_what_is_no_instant_with_zone(monkeypatch, value):
    monkeypatch.setenv("YANLU_CLOCK", value)

    with pytest.raises(ConfigError, match="YANLU_CLOCK"):
        _ = load_settings().clock_start

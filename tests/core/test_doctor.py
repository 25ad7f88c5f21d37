"""Every misconfiguration is named, and the ones that endanger people keep the service from starting."""

import pytest

from app.core.config import DEMO, SECRETS, load_settings, variable
from app.core.doctor import explain, find_problems

GOOD = {
    "YANLU_WECHAT_TOKEN": "a-token-of-our-own",
    "YANLU_WECHAT_APP_ID": "wx0123456789abcdef",
    "YANLU_WECHAT_AES_KEY": "k" * 43,
    "YANLU_SECRET_KEY": "0123456789abcdef0123456789abcdef",
}
SIMULATED = {"YANLU_SIMULATOR": "on"}
API = "YANLU_WECHAT_API_BASE"
FATAL, MILD = True, False


@pytest.fixture
def problems(bare, monkeypatch):
    """The problems of a good configuration with some settings changed, as (variable, fatal)."""

    def find(changes):
        for name, value in {**GOOD, **changes}.items():
            monkeypatch.setenv(name, value)
        return [(problem.setting, problem.fatal) for problem in find_problems(load_settings())]

    return find


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"YANLU_WECHAT_AES_KEY": ""},
        {"YANLU_WECHAT_AES_KEY": "", "YANLU_WECHAT_APP_ID": ""},
        {"YANLU_WECHAT_ACCOUNT_TYPE": "service"},
        {"YANLU_DATABASE_URL": "postgresql://u:p@db/yanlu", "YANLU_WORKERS": "4"},
        {API: "https://api.weixin.qq.com"},
        {**SIMULATED, API: "http://127.0.0.1:8001/simulator/wx"},
        {**SIMULATED, API: "http://[::1]:8001"},
        {**SIMULATED, API: "http://localhost:8001"},
        {**SIMULATED, API: "http://simulator:8001"},
        {**SIMULATED, API: "http://192.168.1.7"},
        {**SIMULATED, "YANLU_CLOCK": "2027-02-06T08:00:00+08:00"},
        {**SIMULATED, "YANLU_RATE_LIMITS": "off"},
        {**SIMULATED, **{variable(name): value for name, value in DEMO.items()}},
    ],
    ids=str,
)
def test_find_problems_is_content_with(problems, changes):
    assert problems(changes) == []


@pytest.mark.parametrize(
    ("changes", "setting", "fatal"),
    [
        ({"YANLU_WECHAT_AES_KEY": "k" * 42}, "YANLU_WECHAT_AES_KEY", FATAL),
        ({"YANLU_WECHAT_AES_KEY": "k" * 44}, "YANLU_WECHAT_AES_KEY", FATAL),
        ({"YANLU_WECHAT_AES_KEY": "k" * 42 + "="}, "YANLU_WECHAT_AES_KEY", FATAL),
        ({"YANLU_WECHAT_AES_KEY": "k" * 42 + "钥"}, "YANLU_WECHAT_AES_KEY", FATAL),
        ({"YANLU_WECHAT_AES_KEY_PREVIOUS": "k" * 42}, "YANLU_WECHAT_AES_KEY_PREVIOUS", FATAL),
        ({"YANLU_WECHAT_APP_ID": ""}, "YANLU_WECHAT_APP_ID", FATAL),
        ({"YANLU_WECHAT_TOKEN": ""}, "YANLU_WECHAT_TOKEN", FATAL),
        ({"YANLU_WECHAT_ACCOUNT_TYPE": "enterprise"}, "YANLU_WECHAT_ACCOUNT_TYPE", FATAL),
        ({"YANLU_DATABASE_URL": "mysql://u:p@db/yanlu"}, "YANLU_DATABASE_URL", FATAL),
        ({"YANLU_DATABASE_URL": "sqlite://"}, "YANLU_DATABASE_URL", FATAL),
        ({"YANLU_DATABASE_URL": "sqlite:///:memory:"}, "YANLU_DATABASE_URL", FATAL),
        ({"YANLU_DATABASE_URL": "yanlu.db"}, "YANLU_DATABASE_URL", FATAL),
        ({"YANLU_DATABASE_URL": ""}, "YANLU_DATABASE_URL", FATAL),
        ({"YANLU_DATABASE_URL": "postgresql://u:p@db:port/yanlu"}, "YANLU_DATABASE_URL", FATAL),
        ({"YANLU_WORKERS": "2"}, "YANLU_WORKERS", FATAL),
        ({"YANLU_SECRET_KEY": "short"}, "YANLU_SECRET_KEY", FATAL),
        ({"YANLU_SECRET_KEY": ""}, "YANLU_SECRET_KEY", MILD),
        ({**SIMULATED, "YANLU_CLOCK": "2027-02-06T08:00:00"}, "YANLU_CLOCK", FATAL),
        ({**SIMULATED, "YANLU_CLOCK": "soon"}, "YANLU_CLOCK", FATAL),
        ({"YANLU_CLOCK": "2027-02-06T08:00:00+08:00"}, "YANLU_CLOCK", FATAL),
        ({"YANLU_RATE_LIMITS": "off"}, "YANLU_RATE_LIMITS", FATAL),
        ({**SIMULATED, API: "https://api.weixin.qq.com"}, API, FATAL),
        ({**SIMULATED, API: "https://api2.weixin.qq.com/"}, API, FATAL),
        ({**SIMULATED, API: "https://sh.api.weixin.qq.com:443"}, API, FATAL),
        ({**SIMULATED, API: "https://API.WEIXIN.QQ.COM"}, API, FATAL),
        ({**SIMULATED, API: "https://localhost@api.weixin.qq.com"}, API, FATAL),
        ({**SIMULATED, API: "http://203.205.239.94.nip.io"}, API, FATAL),
        ({**SIMULATED, API: "http://8.8.8.8"}, API, FATAL),
        ({**SIMULATED, API: "http://[2402:4e00::1]"}, API, FATAL),
        ({**SIMULATED, API: "http://[bad"}, API, FATAL),
        ({API: "ftp://api.weixin.qq.com"}, API, FATAL),
        ({API: "api.weixin.qq.com"}, API, FATAL),
        ({"YANLU_WECHAT_TOKEN": DEMO["wechat_token"]}, "YANLU_WECHAT_TOKEN", FATAL),
        ({"YANLU_WECHAT_APP_ID": DEMO["wechat_app_id"]}, "YANLU_WECHAT_APP_ID", FATAL),
        ({"YANLU_WECHAT_APP_SECRET": DEMO["wechat_app_secret"]}, "YANLU_WECHAT_APP_SECRET", FATAL),
        ({"YANLU_WECHAT_ORIGINAL_ID": DEMO["wechat_original_id"]}, "YANLU_WECHAT_ORIGINAL_ID", FATAL),
        ({"YANLU_WECHAT_AES_KEY": DEMO["wechat_aes_key"]}, "YANLU_WECHAT_AES_KEY", FATAL),
        ({"YANLU_WECHAT_AES_KEY_PREVIOUS": DEMO["wechat_aes_key"]}, "YANLU_WECHAT_AES_KEY_PREVIOUS", FATAL),
        ({"YANLU_MINI_APP_ID": DEMO["mini_app_id"]}, "YANLU_MINI_APP_ID", FATAL),
        ({"YANLU_MINI_APP_SECRET": DEMO["mini_app_secret"]}, "YANLU_MINI_APP_SECRET", FATAL),
        ({"YANLU_SECRET_KEY": DEMO["secret_key"]}, "YANLU_SECRET_KEY", FATAL),
        ({"YANLU_WECHAT_TOKKEN": "x"}, "YANLU_WECHAT_TOKKEN", MILD),
    ],
    ids=str,
)
def test_find_problems_names(problems, changes, setting, fatal):
    assert problems(changes) == [(setting, fatal)]


def test_find_problems_notices_a_misspelt_name_in_dotenv(problems, bare):
    (bare / ".env").write_text("YANLU_SECRT_KEY=x\n", encoding="utf-8")

    assert problems({}) == [("YANLU_SECRT_KEY", MILD)]


def test_find_problems_finds_all_of_them(problems):
    found = problems({"YANLU_WECHAT_AES_KEY": "k", "YANLU_CLOCK": "noon", "YANLU_DATABASE_URL": "x"})

    assert {setting for setting, _ in found} == {"YANLU_DATABASE_URL", "YANLU_WECHAT_AES_KEY", "YANLU_CLOCK"}


def test_explain_tells_every_setting_and_no_secret(bare, monkeypatch):
    for number, name in enumerate(sorted(SECRETS)):
        monkeypatch.setenv(variable(name), f"{number}-very-hidden-value-{number}")
    monkeypatch.setenv("YANLU_STAFF_SECRET", "pw")
    monkeypatch.setenv("YANLU_DATABASE_URL", "postgresql://yanlu:hunter2@db/yanlu?password=hunter3")
    monkeypatch.setenv("YANLU_WECHAT_API_BASE", "http://me:hunter4@proxy")

    rows = explain(load_settings())

    shown = "\n".join(" ".join(row) for row in rows)
    assert [row[0] for row in rows] == [variable(name) for name in type(load_settings()).model_fields]
    assert [word for word in ("very-hidden", "hunter2", "hunter3", "hunter4", "•pw") if word in shown] == []
    assert ("YANLU_DATABASE_URL", "环境变量") in [(row[0], row[2]) for row in rows]


@pytest.mark.parametrize("url", ["postgresql://yanlu:hunter2@db:port/yanlu", "yanlu:hunter2@db", "x://a:hunter2@b/c"])
def test_explain_hides_the_password_of_a_wrong_address(bare, monkeypatch, url):
    monkeypatch.setenv("YANLU_DATABASE_URL", url)

    settings = load_settings()

    assert "hunter2" not in str(explain(settings))
    assert "hunter2" not in str(find_problems(settings))

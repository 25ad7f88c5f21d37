"""`yanlu wechat menu push` and `yanlu doctor --online`, against a WeChat that runs on a port of its own."""

import json

import pytest
from fastapi import FastAPI, Request

from app.core.config import ROOT
from tests import command
from tests.wechat.fake import RID
from tests.wechat.simulator.conftest import running

GOOD = {
    "YANLU_WECHAT_TOKEN": "a-token-of-our-own",
    "YANLU_WECHAT_APP_ID": "wx0123456789abcdef",
    "YANLU_WECHAT_APP_SECRET": "a-secret-of-our-own",
    "YANLU_WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "YANLU_SECRET_KEY": "f" * 64,
}
WANTED = [
    ("问政策", []),
    ("找工作", ["找岗位", "每天的岗位", "找零工和日结", "学技术考证"]),
    ("办事", ["返岗出行", "业务办理", "找人工"]),
]


class WeChat:
    """Tokens, addresses, a menu; ``refuse[path]`` is answered instead."""

    def __init__(self):
        self.app, self.menus, self.refuse = FastAPI(), [], {}
        self.app.add_api_route("/wx/{path:path}", self.answer, methods=["GET", "POST"])

    async def answer(self, path: str, request: Request):
        if path in self.refuse:
            return self.refuse[path]
        if path == "cgi-bin/stable_token":
            return {"access_token": "a-token-of-wechats", "expires_in": 7200}
        if path == "cgi-bin/menu/create":
            self.menus.append(json.loads(await request.body()))
            return {"errcode": 0, "errmsg": "ok"}
        return {"ip_list": ["203.0.113.1", "203.0.113.2"]}


@pytest.fixture
def wechat():
    wechat = WeChat()
    with running(wechat.app) as address:
        wechat.base = f"{address}/wx"
        yield wechat


@pytest.fixture
def yanlu(tmp_path, wechat, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **environment):
        return command.run(*arguments, **{**GOOD, "YANLU_WECHAT_API_BASE": wechat.base, **environment})

    return run


def test_menu_push_sends_our_three_buttons_and_says_so(yanlu, wechat):
    done = yanlu("wechat", "menu", "push")

    (menu,) = wechat.menus
    assert (done.returncode, done.stderr) == (0, "")
    assert [(one["name"], [sub["name"] for sub in one.get("sub_button", [])]) for one in menu["button"]] == WANTED
    assert "找工作：找岗位、每天的岗位、找零工和日结、学技术考证\n" in done.stdout
    keys = [one["key"] for button in menu["button"] for one in button.get("sub_button", [button])]
    assert [key for key in keys if not (ROOT / "intents" / f"{key}.yaml").exists()] == []


def test_menu_push_tells_programs_what_was_pushed(yanlu, wechat):
    done = yanlu("wechat", "menu", "push", "--json")

    assert json.loads(done.stdout) == wechat.menus[0]


def test_menu_push_that_is_refused_exits_1_with_a_sentence(yanlu, wechat):
    wechat.refuse["cgi-bin/menu/create"] = {"errcode": 45064, "errmsg": f"no permission rid: {RID}"}

    done = yanlu("wechat", "menu", "push")

    assert done.returncode == 1
    assert "小程序还没有和公众号关联" in done.stderr
    assert RID in done.stderr
    assert "Traceback" not in done.stderr


def test_menu_push_needs_the_simulators_address(yanlu):
    done = yanlu("wechat", "menu", "push", YANLU_SIMULATOR="on", YANLU_WECHAT_API_BASE="")

    assert done.returncode == 1
    assert "YANLU_WECHAT_API_BASE" in done.stderr


def test_menu_push_needs_a_secret(yanlu, wechat):
    done = yanlu("wechat", "menu", "push", YANLU_WECHAT_APP_SECRET="")

    assert (done.returncode, wechat.menus) == (1, [])
    assert "YANLU_WECHAT_APP_SECRET" in done.stderr


def test_doctor_online_says_that_all_is_well(yanlu):
    done = yanlu("doctor", "--online", YANLU_MINI_APP_ID="wxfedcba9876543210", YANLU_MINI_APP_SECRET="s")

    assert done.returncode == 0, done.stdout
    assert "✓ 公众号：微信给了接口凭据。" in done.stdout
    assert "✓ 小程序：微信给了接口凭据。" in done.stdout
    assert "203.0.113.1、203.0.113.2" in done.stdout
    assert "a-token-of-wechats" not in done.stdout


@pytest.mark.parametrize(
    ("errcode", "errmsg", "said"),
    [
        (40164, "invalid ip 198.51.100.7 ipv6 ::ffff:198.51.100.7, not in whitelist", ["198.51.100.7", "IP白名单"]),
        (40125, "invalid appsecret", ["AppSecret 不对"]),
        (40001, "invalid credential", ["AppID 和 AppSecret"]),
        (40013, "invalid appid", ["AppID 不对"]),
        (89503, "need confirm", ["管理员"]),
    ],
)
def test_doctor_online_says_what_to_mend(yanlu, wechat, errcode, errmsg, said):
    wechat.refuse["cgi-bin/stable_token"] = {"errcode": errcode, "errmsg": f"{errmsg} rid: {RID}"}

    done = yanlu("doctor", "--online")

    assert done.returncode == 1
    assert [word for word in ["✗ 公众号", *said] if word not in done.stdout] == []
    assert GOOD["YANLU_WECHAT_APP_SECRET"] not in done.stdout + done.stderr


def test_doctor_online_says_when_nobody_answers(yanlu):
    done = yanlu("doctor", "--online", YANLU_WECHAT_API_BASE="http://127.0.0.1:1")

    assert done.returncode == 1
    assert "连不上微信" in done.stdout


def test_doctor_tells_what_a_subscription_account_cannot_do(yanlu):
    told = yanlu("doctor")
    service = yanlu("doctor", YANLU_WECHAT_ACCOUNT_TYPE="service")

    assert (told.returncode, service.returncode) == (0, 0)
    assert "· 订阅号不能发模板消息" in told.stdout
    assert "不能发模板消息" not in service.stdout

"""The command line as a person meets it: from any folder, with exit status and sentences."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from app.core.config import DEMO, ROOT, Settings, variable

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("YANLU_")}
GOOD = {
    "YANLU_WECHAT_TOKEN": "a-token-of-our-own",
    "YANLU_WECHAT_APP_ID": "wx0123456789abcdef",
    "YANLU_WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "YANLU_SECRET_KEY": "f" * 64,
}


@pytest.fixture
def yanlu(tmp_path):
    """Run the command in an empty folder; returns the finished process."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=tmp_path,
            env={**CLEAN, "PYTHONPATH": str(ROOT), "YANLU_SEMANTIC": "off", **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_ask_answers_in_an_empty_folder(yanlu):
    done = yanlu("ask", "去中山打工车费能不能报", "--explain")

    assert (done.returncode, done.stderr) == (0, "")
    assert "每人1000元" in done.stdout
    assert "policies/transport_subsidy" in done.stdout
    assert "关键词" in done.stdout


def test_migrate_may_run_twice(yanlu):
    assert [yanlu("migrate").returncode, yanlu("migrate").returncode] == [0, 0]


def test_wrong_usage_exits_2(yanlu):
    assert [yanlu("nonsense").returncode, yanlu("ask").returncode, yanlu("serve", "--port", "x").returncode] == [
        2,
        2,
        2,
    ]


def test_doctor_accepts_a_good_configuration_and_shows_no_secret(yanlu):
    done = yanlu("doctor", **GOOD)

    assert done.returncode == 0, done.stdout
    assert [value for value in GOOD.values() if value.startswith("wx") is False and value in done.stdout] == []
    assert [name for name in Settings.model_fields if variable(name) not in done.stdout] == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"YANLU_WECHAT_AES_KEY": "short"}, "YANLU_WECHAT_AES_KEY"),
        ({"YANLU_WECHAT_AES_KEY": "-" * 43}, "YANLU_WECHAT_AES_KEY"),
        ({"YANLU_WECHAT_ACCOUNT_TYPE": "personal"}, "YANLU_WECHAT_ACCOUNT_TYPE"),
        ({"YANLU_DATABASE_URL": "mysql://a/b"}, "YANLU_DATABASE_URL"),
        ({"YANLU_SIMULATOR": "on", "YANLU_CLOCK": "2027-02-06T08:00:00"}, "YANLU_CLOCK"),
        ({"YANLU_CLOCK": "2027-02-06T08:00:00+08:00"}, "YANLU_CLOCK"),
        ({"YANLU_WECHAT_TOKEN": DEMO["wechat_token"]}, "YANLU_WECHAT_TOKEN"),
        ({"YANLU_SIMULATOR": "on", "YANLU_WECHAT_API_BASE": "https://api.weixin.qq.com"}, "YANLU_WECHAT_API_BASE"),
        ({"YANLU_SIMULATOR": "maybe"}, "YANLU_SIMULATOR"),
        ({"YANLU_WORKERS": "many"}, "YANLU_WORKERS"),
        ({"YANLU_INTENTS_DIR": "/nowhere"}, "/nowhere"),
    ],
)
def test_doctor_names_what_is_wrong_and_exits_1(yanlu, change, named):
    done = yanlu("doctor", **{**GOOD, **change})

    assert done.returncode == 1
    assert named in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("wrong", ["YANLU_WECHAT_TOKEN", "YANLU_WECHAT_AES_KEY"])
def test_serve_refuses_what_doctor_refuses(yanlu, wrong):
    done = yanlu("serve", "--port", "0", **{**GOOD, wrong: "" if "TOKEN" in wrong else "x"})

    assert done.returncode == 1
    assert wrong in done.stderr


def test_serve_says_when_the_port_is_taken(yanlu):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = yanlu("serve", "--port", str(taken.getsockname()[1]), **GOOD)

    assert done.returncode == 1
    assert "换个端口" in done.stderr


def test_intents_check_names_file_line_and_key(yanlu, tmp_path):
    folder = shutil.copytree(ROOT / "intents", tmp_path / "intents")
    path = folder / "policies/rent_subsidy.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("headline:", "headlin:"), encoding="utf-8")

    done = yanlu("intents", "check", YANLU_INTENTS_DIR=str(folder))

    assert done.returncode == 1
    assert "policies/rent_subsidy.yaml 第" in done.stderr
    assert "headlin" in done.stderr


def test_intents_check_finds_a_greedy_keyword(yanlu, tmp_path):
    folder = shutil.copytree(ROOT / "intents", tmp_path / "intents")
    path = folder / "policies/rent_subsidy.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("keywords:\n", "keywords:\n  - [补贴]\n  - [创业]\n  - [贷款]\n  - [失业]\n", 1), encoding="utf-8"
    )

    done = yanlu("intents", "check", YANLU_INTENTS_DIR=str(folder))

    assert done.returncode == 1
    assert "答成了：policies/rent_subsidy" in done.stderr


def test_intents_eval_prints_shares(yanlu):
    done = yanlu(
        "intents",
        "eval",
        str(ROOT / "tests/data/dev_queries.jsonl"),
        "--map",
        str(ROOT / "tests/data/topics.yaml"),
        "--json",
    )

    marks = json.loads(done.stdout)
    assert done.returncode == 0
    assert marks["答对或在菜单里"]["n"] + marks["不归我们管却直接回答"]["n"] == 289
    assert marks["直接答错"]["hits"] <= 2
    assert marks["不归我们管却直接回答"]["hits"] <= 9


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("not json", "读不懂"),
        ('{"text": 1}', "第1行"),
        ('{"text": "a"}', "第1行"),
        ('{"text": "a", "expect": 3}', "第1行"),
    ],
)
def test_intents_eval_names_the_line_it_cannot_read(yanlu, tmp_path, lines, named):
    (tmp_path / "exam.jsonl").write_text(lines, encoding="utf-8")

    done = yanlu("intents", "eval", "exam.jsonl")

    assert done.returncode == 1
    assert named in done.stderr


def test_demo_starts_says_what_to_try_and_stops_cleanly(tmp_path):
    command = [sys.executable, "-m", "app", "demo", "--port", "0"]
    environment = {**CLEAN, "PYTHONPATH": str(ROOT)}
    demo = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        lines = [demo.stdout.readline() for _ in range(8)]
        base = next(word for line in lines for word in line.split() if word.startswith("http")).split("/simulator")[0]
        request = urllib.request.Request(
            f"{base}/simulator/api/followers/o-demo/send",
            data=json.dumps({"type": "text", "text": "去中山打工车费能不能报"}).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = json.load(answer)["reply"]["text"]
    finally:
        demo.send_signal(signal.SIGINT)
        _, errors = demo.communicate(timeout=30)

    assert "试一试" in "".join(lines)
    assert "每人1000元" in text
    assert (demo.returncode, "Traceback" in errors) == (0, False)


def test_documents_name_every_setting_and_intent_folder():
    settings = (ROOT / "docs/settings.md").read_text(encoding="utf-8")

    assert [name for name in Settings.model_fields if f"`{variable(name)}`" not in settings] == []


def test_inbox_lists_what_was_handed_over_until_it_is_closed(yanlu):
    yanlu("ask", "人工")
    yanlu("ask", "我的培训补贴一直没到，电话13812345678")

    listed = yanlu("inbox", "list")
    as_json = json.loads(yanlu("inbox", "list", "--json").stdout)
    replied = yanlu("inbox", "reply", str(as_json[0]["id"]), "补贴下周到账。")
    closed = yanlu("inbox", "close", str(as_json[0]["id"]))
    seen = yanlu("ask", "谢谢")

    assert "我的培训补贴一直没到，电话138••••5678" in listed.stdout
    assert [row["text"] for row in as_json] == ["我的培训补贴一直没到，电话138••••5678"]
    assert replied.returncode == 0
    assert (closed.returncode, closed.stderr) == (1, f"第{as_json[0]['id']}号留言已经处理过了。\n")
    assert seen.stdout.startswith(f"工作人员回您（{as_json[0]['id']}号）：\n补贴下周到账。")
    assert yanlu("inbox", "list").stdout == "没有待处理的留言。\n"


def test_inbox_close_says_when_there_is_no_such_item(yanlu):
    done = yanlu("inbox", "close", "7")

    assert (done.returncode, done.stderr) == (1, "没有第7号留言。\n")


def test_intents_check_refuses_an_answer_that_is_too_long_for_a_phone(yanlu, tmp_path):
    shutil.copytree(ROOT / "intents", tmp_path / "intents")
    thanks = tmp_path / "intents/smalltalk/thanks.yaml"
    answer = "answer: |-\n" + "  不客气。\n" * 13
    text = thanks.read_text(encoding="utf-8")
    start, end = text.index("answer:"), text.index("keywords:")
    thanks.write_text(text[:start] + answer + text[end:], encoding="utf-8")

    done = yanlu("intents", "check", YANLU_INTENTS_DIR=str(tmp_path / "intents"))

    assert done.returncode == 1
    assert "smalltalk/thanks.yaml 第3行：answer：回答有13行，手机上一眼看不完，请减到12行以内" in done.stderr

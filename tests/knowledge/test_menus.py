"""The bottom menu and the QR codes' scenes: refused where WeChat or a citizen would be led nowhere."""

import pytest

from app.core.config import ROOT
from app.knowledge.library import load_library
from app.knowledge.menus import MAX_BUTTON_BYTES, MAX_LINE_BYTES, wechat_buttons
from app.policies.catalogue import KINDS

MENU = "buttons:\n  - name: 问政策\n    intent: policies/subsidy\n  - name: 办事\n    intents: [smalltalk/hello]\n"
SCENES = "- scene: fair\n  title: 招聘会\n  greeting: 欢迎。\n  options: [policies/subsidy]\n"


def test_menu_opens_its_intents_and_is_written_as_wechat_wants_it(folder):
    folder.write("menu.yaml", MENU)

    library = load_library(folder.path, KINDS)

    assert library.menu.opens == ["policies/subsidy", "smalltalk/hello"]
    assert wechat_buttons(library.menu, library.intents) == [
        {"name": "问政策", "type": "click", "key": "policies/subsidy"},
        {"name": "办事", "sub_button": [{"name": "问候", "type": "click", "key": "smalltalk/hello"}]},
    ]


def test_our_menu_keeps_wechats_limits():
    library = load_library(ROOT / "intents", KINDS)
    buttons = wechat_buttons(library.menu, library.intents)

    assert 1 <= len(buttons) <= 3
    for button in buttons:
        under = button.get("sub_button", [])
        assert len(button["name"].encode()) <= MAX_BUTTON_BYTES
        assert len(under) <= 5
        assert all(len(one["name"].encode()) <= MAX_LINE_BYTES for one in under)


@pytest.mark.parametrize(
    ("old", "new", "flaw"),
    [
        ("policies/subsidy", "policies/nothing", ("menu.yaml", 2, "buttons 第1项", "没有“policies/nothing”这个意图")),
        ("name: 问政策", "name: 就业政策问答", ("menu.yaml", 2, "buttons 第1项", "“第1项”：按钮最多5个汉字")),
        (
            "intent: policies/subsidy",
            "intents: []",
            ("menu.yaml", 2, "buttons 第1项", "“第1项”：intent 和 intents 要写一个，而且只写一个"),
        ),
    ],
)
def test_menu_that_leads_nowhere_is_refused_with_its_line(folder, old, new, flaw):
    folder.write("menu.yaml", MENU.replace(old, new))

    assert folder.flaws() == [flaw]


def test_scene_is_found_by_the_part_before_its_number(folder):
    folder.write("scenes.yaml", SCENES)

    library = load_library(folder.path, KINDS)

    assert library.scene("fair_20270213") == library.scene("FAIR") == library.scenes["fair"]
    assert library.scene("fairground") is None
    assert library.scene("") is None


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        (SCENES + SCENES, ("scenes.yaml", 5, "第2项 scene", "“fair”写了两遍")),
        (
            SCENES.replace("policies/subsidy", "policies/nothing"),
            ("scenes.yaml", 4, "第1项 options 第1项", "没有“policies/nothing”这个意图"),
        ),
    ],
)
def test_scene_that_leads_nowhere_is_refused_with_its_line(folder, text, flaw):
    folder.write("scenes.yaml", text)

    assert folder.flaws() == [flaw]


def test_options_must_exist_and_titles_must_differ(folder):
    folder.write("smalltalk/hello.yaml", "title: 创业补贴\nanswer: 您好！\noptions: [policies/nothing]\n")

    assert folder.flaws() == [
        ("smalltalk/hello.yaml", 1, "title", "标题和 policies/subsidy 一样，群众点了分不清"),
        ("smalltalk/hello.yaml", 3, "options 第1项", "没有“policies/nothing”这个意图"),
    ]


def test_answer_without_a_record_behind_it_names_no_figure_but_listed_phones(folder):
    folder.write("smalltalk/hello.yaml", "title: 问候\nanswer: 能领500元，打12333问。\n")

    assert folder.flaws() == [
        ("smalltalk/hello.yaml", 2, "answer", "“12333”没有出处，这里只能写 offices.yaml 里有的电话"),
        ("smalltalk/hello.yaml", 2, "answer", "“500元”没有出处，这里只能写 offices.yaml 里有的电话"),
    ]
    folder.write("smalltalk/hello.yaml", "title: 问候\nanswer: 请打12333问。\n")
    folder.write("offices.yaml", '- id: hall\n  name: 热线\n  kind: hotline\n  phone: "12333"\n')
    assert folder.flaws() == []


def test_office_that_closes_before_it_opens_is_refused(folder):
    folder.write("offices.yaml", '- id: hall\n  name: 大厅\n  kind: counter\n  opens: "17:00"\n  closes: "09:00"\n')

    assert folder.flaws() == [("offices.yaml", 1, "第1项", "“第1项”：opens 和 closes 要一起写，而且先开门后关门")]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("smalltalk/hello.yaml", "title: 问候\nanswer: 您好\nutterances:\n  - 12345\n", "要加英文引号"),
        ("smalltalk/hello.yaml", "title: 问候\nanswer: 您好{{ foo }}\n", "花括号"),
        ("offices.yaml", '- id: hall\n  name: 大厅\n  kind: counter\n  opens: 九点\n  closes: "17:00"\n', '"09:00"'),
        ("scenes.yaml", SCENES.replace("fair", "窗口"), "英文小写字母"),
        ("smalltalk/hello.yaml", "title：问候\n", "冒号要用英文的"),
    ],
)
def test_what_a_clerk_gets_wrong_is_told_with_the_way_to_mend_it(folder, name, text, told):
    folder.write(name, text)

    (flaw,) = folder.flaws()

    assert flaw[0] == name
    assert told in flaw[3]


def test_a_broken_intent_is_not_told_again_by_the_menus_that_name_it(folder):
    folder.write("smalltalk/menu.yaml", "title: 选一选\nanswer: 请选：\noptions: [smalltalk/hello]\n")
    folder.write("smalltalk/hello.yaml", "title: 问候\nanswer: 您好\nansver: 写错了\n")

    assert [flaw[0] for flaw in folder.flaws()] == ["smalltalk/hello.yaml"]

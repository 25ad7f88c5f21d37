"""Imports point down. The order is that of docs/architecture.md; a rule that nobody runs is a wish."""

import ast
from itertools import chain
from pathlib import Path

import pytest

from app.core.config import ROOT

PLATFORM = ["core", "language", "engine", "wechat"]
FEATURES = [
    "people",
    "messaging",
    "staff",
    "knowledge",
    "policies",
    "jobs",
    "travel",
    "casework",
    "grid",
    "broadcasts",
    "reports",
]
DOORS = {"app.api", "app.console", "bot"}
TOP = {
    "app.main",
    "app.backup",
    "app.demo",
    "app.outgoing",
    "app.worker",
    "app.server",
    "app.cli",
    "app.commands",
    "app.__main__",
}
ALLOWED_OF_WECHATPY = ("wechatpy.parser.", "wechatpy.replies.")
LINES = [f"app.{name}" for name in PLATFORM + FEATURES]


def modules():
    for path in chain((ROOT / "app").rglob("*.py"), (ROOT / "bot").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree, name):
    """Every module of ours that the source of ``name`` imports, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(name):
    """The part of the house a module stands in; None for a library."""
    if name in TOP or name.rsplit(".", 1)[0] in TOP:
        return "top"
    for part in [*LINES, *DOORS]:
        if name == part or name.startswith(part + "."):
            return part
    return "app" if name == "app" or name.startswith("app.") else None


def allowed(importer, target):
    if importer == target or target is None:
        return True
    if importer == "top":
        return True
    if target == "top" or target in DOORS:
        return False
    if importer in DOORS:
        return target in LINES
    return importer in LINES and target in LINES and LINES.index(target) < LINES.index(importer)


@pytest.mark.parametrize(("path", "name"), [pytest.param(*module, id=module[1]) for module in modules()])
def test_imports_point_down(path, name):
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))

    wrong = [target for target in imported(tree, name) if not allowed(room(name), room(target))]

    assert wrong == []


@pytest.mark.parametrize(("path", "name"), [pytest.param(*module, id=module[1]) for module in modules()])
def test_imports_stand_at_the_top_of_the_file(path, name):
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))

    inside = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert inside == []


@pytest.mark.parametrize(("path", "name"), [pytest.param(*module, id=module[1]) for module in modules()])
def test_nothing_of_wechatpys_client_is_imported(path, name):
    """It blocks the event loop, fetches tokens without end, and puts the secret into its errors."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))

    named = [target for target in imported(tree, name) if target.split(".")[0] == "wechatpy"]

    assert [target for target in named if not target.startswith(ALLOWED_OF_WECHATPY)] == []


def test_every_folder_has_a_place_in_the_order():
    folders = {path.name for path in (ROOT / "app").iterdir() if path.is_dir() and (path / "__init__.py").exists()}

    assert folders - set(PLATFORM) - set(FEATURES) - {"api", "commands", "console"} == set()


@pytest.mark.parametrize(
    ("importer", "target"),
    [
        ("app.core", "app.wechat"),
        ("app.people", "app.messaging"),
        ("app.policies", "bot"),
        ("bot", "app.api"),
        ("app.api", "bot"),
        ("app.wechat", "app.people"),
        ("bot", "top"),
    ],
)
def test_the_rule_refuses_what_points_up(importer, target):
    assert not allowed(importer, target)

"""jieba without its cache file: nothing is read from the shared temporary folder, and nothing written."""

import os
import subprocess
import sys
import tempfile

import jieba
import pytest

from app.core.config import ROOT
from app.knowledge.tokens import Tokens

PLANTED = "import marshal; open({path!r}, 'wb').write(marshal.dumps(({{'补贴': 1, '毒': 9}}, 10)))"


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A temporary folder where somebody has left a jieba.cache of their own, newer than the dictionary."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / "jieba.cache"
    script = PLANTED.format(path=str(path))
    subprocess.run([sys.executable, "-c", script], check=True)
    return path


def test_a_planted_cache_is_not_read(planted):
    before = planted.read_bytes()

    words = Tokens([]).cut("失业人员领补贴")

    assert {"失业", "人员", "补贴"} <= words
    assert planted.read_bytes() == before
    assert os.listdir(planted.parent) == ["jieba.cache"]


def test_jieba_by_itself_would_read_it(planted):
    tokenizer = jieba.Tokenizer()

    tokenizer.initialize()

    assert tokenizer.FREQ == {"补贴": 1, "毒": 9}


def test_no_cache_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    Tokens(["返岗直通车"]).cut("返岗直通车")

    assert os.listdir(tmp_path) == []


def test_no_temporary_folder_is_needed():
    script = """
import tempfile
def gettempdir(): raise FileNotFoundError("no usable temporary directory found")
tempfile.gettempdir = gettempdir
from app.knowledge.tokens import Tokens
print(sorted(Tokens(["返岗直通车"]).cut("坐返岗直通车")))
"""

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "返岗直通车" in done.stdout
    assert done.stderr == ""


def test_cut_knows_our_words_inner_words_and_characters():
    words = Tokens(["返岗直通车"]).cut("返岗直通车补贴")

    assert {"返岗直通车", "补贴", "补"} <= words
    assert Tokens([]).cut("") == frozenset()

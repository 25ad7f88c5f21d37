"""The lists of places, trades and wishes that clerks keep."""

import pytest

from app.knowledge.files import KnowledgeBroken
from app.knowledge.lexicon import read_lexicon

HOME = "home: {province: 贵州, city: 六盘水, district: 六枝}\n"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("places", HOME + "provinces: {贵州: {六盘水: [六枝]}}\nalso: {义务: 义乌}\n", "义乌不在上面的地名里"),
        ("places", HOME + "provinces: {贵州: {六盘水: [六枝]}}\ncued: [白银]\n", "白银不是地名"),
        ("trades", "trades:\n  - {name: 普工, near: [质检]}\n", "质检没有写成工种"),
        ("trades", "trades:\n  - {name: 普工, synonyms: [杂工]}\n  - {name: 小工, synonyms: [杂工]}\n", "杂工写在两处"),
        ("trades", "trades:\n  - {name: 普工, code: 6-1}\n", "trades.yaml 第2行"),
        ("flags", "flags:\n  - {name: 包吃}\ntogether: {包吃住: [包吃, 包住]}\n", "包住没有写成要求"),
        ("flags", "flags:\n  - {name: 包吃, words: [管饭]}\n  - {name: 包住, waived: [管饭]}\n", "管饭写在两处"),
        ("flags", "flags:\n  - {name: 包吃, word: [管饭]}\n", "flags.yaml 第2行"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused(tmp_path, name, text, told):
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon" / f"{name}.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(KnowledgeBroken, match=told):
        read_lexicon(tmp_path)


def test_lists_that_are_absent_find_nothing(tmp_path):
    lexicon = read_lexicon(tmp_path)

    assert lexicon.gazetteer.read_places("去义乌打螺丝包吃，我是脱贫户") == []
    assert lexicon.trades.read_trades("打螺丝") == lexicon.flags.read_flags("包吃") == []
    assert lexicon.group_reader.read_groups("我是脱贫户") == []

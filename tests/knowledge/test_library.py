"""All intents of a folder, and the skills they name."""

from app.knowledge.library import load_library, unknown_skills
from app.policies.catalogue import KINDS


def test_load_library_names_intents_by_path_and_leaves_other_files_out(folder):
    folder.write("menu.yaml", "buttons: []\n")
    folder.write("lexicon/cities.yaml", "- 中山\n")

    library = load_library(folder.path, KINDS)

    assert sorted(library.intents) == ["policies/subsidy", "smalltalk/hello"]
    assert library.documents["smalltalk/hello"].file == "smalltalk/hello.yaml"


def test_unknown_skills_tells_where_the_skill_is_named(folder):
    library = load_library(folder.path, KINDS)

    assert unknown_skills(library, {"policies.answer"}) == []
    assert [str(flaw) for flaw in unknown_skills(library, set())] == [
        "policies/subsidy.yaml 第2行：skill：没有“policies.answer”这个功能"
    ]

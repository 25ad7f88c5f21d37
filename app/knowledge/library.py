"""All intents of a folder, by id: the path under it without ``.yaml``."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.knowledge.files import Document, Flaw, KnowledgeBroken, read_document, validate
from app.knowledge.schema import Intent

NOT_INTENTS = {"offices.yaml", "menu.yaml"}
NOT_INTENT_FOLDERS = {"policies/sources", "lexicon"}


@dataclass(frozen=True)
class Library:
    """Everything the bot understands, as the files say it."""

    intents: Mapping[str, Intent]
    documents: Mapping[str, Document]


def load_library(folder: Path, kinds: Mapping[str, type[Intent]]) -> Library:
    """Read every intent under ``folder``; ``kinds`` names the schema of a subfolder that has its own.

    Raises KnowledgeBroken with every flaw of every file.
    """
    if not folder.is_dir():
        raise KnowledgeBroken([Flaw(str(folder), 0, "", "没有这个知识库文件夹")])
    intents: dict[str, Intent] = {}
    documents: dict[str, Document] = {}
    flaws: list[Flaw] = []
    for path in _intent_files(folder):
        name = path.relative_to(folder).with_suffix("").as_posix()
        try:
            document = read_document(path, root=folder)
            intents[name] = validate(document, kinds.get(name.split("/")[0], Intent))
            documents[name] = document
        except KnowledgeBroken as broken:
            flaws += broken.flaws
    flaws += _repeated_sentences(intents, documents)
    if flaws:
        raise KnowledgeBroken(flaws)
    return Library(intents, documents)


def unknown_skills(library: Library, skills: Collection[str]) -> list[Flaw]:
    """Intents that name a skill nobody has written."""
    return [
        library.documents[name].flaw(f"没有“{intent.skill}”这个功能", "skill")
        for name, intent in library.intents.items()
        if intent.skill is not None and intent.skill not in skills
    ]


def _intent_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.yaml")):
        relative = path.relative_to(folder).as_posix()
        if relative not in NOT_INTENTS and not any(relative.startswith(f"{part}/") for part in NOT_INTENT_FOLDERS):
            yield path


def _repeated_sentences(intents: Mapping[str, Intent], documents: Mapping[str, Document]) -> Iterator[Flaw]:
    """An exam question that was learnt by heart measures nothing; a sentence in two files teaches both wrong."""
    seen: dict[str, str] = {}
    for name, intent in intents.items():
        for key, sentences in (("utterances", intent.utterances), ("examples", intent.examples)):
            for index, sentence in enumerate(sentences):
                if sentence in seen:
                    yield documents[name].flaw(f"“{sentence}”在 {seen[sentence]} 里已经有了", key, index)
                seen[sentence] = name

"""All intents of a folder, by id: the path under it without ``.yaml``."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from app.knowledge.files import Document, Flaw, KnowledgeBroken, read_document, validate
from app.knowledge.lexicon import Lexicon, read_lexicon
from app.knowledge.menus import Menu, Scene, read_menu, read_scenes
from app.knowledge.schema import Intent
from app.language.normalise import normalise

NOT_INTENTS = {"offices.yaml", "menu.yaml", "scenes.yaml", "calibration.yaml", "facts.yaml"}
NOT_INTENT_FOLDERS = {"policies/sources", "lexicon"}


@dataclass(frozen=True)
class Library:
    """Everything the bot understands, as the files say it."""

    intents: Mapping[str, Intent]
    documents: Mapping[str, Document]
    menu: Menu = field(default_factory=Menu)
    scenes: Mapping[str, Scene] = field(default_factory=dict)
    lexicon: Lexicon = field(default_factory=Lexicon)

    @cached_property
    def by_title(self) -> Mapping[str, str]:
        """Intents by their normalised title, which is the label of their line in a menu."""
        return {normalise(intent.title): name for name, intent in self.intents.items()}

    def scene(self, code: str) -> Scene | None:
        """What a QR code's scene stands for; “fair_20270213” is a “fair”."""
        return self.scenes.get(code.partition("_")[0].lower())


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
        name = _name(path, folder)
        try:
            document = read_document(path, root=folder)
            intents[name] = validate(document, kinds.get(name.split("/")[0], Intent))
            documents[name] = document
        except KnowledgeBroken as broken:
            flaws += broken.flaws
    flaws += _repeated_sentences(intents, documents)
    flaws += _repeated_titles(intents, documents)
    flaws += _unknown_options(intents, documents, {_name(path, folder) for path in _intent_files(folder)})
    if flaws:
        raise KnowledgeBroken(flaws)
    return Library(intents, documents, read_menu(folder, intents), read_scenes(folder, intents), read_lexicon(folder))


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


def _repeated_titles(intents: Mapping[str, Intent], documents: Mapping[str, Document]) -> Iterator[Flaw]:
    """A title is the label of a menu's line: said back, it must mean one thing."""
    seen: dict[str, str] = {}
    for name, intent in intents.items():
        title = normalise(intent.title)
        if title in seen:
            yield documents[name].flaw(f"标题和 {seen[title]} 一样，群众点了分不清", "title")
        seen[title] = name


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _unknown_options(
    intents: Mapping[str, Intent], documents: Mapping[str, Document], known: Collection[str]
) -> Iterator[Flaw]:
    """Options that no file stands behind; one whose file is broken has been told already."""
    for name, intent in intents.items():
        for index, option in enumerate(intent.options):
            if option not in known:
                yield documents[name].flaw(f"没有“{option}”这个意图", "options", index)

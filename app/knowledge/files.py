"""Reading YAML that clerks write: every mistake is told with file, line and key."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from app.core.errors import ConfigError
from app.core.validation import describe

T = TypeVar("T")
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH: Final = 20
HINTS: Final = {
    "string_type": '数字、钟点、带英文冒号的话，要加英文引号，比如 "12345"。',
    "model_type": "每一行写成“名称: 内容”，冒号要用英文的，后面空一格。",
}
NO_SUCH_VALUE: Final = "有一个日期或数字不存在，请改正"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One mistake in a knowledge file. ``line`` counts from 1; 0 where it concerns the whole file."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file} 第{self.line}行" if self.line else self.file
        return f"{where}：{self.key + '：' if self.key else ''}{self.message}"


class KnowledgeBroken(ConfigError):
    """The knowledge files are refused as a whole; what is in use stays in use."""

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        self.flaws = list(flaws)
        super().__init__("知识库有错，没有启用：\n" + "\n".join(str(flaw) for flaw in self.flaws))


@dataclass(frozen=True)
class Document:
    """A YAML file's content, and the line on which each key and item begins."""

    file: str
    content: Any
    lines: Mapping[tuple[str | int, ...], int]

    def line(self, *path: str | int) -> int:
        """The line of ``path``, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)

    def flaw(self, message: str, *path: str | int) -> Flaw:
        return Flaw(self.file, self.line(*path), _key(path), message)


def read_document(path: Path, *, root: Path) -> Document:
    """Raises KnowledgeBroken when the file is not plain UTF-8 YAML, or says a key twice."""
    file = path.relative_to(root).as_posix()
    try:
        return _parse(path.read_text(encoding="utf-8-sig"), file)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        flaw = Flaw(
            file, line, "", "这里或上面一点不合 YAML 的写法：冒号要用英文的，后面空一格；引号要成对；缩进要对齐"
        )
    except (UnicodeDecodeError, yaml.YAMLError):
        flaw = Flaw(file, 0, "", "文件不是 UTF-8 编码，或含有看不见的控制字符，请另存为 UTF-8")
    except ValueError:
        flaw = Flaw(file, 0, "", NO_SUCH_VALUE)
    except OSError as error:
        flaw = Flaw(file, 0, "", f"文件读不了（{error.strerror}）")
    raise KnowledgeBroken([flaw])


def _parse(text: str, file: str) -> Document:
    _refuse(_shape_flaws(text, file))
    loader = Loader(text)
    node = loader.get_single_node()
    if node is None:
        raise KnowledgeBroken([Flaw(file, 0, "", "文件是空的")])
    lines: dict[tuple[str | int, ...], int] = {}
    _refuse(_walk(node, (), lines, file, loader))
    return Document(file, loader.construct_document(node), lines)


def _refuse(flaws: Iterable[Flaw]) -> None:
    if found := list(flaws):
        raise KnowledgeBroken(found)


def validate(document: Document, kind: type[T]) -> T:
    """The document's content as ``kind``. Raises KnowledgeBroken with one flaw per mistake."""
    try:
        return TypeAdapter(kind).validate_python(document.content)
    except ValidationError as error:
        flaws = [
            document.flaw(
                describe(item, _key((item["loc"] or ("文件",))[-1:])).message + HINTS.get(item["type"], ""),
                *item["loc"],
            )
            for item in error.errors(include_url=False)
        ]
        raise KnowledgeBroken(flaws) from None


def _shape_flaws(text: str, file: str) -> Iterator[Flaw]:
    """What must be known before nodes are built: a few bytes of references or brackets can stand for gigabytes."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            yield Flaw(file, line, f"*{event.anchor}", "不能用 * 引用别处的内容，请照写一遍")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            yield Flaw(file, line, "", "套得太深，读不懂")
            return


def _walk(
    node: yaml.Node, path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int], file: str, loader: Any
) -> Iterator[Flaw]:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines:
                yield Flaw(file, key.start_mark.line + 1, _key(here), f"写了两遍，上一次在第{lines[here]}行")
                continue
            lines[here] = key.start_mark.line + 1
            yield from _walk(value, here, lines, file, loader)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, index), lines, file, loader)
    else:
        try:
            loader.construct_object(node)
        except ValueError:
            yield Flaw(file, lines[path], _key(path), NO_SUCH_VALUE)


def _key(path: Sequence[str | int]) -> str:
    """A path as a clerk reads it: “benefits 第2项 amount”."""
    return " ".join(f"第{part + 1}项" if isinstance(part, int) else part for part in path)

"""Just enough of the Dockerfile's and .dockerignore's grammar to check them and to carry their steps out."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

OPTION = re.compile(r"--([a-z-]+)=(\S+)\s+")


@dataclass(frozen=True)
class Instruction:
    """One step: ``COPY --from=builder /app /app`` is word COPY, options {"from": "builder"}, text "/app /app"."""

    line: int
    word: str
    text: str
    options: dict = field(default_factory=dict)

    @property
    def exec_form(self):
        """The arguments of a step in JSON form; None in shell form."""
        return json.loads(self.text) if self.text.startswith("[") else None

    def pairs(self):
        """The KEY=value pairs of ENV and LABEL."""
        return dict(word.split("=", 1) for word in shlex.split(self.text))


@dataclass(frozen=True)
class Stage:
    base: str
    name: str | None
    steps: list

    def all(self, word):
        return [step for step in self.steps if step.word == word]

    def last(self, word):
        return self.all(word)[-1]


def read_stages(text):
    """The stages of a Dockerfile. Raises ValueError for what this reader does not know, rather than guess."""
    stages = []
    for step in _steps(text):
        if step.word == "FROM":
            base, *name = step.text.split()
            stages.append(Stage(base, name[1] if name else None, []))
        elif not stages:
            raise ValueError(f"line {step.line}: {step.word} before FROM")
        else:
            stages[-1].steps.append(step)
    return stages


def _steps(text):
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = line
        while whole.endswith("\\"):
            more = next(lines)[1]
            whole = whole if more.lstrip().startswith("#") else whole[:-1] + more.strip()
        word, _, rest = whole.strip().partition(" ")
        if "<<" in rest or word != word.upper():
            raise ValueError(f"line {number}: not understood: {line}")
        rest, options = rest.strip(), {}
        while found := OPTION.match(rest):
            options[found[1]] = found[2]
            rest = rest[found.end() :]
        yield Instruction(number, word, rest, options)


def expand(text, environment):
    return Template(text).safe_substitute(environment)


def read_context(folder, ignore):
    """The files under ``folder`` that a build may see, after the .dockerignore text ``ignore``."""
    rules = [_rule(line.strip()) for line in ignore.splitlines() if line.strip() and not line.startswith("#")]
    opened = {rule[2].split("/")[0] for rule in rules if not rule[0]}  # nothing else can come back
    for top in sorted(opened):
        paths = [folder / top, *(folder / top).rglob("*")] if (folder / top).is_dir() else [folder / top]
        for path in paths:
            name = path.relative_to(folder).as_posix()
            hidden = True
            for hides, pattern, _ in rules:
                if pattern.fullmatch(name):
                    hidden = hides
            if path.is_file() and not hidden:
                yield Path(name)


def _rule(line):
    hides, glob = not line.startswith("!"), line.removeprefix("!").strip("/")
    pattern = re.escape(glob).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return hides, re.compile(pattern + "(?:/.*)?"), glob

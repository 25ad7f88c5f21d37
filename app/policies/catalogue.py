"""The policy plan as records, with the counters to go to and the documents they come from."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Final, TypeVar

from app.knowledge.files import Document, Flaw, KnowledgeBroken, read_document, validate
from app.knowledge.library import Library, load_library
from app.policies.criteria import EVERYBODY
from app.policies.facts import FactTable, read_facts, rule_flaws
from app.policies.figures import figures
from app.policies.schema import Office, Policy, SourceDocument

T = TypeVar("T")
PREFIX: Final = "policies/"
KINDS: Final = {"policies": Policy}


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Policies by short id (“transport_subsidy”), offices and documents by theirs; compared by identity."""

    policies: Mapping[str, Policy]
    offices: Mapping[str, Office]
    documents: Mapping[str, SourceDocument]
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of every intent, for links to other subjects."""
    facts: FactTable = field(default_factory=lambda: FactTable({}))
    """What may be asked of people to tell what they can get."""

    @cached_property
    def phones(self) -> set[str]:
        """Every number that an answer may tell people to ring."""
        return {office.phone for office in self.offices.values() if office.phone}

    @cached_property
    def counters(self) -> list[Office]:
        return [office for office in self.offices.values() if office.kind == "counter"]

    @cached_property
    def main_counter(self) -> Office:
        """The county's own; whoever reads the inbox sits there."""
        return next(office for office in self.counters if office.township is None)

    def township_in(self, text: str) -> str:
        """The township with a counter of its own that ``text`` names, with or without its 镇; empty for none."""
        towns = (office.township for office in self.counters if office.township)
        return next((town for town in towns if town.rstrip("镇乡") in text), "")

    def counter_in(self, township: str) -> Office:
        """The township's counter; the county's where it has none."""
        return next((office for office in self.counters if office.township == township), self.main_counter)

    def policy_of_intent(self, intent_id: str) -> Policy:
        return self.policies[intent_id.removeprefix(PREFIX)]

    def title(self, intent_id: str) -> str:
        return self.titles[intent_id]

    def newer_than(self, intent_id: str) -> list[str]:
        """The records, as intents, that are the newer text of this one."""
        return self._newer.get(intent_id, [])

    @cached_property
    def _newer(self) -> Mapping[str, list[str]]:
        newer: dict[str, list[str]] = {}
        for name, policy in self.policies.items():
            for older in policy.replaces:
                newer.setdefault(older, []).append(PREFIX + name)
        return newer


def load_knowledge(folder: Path) -> tuple[Library, Catalogue]:
    """The intents and the policy catalogue of ``folder``, checked against each other.

    Raises KnowledgeBroken with every flaw found.
    """
    flaws: list[Flaw] = []
    library = _or_flaws(flaws, lambda: load_library(folder, KINDS))
    offices = _or_flaws(flaws, lambda: _read_offices(folder))
    facts = _or_flaws(flaws, lambda: read_facts(folder))
    files = sorted((folder / "policies/sources").glob("*.yaml"))
    sources = [_or_flaws(flaws, partial(_read_source, path, folder)) for path in files]
    if library is None or offices is None or facts is None or None in sources:
        raise KnowledgeBroken(flaws)
    catalogue = Catalogue(
        {name.removeprefix(PREFIX): intent for name, intent in library.intents.items() if isinstance(intent, Policy)},
        offices,
        {source.id: source for source in sources if source},
        {name: intent.title for name, intent in library.intents.items()},
        facts,
    )
    for name, policy in catalogue.policies.items():
        flaws += _eligibility_flaws(policy, library.documents[PREFIX + name], facts)
        flaws += _policy_flaws(policy, library.documents[PREFIX + name], catalogue)
    flaws += _unlisted_numbers(library, catalogue)
    flaws += _broken_links(library, catalogue)
    if flaws:
        raise KnowledgeBroken(flaws)
    return library, catalogue


def _or_flaws(flaws: list[Flaw], load: Callable[[], T]) -> T | None:
    """What ``load`` gives, or nothing and its flaws added to ``flaws``: one broken file does not hide the next."""
    try:
        return load()
    except KnowledgeBroken as broken:
        flaws += broken.flaws
        return None


def _read_offices(folder: Path) -> Mapping[str, Office]:
    document = read_document(folder / "offices.yaml", root=folder)
    offices = validate(document, list[Office])
    flaws = list(_repeated([office.id for office in offices], document))
    if flaws:
        raise KnowledgeBroken(flaws)
    return {office.id: office for office in offices}


def _read_source(path: Path, folder: Path) -> SourceDocument:
    document = read_document(path, root=folder)
    source = validate(document, SourceDocument)
    flaws = list(_source_flaws(source, document))
    if flaws:
        raise KnowledgeBroken(flaws)
    return source


def _policy_flaws(policy: Policy, document: Document, catalogue: Catalogue) -> Iterator[Flaw]:
    for index, office in enumerate(policy.where):
        if office not in catalogue.offices:
            yield document.flaw(f"offices.yaml 里没有“{office}”", "where", index)
    source = catalogue.documents.get(policy.source.document)
    if source is None:
        yield document.flaw(f"policies/sources 里没有“{policy.source.document}”", "source", "document")
        return
    for index, clause in enumerate(policy.source.clauses):
        if clause not in source.clauses:
            yield document.flaw(f"{source.id}.yaml 的 clauses 里没有“{clause}”", "source", "clauses", index)
    facts = {fact.id: fact for fact in source.facts}
    for fact in policy.every_fact():
        if fact not in facts:
            yield document.flaw(f"{source.id}.yaml 里没有数字“{fact}”", "facts")
        elif facts[fact].clause not in policy.source.clauses:
            yield document.flaw(f"数字“{fact}”出自{facts[fact].clause}，请把它写进 source 的 clauses", "facts")
    known = {figure for name in policy.every_fact() if name in facts for figure in figures(facts[name].figure)}
    yield from _unsourced_figures(policy, document, known | catalogue.phones, source.names)


def _eligibility_flaws(policy: Policy, document: Document, facts: FactTable) -> Iterator[Flaw]:
    """Rules that nobody can answer, and amounts to be added up that the tier does not name."""
    if policy.eligibility is None:
        return
    for message in rule_flaws(policy.eligibility.rule, facts.facts):
        yield document.flaw(message, "eligibility")
    for message in rule_flaws(policy.eligibility.about or EVERYBODY, facts.facts):
        yield document.flaw(message, "eligibility", "about")
    for index, tier in enumerate(policy.eligibility.tiers):
        path = "eligibility", "tiers", index
        if tier.benefit > len(policy.benefits):
            yield document.flaw(f"benefits 只有{len(policy.benefits)}项", *path)
        elif tier.yuan and str(tier.yuan) not in policy.benefits[tier.benefit - 1].amount.replace("万", "0000"):
            yield document.flaw(f"第{tier.benefit}项的金额里没有{tier.yuan}", *path)


def _unsourced_figures(policy: Policy, document: Document, known: set[str], names: Sequence[str]) -> Iterator[Flaw]:
    """No amount, share or date reaches a citizen that does not stand in the document. Digits of a name are none."""
    texts: list[tuple[str, tuple[str | int, ...]]] = [
        (policy.title, ("title",)),
        (policy.headline, ("headline",)),
        (policy.how, ("how",)),
        (policy.answer or "", ("answer",)),
        *((text, ("conditions", index)) for index, text in enumerate(policy.conditions)),
        *((text, ("unstated", index)) for index, text in enumerate(policy.unstated)),
        *((text, ("stated", aspect.name.lower())) for aspect, text in policy.stated.items()),
        *((benefit.who, ("benefits", index, "who")) for index, benefit in enumerate(policy.benefits)),
        *((benefit.amount, ("benefits", index, "amount")) for index, benefit in enumerate(policy.benefits)),
    ]
    if policy.validity.until:
        until = policy.validity.until
        texts.append((f"{until.year}年{until.month}月{until.day}日", ("validity", "until")))
    for text, path in texts:
        for figure in sorted(figures(_nameless(text, names)) - known):
            yield document.flaw(f"“{figure}”在 facts 列出的数字里找不到出处", *path)


def _nameless(text: str, names: Sequence[str]) -> str:
    """``text`` without ``names``: “1+3”清单 holds no number, “6211元” does."""
    for name in names:
        text = re.sub(rf"(?<!\d){re.escape(name)}(?![\d百千万亿元])", " ", text)
    return text


def _unlisted_numbers(library: Library, catalogue: Catalogue) -> Iterator[Flaw]:
    """An answer that no record stands behind names no figure but the phones of offices.yaml."""
    for name, intent in library.intents.items():
        if not isinstance(intent, Policy):
            for figure in sorted(figures(intent.answer or "") - catalogue.phones):
                yield library.documents[name].flaw(f"“{figure}”没有出处，这里只能写 offices.yaml 里有的电话", "answer")


def _broken_links(library: Library, catalogue: Catalogue) -> Iterator[Flaw]:
    for name, policy in catalogue.policies.items():
        for key in ("see_also", "excludes", "replaces"):
            for index, other in enumerate(getattr(policy, key)):
                if other not in library.intents or other == PREFIX + name:
                    yield library.documents[PREFIX + name].flaw(f"没有“{other}”这件事", key, index)


def unmatched_facts(catalogue: Catalogue) -> Iterator[str]:
    """Facts of the sources that no record carries and nobody has given a reason for, and reasons that are stale."""
    for source in catalogue.documents.values():
        carried = {
            fact
            for policy in catalogue.policies.values()
            if policy.source.document == source.id
            for fact in policy.every_fact()
        }
        for fact in source.facts:
            if (fact.id in carried) == (fact.unused is not None):
                state = "有政策用了，又写着不用的原因" if fact.unused else "没有一条政策用它，也没写原因（unused）"
                yield f"{source.id} 的数字“{fact.id}”（{fact.clause} {fact.figure}）：{state}"


def _source_flaws(source: SourceDocument, document: Document) -> Iterator[Flaw]:
    if document.file != f"policies/sources/{source.id}.yaml":
        yield document.flaw(f"要和文件名一样，文件名是 {document.file.rsplit('/', 1)[-1]}", "id")
    for index, fact in enumerate(source.facts):
        if fact.clause not in source.clauses:
            yield document.flaw(f"clauses 里没有“{fact.clause}”", "facts", index, "clause")
    yield from _repeated([fact.id for fact in source.facts], document, "facts")


def _repeated(ids: Sequence[str], document: Document, *path: str) -> Iterator[Flaw]:
    for index, id_ in enumerate(ids):
        if id_ in ids[:index]:
            yield document.flaw(f"“{id_}”用了两次", *path, index, "id")

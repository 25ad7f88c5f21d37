"""Trades: what people work as, by the names they have for it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.language.slots.found import Found
from app.language.slots.plain import plain
from app.language.slots.words import Words


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade as job ads name it."""

    name: str

    def said(self) -> str:
        return self.name


class Trades:
    """The trades that are known, what else each is called, and which others suit the same people."""

    def __init__(
        self,
        synonyms: Mapping[str, Iterable[str]],
        near: Mapping[str, Sequence[str]] | None = None,
        *,
        codes: Mapping[str, str] | None = None,
        apart: Iterable[str] = (),
    ) -> None:
        self._meant = {plain(word): Trade(name) for name, also in synonyms.items() for word in (*also, name)}
        self._near = {name: list(others) for name, others in (near or {}).items()}
        self._codes = dict(codes or {})
        self._words = Words(self._meant, apart)

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(trade.name for trade in self._meant.values()))

    @property
    def words(self) -> Collection[str]:
        """Every name and synonym."""
        return self._meant.keys()

    def read_trades(self, text: str) -> list[Found[Trade]]:
        hits = self._words.not_overlapping(plain(text))
        return [Found(self._meant[hit.word], hit.start, hit.end) for hit in hits]

    def near(self, trade: Trade | str) -> list[str]:
        """Trades that suit the same people, the nearest first."""
        return list(self._near.get(trade if isinstance(trade, str) else trade.name, ()))

    def code(self, name: str) -> str:
        """The trade's code in 《中华人民共和国职业分类大典（2022年版）》, from 大类 to 细类; empty if none is known."""
        return self._codes.get(name, "")

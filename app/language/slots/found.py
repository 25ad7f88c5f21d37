"""What a reader has found in a text."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """A slot's value, and where in the text it stands."""

    value: T
    start: int
    end: int
    others: tuple[T, ...] = ()
    """What else the same words may mean: whoever needs the value asks."""

    @property
    def ambiguous(self) -> bool:
        return bool(self.others)

"""Dialect and standard words taken for the same."""

import re
from collections.abc import Mapping


class Dialect:
    """A table of what people say and how the standard language says it; longer sayings first."""

    def __init__(self, standard_of: Mapping[str, str]) -> None:
        self._standard_of = dict(standard_of)
        longest_first = sorted(self._standard_of, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def standard(self, text: str) -> str:
        """A normalised ``text`` in standard words; “咋个领” gives “怎么领”.

        A text of nothing but such words stays as it is.
        """
        return self._pattern.sub(lambda found: self._standard_of[found[0]], text) or text

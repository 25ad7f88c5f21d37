from pathlib import Path

import pytest

from app.knowledge.lexicon import read_lexicon

INTENTS = Path(__file__).parents[3] / "intents"


@pytest.fixture(scope="session")
def lexicon():
    """The lists as they are kept for the county."""
    return read_lexicon(INTENTS)

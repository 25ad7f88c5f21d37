"""Which intents a sentence resembles, and why: a sum of channels, each with its share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from app.knowledge.bm25 import Bm25, pairs
from app.knowledge.keywords import MIN_SOUNDS, Keywords, heard_sounds
from app.knowledge.lexicon import Lexicon
from app.knowledge.linear import Linear
from app.knowledge.schema import Intent
from app.knowledge.tokens import Tokens
from app.language.normalise import normalise
from app.language.numerals import with_digits
from app.language.pinyin import syllables

Scores = NDArray[np.float64]
Vector = NDArray[np.float32]

RANKED: Final = 8
"""Candidates that a ranking names; a menu shows three."""
LEAST: Final = 0.001
"""The probability below which an intent is no candidate."""
MAX_FUZZY: Final = 64
"""Characters compared with utterances: rapidfuzz on 1,000 would take seconds."""
FUZZY_FLOOR: Final = 40.0
"""rapidfuzz's ratio (0…100) below which two sentences share nothing but common characters."""
CLOSELY: Final = 6
"""Intents whose utterances are compared one by one: those that the other channels put first."""
MEANING_FLOOR: Final = 0.8
"""The cosine that any two Chinese sentences have in the embedding's narrow space."""

KEYWORDS: Final = "关键词"
"""The channel of keyword groups, as shares and `--explain` name it."""
CHANNELS: Final = (KEYWORDS, "关键词读音", "同字词", "同读音", "说法模型", "相似句", "语义")


@dataclass(frozen=True, slots=True)
class Weights:
    """What a channel's 1 adds to the log-odds, in the order of CHANNELS, and the log-odds of “none of these”.

    Fitted by `python -m benchmarks.weights` as a multinomial logit on sentences that were not learnt; what a channel
    says of an intent is a feature, “none of these” is right for a subject that we do not have.
    """

    channels: tuple[float, ...]
    nothing: float


NO_LEXICON: Final = Lexicon()
LEXICAL: Final = Weights((4.0, 3.3, 5.1, 4.3, 4.7, 1.4, 0.0), 6.4)
WITH_MEANING: Final = Weights((3.4, 3.2, 3.4, 3.2, 2.9, 0.0, 10.5), 10.5)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An intent, the probability that it is meant, and each channel's share of its log-odds."""

    intent: str
    confidence: float
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a sentence may be about, best first, apart from what it asks of whatever it is about."""

    subjects: Sequence[Candidate] = ()
    aspects: Sequence[Candidate] = ()
    named: frozenset[str] = frozenset()
    """Every intent with a complete keyword group."""


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence as the channels read it."""

    text: str
    pairs: Sequence[str]
    sounds: Sequence[str]

    @property
    def features(self) -> list[str]:
        """What the linear model looks at: characters, runs of two and three, and pairs of sounds."""
        triples = pairs(self.pairs) if len(self.text) > 2 else []
        return [*self.text, *self.pairs, *triples, *(f"~{sound}" for sound in pairs(self.sounds))]


class Index:
    """Built once per knowledge version; ranking is pure and quick."""

    def __init__(
        self,
        intents: Mapping[str, Intent],
        lexicon: Lexicon = NO_LEXICON,
        *,
        is_aspect: Callable[[str], bool] = lambda intent: False,
        tokens: Tokens | None = None,
        cache: Path | None = None,
    ) -> None:
        """``is_aspect`` parts the intents that may be meant together with another one: they are no rivals of it.

        ``tokens`` may be shared by indexes with the same keywords; ``cache`` is a file in which what the linear model
        has learnt is kept between starts.
        """
        self._lexicon = lexicon
        self.names = list(intents)
        self._aspects = np.array([is_aspect(name) for name in intents], dtype=bool)
        self.sentences = [[intent.title, *intent.utterances] for intent in intents.values()]
        reads = [[self.read(sentence) for sentence in sentences] for sentences in self.sentences]
        self._texts = [[read.text[:MAX_FUZZY] for read in own] for own in reads]
        groups = [[[self.read(word) for word in group] for group in intent.keywords] for intent in intents.values()]
        self._keywords = Keywords([[frozenset(word.text for word in group) for group in own] for own in groups])
        self._sounds_of_keywords = Keywords(
            [
                [
                    frozenset(" ".join(word.sounds) for word in group)
                    for group in own
                    if all(len(word.sounds) >= MIN_SOUNDS for word in group)
                ]
                for own in groups
            ]
        )
        self.tokens = tokens or Tokens(self._keywords.words)
        self._by_pairs = Bm25([[read.pairs for read in own] for own in reads])
        self._by_sounds = Bm25([[pairs(read.sounds) for read in own] for own in reads])
        self._linear = Linear(
            [read.features for own in reads for read in own],
            [subject for subject, own in enumerate(reads) for _ in own],
            len(self.names),
            cache=cache,
        )
        self._meanings: Vector | None = None
        self._first_meanings = np.cumsum([0, *map(len, self.sentences)])[:-1]

    def read(self, sentence: str) -> Read:
        text = with_digits(self._lexicon.dialect.standard(normalise(sentence)))
        return Read(text, pairs(text), syllables(text))

    def learn_meanings(self, vectors: Vector) -> None:
        """The embeddings of ``sentences``, one row each in their order: from now on the channel of meaning speaks."""
        self._meanings = vectors

    @property
    def knows_meanings(self) -> bool:
        return self._meanings is not None

    def rank(self, sentence: str, meaning: Vector | None = None) -> Ranking:
        """The intents that resemble ``sentence`` most; ``meaning`` is its embedding, where there is one."""
        read = self.read(sentence)
        if not read.text or not self.names:
            return Ranking()
        channels = self.channels(read, meaning)
        weights = LEXICAL if meaning is None or self._meanings is None else WITH_MEANING
        shares = channels * np.array(weights.channels)[:, None]
        odds = shares.sum(axis=0)
        return Ranking(
            self._candidates(odds, shares, ~self._aspects, weights.nothing),
            self._candidates(odds, shares, self._aspects, weights.nothing),
            frozenset(self.names[subject] for subject in np.flatnonzero(channels[0])),
        )

    def channels(self, read: Read, meaning: Vector | None) -> Scores:
        """What each channel says of each intent, as rows in the order of CHANNELS."""
        known = np.stack(
            [
                self._keywords.scores(self.tokens.cut(read.text)),
                self._sounds_of_keywords.scores(heard_sounds(read.sounds)),
                self._by_pairs.scores(read.pairs),
                self._by_sounds.scores(pairs(read.sounds)),
                self._linear.scores(read.features),
                np.zeros(len(self.names)),
                self._by_meaning(meaning),
            ]
        )
        first = np.argsort(-(known * np.array(LEXICAL.channels)[:, None]).sum(axis=0), kind="stable")[:CLOSELY]
        known[5, first] = [self._closeness(read.text[:MAX_FUZZY], subject) for subject in first]
        return known

    def _closeness(self, text: str, subject: int) -> float:
        """Likeness to an intent's nearest utterance as a whole: 0 at FUZZY_FLOOR, 1 for the same sentence."""
        found = process.extractOne(
            text, self._texts[subject], scorer=fuzz.ratio, processor=None, score_cutoff=FUZZY_FLOOR
        )
        return (found[1] - FUZZY_FLOOR) / (100 - FUZZY_FLOOR) if found else 0.0

    def _by_meaning(self, meaning: Vector | None) -> Scores:
        if meaning is None or self._meanings is None:
            return np.zeros(len(self.names))
        cosines = np.maximum.reduceat(self._meanings @ meaning, self._first_meanings)
        return np.maximum(cosines - MEANING_FLOOR, 0.0) / (1 - MEANING_FLOOR)

    def _candidates(self, odds: Scores, shares: Scores, here: NDArray[np.bool_], nothing: float) -> list[Candidate]:
        """The likeliest of the intents that are ``here``: their odds against one another and against none of them."""
        if not here.any():
            return []
        chances = np.exp(np.where(here, odds, -np.inf) - nothing)
        chances /= 1 + chances.sum()
        order = np.argsort(-chances, kind="stable")[:RANKED]
        return [
            Candidate(self.names[subject], float(chances[subject]), dict(zip(CHANNELS, own, strict=True)))
            for subject, own in zip(order.tolist(), shares[:, order].T.tolist(), strict=True)
            if chances[subject] >= LEAST
        ]

"""Sealed: unreadable without the key, for another purpose, or once altered."""

import pytest

from app.core.errors import ConfigError
from app.core.security import ALGORITHM, SealBroken, Sealer

KEY = "0123456789abcdef0123456789abcdef"


def test_sealer_opens_what_it_sealed_and_never_seals_alike():
    sealer = Sealer(KEY)

    first, second = sealer.seal("凭据 token", "a"), sealer.seal("凭据 token", "a")

    assert first != second
    assert first.startswith(f"{ALGORITHM}:")
    assert "token" not in first
    assert [Sealer(KEY).unseal(one, "a") for one in (first, second)] == ["凭据 token"] * 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sealed: sealed[:-4] + ("AAA=" if sealed[-4:] != "AAA=" else "BBB="),
        lambda sealed: sealed.replace(ALGORITHM, "aesgcm2"),
        lambda sealed: sealed.partition(":")[2],
        lambda sealed: f"{ALGORITHM}:",
        lambda sealed: f"{ALGORITHM}:AAAA",
        lambda sealed: f"{ALGORITHM}:密",
        lambda sealed: "",
    ],
)
def test_sealer_refuses_what_was_altered(spoil):
    sealer = Sealer(KEY)

    with pytest.raises(SealBroken):
        sealer.unseal(spoil(sealer.seal("x" * 40, "a")), "a")


def test_sealer_refuses_another_key_and_another_purpose():
    sealed = Sealer(KEY).seal("x", "a")

    with pytest.raises(SealBroken):
        Sealer(KEY[::-1]).unseal(sealed, "a")
    with pytest.raises(SealBroken):
        Sealer(KEY).unseal(sealed, "b")


def test_sealer_without_a_key_says_which_setting_is_missing():
    with pytest.raises(ConfigError, match="YANLU_SECRET_KEY"):
        Sealer("")

"""Opaque random tokens: who has one is let in, and only its hash is kept."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, fit for an address."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Random as it is, a token needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()

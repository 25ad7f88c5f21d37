"""What must not lie in the database as it is: sealed with a key of our own, for one purpose each."""

import base64
import binascii
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.errors import ConfigError

ALGORITHM: Final = "aesgcm1"
"""Stands before every sealed text, so that another algorithm can take over row by row."""
NONCE: Final = 12


class SealBroken(Exception):
    """Not sealed with this key and for this purpose, or altered since."""


class Sealer:
    """AES-256-GCM under a key derived (HKDF) from the settings' secret key.

    What is sealed for one ``context`` cannot be passed off as sealed for another.
    """

    def __init__(self, secret_key: str) -> None:
        if not secret_key:
            raise ConfigError("没有填 YANLU_SECRET_KEY，没法把秘密的东西加密存放。可用 openssl rand -hex 32 生成一个。")
        derived = HKDF(SHA256(), length=32, salt=None, info=b"yanlu sealer " + ALGORITHM.encode())
        self._cipher = AESGCM(derived.derive(secret_key.encode()))

    def seal(self, text: str, context: str) -> str:
        nonce = os.urandom(NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), context.encode())
        return f"{ALGORITHM}:{base64.b64encode(sealed).decode()}"

    def unseal(self, sealed: str, context: str) -> str:
        """The text. Raises SealBroken."""
        algorithm, _, encoded = sealed.partition(":")
        try:
            raw = base64.b64decode(encoded, validate=True)
            if algorithm != ALGORITHM or len(raw) <= NONCE:
                raise SealBroken
            return self._cipher.decrypt(raw[:NONCE], raw[NONCE:], context.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise SealBroken from None

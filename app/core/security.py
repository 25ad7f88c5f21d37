"""Keeping secrets that must be read again: sealed with a key of the settings, bound to the place they stand in."""

import base64
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.errors import ConfigError

AES_256_GCM: Final = "a1"
"""Written in front of what is sealed, so that another algorithm can take over."""
NONCE: Final = 12


class Sealer:
    """Seals short texts. ``purpose`` makes a key of its own: what one part has sealed no other can open."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        kdf = HKDF(SHA256(), 32, salt=None, info=f"yanlu/{purpose}".encode())
        self._cipher = AESGCM(kdf.derive(secret_key.encode()))

    def seal(self, text: str, *, context: str) -> str:
        """``context`` names the row and column: moved to another one, it does not open."""
        nonce = os.urandom(NONCE)
        sealed = self._cipher.encrypt(nonce, text.encode(), context.encode())
        return f"{AES_256_GCM}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str, *, context: str) -> str:
        """Raises ConfigError when it was sealed with another key, or for another place."""
        algorithm, _, body = sealed.partition(".")
        try:
            if algorithm != AES_256_GCM:
                raise ValueError(algorithm)
            raw = base64.urlsafe_b64decode(body)
            return self._cipher.decrypt(raw[:NONCE], raw[NONCE:], context.encode()).decode()
        except (InvalidTag, ValueError):
            raise ConfigError("加密的内容解不开：YANLU_SECRET_KEY 换过，或者数据被改动过。") from None

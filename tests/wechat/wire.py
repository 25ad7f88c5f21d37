"""Requests as WeChat makes them, and how hard the property tests search."""

import os
import struct
from base64 import b64decode, b64encode
from contextlib import contextmanager
from time import perf_counter

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from app.wechat.codec import AesKey, Codec, EnvelopeRefused, sign

TOKEN = "lzrs-token"
APP_ID = "wx0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "yanluDemoAesKey0123456789abcdefghijklmnopqs"
TIMESTAMP, NONCE = "1714112445", "415670741"
NOW = 1714112445.0

EXAMPLES = 5_000 if os.environ.get("YANLU_SOAK") == "1" else 300
"""Examples of one property; `make soak` searches longer."""
SECONDS = 2.0
"""More than any request may take, on the slowest machine that runs these tests."""
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
"""Anything that XML can hold on one line."""


def thorough(test):
    """A property that `make soak` searches at full size."""
    return pytest.mark.soak(
        settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])(test)
    )


def plain_codec():
    return Codec(token=TOKEN, app_id=APP_ID)


def safe_codec(aes_key=AES_KEY, previous=""):
    return Codec(token=TOKEN, app_id=APP_ID, aes_key=aes_key, previous_aes_key=previous)


def address(*, token=TOKEN, timestamp=TIMESTAMP, nonce=NONCE, **more):
    """The query of a request whose address line is signed."""
    return {"signature": sign(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce, **more}


def encrypted_address(encrypted, *, timestamp=TIMESTAMP, nonce=NONCE):
    """The query of a request in safe mode, both signatures right."""
    signature = sign(TOKEN, timestamp, nonce, encrypted)
    return address(timestamp=timestamp, nonce=nonce, encrypt_type="aes", msg_signature=signature)


def encrypt(content, *, key=AES_KEY, app_id=APP_ID):
    return AesKey(key).encrypt(content, app_id)


def encrypt_blocks(plain):
    """Base64 of ``plain`` under AES_KEY just as it stands: prefix, length, app id and padding are the caller's."""
    key = b64decode(AES_KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def framed(content, *, length=None, app_id=APP_ID):
    """What is encrypted, before padding; ``length`` can lie."""
    return b"r" * 16 + struct.pack(">I", len(content) if length is None else length) + content + app_id.encode()


def padded(plain, padding=None):
    """PKCS#7 with blocks of 32; ``padding`` overrides the bytes that are added."""
    rest = 32 - len(plain) % 32
    return plain + (bytes([rest]) * rest if padding is None else padding)


def safe_body(encrypted, plaintext=""):
    """The XML of safe mode, and with ``plaintext`` fields of compatible mode."""
    return (
        f"<xml><ToUserName><![CDATA[gh_county]]></ToUserName>{plaintext}"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    ).encode()


def refusal(codec, query, body, *, now=NOW):
    """Why the codec refuses; a test that expects a refusal fails here when there is none."""
    with pytest.raises(EnvelopeRefused) as refused:
        codec.open(query, body, now=now)
    return refused.value.reason


@contextmanager
def in_time():
    """Fails when its body takes longer than anyone could wait."""
    begun = perf_counter()
    yield
    assert perf_counter() - begun < SECONDS

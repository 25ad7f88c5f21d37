"""Opening what WeChat sends and sealing what goes back: signature, time window, AES.

The three modes (plain, compatible, safe) end in one thing: the XML or JSON bytes that WeChat vouches
for. Everything that is wrong with an envelope is one exception, `EnvelopeRefused`; its sender learns
nothing. Replays are refused by whoever stores deliveries (`app/messaging/inbound.py`), by what `Envelope` carries.

Why our own: wechatpy compares signatures with ``!=``, has no time window, raises five kinds of
exception on garbage and knows no key rotation. It is the oracle of these functions in the tests.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MAX_BODY: Final = 64 * 1024
"""Bytes of the largest callback body that is read; WeChat's own messages stay far below."""
TIME_WINDOW: Final = 300
"""Seconds that a timestamp may differ from the machine's clock, either way."""
BLOCK: Final = 32  # WeChat pads to 32 bytes, not to AES's 16
RANDOM_PREFIX: Final = 16

# No two neighbours may match the same white space: a body of nothing else would keep us busy for hours.
_ENCRYPT_TAG = re.compile(rb"<Encrypt>(?:\s*<!\[CDATA\[([A-Za-z0-9+/=\s]*)\]\]>\s*|([A-Za-z0-9+/=\s]*))</Encrypt>")


class EnvelopeRefused(Exception):
    """Not from WeChat, not for us, or too old. ``reason`` is a word for logs and counters."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An authentic request: what was said, and what a replay of it would repeat."""

    content: bytes
    signature: str
    """Of the address line: one per (token, timestamp, nonce)."""
    digest: str
    """Of the content: the same signature with another digest is an altered replay."""
    key: "AesKey | None"
    """The key that opened it; the reply is sealed with the same. None in plain mode."""
    is_json: bool = False


def sign(*parts: str) -> str:
    """WeChat's signature: SHA-1 of the sorted parts, joined; lower-case hex."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()  # noqa: S324 WeChat's choice


class AesKey:
    """An EncodingAESKey of 43 characters. Raises ValueError for any other."""

    def __init__(self, encoded: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9]{43}", encoded):
            raise ValueError("EncodingAESKey must be 43 letters or digits")
        # The 43rd character carries two bits too many, which WeChat ignores and strict decoders refuse.
        key = base64.b64decode(encoded + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def encrypt(self, content: bytes, app_id: str) -> str:
        """Base64 of 16 random bytes, the length, the content and the app id, padded to 32."""
        return self.encrypt_with_prefix(secrets.token_bytes(RANDOM_PREFIX), content, app_id)

    def encrypt_with_prefix(self, prefix: bytes, content: bytes, app_id: str) -> str:
        plain = prefix + struct.pack(">I", len(content)) + content + app_id.encode()
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str, app_id: str) -> bytes:
        """The content. Raises EnvelopeRefused when padding, length or app id are not as WeChat makes them."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise EnvelopeRefused("base64") from None
        if not sealed or len(sealed) % BLOCK:
            raise EnvelopeRefused("block")
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
        padding = plain[-1]
        if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
            raise EnvelopeRefused("padding")
        plain = plain[RANDOM_PREFIX:-padding]
        if len(plain) < 4:
            raise EnvelopeRefused("length")
        (length,) = struct.unpack(">I", plain[:4])
        content, owner = plain[4 : 4 + length], plain[4 + length :]
        if len(content) != length:
            raise EnvelopeRefused("length")
        if not hmac.compare_digest(owner, app_id.encode()):
            raise EnvelopeRefused("app_id")
        return content


class Codec:
    """The envelope of one account. With no keys it speaks plain mode and nothing else.

    With keys an unencrypted body is refused: its signature does not cover the body, so whoever
    saw one address line could say anything in a citizen's name.
    """

    def __init__(self, *, token: str, app_id: str, aes_key: str = "", previous_aes_key: str = "") -> None:
        if not token:
            raise ValueError("a callback without a token would accept everybody")
        self._token = token
        self._app_id = app_id
        self._keys = [AesKey(key) for key in (aes_key, previous_aes_key) if key]

    def check_address(self, query: Mapping[str, str], *, now: float) -> str:
        """Check signature and time of the address line; before the body is read. Returns the signature.

        ``now`` is the machine's clock in seconds since 1970. Raises EnvelopeRefused.
        """
        signature, timestamp, nonce = (query.get(name, "") for name in ("signature", "timestamp", "nonce"))
        if not (signature and nonce and len(nonce) <= 128 and re.fullmatch(r"[0-9]{1,12}", timestamp)):
            raise EnvelopeRefused("incomplete")
        if not _same(signature, sign(self._token, timestamp, nonce)):
            raise EnvelopeRefused("signature")
        if abs(now - int(timestamp)) > TIME_WINDOW:
            raise EnvelopeRefused("time")
        return signature

    def open(self, query: Mapping[str, str], body: bytes, *, now: float) -> Envelope:
        """The authentic content of a request, in whichever mode it came. Raises EnvelopeRefused."""
        return self.open_body(self.check_address(query, now=now), query, body)

    def open_body(self, signature: str, query: Mapping[str, str], body: bytes) -> Envelope:
        """The same for an address line that is already checked. Raises EnvelopeRefused."""
        if len(body) > MAX_BODY:
            raise EnvelopeRefused("size")
        is_json = body.lstrip()[:1] == b"{"
        if not self._keys:
            if query.get("encrypt_type", "raw") != "raw":
                raise EnvelopeRefused("no_key")
            return Envelope(body, signature, _digest(body), None, is_json)
        encrypted = _find_encrypted(body, is_json=is_json)
        expected = sign(self._token, query.get("timestamp", ""), query.get("nonce", ""), encrypted)
        if not _same(query.get("msg_signature", ""), expected):
            raise EnvelopeRefused("msg_signature")
        content, key = self._decrypt(encrypted)
        return Envelope(content, signature, _digest(content), key, is_json)

    def seal(self, reply: str, envelope: Envelope, *, now: float) -> str:
        """The reply as it goes over the wire: sealed with the key that opened the question, plain if none did."""
        if envelope.key is None:
            return reply
        encrypted = envelope.key.encrypt(reply.encode(), self._app_id)
        timestamp, nonce = str(int(now)), secrets.token_hex(8)
        signature = sign(self._token, timestamp, nonce, encrypted)
        if envelope.is_json:
            fields = {"encrypt": encrypted, "msgsignature": signature, "timestamp": timestamp, "nonce": nonce}
            return json.dumps(fields)
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )

    def _decrypt(self, encrypted: str) -> tuple[bytes, AesKey]:
        """Try the current key, then the previous one, so that a key can be changed without losing messages."""
        refused = EnvelopeRefused("no_key")
        for key in self._keys:
            try:
                return key.decrypt(encrypted, self._app_id), key
            except EnvelopeRefused as error:
                refused = error
        raise refused


def _find_encrypted(body: bytes, *, is_json: bool) -> str:
    if is_json:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise EnvelopeRefused("json") from None
        encrypted = document.get("Encrypt") or document.get("encrypt") if isinstance(document, dict) else None
        if not isinstance(encrypted, str):
            raise EnvelopeRefused("not_encrypted")
        return encrypted
    found = _ENCRYPT_TAG.findall(body)
    if len(found) != 1:  # none, or two of which we cannot tell the right one
        raise EnvelopeRefused("not_encrypted")
    encrypted = found[0][0] or found[0][1]
    return str(encrypted.decode("ascii")).strip()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

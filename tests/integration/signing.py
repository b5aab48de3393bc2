"""Keys and DKIM signatures for tests, sound and unsound: dkimpy signs whatever it is told to."""

import base64
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dkim
import nacl.encoding
import nacl.signing
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from dkim.canonicalization import CanonicalizationPolicy
from dkim.crypto import HASH_ALGORITHMS

FIELDS = ("From", "To", "Subject", "Date", "Message-ID")


@dataclass(frozen=True)
class Key:
    """A private key as dkimpy signs with it, and what the DNS says of the public one."""

    private: Any
    kind: str
    public: str
    pem: bytes = b""

    @property
    def record(self) -> str:
        return f"v=DKIM1; k={self.kind}; p={self.public}"


def rsa_key(bits: int = 2048) -> Key:
    """An RSA key of any size, also of one that no library makes any more."""
    pem = b""
    if bits >= 1024:
        made = rsa.generate_private_key(65537, bits)
        p, q = made.private_numbers().p, made.private_numbers().q
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    else:
        p, q = _prime(bits // 2), _prime(bits // 2)
    n, d = p * q, pow(65537, -1, (p - 1) * (q - 1))
    private = {
        "modulus": n, "publicExponent": 65537, "privateExponent": d, "prime1": p, "prime2": q,
        "exponent1": d % (p - 1), "exponent2": d % (q - 1), "coefficient": pow(q, -1, p),
    }  # fmt: skip
    der = _der(0x30, _integer(n) + _integer(65537))
    return Key(private, "rsa", base64.b64encode(der).decode(), pem)


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def _prime(bits: int) -> int:
    while True:
        found = secrets.randbits(bits) | 1 | 3 << (bits - 2)
        is_prime = all(pow(base, found - 1, found) == 1 for base in (2, 3, 5, 7, 11))
        if is_prime and (found - 1) % 65537:
            return found


def ed25519_key() -> Key:
    private = nacl.signing.SigningKey.generate()
    public = private.verify_key.encode(nacl.encoding.Base64Encoder).decode()
    return Key(private, "ed25519", public)


def signed(
    raw: bytes,
    key: Key,
    domain: str,
    selector: str = "s1",
    fields: Sequence[str] = FIELDS,
    canonical: str = "relaxed/relaxed",
    algorithm: str | None = None,
    **tags: object,
) -> bytes:
    """`raw` with a signature on top. `tags` are added, or stand in the place of its own."""
    name = algorithm or f"{key.kind}-sha256"
    policy = CanonicalizationPolicy.from_c_value(canonical.encode())
    signer = dkim.DKIM(raw, signature_algorithm=name.encode())
    signer.hasher = HASH_ALGORITHMS[name.encode()]
    body = policy.canonicalize_body(signer.body)
    covered = body[: int(str(tags["l"]))] if "l" in tags else body
    digest = signer.hasher(covered).digest()
    given = {
        "v": "1", "a": name, "c": canonical, "d": domain, "s": selector, "q": "dns/txt",
        "t": int(time.time()), "h": ":".join(fields),
        "bh": base64.b64encode(digest).decode(), **tags,
    }  # fmt: skip
    parts = [(tag.encode(), str(value).encode()) for tag, value in given.items()]
    parts.append((b"b", b"0" * 60))
    wanted = [field.lower().encode() for field in fields]
    value = signer.gen_header(parts, wanted, policy, b"DKIM-Signature", key.private)
    return b"DKIM-Signature: " + value + raw

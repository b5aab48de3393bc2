"""DKIM: every letter is signed with every configured key, at the moment it is sent (RFC 6376).

Two keys at once are how keys are changed without a gap: publish the new one, sign with both for
some days, then take the old one out. What must not be added on the way (a second From, another
subject) is signed as not being there. Where signing is configured nothing leaves unsigned: what
cannot be signed is held.

dkimpy gives the canonical forms and the header's layout; the RSA operation itself is done by
cryptography, which is twenty times as fast.
"""

import base64
import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import dkim
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from dkim.canonicalization import CanonicalizationPolicy

from gateway.config import DkimSettings
from gateway.errors import ConfigError, Permanent

RSA_BITS = 2048
PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
RELAXED = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
# Once more than they are there, so that none can be added.
SEALED = (b"from", b"to", b"cc", b"subject", b"date", b"reply-to")
SIGNED = (
    *SEALED, b"message-id", b"in-reply-to", b"references", b"mime-version", b"content-type",
    b"content-transfer-encoding", b"auto-submitted", b"list-id", b"list-help", b"list-post",
    b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """A private key, and the name under which its public half stands in the DNS."""

    domain: str
    selector: str
    private: PrivateKey

    @property
    def kind(self) -> str:
        """`rsa` or `ed25519`, as the record's k= has it."""
        return "rsa" if isinstance(self.private, rsa.RSAPrivateKey) else "ed25519"

    @property
    def public(self) -> str:
        """The record's p=: the public key as RFC 6376 and RFC 8463 want it."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        else:
            form = Encoding.Raw, PublicFormat.Raw
        return base64.b64encode(self.private.public_key().public_bytes(*form)).decode()

    @property
    def public_forms(self) -> set[str]:
        """What p= may be: of an RSA key also the bare form, which some publish."""
        if not isinstance(self.private, rsa.RSAPrivateKey):
            return {self.public}
        bare = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
        return {self.public, base64.b64encode(bare).decode()}

    @property
    def name(self) -> str:
        """Where the record stands."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """What the record says."""
        return f"v=DKIM1; k={self.kind}; p={self.public}"

    def sign(self, digest: bytes) -> bytes:
        """The signature over the SHA-256 digest of what is signed."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(digest, padding.PKCS1v15(), utils.Prehashed(SHA256()))
        return self.private.sign(digest)


class Signer:
    """Signs letters with each of `keys`; there is at least one."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = tuple(keys)

    def sign(self, raw: bytes) -> bytes:
        """`raw` with the signatures on top. Raises Permanent where it cannot be signed."""
        try:
            message = dkim.DKIM(raw)
            if sum(name.lower() == b"from" for name, _ in message.headers) != 1:
                raise Permanent("it cannot be signed: it has not one From")
            headers = RELAXED.canonicalize_headers(message.headers)
            body = hashlib.sha256(RELAXED.canonicalize_body(message.body)).digest()
            return b"".join(_field(key, headers, body) for key in self.keys) + raw
        except Permanent:
            raise
        except Exception as error:  # whatever it is: nothing leaves unsigned
            raise Permanent(f"it cannot be signed: {type(error).__name__}") from error


def _field(key: Key, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    there = [name.lower() for name, _ in headers]
    names = [name for name in SIGNED for _ in range(there.count(name))] + list(SEALED)
    tags = {
        "v": "1", "a": f"{key.kind}-sha256", "c": "relaxed/relaxed", "d": key.domain,
        "s": key.selector, "t": str(int(time.time())),
        "h": " : ".join(name.decode() for name in names),
        "bh": base64.b64encode(body).decode(),
    }  # fmt: skip
    value = "; ".join(f"{tag}={text}" for tag, text in tags.items()).encode()
    folded: bytes = dkim.fold(value, namelen=len("DKIM-Signature"), linesep=b"\r\n")
    unsigned = b" " + folded + b"; b="
    covered = dkim.select_headers(headers, names)
    own = RELAXED.canonicalize_headers([(b"DKIM-Signature", unsigned)])
    data = b"".join(
        name + b":" + text for name, text in [*covered, (own[0][0], own[0][1].rstrip())]
    )
    signature = base64.b64encode(key.sign(hashlib.sha256(data).digest())).decode()
    lines = "\r\n ".join(signature[at : at + 70] for at in range(0, len(signature), 70))
    return b"DKIM-Signature:" + unsigned + f"\r\n {lines}\r\n".encode()


# --- key files ----------------------------------------------------------------------------------


def load(settings: Sequence[DkimSettings], file: str) -> Signer | None:
    """Who signs, None where nothing is configured. Raises ConfigError for what is no such key."""
    keys = [_key(one, f"{file}: dkim.{number}.key_file") for number, one in enumerate(settings)]
    return Signer(keys) if keys else None


def _key(settings: DkimSettings, where: str) -> Key:
    path = settings.key_file
    try:
        mode = path.stat().st_mode
        private = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigError(f"{where}: {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            f"{where}: {path} holds no private key in PEM without a password: "
            f"make one (triage dkim new {settings.selector})"
        ) from error
    if mode & 0o007:
        raise ConfigError(f"{where}: {path} can be read by everybody: chmod 600 {path}")
    if not isinstance(private, PrivateKey):
        raise ConfigError(f"{where}: {path}: only RSA and Ed25519 keys sign mail")
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < 1024:
        raise ConfigError(f"{where}: {path}: a key of {private.key_size} bits convinces nobody")
    return Key(settings.domain, settings.selector, private)


def new_key(domain: str, selector: str, file: Path, *, ed: bool = False) -> Key:
    """Make a key and its file, which only we may read. Raises Permanent where there is one."""
    made: PrivateKey = (
        ed25519.Ed25519PrivateKey.generate()
        if ed
        else rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    )
    text = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Permanent(f"{file} is there already: choose another selector or --out") from error
    except OSError as error:
        raise Permanent(f"{file} cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "wb") as out:
        out.write(text)
    return Key(domain, selector, made)

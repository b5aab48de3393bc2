"""Return paths of our letters: an address for each, to which only its bounces come (VERP).

`triage+b-<number>-<signature>@...` is a sub-address of ours. The number is random and stands with
the letter; the signature (HMAC-SHA-256 over it, with the store's own key) shows that we gave it
out, so that nobody can make bounces up. Servers may change the case of an address, so both are
letters and digits in which case says nothing.

An acknowledgement keeps the null sender (RFC 3834 section 3.3): nothing may ever answer it.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

_PATH = re.compile(r"[^@\s]{1,300}\+b-([0-9a-f]{16})-([a-z2-7]{13})@[^@\s]{1,255}")


@dataclass(frozen=True, slots=True)
class Found:
    """Return paths among some addresses: those we gave out, and whether any is made up."""

    genuine: tuple[str, ...] = ()
    forged: bool = False


class ReturnPaths:
    """Gives return paths out below `address`, and knows them again by `key`."""

    def __init__(self, key: bytes, address: str) -> None:
        self._key = key
        self._local, _, self._domain = address.lower().rpartition("@")

    def new(self) -> str:
        """A return path that was never used before."""
        number = secrets.token_hex(8)
        return f"{self._local}+b-{number}-{self._signature(number)}@{self._domain}"

    def among(self, addresses: Iterable[str]) -> Found:
        """The return paths among `addresses`, in lower case, as they were given out."""
        genuine: dict[str, None] = {}
        forged = False
        for address in addresses:
            match = _PATH.fullmatch(address.lower())
            if match is None:
                continue
            if hmac.compare_digest(match[2], self._signature(match[1])):
                genuine[match[0]] = None
            else:
                forged = True
        return Found(tuple(genuine), forged)

    def _signature(self, number: str) -> str:
        digest = hmac.digest(self._key, f"return-path:{number}".encode("ascii"), hashlib.sha256)
        return base64.b32encode(digest[:8]).decode("ascii").rstrip("=").lower()

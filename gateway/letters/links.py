"""What lets a reader change what they get, and nobody else: links and addresses that we sealed.

- A reader's own token holds their address, encrypted and signed with the store's key. It does
  not expire, since what is in an old letter must still end them, and says nothing to whoever sees
  it. With it stand the pages of one's own, and the subject of a mail that unsubscribes.
- A request's token is short, so that it fits a reply address: a random number that stands with
  the request, and a signature over it.

Without a base `url` there are no pages, and only the ways by mail are told.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

PAGES = "/news"
_REQUEST = re.compile(r"([0-9a-f]{16})-([a-z2-7]{13})")
_REPLY = re.compile(r"[^@\s]{1,300}\+c-([0-9a-f]{16}-[a-z2-7]{13})@[^@\s]{1,255}")
_PERSON = re.compile(r"[A-Za-z0-9_-]{55,600}")
_NONCE = SecretBox.NONCE_SIZE


@dataclass(frozen=True, slots=True)
class Ways:
    """How the reader of one letter changes what they get: by page, where there is one, and mail."""

    manage: str
    unsubscribe: str
    unsubscribe_mail: str
    help_mail: str


class Links:
    """Gives tokens out and knows them again. `address` is ours, `url` where our pages are."""

    def __init__(self, key: bytes, address: str, url: str | None = None) -> None:
        self._key = key
        self._box = SecretBox(hmac.digest(key, b"links: a reader", hashlib.sha256))
        self._address = address
        self._mail = f"mailto:{address}?subject="
        self._url = (url or "").rstrip("/")

    # --- a reader ---

    def token(self, address: str) -> str:
        """The token of the reader at `address`: always the same, unreadable without our key."""
        plain = address.lower().encode()
        # The nonce is made of the text itself: one token a reader, and no nonce for two texts.
        nonce = hmac.digest(self._key, b"links: nonce:" + plain, hashlib.sha256)[:_NONCE]
        return base64.urlsafe_b64encode(self._box.encrypt(plain, nonce)).decode().rstrip("=")

    def reader(self, token: str) -> str | None:
        """Whose token it is, in lower case; None for one that we never gave out."""
        if not _PERSON.fullmatch(token):
            return None
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            return self._box.decrypt(sealed).decode()
        except (CryptoError, binascii.Error, ValueError):
            return None

    def reader_in(self, text: str) -> str | None:
        """The same for a token among other words, as in the subject of a mail."""
        found = (self.reader(word) for word in _PERSON.findall(text[:2000]))
        return next((one for one in found if one), None)

    def ways(self, address: str) -> Ways:
        """How the reader at `address` changes what they get."""
        token = self.token(address)
        return Ways(
            manage=f"{self._url}{PAGES}/mine/{token}" if self._url else "",
            unsubscribe=f"{self._url}{PAGES}/unsubscribe/{token}" if self._url else "",
            # A token is made of characters that stand in a URL as they are.
            unsubscribe_mail=f"{self._mail}unsubscribe%20{token}",
            help_mail=f"{self._mail}help",
        )

    # --- a request ---

    def new_request(self) -> str:
        """The token of a request that was never made before; `number_of` is what to keep."""
        number = secrets.token_hex(8)
        return f"{number}-{self._signature(number)}"

    def number_of(self, token: str) -> str | None:
        """The number of a request whose token we gave out, else None."""
        match = _REQUEST.fullmatch(token.lower())
        if match is None or not hmac.compare_digest(match[2], self._signature(match[1])):
            return None
        return match[1]

    def confirm_page(self, token: str) -> str:
        """Where a request is confirmed by page; "" where there are none."""
        return f"{self._url}{PAGES}/confirm/{token}" if self._url else ""

    @property
    def page(self) -> str:
        """Where anybody can subscribe; "" where there is no page."""
        return f"{self._url}{PAGES}" if self._url else ""

    def reply_address(self, token: str) -> str:
        """An answer to this address confirms the request."""
        local, _, domain = self._address.rpartition("@")
        return f"{local}+c-{token}@{domain}"

    def confirmed_at(self, address: str) -> str | None:
        """The request, by number, that a mail to this address confirms."""
        match = _REPLY.fullmatch(address.lower())
        return self.number_of(match[1]) if match else None

    def _signature(self, number: str) -> str:
        digest = hmac.digest(self._key, f"request:{number}".encode("ascii"), hashlib.sha256)
        return base64.b32encode(digest[:8]).decode("ascii").rstrip("=").lower()

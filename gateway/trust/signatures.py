"""DKIM: which domains vouch for the content with a signature that holds? (RFC 6376, 8301, 8463)

dkimpy does the judging. Around it stands what a receiver has to see to itself: keys come from our
DNS, a body is hashed in linear time whatever it holds, and a signature that leaves room is not
believed, though it holds: one over a part of the body only (l=), one without the Subject, or one
beside a second From, Subject or other field that may be there once (RFC 6376 sections 8.2, 8.15).
"""

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from gateway.trust.dns import Asker, Unanswered
from gateway.trust.names import ascii_domain

MOST_SIGNATURES = 8
MOST_SEALS = 5
# dkimpy takes time with the square of these.
LONGEST_HEAD, MOST_LINES, MOST_FIELDS = 200_000, 5000, 2000
LONGEST_FIELD, LONGEST_GAP, MOST_SIGNED = 8192, re.compile(rb"\s{256}"), 200
LONGEST_KEY = 2048  # characters of a record: RSA of 8192 bits and more
LEAST_BITS = 1024
CLOCK_SKEW = 300
ALGORITHMS = {b"rsa-sha256": b"rsa", b"ed25519-sha256": b"ed25519"}
SINGLE = {
    b"from", b"sender", b"reply-to", b"to", b"cc", b"subject", b"date", b"message-id",
    b"in-reply-to", b"references", b"mime-version", b"content-type", b"content-transfer-encoding",
    b"list-id",
}  # fmt: skip


class Signature(NamedTuple):
    """What became of one signature. `domain` is the one that signed."""

    result: str
    domain: str
    selector: str
    why: str


class Seal(NamedTuple):
    """What became of the ARC chain (RFC 8617). `domain` is the last one that sealed."""

    result: str
    domain: str
    why: str


class _Refused(Exception):
    """It is not believed: the result (RFC 8601 section 2.7.1) and why."""

    def __init__(self, result: str, why: str) -> None:
        super().__init__(why)
        self.result = result


class _OwnBody:
    """A dkimpy signer that hashes the body here, before it judges the header."""

    body: bytes

    def verify_sig_process(self, sig: Any, include_headers: Any, header: Any, ask: Any) -> bool:
        """As dkimpy's, whose own way over the body can take hours."""
        if b"bh" in sig:
            _hold_against(sig, self.body)
        rest = {tag: value for tag, value in sig.items() if tag != b"bh"}
        held: bool = super().verify_sig_process(rest, include_headers, header, ask)  # type: ignore[misc]
        return held


class _Signed(_OwnBody, dkim.DKIM):  # type: ignore[misc]  # it has no types
    pass


class _Sealed(_OwnBody, dkim.ARC):  # type: ignore[misc]  # it has no types
    pass


class Signatures:
    """The signatures of one message."""

    def __init__(self, raw: bytes, asker: Asker, received_at: datetime) -> None:
        self._raw = raw
        self._asker = asker
        self._now = received_at.timestamp()
        self._damage = _damage(raw)

    def judged(self) -> Iterator[Signature]:
        """Each signature, the topmost first."""
        if b"kim-signature" not in self._raw[:LONGEST_HEAD].lower():
            return
        if self._damage:
            yield Signature("permerror", "", "", self._damage)
            return
        try:
            signed = _Signed(self._raw, minkey=LEAST_BITS)
        except Exception:
            yield Signature("permerror", "", "", "its header is damaged")
            return
        if len(signed.headers) > MOST_FIELDS:
            yield Signature("permerror", "", "", "its header is too long")
            return
        fields = [value for name, value in signed.headers if name.lower() == b"dkim-signature"]
        for number, value in enumerate(fields[:MOST_SIGNATURES]):
            yield self._judge(signed, number, value)

    def _judge(self, signed: _Signed, number: int, value: bytes) -> Signature:
        domain = selector = ""
        try:
            tags = _tags(value)
            domain = ascii_domain(tags.get(b"d", b"").decode("utf-8", "replace")) or ""
            selector = tags.get(b"s", b"").decode("utf-8", "replace")
            _sound(tags, domain, self._now)
            _leaves_no_room(tags, signed.headers)
            key = self._key(tags, selector, domain)
            holds = signed.verify(number, dnsfunc=lambda *_, **__: key)
            if not holds:
                raise _Refused("fail", "the signature does not fit the header")
        except Unanswered:
            return Signature("temperror", domain, selector, "the DNS did not give its key")
        except _Refused as refused:
            return Signature(refused.result, domain, selector, str(refused))
        except dkim.DKIMException as error:
            return Signature("permerror", domain, selector, _plain(error))
        except (Exception, RecursionError):  # whatever dkimpy cannot make sense of
            return Signature("permerror", domain, selector, "the signature makes no sense")
        return Signature("pass", domain, selector, "its signature holds")

    def _key(self, tags: dict[bytes, bytes], selector: str, domain: str) -> bytes:
        """The record of the key, as dkimpy reads it, once it may be used for this."""
        found = self._asker.texts(f"{selector}._domainkey.{domain}")
        records = [one for one in found if b"p=" in one.replace(b" ", b"")]
        if len(records) != 1:
            raise _Refused("permerror", "it has no key" if not records else "it has several keys")
        record = records[0]
        if len(record) > LONGEST_KEY:
            raise _Refused("permerror", "its key is too long")
        try:
            key = parse_tag_value(record)
        except InvalidTagValueList as error:
            raise _Refused("permerror", "its key makes no sense") from error
        _usable(key, tags, domain)
        kept = b"; ".join(b"%b=%b" % (tag, key[tag]) for tag in (b"v", b"k", b"p") if tag in key)
        _, bits, kind, _ = dkim.evaluate_pk(selector, kept)
        if kind == b"rsa" and bits < LEAST_BITS:
            raise _Refused("permerror", "its key is too short")
        return kept

    def seal(self) -> Seal | None:
        """The ARC chain, if there is one."""
        if b"arc-seal" not in self._raw[:LONGEST_HEAD].lower():
            return None
        if self._damage:
            return Seal("permerror", "", self._damage)
        try:
            sealed = _Sealed(self._raw, minkey=LEAST_BITS)
            fields = [v for name, v in sealed.headers if name.lower() in dkim.ARC.ARC_HEADERS]
            seals = [v for name, v in sealed.headers if name.lower() == b"arc-seal"]
            domain = ascii_domain(_tags(seals[0]).get(b"d", b"").decode("utf-8", "replace")) or ""
            if len(seals) > MOST_SEALS:
                return Seal("policy", domain, "it was sealed too often")
            for field in fields:
                _tame(field)
            result, _, why = sealed.verify(dnsfunc=self._sealing_key)
        except Unanswered:
            return Seal("temperror", "", "the DNS did not give a key")
        except _Refused as refused:
            return Seal(refused.result, "", str(refused))
        except Exception:
            return Seal("permerror", "", "the seal makes no sense")
        return Seal("pass" if result == dkim.CV_Pass else "fail", domain, str(why)[:200])

    def _sealing_key(self, name: bytes, **_: Any) -> bytes | None:
        found = self._asker.texts(name.decode("ascii", "replace"))
        return found[0] if len(found) == 1 and len(found[0]) <= LONGEST_KEY else None


# --- what a receiver has to see to ----------------------------------------------------------------


def _damage(raw: bytes) -> str | None:
    """Why the header may mean one thing to a verifier and another to a reader."""
    end = _EMPTY_LINE.search(raw)
    head = raw[: end.start()] if end else raw
    if len(head) > LONGEST_HEAD or head.count(b"\n") > MOST_LINES:
        return "its header is too long"
    head = head.removesuffix(b"\r").replace(b"\r\n", b"\n")
    if b"\0" in head or b"\r" in head:
        return "its header holds NUL or a bare carriage return"
    lines = head.rstrip(b"\r\n").split(b"\n")
    start = 1 if lines[0].startswith(b"From ") else 0  # of an mbox
    # dkimpy passes over some lines that a reader may take for where the text begins.
    if not all(map(_LINE.match, lines[start:])):
        return "its header holds a line that is no field"
    return None


def _tame(field: bytes) -> None:
    """Refuse what dkimpy would take too long over."""
    if len(field) > LONGEST_FIELD or LONGEST_GAP.search(field) or field.count(b":") > MOST_SIGNED:
        raise _Refused("permerror", "the signature is too long")


def _tags(value: bytes) -> dict[bytes, bytes]:
    _tame(value)
    try:
        found: dict[bytes, bytes] = parse_tag_value(value.replace(b"\r\n", b""))
    except InvalidTagValueList as error:
        raise _Refused("permerror", "the signature makes no sense") from error
    return found


def _fields(tags: dict[bytes, bytes]) -> list[bytes]:
    """The fields that it signs, in lower case."""
    return [name.strip().lower() for name in tags.get(b"h", b"").split(b":")]


def _sound(tags: dict[bytes, bytes], domain: str, now: float) -> None:
    """What dkimpy lets pass and the RFCs do not."""
    if not domain:
        raise _Refused("permerror", "it names no domain")
    if tags.get(b"a", b"").lower() not in ALGORITHMS:
        raise _Refused("permerror", "its algorithm is not one to believe")
    if b"from" not in _fields(tags):
        raise _Refused("permerror", "it does not sign the From field")
    expires = tags.get(b"x", b"")
    if expires.isdigit() and len(expires) < 20 and int(expires) + CLOCK_SKEW < now:
        raise _Refused("fail", "the signature has expired")


def _leaves_no_room(tags: dict[bytes, bytes], headers: list[tuple[bytes, bytes]]) -> None:
    there = Counter(name.lower() for name, _ in headers)
    signed = Counter(_fields(tags))
    for name in sorted(SINGLE):
        if there[name] > 1 and (name == b"from" or there[name] > signed[name]):
            word = name.decode().title()
            raise _Refused("policy", f"there is a {word} field that it does not sign")
    if there[b"subject"] and not signed[b"subject"]:
        raise _Refused("policy", "it does not sign the Subject field")


def _usable(key: dict[bytes, bytes], tags: dict[bytes, bytes], domain: str) -> None:
    """Whether the key may be used for this signature (RFC 6376 section 3.6.1)."""
    words = {
        tag: re.split(rb"[ \t]{0,99}:[ \t]{0,99}", value.strip()) for tag, value in key.items()
    }
    kind = ALGORITHMS[tags[b"a"].lower()]
    if key.get(b"v", b"DKIM1") != b"DKIM1":
        raise _Refused("permerror", "its key is of another version")
    if not key.get(b"p"):
        raise _Refused("fail", "its key was revoked")
    if key.get(b"k", b"rsa").lower() != kind:
        raise _Refused("permerror", "its key is of another kind")
    if b"h" in words and b"sha256" not in words[b"h"]:
        raise _Refused("permerror", "its key is not for this algorithm")
    if b"s" in words and not {b"*", b"email"} & set(words[b"s"]):
        raise _Refused("permerror", "its key is not for mail")
    given = tags.get(b"i", b"").decode("utf-8", "replace").rpartition("@")[2]
    if b"s" in words.get(b"t", []) and given and ascii_domain(given) != domain:
        raise _Refused("permerror", "its key is not for names below its domain")


def _hold_against(tags: dict[bytes, bytes], body: bytes) -> None:
    """The body as it is, against the hash in the signature."""
    algorithm = tags.get(b"c", b"simple/simple").partition(b"/")[2] or b"simple"
    if algorithm not in CANONICAL:
        raise _Refused("permerror", "its canonicalization is not known")
    canonical = CANONICAL[algorithm](body)
    length = tags.get(b"l")
    if length is not None:
        if not length.isdigit() or len(length) > 19 or int(length) > len(canonical):
            raise _Refused("permerror", "it signs more than there is")
        if int(length) < len(canonical):
            raise _Refused("policy", "it signs only the beginning of the body")
    try:
        wanted = base64.b64decode(b"".join(tags[b"bh"].split()))
    except (binascii.Error, ValueError) as error:
        raise _Refused("permerror", "the signature makes no sense") from error
    if hashlib.sha256(canonical).digest() != wanted:
        raise _Refused("fail", "the body was changed after it was signed")


def simple(body: bytes) -> bytes:
    """Section 3.4.3: without the empty lines at the end."""
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end] + b"\r\n"


def relaxed(body: bytes) -> bytes:
    """Section 3.4.4: blanks at line ends go, those within a line become one space."""
    text = _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n").removesuffix(b" ")
    end = len(text)
    while text.endswith(b"\r\n", 0, end):
        end -= 2
    return text[:end] + b"\r\n" if end else b""


_BLANKS = re.compile(rb"[ \t]+")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_LINE = re.compile(rb"[!-9;-~]+:|[ \t]+[^ \t]")
CANONICAL = {b"simple": simple, b"relaxed": relaxed}


def _plain(error: Exception) -> str:
    """dkimpy's words, without the bytes that it quotes."""
    return re.sub(r"\(.*|: b'.*|%.*", "", str(error), flags=re.DOTALL).strip()[:100]

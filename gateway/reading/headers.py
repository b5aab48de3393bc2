"""Header fields to addresses, dates and identifiers, each read on its own and each guarded.

mail-parser's reading of addresses and dates is taken where it reports no doubt; for the rest a
lenient reader takes what is there. A message without a usable From is attributed to Reply-To,
Sender or Return-Path, in that order. A date that cannot be read gives way to the moment the
nearest server received the message.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gateway.model import Address
from gateway.reading import encoded_words
from gateway.reading.mime import Parsed

MAX_ADDRESSES = 500
MAX_REFERENCES = 200
MAX_FIELDS = 1_000

_ANGLE = re.compile(r"<\s*([^<>]{1,320}?)\s*>")
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"@]{1,64}@[^\s<>()\[\]:;,\"@]{1,255}")
_COMMENT = re.compile(r"\(([^()]{0,200})\)")
_MESSAGE_ID = re.compile(r"<\s*([^<>]{1,998}?)\s*>")
_SPACE = re.compile(r"\s+")
_ZONE = re.compile(r"[+-]\d{4}|\b(?:GMT|UTC|Z|[ECMP][SD]T)\b")


# --- addresses ----------------------------------------------------------------------------


def addresses(parsed: Parsed, name: str) -> tuple[Address, ...]:
    """The mailboxes of the first field `name` ("from", "to", "cc", "reply-to", ...)."""
    raw = parsed.first(name)
    if not raw:
        return ()
    text = encoded_words.plain(raw)
    if parsed.mail is not None and name in {"from", "to", "cc", "reply-to"}:
        doubts = [
            d
            for d in parsed.mail.address_header_defects
            if d.get("header") == name and d.get("reason") != "invalid-display-name"
        ]
        if not doubts:
            pairs = getattr(parsed.mail, {"from": "from_", "reply-to": "reply_to"}.get(name, name))
            found = [_address(address, shown) for shown, address in pairs[:MAX_ADDRESSES]]
            return tuple(a for a in found if a is not None)
    return lenient_addresses(text)


def lenient_addresses(text: str) -> tuple[Address, ...]:
    """Every mailbox in a field body that keeps to no grammar, with the name nearest to it."""
    found: list[Address] = []
    end = 0
    for match in _ANGLE.finditer(text):
        if "@" not in match[1]:
            continue
        before = text[end : match.start()]
        bare, name = _before_angle(before)
        found += bare
        address = _address(match[1], name)
        if address is not None:
            found.append(address)
        end = match.end()
    found += _bare(text[end:])
    return tuple(found[:MAX_ADDRESSES])


def _before_angle(before: str) -> tuple[list[Address], str]:
    """What stands before `<...>`: bare addresses of earlier items, and this one's name."""
    before = before.lstrip(" ,;:\t")
    cut = max(before.rfind(","), before.rfind(";")) if _ADDRESS.search(before) else -1
    return (_bare(before[:cut]) if cut > 0 else []), before[cut + 1 :]


def _bare(text: str) -> list[Address]:
    found: list[Address] = []
    for match in _ADDRESS.finditer(text):
        comment = _COMMENT.match(text[match.end() :].lstrip())
        name = comment[1] if comment else text[: match.start()] if not found else ""
        address = _address(match[0], name if "," not in name else "")
        if address is not None:
            found.append(address)
    return found


def _address(raw: str, name: str) -> Address | None:
    """A mailbox with bare address and readable name, or None where there is no address."""
    bare = raw if raw.isascii() and "=?" not in raw else encoded_words.decode(raw)
    bare = _SPACE.sub("", bare).strip("<>.,;:'\"")
    local, at, domain = bare.rpartition("@")
    if not at or not local or not domain or len(bare) > 320:
        return None
    return Address(f"{local}@{domain.lower()}", display_name(name, bare))


def display_name(raw: str, address: str = "") -> str:
    """A display name without quotes and encoding; "" where it only repeats the address."""
    name = encoded_words.decode(raw)
    name = _SPACE.sub(" ", name.replace('\\"', '"')).strip(" \t\"'<>,;:")
    return "" if name.lower() == address.lower() else name[:300]


def sender(parsed: Parsed) -> tuple[Address | None, str]:
    """Who the message says it is from, and the field that said so."""
    for name in ("from", "reply-to", "sender", "return-path"):
        found = addresses(parsed, name)
        if found:
            return found[0], name
    shown = display_name(parsed.first("from") or "")
    return (Address("", shown), "from") if shown else (None, "")


# --- identifiers --------------------------------------------------------------------------


def message_id(raw: str | None) -> str | None:
    """The first identifier in a Message-ID or In-Reply-To field, without brackets."""
    found = message_ids(raw)
    return found[0] if found else None


def message_ids(raw: str | None) -> tuple[str, ...]:
    """All identifiers of a References field, in order, once each; the middle of many is left out.

    RFC 5322 section 3.6.4; identifiers without brackets are taken where they hold an "@".
    """
    if not raw:
        return ()
    text = encoded_words.decode(raw)
    found = [_SPACE.sub("", one) for one in _MESSAGE_ID.findall(text)]
    if not found:
        words = text.split()
        found = [w.strip("<>,;\"'") for w in words if "@" in w or len(words) == 1]
    unique = [one[:998] for one in dict.fromkeys(found) if one]
    return (
        tuple(unique)
        if len(unique) <= MAX_REFERENCES
        else (unique[0], *unique[1 - MAX_REFERENCES :])
    )


# --- dates --------------------------------------------------------------------------------


def date(parsed: Parsed) -> datetime | None:
    """When the message was written, UTC; else when it was received; else None."""
    if parsed.mail is not None and isinstance(found := parsed.mail.date, datetime):
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    stamps = [raw for name, raw in parsed.fields if name.lower() in {"date", "resent-date"}]
    stamps += [
        raw.rpartition(";")[2]
        for name, raw in parsed.fields
        if name.lower() in {"received", "x-received"}
    ][:3]
    return next((d for d in map(parse_date, stamps) if d is not None), None)


def parse_date(raw: str) -> datetime | None:
    """A date-time as mail fields hold it (RFC 5322 section 3.3, ISO 8601), in UTC, or None."""
    text = encoded_words.plain(raw)[:200].strip()
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text)
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
            continue
        if 1970 <= found.year <= 2200:
            return found
    return None


def offset_minutes(raw: str | None) -> int | None:
    """Minutes east of UTC that a Date field states (its writer's clock), or None."""
    match = re.search(r"([+-])(\d\d)(\d\d)\b", raw or "")
    if match is None or int(match[2]) > 14:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    return -minutes if match[1] == "-" else minutes


# --- all fields ---------------------------------------------------------------------------


def decoded(fields: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Every field, name and decoded body, in order."""
    kept: list[tuple[str, str]] = []
    for name, raw in fields:
        if len(kept) == MAX_FIELDS:
            break
        kept.append((encoded_words.plain(name)[:200], encoded_words.decode(raw)))
    return tuple(kept)


def subject(parsed: Parsed) -> str:
    """The subject, one line; of several Subject fields the first that says something."""
    found = (encoded_words.decode(raw) for name, raw in parsed.fields if name.lower() == "subject")
    return next((" ".join(text.split()) for text in found if text), "")

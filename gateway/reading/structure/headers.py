"""Header fields to senders, dates and identifiers, each read on its own and each guarded.

A message without a usable From is attributed to Reply-To, Sender, Resent-From or what else names an
address, in that order; the name in From stays. A date that cannot be read gives way to the moment
the nearest server received the message.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime

from gateway.model import Address
from gateway.reading.structure import addresses as mailboxes
from gateway.reading.structure import dates, encoded_words
from gateway.reading.structure.addresses import display_name
from gateway.reading.structure.addresses import lenient as lenient_addresses
from gateway.reading.structure.dates import parse as parse_date
from gateway.reading.structure.mime import Parsed

__all__ = [
    "addresses", "date", "decoded", "display_name", "lenient_addresses", "message_id",
    "message_ids", "offset_minutes", "parse_date", "sender", "subject",
]  # fmt: skip

MAX_REFERENCES = 200
MAX_FIELDS = 1_000
_SENDERS = (
    "from", "reply-to", "sender", "resent-from", "x-original-from", "return-path",
    "x-envelope-from", "x-sender", "resent-sender",
)  # fmt: skip
_SEVERAL = {"to", "cc"}  # fields that some programs repeat for each recipient

_MESSAGE_ID = re.compile(
    r"<[ \t<]{0,20}+([^<>]{1,998}+)>?|(?<![^\s,;])([^\s<>()\"]{1,250}@[^\s<>()\",;]{1,250})"
)
_ONE_ID = re.compile(r"<[!-'*-;?-~]{1,500}>")
_COMMENT = re.compile(r"\([^()<>]{0,200}\)")
_SPACE = re.compile(r"\s+")
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)\b")


# --- senders and recipients ---------------------------------------------------------------


def addresses(parsed: Parsed, name: str) -> tuple[Address, ...]:
    """The mailboxes of the field `name` (lower case); of several such the first that has any."""
    found: tuple[Address, ...] = ()
    fields = parsed.every(name)
    for raw in fields[:50]:
        found += mailboxes.read(raw, None if raw.isascii() else parsed.charset())
        if found and name not in _SEVERAL:
            break
    if len(fields) > 1:
        found = tuple(dict.fromkeys(found))
    return found[: mailboxes.MAX_ADDRESSES]


def sender(parsed: Parsed) -> tuple[Address | None, str]:
    """Who the message says it is from, and the field that said so."""
    shown = ""
    for name in _SENDERS:
        found = addresses(parsed, name)
        if found:
            first = found[0]
            return (Address(first.address, shown) if shown and not first.name else first), name
        if name == "from":
            shown = display_name(next((raw for raw in parsed.every("from") if raw.strip()), ""))
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
    if _ONE_ID.fullmatch(raw):
        return (raw[1:-1],)
    text = _COMMENT.sub(" ", encoded_words.decode(raw))
    found = [_SPACE.sub("", one[0] or one[1]) for one in _MESSAGE_ID.findall(text)]
    if not found and len(words := text.split()) == 1:
        found = [words[0].strip("<>,;()\"'")]
    unique = [one for one in dict.fromkeys(found) if one]
    return (
        tuple(unique)
        if len(unique) <= MAX_REFERENCES
        else (unique[0], *unique[1 - MAX_REFERENCES :])
    )


def answered_id(raw: str | None) -> str | None:
    """The identifier in an In-Reply-To field, which some programs put into words.

    "Message from Jo <jo@a.example> of Tuesday <one@a.example>": the last one is it.
    """
    text = encoded_words.decode(raw or "").strip()
    if text.startswith("<") or "<" not in text:
        found = message_ids(raw)
        return found[0] if found and (text.startswith("<") or len(text.split()) == 1) else None
    in_brackets = message_ids("<" + text.rpartition("<")[2])
    return in_brackets[0] if in_brackets else None


# --- dates --------------------------------------------------------------------------------


def date(parsed: Parsed) -> datetime | None:
    """When the message was written, UTC; else when it was received; else None."""
    stamps = [*parsed.every("date")[:5], *parsed.every("resent-date")[:5]]
    for stamp in stamps:
        if found := dates.parse(stamp):
            return found
    received = [*parsed.every("received")[:5], *parsed.every("x-received")[:5]]
    return next((d for raw in received if (d := dates.parse(raw.rpartition(";")[2].strip()))), None)


def offset_minutes(raw: str | None) -> int | None:
    """Minutes east of UTC that a Date field states (its writer's clock), or None."""
    match = _OFFSET.search(raw or "")
    if match is None or int(match[2]) > 14:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    return -minutes if match[1] == "-" else minutes


# --- all fields ---------------------------------------------------------------------------


def decoded(
    fields: Iterable[tuple[str, str]], charset: Callable[[], str | None]
) -> tuple[tuple[str, str], ...]:
    """Every field, name and decoded body, in order; `charset` gives that of raw 8-bit bytes."""
    kept: list[tuple[str, str]] = []
    for name, raw in fields:
        if len(kept) == MAX_FIELDS:
            break
        text = encoded_words.decode(raw, None if raw.isascii() else charset())
        kept.append((name[:200], text))
    return tuple(kept)


def subject(parsed: Parsed) -> str:
    """The subject, one line; of several Subject fields the first that says something."""
    for raw in parsed.every("subject"):
        text = encoded_words.decode(raw, None if raw.isascii() else parsed.charset())
        if text:
            return " ".join(text.split())
    return ""

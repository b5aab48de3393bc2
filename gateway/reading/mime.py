"""Raw bytes to a bounded tree of MIME parts, with mail-parser's view of it: never raises.

The bytes are mended first. The standard library then builds the tree, and mail-parser reads
addresses, date and attachments from a view of it that holds only the fields it reads better than
we do. Where mail-parser breaks, or a message is so large or deep that its view costs too much,
`mail` is None and the callers' own readers over the standard library do its work.
"""

import binascii
import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value

from mailparser import MailParser

from gateway.reading import encoded_words, mending

# mail-parser logs what it meets in hostile mail; the message's `defects` say it instead.
logging.getLogger("mailparser").setLevel(logging.CRITICAL)

MAX_PARTS = 300
MAX_DEPTH = 24
# Beyond these mail-parser costs more than its view is worth.
MAIL_PARSER_PARTS = 100
MAIL_PARSER_DEPTH = 8
MAIL_PARSER_BYTES = 1_500_000

_VIEW_FIELDS = {"from", "to", "cc", "reply-to", "date", "mime-version"}
_HTML_START = re.compile(r"\s{0,200}(?:<!doctype html|<html[\s>]|<head[\s>]|<body[\s>])", re.I)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree, mail-parser's view of it (None where it broke), its fields, what was mended."""

    message: Message
    mail: MailParser | None
    fields: tuple[tuple[str, str], ...]
    defects: tuple[str, ...] = ()

    def first(self, name: str) -> str | None:
        """The first field of that name (lower case), raw, or None."""
        return next((raw for key, raw in self.fields if key.lower() == name), None)


def of(message: Message) -> Parsed:
    """An attached message as one that was parsed on its own, without mail-parser's view."""
    return Parsed(message, None, raw_fields(message))


def raw_fields(message: Message) -> tuple[tuple[str, str], ...]:
    """All header fields in order, raw: 8-bit bytes are surrogate escapes."""
    return tuple((name, str(value)) for name, value in message.raw_items())


def parse(raw: bytes) -> Parsed:
    """The message in `raw`, whatever the bytes. Never raises."""
    data, defects = mending.mend(raw)
    try:
        message = email.message_from_bytes(data)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError) as error:
        defects.append(f"structure unreadable ({type(error).__name__}): read as one text")
        message = _flat(data)
    depths = [depth for _, depth in _walk(message)]
    defects += sorted({type(defect).__name__ for defect in message.defects})
    mail = None
    small = len(depths) <= MAIL_PARSER_PARTS and len(data) <= MAIL_PARSER_BYTES
    if small and max(depths) <= MAIL_PARSER_DEPTH:
        mail = _mail_parser(message, defects)
    return Parsed(message, mail, raw_fields(message), tuple(defects))


def _mail_parser(message: Message, defects: list[str]) -> MailParser | None:
    view = Message()
    for name, value in message.raw_items():
        if (key := name.lower()) in _VIEW_FIELDS:
            view[name] = encoded_words.plain(value)
        elif key.startswith("content-"):
            view[name] = str(value)
    view.set_payload(message.get_payload())
    view.defects, view.epilogue = message.defects, message.epilogue
    try:
        return MailParser(view)
    except Exception as error:  # whatever it trips over, our own readers go on
        defects.append(f"mail-parser failed ({type(error).__name__})")
        return None


def _flat(data: bytes) -> Message:
    """The header, and all the rest as one text."""
    message = BytesHeaderParser().parsebytes(data)
    for name in ("Content-Type", "Content-Transfer-Encoding"):
        del message[name]
    return message


# --- the tree -----------------------------------------------------------------------------


def children(part: Message) -> list[Message]:
    """The parts directly inside `part`; [] for a leaf and for a multipart that holds none."""
    payload = part.get_payload()
    return [p for p in payload if isinstance(p, Message)] if isinstance(payload, list) else []


def _walk(message: Message) -> Iterator[tuple[Message, int]]:
    """`message` and the parts inside it with their depth, in order, within the bounds."""
    stack = [(message, 0)]
    seen = 0
    while stack and seen < MAX_PARTS:
        part, depth = stack.pop()
        seen += 1
        yield part, depth
        if depth < MAX_DEPTH:
            stack.extend((child, depth + 1) for child in reversed(children(part)))


def content_type(part: Message) -> str:
    """The media type, lower case; of a part that says none or nonsense, text/plain."""
    return part.get_content_type()


def parameter(part: Message, name: str, header: str = "content-type") -> str | None:
    """A parameter of a field, decoded (RFC 2231 and what is used in its place), or None."""
    raw = next((str(v) for key, v in part.raw_items() if key.lower() == header), "")
    if not raw:
        return None
    holder = part
    if not raw.isascii():  # the standard library would replace the 8-bit bytes
        holder = Message()
        holder[header] = encoded_words.plain(raw)
    try:
        value = holder.get_param(name, header=header)
        text = collapse_rfc2231_value(value) if value is not None else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return encoded_words.decode(str(text)) if text else None


def disposition(part: Message) -> str:
    """`attachment`, `inline`, another word, or "" where there is none."""
    value = part.get("content-disposition")
    return encoded_words.plain(value).split(";", 1)[0].strip().lower() if value else ""


def filename(part: Message) -> str | None:
    """The name that the sender gave the part, without folders, or None."""
    name = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    name = re.split(r"[/\\]", name)[-1].strip() if name else ""
    return name or None


def data(part: Message) -> bytes:
    """The bytes of a leaf, its transfer encoding undone as far as it goes."""
    payload = part.get_payload()
    if not isinstance(payload, str):
        return b""
    if encoded_words.plain(part.get("content-transfer-encoding", "")).lower() == "base64":
        return _base64(payload)
    try:
        decoded = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        return encoded_words.to_bytes(payload)
    return decoded if isinstance(decoded, bytes) else b""


_BASE64_TEXT = re.compile(r"(?:[A-Za-z0-9+/]++\s*+)++={0,3}+\s*+")


def _base64(payload: str) -> bytes:
    """Base64 decoded; a plain footer that a list hung on after its end is kept as it is."""
    match = _BASE64_TEXT.match(payload.lstrip())
    if match is None:
        return encoded_words.to_bytes(payload)
    rest = payload.lstrip()[match.end() :]
    body = match[0]
    if rest.strip() and "=" not in body[-8:]:
        # The footer's first words look like base64 too: it begins on a line of its own.
        whole, _, start = body.rpartition("\n")
        body, rest = (whole, start + rest) if whole else (body, rest)
    clean = re.sub(r"[^A-Za-z0-9+/]", "", body)
    clean = clean[:-1] if len(clean) % 4 == 1 else clean
    decoded = binascii.a2b_base64(clean + "=" * (-len(clean) % 4))
    return decoded + (b"\n" + encoded_words.to_bytes(rest) if rest.strip() else b"")


def looks_like_html(text: str) -> bool:
    """True for text that begins as an HTML document, whatever its label."""
    return _HTML_START.match(text) is not None

"""Raw bytes to a bounded tree of MIME parts, and what a part says of itself: never raises.

The bytes are mended first, then cut into parts; a part's fields are read leniently, its transfer
encoding is undone as far as it goes.
"""

import re
from collections.abc import Sequence
from email.message import Message

from gateway.reading.structure import mending, parameters, transfer, tree

MAX_PARTS = tree.MAX_PARTS
MAX_DEPTH = tree.MAX_DEPTH

_HTML_START = re.compile(r"\s{0,200}(?:<!doctype html|<html[\s>]|<head[\s>]|<body[\s>])", re.I)
_FOLDER = re.compile(r"[/\\]")


class Parsed:
    """The tree, its outermost fields (raw, in order), what was mended."""

    __slots__ = ("_by_name", "defects", "fields", "message")

    def __init__(
        self,
        message: Message,
        fields: tuple[tuple[str, str], ...],
        defects: tuple[str, ...] = (),
    ) -> None:
        self.message, self.fields, self.defects = message, fields, defects
        self._by_name: dict[str, list[str]] = {}
        for name, raw in fields:
            self._by_name.setdefault(name.lower(), []).append(raw)

    def first(self, name: str) -> str | None:
        """The first field of that name (lower case), raw, or None."""
        found = self._by_name.get(name)
        return found[0] if found else None

    def every(self, name: str) -> Sequence[str]:
        """All fields of that name (lower case), raw."""
        return self._by_name.get(name, ())

    def charset(self) -> str | None:
        """The charset that the message names for its text, or None."""
        part: Message | None = self.message
        for _ in range(MAX_DEPTH):
            if part is None or (found := parameter(part, "charset")):
                return found if part is not None else None
            part = next(iter(children(part)), None)
        return None


def of(message: Message) -> Parsed:
    """An attached message as one that was parsed on its own."""
    return Parsed(message, raw_fields(message))


def raw_fields(message: Message) -> tuple[tuple[str, str], ...]:
    """All header fields in order, raw: 8-bit bytes are surrogate escapes."""
    return tuple(message.raw_items())


def parse(raw: bytes) -> Parsed:
    """The message in `raw`, whatever the bytes. Never raises."""
    data, defects = mending.mend(raw)
    message, wrong = tree.build(data)
    return Parsed(message, raw_fields(message), (*defects, *wrong))


# --- parts ------------------------------------------------------------------------------


def children(part: Message) -> list[Message]:
    """The parts directly inside `part`; [] for a leaf and for a multipart that holds none."""
    payload = part.get_payload()
    return [p for p in payload if isinstance(p, Message)] if isinstance(payload, list) else []


def content_type(part: Message) -> str:
    """The media type, lower case; of a part that says none or nonsense, text/plain."""
    return part.kind() if isinstance(part, tree.Part) else part.get_content_type()


def _said(part: Message, header: str) -> parameters.Said:
    if isinstance(part, tree.Part):
        return part.said(header)
    return parameters.parse(str(part.get(header, "")))


def parameter(part: Message, name: str, header: str = "content-type") -> str | None:
    """A parameter of a field, decoded (RFC 2231 and what is used in its place), or None."""
    return _said(part, header)[1].get(name) or None


def disposition(part: Message) -> str:
    """`attachment`, `inline`, another word, or "" where there is none."""
    return _said(part, "content-disposition")[0]


def filename(part: Message) -> str | None:
    """The name that the sender gave the part, without folders, or None."""
    name = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    return " ".join(_FOLDER.split(name)[-1].split()) or None if name else None


def data(part: Message) -> bytes:
    """The bytes of a leaf, its transfer encoding undone as far as it goes."""
    if not isinstance(part, tree.Part):
        return b""
    return transfer.undone(part.content(), _said(part, "content-transfer-encoding")[0])


def is_encoded(part: Message) -> bool:
    """True where a transfer encoding is declared that changes the bytes."""
    return _said(part, "content-transfer-encoding")[0] not in {"", "7bit", "8bit", "binary"}


def looks_like_html(text: str) -> bool:
    """True for text that begins as an HTML document, whatever its label."""
    return _HTML_START.match(text) is not None

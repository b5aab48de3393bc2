"""A mended message to the tree of its parts, in bounded time and depth: never raises.

A reader of its own, for three reasons: the standard library's looks at every line and descends as
deep as a sender likes; it believes a boundary that is missing or wrong; and it does not look into
attached messages that are encoded. Nothing is copied and no leaf is decoded before it is asked for.
"""

import re
from email.message import Message
from typing import Any

from gateway.reading.structure import mending, parameters, transfer

MAX_PARTS = 300
MAX_DEPTH = 24
MAX_GROUPS = 500
MAX_LOOKS = 20_000
MAX_DECODED = 2_000_000
MAX_AROUND = 100_000

_GUESSED = re.compile(rb"^--([^\r\n]{0,200})\r?\n(?=content-)", re.I | re.M)
_ANY_PARTS = re.compile(rb"^--([^\s-][^\r\n]{0,200})\r?\n(?=[!-9;-~]{1,40}: |\r?\n)", re.M)
_CONTENT = "content-"
_NOTHING: parameters.Said = ("", {})
_FIELDS_OF_TEXT = {"message/delivery-status", "message/global-delivery-status"}


class Part(Message):
    """A part: a `Message` whose content stays where it lies until it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.source, self.begin, self.end = b"", 0, 0
        self.before = self.after = b""
        self._said: dict[str, parameters.Said | str] = {}

    def content(self) -> bytes:
        """The bytes after the header, as they are transferred."""
        return self.source[self.begin : min(self.end, self.begin + MAX_DECODED)]

    def said(self, name: str) -> parameters.Said:
        """The value and the parameters of the first field `name` (lower case, "content-...")."""
        found = self._said.get(name, _NOTHING)
        if isinstance(found, str):
            found = self._said[name] = parameters.parse(found)
        return found

    def get(self, name: str, failobj: Any = None) -> Any:
        """The first field of that name, raw: the library's own gives an object for 8-bit bytes."""
        wanted = name.lower()
        return next((v for key, v in self.raw_items() if key.lower() == wanted), failobj)

    def take(self, fields: mending.Fields) -> None:
        """Set all the fields of the part."""
        for name, value in fields:
            self.set_raw(name, value)
            if name[:8].lower() == _CONTENT:
                self._said.setdefault(name.lower(), value)

    def kind(self) -> str:
        """The media type; of a part that says none or nonsense, its default."""
        said = self.said("content-type")[0]
        if said.count("/") == 1 and not said.startswith("/") and not said.endswith("/"):
            return said
        return "text/plain" if said else self.get_default_type()


def build(data: bytes) -> tuple[Part, list[str]]:
    """The tree of a mended message, and what was wrong with it."""
    builder = _Builder()
    part = builder.part(data, 0, len(data), 0, "text/plain")
    return part, list(dict.fromkeys(builder.defects))


class _Builder:
    def __init__(self) -> None:
        self.parts = 0
        self.looks = 0
        self.defects: list[str] = []

    def part(self, data: bytes, start: int, end: int, depth: int, default: str) -> Part:
        """The part whose header begins at `start`."""
        self.parts += 1
        fields, begin, wrong = mending.header(data, start, end)
        if wrong and (depth == 0 or wrong != "no header"):
            self.defects.append(wrong)
        part = Part()
        part.set_default_type(default)
        part.take(fields)
        part.source, part.begin, part.end = data, begin, end
        kind = part.kind()
        if kind.startswith("multipart/"):
            self._inside(part, kind, depth)
        elif kind.startswith("message/") or default == "message/rfc822" == kind:
            self._attached(part, kind, depth)
        return part

    def _inside(self, part: Part, kind: str, depth: int) -> None:
        """The parts of a multipart."""
        if depth >= MAX_DEPTH:
            self.defects.append("nested too deeply: read in part")
            return
        found = self._spans(part, part.said("content-type")[1].get("boundary", ""))
        if not found:
            guessed = _GUESSED.search(part.source, part.begin, part.end) or _ANY_PARTS.search(
                part.source, part.begin, part.end
            )
            if guessed:
                self.defects.append("no usable boundary: guessed")
                found = self._spans(part, guessed[1].strip().decode("ascii", "surrogateescape"))
        if not found:
            self.defects.append("multipart without parts")
            if part.before or part.after:  # there were delimiters, but nothing between them
                part.end = part.begin + len(part.before)
            return
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        children: list[Message | str] = []
        for start, end in found:
            if self.parts >= MAX_PARTS:
                self.defects.append("too many parts: read in part")
                break
            children.append(self.part(part.source, start, end, depth + 1, default))
        part.set_payload(children)

    def _spans(self, part: Part, boundary: str) -> list[tuple[int, int]]:
        """Where the parts between the delimiters lie (RFC 2046 section 5.1.1)."""
        data, end = part.source, part.end
        token = b"--" + boundary.encode("utf-8", "surrogateescape")
        spans: list[tuple[int, int]] = []
        opened: int | None = None
        at = (
            part.begin
            if data.startswith(token, part.begin, end)
            else self._next(data, token, part.begin, end)
        )
        while at >= 0 and self.looks < MAX_LOOKS and len(spans) <= MAX_PARTS:
            self.looks += 1
            line_end = data.find(b"\n", at, end)
            line_end = end if line_end < 0 else line_end
            rest = data[at + len(token) : min(line_end, at + len(token) + 100)].strip(b" \t\r")
            if rest in {b"", b"--"}:
                if opened is not None:
                    spans.append((opened, _before_line_end(data, opened, at)))
                elif not spans:
                    part.before = data[part.begin : min(at, part.begin + MAX_AROUND)]
                opened = min(line_end + 1, end) if not rest else None
                part.after = data[line_end : min(line_end + MAX_AROUND, end)] if rest else b""
            at = self._next(data, token, line_end, end)
        if opened is not None:
            self.defects.append("multipart without an end")
            spans.append((opened, end))
        return spans

    def _next(self, data: bytes, token: bytes, start: int, end: int) -> int:
        at = data.find(b"\n" + token, start, end)
        return at + 1 if at >= 0 else -1

    def _attached(self, part: Part, kind: str, depth: int) -> None:
        """The message inside a part, also where it is encoded; the groups of a delivery report."""
        if depth >= MAX_DEPTH or self.parts >= MAX_PARTS:
            self.defects.append("nested too deeply: read in part")
            return
        data, start, end = part.source, part.begin, part.end
        encoding = part.said("content-transfer-encoding")[0]
        if encoding not in {"", "7bit", "8bit", "binary"}:
            data = transfer.undone(part.content(), encoding)
            start, end = 0, len(data)
        if kind in _FIELDS_OF_TEXT:
            part.set_payload(
                [_group(one) for one in mending.field_groups(data, start, end, MAX_GROUPS)]
            )
        elif kind != "message/partial" or part.said("content-type")[1].get("number", "1") == "1":
            part.set_payload([self.part(data, start, end, depth + 1, "text/plain")])


def _group(fields: mending.Fields) -> Part:
    group = Part()
    group.take(fields)
    return group


def _before_line_end(data: bytes, start: int, at: int) -> int:
    """Without the line end that belongs to the delimiter after it."""
    stop = at - 1 if at > start else start
    return stop - 1 if stop > start and data[stop - 1 : stop] == b"\r" else stop

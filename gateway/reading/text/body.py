"""A MIME tree to its readable text, calendars, attachments and attached messages.

Plain text is preferred, HTML is turned into text where plain text is missing, empty or only
says that there is HTML; what Outlook packed into a winmail.dat is read where there is neither.
Pieces of a mixed message are joined in their order; what was sent as a file is not text, and a
calendar says nothing, unless there is no other text at all. Attached messages are kept apart: the
caller decides whether they were passed on, returned or digested.
"""

import mimetypes
import re
from dataclasses import dataclass, field
from email.message import Message

from gateway.reading.structure import (
    calendars,
    charsets,
    encoded_words,
    mime,
    smime,
    tnef,
    transfer,
    tree,
)
from gateway.reading.text import flowed, html, rich

MAX_TEXT = 400_000
MAX_RAW = 1_200_000
MAX_HTML = 1_000_000
MAX_CALENDARS = 10
MAX_ATTACHMENTS = 200

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.I)
_HTML_STUB = re.compile(
    r"html|view (?:this|it) (?:e-?mail|message)? ?(?:online|in)|web browser|no text version", re.I
)
_MULTIPART_NOTICE = re.compile(r"multi-?part message in MIME|MIME-aware|MIME format", re.I)
_UUENCODED = re.compile(r"^begin [0-7]{3,4} (\S[^\n]{0,200})\n(?:[ -`]{1,61}\n)++(?:end\n?)?", re.M)
_NOT_WORDS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]|%PDF-|PK\x03\x04")
_YENC = re.compile(r"^=ybegin [^\n]{0,300}?name=([^\n]{1,200})\n", re.M)
_NOT_IN_NAMES = re.compile(r"[/:\\]")
_REPORTS = {
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/feedback-report",
}
_RICH = {"text/enriched": rich.enriched, "text/richtext": rich.richtext}
_SIGNED = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}
_ENCRYPTED = {"application/pgp-encrypted"}
_ARMOUR = "-----BEGIN PGP MESSAGE-----"
ENCRYPTED = "encrypted: what it says cannot be read"
_RTF = {"text/rtf", "application/rtf", "application/x-rtf", "text/x-rtf"}
_RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"}


@dataclass(slots=True)
class Body:
    """What the parts of a message hold. `attached` are the messages inside it, outermost first."""

    text: str = ""
    html: str | None = None
    attachments: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    attached: tuple[Message, ...] = ()
    reports: tuple[Message, ...] = ()
    defects: tuple[str, ...] = ()


def read(parsed: mime.Parsed) -> Body:
    """The body of a parsed message."""
    collector = _Collector()
    text = collector.text_of(parsed.message, 0)
    if not text.strip():
        text = calendars.as_text(collector.calendars) or collector.last_resort(parsed.message)
    text = _tidy(_without_files(text, collector.names))
    if text.startswith(_ARMOUR) or (collector.is_encrypted and not text):
        collector.defects.insert(0, ENCRYPTED)
    return Body(
        text=text,
        html=collector.html[:MAX_HTML] if collector.html else None,
        attachments=tuple(charsets.clean(name)[:255] for name in collector.names[:MAX_ATTACHMENTS]),
        calendars=tuple(collector.calendars[:MAX_CALENDARS]),
        attached=tuple(collector.attached),
        reports=tuple(collector.reports),
        defects=tuple(dict.fromkeys(collector.defects))[:20],
    )


def part_text(part: Message, defects: list[str] | None = None) -> str:
    """The text of a text part: decoded, HTML laid out, flowed lines joined."""
    raw = mime.data(part)[:MAX_RAW]
    if not mime.is_encoded(part):
        raw, was_encoded = transfer.guessed(raw)
        if was_encoded and defects is not None:
            defects.append("transfer encoding not declared")
    label = mime.parameter(part, "charset")
    subtype = mime.content_type(part)
    if subtype == "text/html" and (not label or label.lower() in {"us-ascii", "ascii"}):
        meta = _META_CHARSET.search(raw[:4000])
        label = meta[1].decode("ascii") if meta else label
    text, mended = charsets.decode(raw, label)
    if mended and defects is not None:
        defects.append(mended)
    if subtype == "text/html" or mime.looks_like_html(text):
        return html.to_text(text)
    if rich.looks_like_rtf(text):
        return rich.rtf(text)
    if subtype in _RICH:
        return _RICH[subtype](text)
    if (mime.parameter(part, "format") or "").lower() == "flowed":
        return flowed.join(text, (mime.parameter(part, "delsp") or "").lower() == "yes")
    return text


@dataclass(slots=True)
class _Collector:
    html: str | None = None
    names: list[str] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)
    attached: list[Message] = field(default_factory=list)
    reports: list[Message] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    files_as_text: list[Message] = field(default_factory=list)
    packed: list[tnef.Packed] = field(default_factory=list)
    is_encrypted: bool = False
    parts: int = 0

    def text_of(self, part: Message, depth: int) -> str:
        """The readable text in `part`; files, calendars and messages in it are noted."""
        self.parts += 1
        if depth > mime.MAX_DEPTH or self.parts > mime.MAX_PARTS:
            return ""
        kind = mime.content_type(part)
        inner = mime.children(part)
        if kind in _RETURNED:
            return self._message(part, inner, kind)
        if kind in _REPORTS:
            self.reports.append(part)
            return ""
        if inner and kind.startswith("multipart/"):
            if kind == "multipart/alternative":
                return self._alternative(inner, depth)
            if kind == "multipart/appledouble":  # the first part is the same file's resources
                inner = inner[1:] or inner
            return "\n\n".join(t for t in (self.text_of(p, depth + 1) for p in inner) if t.strip())
        if kind == "message/partial":  # a piece of a message, which may begin with its header
            if not inner:
                return part_text(part, self.defects)
            return self.text_of(inner[0], depth + 1)
        return self._leaf(part, kind, depth)

    def _alternative(self, inner: list[Message], depth: int) -> str:
        """One of several forms of the same: plain text if it says something, else the rest."""
        plain = [p for p in inner if mime.content_type(p) == "text/plain"]
        others = [p for p in inner if mime.content_type(p) != "text/plain"]
        text = "\n\n".join(t for t in (self.text_of(p, depth + 1) for p in plain) if t.strip())
        enough = bool(text.strip()) and not (len(text) < 300 and _HTML_STUB.search(text))
        rich = ""
        for part in others:
            if enough and mime.content_type(part) == "text/html":
                self._note_html(part)
                continue
            known = len(self.calendars)
            found = self.text_of(part, depth + 1)
            rich = found if len(self.calendars) == known and found.strip() else rich
        return text if enough or not rich.strip() else rich

    def _leaf(self, part: Message, kind: str, depth: int) -> str:
        name = mime.filename(part)
        if kind in {"text/calendar", "application/ics"}:
            self.calendars.append(
                charsets.decode(mime.data(part), mime.parameter(part, "charset"))[0]
            )
            if name:
                self.names.append(name)
            return ""
        if kind in _SIGNED and (signed := smime.content(mime.data(part))) is not None:
            self.names.append(name or "smime.p7m")
            return self.text_of(tree.build(signed)[0], depth + 1)
        self.is_encrypted = self.is_encrypted or kind in _SIGNED | _ENCRYPTED
        is_text = kind.startswith(("text/", "multipart/")) or (kind in _RTF and not name)
        is_file = mime.disposition(part) == "attachment" or (
            name is not None and kind not in {"text/plain", "text/html"}
        )
        if not is_text or is_file or kind in {"text/x-vcard", "text/vcard", "text/directory"}:
            self._file(part, kind, name, is_root=depth == 0)
            return ""
        if name:
            self.names.append(name)
        if kind == "text/html":
            self._note_html(part)
        return part_text(part, self.defects)

    def _file(self, part: Message, kind: str, name: str | None, *, is_root: bool) -> None:
        if kind in {"text/plain", "text/html"} or kind in _RTF or (is_root and _is_words(part)):
            self.files_as_text.append(part)
        if name or not is_root or kind != "text/plain":
            self.names.append(name or _nameless(kind))
        if kind in _TNEF or (name or "").lower() == "winmail.dat":
            self.packed.append(tnef.read(mime.data(part)))
            self.names += self.packed[-1].names

    def _message(self, part: Message, inner: list[Message], kind: str) -> str:
        if kind.endswith("rfc822-headers"):
            self.reports.append(part)
            return ""
        self.attached += inner[:1]
        self.names.append(mime.filename(part) or _message_name(inner))
        return ""

    def _note_html(self, part: Message) -> None:
        if self.html is None:
            raw = mime.data(part)
            self.html = charsets.decode(raw, mime.parameter(part, "charset"))[0]

    def last_resort(self, message: Message) -> str:
        """Where no part is text: Outlook's own form, text sent as a file, then a preamble."""
        found = "\n\n".join(map(_packed_text, self.packed[:5]))
        if not found.strip():
            found = "\n\n".join(part_text(p, self.defects) for p in self.files_as_text[:5])
        if not found.strip():
            around = (message.before, message.after) if isinstance(message, tree.Part) else ()
            for piece in around:
                text = charsets.decode(piece)[0].strip()
                found = found or ("" if _MULTIPART_NOTICE.search(text) else text)
        if found.strip():
            self.defects.append("text found outside the usual parts")
        return found


def _packed_text(packed: tnef.Packed) -> str:
    return packed.text or html.to_text(packed.html) or rich.rtf(packed.rtf)


def _is_words(part: Message) -> bool:
    """True for bytes that are text, whatever they are called."""
    sample = mime.data(part)[:4_000]
    return bool(sample.strip()) and not _NOT_WORDS.search(sample) and _is_utf8(sample)


def _is_utf8(sample: bytes) -> bool:
    return "\ufffd" not in sample.decode("utf-8", "replace")[:-1]


def _message_name(inner: list[Message]) -> str:
    """What mail programs call a nameless attached message: its subject."""
    subject = encoded_words.decode(mime.of(inner[0]).first("subject") or "") if inner else ""
    return (_NOT_IN_NAMES.sub(" ", subject)[:120].strip() or "message") + ".eml"


def _nameless(kind: str) -> str:
    return f"{kind.partition('/')[0]}{mimetypes.guess_extension(kind) or '.bin'}"


def _without_files(text: str, names: list[str]) -> str:
    """The text without the files that are written out in it, whose names are noted."""
    if "\nbegin " in text or text.startswith("begin "):
        names += [match[1].strip() for match in _UUENCODED.finditer(text)]
        text = _UUENCODED.sub("", text)
    if "=ybegin " in text:
        pieces = _YENC.split(text)
        names += [name.strip() for name in pieces[1::2]]
        rests = [one.partition("\n=yend")[2].partition("\n")[2] for one in pieces[2::2]]
        text = "\n".join([pieces[0], *rests])
    return text


def _tidy(text: str) -> str:
    """No trailing spaces on lines, no blank lines around, bounded."""
    text = text[:MAX_TEXT].rstrip()
    if " \n" in text or "\t\n" in text or "\x0c" in text:
        text = "\n".join([line.rstrip() for line in text.split("\n")])
    return text.strip("\n")

"""The parts of a message in which windows are looked for, the newest first.

What is out of force is blanked with spaces, so that every character keeps its place:
quoted lines, mail headers inside the text, struck-out words, old values behind "was:". Quoted
history is no part; a forwarded message is one, read from the day it was written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from itertools import pairwise

from classifiers.contract import Document, Evidence

LIMIT = 16_000  # characters read of each part; what follows is logs and history

_QUOTED = re.compile(r"^[ \t]*>[^\n]*", re.M)
_HEADERS = re.compile(
    r"^[ \t*_|]{0,4}(?:Sent|Enviado(?: el)?|Message-ID|Received|Resent-Date"
    r"|Creation Date)[*_ ]{0,3}:[^\n]*"
    r"|^[ \t]*On [^\n]{5,120}\n?[^\n]{0,80}\bwrote:[ \t]*$"
    r"|^[ \t]*El [^\n]{5,120}\bescribi[óo]:[ \t]*$",
    re.M | re.I,
)
_BLOCK = re.compile(
    r"(?:^[ \t*_]{0,4}(?:From|Sent|To|Cc|Subject|Date|Reply-To|Importance|De|Para|Asunto|Fecha"
    r"|Enviad[oa](?: el)?|Von|Gesendet|An|Betreff|Datum|À|Objet|Envoyé|Assunto|Data)[*_ ]{0,3}:"
    r"[^\n]*\n?){2,}",
    re.M | re.I,
)
_STANDS_ALONE = re.compile(
    r"^[ \t*_]{0,4}(?:From|De|Von)[*_ ]{0,3}:[^\n]{0,200}(?:@|<|Subject"
    r"|\n[^\n]{0,4}(?:Sent|To|Subject|Date|Gesendet|Enviad|Envoy|Data))",
    re.I,
)
_CLOCK = re.compile(r"\d:\d\d|\d ?[ap]\.?m\b|\d{4} ?(?:hrs|Z)", re.I)
_OLD_VALUE = re.compile(
    r"\b(?:was|old value|old|formerly|previous(?: value)?)[ ]?:(?:(?!\bnew\b)[^\n])*"
    r"|[(\[]\s?(?:was|formerly|originally|previously|old|instead of|not)\b[^)\]\n]{0,100}[)\]]"
    r"|~~[^~\n]{1,200}~~",
    re.I,
)
_STRUCK = re.compile(
    r"<(s|strike|del)\b[^>]{0,200}>(.{1,400}?)</\1\s*>"
    r"|<(span|font|p|td)\b[^>]{0,200}line-through[^>]{0,200}>(.{1,400}?)</\3\s*>",
    re.I | re.S,
)
_TAG = re.compile(r"<[^>]{0,300}>")
_STACK = re.compile(
    r"^[\W_]{0,12}(?:update\s{0,9}(?:#|no\.?|number)?\s{0,9}(?P<number>\d{1,3})\b|(?:latest "
    r"|new )?update\b[^\n:]{0,40}:(?=\s)"
    r"|(?:original|initial|first|previous|earlier|prior) (?:post|notice|message|announcement"
    r"|e-?mail|update|notification)\b"
    r"|original\b(?=[,:(])|[^\n]{1,25}\bupdate:|previously (?:sent|announced|posted)\b"
    r"|\d{1,2}:\d\d ?[ap]m(?: [A-Z]{2,4})?,? +[a-z]{3,9}\.? \d{1,2}(?:, \d{4})?[ ]*$)",
    re.M | re.I,
)
_QUOTES = re.compile(r"^[ \t>]{1,12}", re.M)
_DIGEST = re.compile(r"^-{10,80} ?(?:Forwarded message ?-{4,20})?[ \t]*\n+", re.M)
_DIGEST_HEAD = re.compile(r"(?:(?:Message|Date|From|Subject|To|Cc):[^\n]*\n){2,8}")
_DIGEST_DATE = re.compile(r"^Date:[ ]*([^\n]{5,60})", re.M)
_HEADING = re.compile(r"[^\n]{0,60}?(?:\)?:(?=\s)|\)(?=\s))")
_HISTORY = re.compile(
    r"^[ \t>]{0,4}-{2,} ?(?:Original|Forwarded|Mensaje)[^\n]{0,40}$|^_{20,}$", re.M | re.I
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the message. `written` is when; `own` whether by the sender of the message."""

    text: str
    written: datetime | None
    field: str = "text"
    own: bool = True
    origin: int | None = None

    def evidence(self, document: Document, start: int, end: int, why: str) -> Evidence | None:
        """The words at `start` to `end` of this part, as evidence in the document."""
        if self.field == "subject":
            return Evidence(start, end, document.subject[start:end], why, "subject")
        if self.origin is not None:
            start, end = start + self.origin, end + self.origin
            return Evidence(start, end, document.text[start:end], why)
        words = self.text[start:end].strip()
        place = document.text.find(words) if words else -1
        return Evidence(place, place + len(words), words, why) if place >= 0 else None


def subject_of(document: Document) -> Section:
    """The subject line."""
    return Section(_blank(document.subject[:500], ()), document.date, "subject")


def own_sections(document: Document) -> list[Section]:
    """What the sender newly wrote, newest update first."""
    body = document.reply_text
    if not body.strip() and not document.forwarded_text.strip():
        body = _before_history(document.text)
    return list(_sections(document, body, document.date, own=True))


def forwarded_sections(document: Document) -> list[Section]:
    """What the sender passed on, newest update first."""
    written = document.forwarded_date or document.date
    return list(_sections(document, document.forwarded_text, written, own=False))


def history_sections(document: Document) -> list[Section]:
    """What the sender answers or quotes, newest first: what a newer line only changes."""
    text = document.text[:LIMIT]
    body = document.reply_text.strip() or document.forwarded_text.strip()
    begin = len(body) + text.find(body) if body and body in text else 0
    if len(text) - begin < 20:
        begin = max(text.find(body), 0)
        text = _quoted(text[: begin + len(body)]) if document.forwarded_text else ""
        if not text.strip():
            return []
    text = _QUOTES.sub(_spaces, " " * begin + text[begin:])
    blocks = _blocks(text)
    text = _HEADERS.sub(_spaces, _BLOCK.sub(_block, text))
    spans = _stack(text, blocks)
    return [
        Section(" " * start + text[start:end], document.date, own=False, origin=0)
        for start, end in spans
    ]


def _quoted(text: str) -> str:
    """The quoted lines of `text`, as in a forward that only says "see below"."""
    lines = text.split("\n")
    return "\n".join(line if line.lstrip().startswith(">") else " " * len(line) for line in lines)


def digest_sections(document: Document) -> list[Section]:
    """The messages of a mailing list's digest, each from the day it was written."""
    text = document.text[:LIMIT]
    if "digest" not in document.subject.lower() or "From:" not in text:
        return []
    marks = [found.end() for found in _DIGEST.finditer(text)][:40]
    sections = []
    for start, end in pairwise([*marks, len(text)]):
        head = _DIGEST_HEAD.match(text, start)
        if head is None:
            continue
        written = _DIGEST_DATE.search(head.group())
        day = _parsed(written[1]) if written else None
        words = _blank(" " * head.end() + text[head.end() : end], ())
        sections.append(Section(words, day or document.date, origin=0))
    return sections


def _parsed(written: str) -> datetime | None:
    try:
        day = parsedate_to_datetime(written)
    except (ValueError, TypeError):
        return None
    return day if day.tzinfo else day.replace(tzinfo=UTC)


def _sections(
    document: Document, body: str, written: datetime | None, *, own: bool
) -> Iterator[Section]:
    if not body.strip():
        return
    origin = document.text.find(body)
    text = _blank(body[:LIMIT], _struck(document.html))
    for start, end in _stack(text, _blocks(body[:LIMIT])):
        # Blanks keep the places of the characters; a heading ("Original notice:") is no word
        # about the times below it.
        mark = _STACK.match(text, start)
        begin = _after_heading(text, mark.end()) if mark else start
        yield Section(
            " " * begin + text[begin:end],
            written,
            own=own,
            origin=origin if origin >= 0 else None,
        )


def _after_heading(text: str, at: int) -> int:
    """The end of the heading of an update: "UPDATE 3 (2:15 CT):" tells when it was written."""
    line = text[at : at + 61].partition("\n")[0]
    if len(line) > 45 or ": " in line or line.rstrip().endswith("."):
        found = _HEADING.match(line)
        line = found.group() if found else ""
    return at + len(line) if any(c.isdigit() for c in line) else at


def _stack(text: str, blocks: list[int]) -> list[tuple[int, int]]:
    """Where the updates of a stack stand, newest first; one span where there is none.

    `blocks` are where the headers of older mails below the newest stand.
    """
    marks = list(_STACK.finditer(text))[:20]
    edges = sorted({found.start() for found in marks} | set(blocks[:20]))
    if not edges:
        return [(0, len(text))]
    spans = list(pairwise([*edges, len(text)]))
    numbers = [int(found["number"]) for found in marks if found["number"]]
    if len(numbers) > 1 and numbers == sorted(numbers):
        spans.reverse()
    return [(0, edges[0]), *spans] if text[: edges[0]].strip() else spans


def _blocks(text: str) -> list[int]:
    return [found.start() for found in _BLOCK.finditer(text) if _is_header(found.group())]


def _before_history(text: str) -> str:
    found = _HISTORY.search(text[:LIMIT])
    return text[: found.start()] if found and text[: found.start()].strip() else text


def _spaces(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found.group())


def _block(found: re.Match[str]) -> str:
    return _spaces(found) if _is_header(found.group()) else found.group()


def _is_header(block: str) -> bool:
    """Whether lines are a mail's header, not a form's "From: 6:30 AM" and "To: 9 AM"."""
    first = block.strip().partition("\n")[0]
    return _STANDS_ALONE.match(block) is not None and not _CLOCK.search(first)


def _blank(text: str, struck: tuple[str, ...]) -> str:
    text = _QUOTED.sub(_spaces, text) if ">" in text else text
    text = _BLOCK.sub(_block, text)
    text = _HEADERS.sub(_spaces, text)
    text = _OLD_VALUE.sub(_spaces, text)
    for words in struck:
        text = text.replace(words, " " * len(words), 1)
    return text


def _struck(html: str | None) -> tuple[str, ...]:
    """The struck-out passages of an HTML body, as text."""
    if not html or not re.search(r"<(?:s|strike|del)\b|line-through", html[:100_000], re.I):
        return ()
    found = [m.group(2) or m.group(4) or "" for m in _STRUCK.finditer(html[:100_000])]
    texts = (" ".join(unescape(_TAG.sub("", words)).split()) for words in found[:20])
    return tuple(words for words in texts if len(words) > 2)

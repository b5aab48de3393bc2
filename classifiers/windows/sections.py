"""The parts of a message in which windows are looked for, the newest first.

What is out of force is blanked with spaces, so that every character keeps its place:
quoted lines, mail headers inside the text, struck-out words, old values behind "was:". Quoted
history is no part; a forwarded message is one, read from the day it was written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
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
    r"(?:^[ \t*_]{0,4}(?:From|To|Cc|Subject|Date|Reply-To|Importance|De|Para|Asunto"
    r"|Fecha)[*_ ]{0,3}:[^\n]*\n?){2,}",
    re.M | re.I,
)
_STANDS_ALONE = re.compile(
    r"^[ \t*_]{0,4}(?:From|De)[*_ ]{0,3}:[^\n]{0,200}(?:@|<|Subject|\n[^\n]{0,4}(?:Sent|To"
    r"|Subject))",
    re.I,
)
_OLD_VALUE = re.compile(
    r"\b(?:was|old value|old|formerly|previous(?: value)?)[ ]?:[^\n]*"
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
    r"^[\W_]{0,12}(?:update\s*(?:#|no\.?|number)?\s*(?P<number>\d{1,3})\b|(?:latest "
    r"|new )?update\b[^\n]{0,40}:"
    r"|(?:original|initial|first|previous|earlier|prior) (?:post|notice|message|announcement"
    r"|e-?mail|update|notification)\b"
    r"|[^\n]{1,25}\bupdate:|previously (?:sent|announced|posted)\b)",
    re.M | re.I,
)
_HEADING = re.compile(r"[^\n]{0,60}?(?:\)?:(?=\s)|\)(?=\s)|(?=\n))")
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


def history_section(document: Document) -> Section:
    """Everything, quotes included: where the window stands that a newer line only changes."""
    text = document.text[:LIMIT]
    return Section(_HEADERS.sub(_spaces, text), document.date, own=False, origin=0)


def _sections(
    document: Document, body: str, written: datetime | None, *, own: bool
) -> Iterator[Section]:
    if not body.strip():
        return
    origin = document.text.find(body)
    text = _blank(body[:LIMIT], _struck(document.html))
    for start, end in _stack(text):
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
    found = _HEADING.match(text, at)
    return found.end() if found and any(c.isdigit() for c in found.group()) else at


def _stack(text: str) -> list[tuple[int, int]]:
    """Where the updates of a stack stand, newest first; one span where there is none."""
    marks = list(_STACK.finditer(text))[:20]
    if not marks:
        return [(0, len(text))]
    edges = [found.start() for found in marks] + [len(text)]
    spans = list(pairwise(edges))
    numbers = [int(found["number"]) for found in marks if found["number"]]
    if len(numbers) > 1 and numbers == sorted(numbers):
        spans.reverse()
    return [(0, edges[0]), *spans] if text[: edges[0]].strip() else spans


def _before_history(text: str) -> str:
    found = _HISTORY.search(text[:LIMIT])
    return text[: found.start()] if found and text[: found.start()].strip() else text


def _spaces(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found.group())


def _block(found: re.Match[str]) -> str:
    return _spaces(found) if _STANDS_ALONE.match(found.group()) else found.group()


def _blank(text: str, struck: tuple[str, ...]) -> str:
    text = _QUOTED.sub(_spaces, text) if ">" in text else text
    text = _HEADERS.sub(_spaces, text)
    text = _BLOCK.sub(_block, text)
    text = _OLD_VALUE.sub(_spaces, text)
    for words in struck:
        text = text.replace(words, " " * len(words), 1)
    return text


def _struck(html: str | None) -> tuple[str, ...]:
    """The struck-out passages of an HTML body, as text."""
    if not html or not re.search(r"<(?:s|strike|del)\b|line-through", html[:100_000], re.I):
        return ()
    found = [m.group(2) or m.group(4) or "" for m in _STRUCK.finditer(html[:100_000])]
    texts = (" ".join(_TAG.sub("", words).split()) for words in found[:20])
    return tuple(words for words in texts if len(words) > 2)

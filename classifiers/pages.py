"""Cuts the text of a document into lines: whose each is, and under which label it stands.

A line's zone tells whose it is: the sender's `own` words, what they `forwarded`, or the
`history` below. Marks of quotation and indentation before a line are no part of it, and what
is behind a signature mark is left out. The text is folded and cut once; all that look at a
document's form or words look at its page.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, NamedTuple

from classifiers.contract import Document
from classifiers.words import fold

Zone = Literal["subject", "own", "forwarded", "history"]
LIMIT = 20_000  # characters that are looked at; what follows is logs and history
_FORM = 6_000  # characters in which the form of a message shows

_BEFORE = " \t>|\r\n\f\v\xa0\u3000"  # what stands before a line and says nothing
_LABEL = re.compile(
    r"[*•#\s-]*(?P<label>[^\W_][\w /()#.&'-]{0,38}?)"
    r"(?P<mark>\s*:\*?\s+|\s=\s+|\s*:\*?$|\||\t+|\s{3,})"
)
_MARKS = (":", "|", "\t", "   ", " = ")  # one of them follows each label
_RULE = re.compile(r"--$|_{8,}$")
_ORIGINAL = re.compile(r"-{2,} ?(original|forwarded|mensaje)")


class Label(NamedTuple):
    """The label of a line, where it starts, and where its value starts, within the line."""

    name: str
    start: int
    value: int


class Line(NamedTuple):
    """A line without what stands before and after it; it starts at `start` of the text."""

    start: int
    end: int
    zone: Zone
    text: str
    label: Label | None


@dataclass(frozen=True, slots=True)
class Page:
    """A document's text, folded (see `words.fold`), its lines, and the labels of its head."""

    document: Document
    folded: str
    lines: tuple[Line, ...]
    fields: frozenset[str]

    @property
    def head(self) -> str:
        """The folded text as far as it shows the form of a message."""
        return self.folded[:_FORM]


def read_page(document: Document) -> Page:
    """The lines of `document`, at most LIMIT characters of it."""
    folded = fold(document.text[:LIMIT])
    lines: list[Line] = []
    fields: set[str] = set()
    own = _places(document.reply_text, document.text)
    forwarded = _places(document.forwarded_text, document.text)
    if not own.lows and not forwarded.lows:
        own = _Places([0], [len(folded)])
    start, muted = 0, ""
    for raw in folded.splitlines(keepends=True):
        body = raw.lstrip(_BEFORE)
        start += len(raw)
        first = start - len(body)
        body = body.rstrip()
        last = first + len(body)
        zone: Zone = "history"
        if own.touch(first, last):
            zone = "own"
        elif forwarded.touch(first, last):
            zone = "forwarded"
        label = split_label(body)
        if label and first < _FORM:
            fields.add(label.name)
        if body.startswith(("-", "_")) and _RULE.match(body):
            muted = zone
        elif zone != muted and not (body.startswith("--") and _ORIGINAL.match(body)):
            muted = ""
            lines.append(Line(first, last, zone, body, label))
    return Page(document, folded, tuple(lines), frozenset(fields))


def split_label(line: str) -> Label | None:
    """The label at the head of a folded line, None for prose."""
    head = line[:48]
    if not any(mark in head for mark in _MARKS):
        return None
    found = _LABEL.match(line)
    if not found:
        return None
    name = " ".join(found["label"].split()).replace("-", " ")
    return Label(name, found.start("label"), found.end()) if name.count(" ") <= 5 else None


@dataclass(frozen=True, slots=True)
class _Places:
    """Places of a text that belong together, in order: from each of `lows` to its `highs`."""

    lows: list[int]
    highs: list[int]

    def touch(self, first: int, last: int) -> bool:
        """True if one of them shares a character with `first` to `last`."""
        place = bisect_right(self.highs, first)
        return place < len(self.lows) and self.lows[place] < last


def _places(part: str, text: str) -> _Places:
    """Where `part` stands in `text`: in one piece, or line by line where it was cut apart."""
    part = part.strip()
    if not part:
        return _Places([], [])
    place = text.find(part)
    if place >= 0:
        return _Places([place], [place + len(part)])
    lows, highs, cursor = [], [], 0
    for line in filter(None, map(str.strip, part.splitlines())):
        place = text.find(line, cursor)
        if place >= 0:
            cursor = place + len(line)
            lows.append(place)
            highs.append(cursor)
    return _Places(lows, highs)

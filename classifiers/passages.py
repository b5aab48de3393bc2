"""Cuts the lines of a page into statements: who says it, under which label, and where it stands.

A statement is a sentence, a list item or the value of a `Label: value` line. Its zone tells
whose it is (see `pages`); the subject is a zone of its own. Signatures, mail headers inside
the text, standing footers and settled alerts (see `settled`) are left out. All statements of
a document stand in one row of words with a line end between them, so that one pass of a matcher
reads them all and no phrase reaches across. Of a long mail NEWEST words are read of what is new
in it and OLDER of the history: what it is about, people say first. What names and words of trouble
stand in one statement are each held against each other, so a statement has no more than LONGEST
words: text without a full stop, and a subject without an end, take no longer to read than others.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from classifiers.contract import Document, Evidence
from classifiers.pages import Line, Page, Zone, read_page
from classifiers.settled import without_settled
from classifiers.words import Row, cut, fold

NEWEST = 1_500  # words read of the sender's own and forwarded words
OLDER = 500  # and of the mail below
LONGEST = 120  # words a statement has at most; people's own sentences are shorter
SUBJECT = 1_000  # characters read of a subject
_FORM = 4  # lines with labels from which a text is a form
_BREAK = "\n"
_ENDS = frozenset(".!?…")

_HEADER = re.compile(r"(from|to|cc|bcc|sent|date|reply to|importance|de|para|enviado|fecha)$")
_BULLETS = frozenset("-*•0123456789")
_ITEM = re.compile(r"(?:[-*•]|\d{1,2}[.)])\s+")
_BOILERPLATE = (
    "unsubscribe", "you are receiving this", "you're receiving this", "you received this",
    "do not reply", "not monitored", "unmonitored", "sent from my ", "sent by alertmanager",
    "darse de baja", "enviado desde mi", "intended recipient",
)  # fmt: skip
# The same below the first line; what opens a message is its news.
_BOILERPLATE_BELOW = (
    "confidential", "privileged", "notification rules", "notification settings", "preferences",
    "how are we doing",
)  # fmt: skip
_POINTERS = ("view this", "view it", "view in", "to view", "to respond", "to reply", "click here")
_CONTACT = re.compile(
    r"\||\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|\b(?:officer|manager|analyst|engineer|director|lead|"
    r"specialist|coordinator|administrator|supervisor|chief|department|office of|division|program|"
    r"president|oficial|analista|gerente)\b"
)


class Statement(NamedTuple):
    """Words `first` to `last` of the row; `label` is folded, "" for prose."""

    zone: Zone
    label: str
    paragraph: int
    first: int
    last: int
    asks: bool


@dataclass(slots=True)
class Passages:
    """The statements of a document, the words that they are made of, and the words' places."""

    document: Document
    words: list[str] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    _firsts: list[int] = field(default_factory=list)
    _spoken: dict[Zone, int] = field(default_factory=dict)

    def statement_at(self, word: int) -> int:
        """The number of the statement that holds `word`."""
        return bisect_right(self._firsts, word) - 1

    def evidence(self, first: int, last: int, why: str) -> Evidence:
        """The words `first` to `last` (exclusive) as evidence in the document."""
        start, end = self.places[first][0], self.places[last - 1][1]
        if self.statements[self.statement_at(first)].zone == "subject":
            return Evidence(start, end, self.document.subject[start:end], why, "subject")
        return Evidence(start, end, self.document.text[start:end], why)

    def has(self, zone: Zone, least: int = 1) -> bool:
        """True if `zone` holds at least that many words."""
        return self._spoken.get(zone, 0) >= least

    def add(self, row: Row, zone: Zone, label: str, paragraph: int) -> None:
        """Append the words of `row`, a statement for each sentence, and empty it."""
        start = 0
        for end in _ends(row.words):
            first, last = len(self.words), len(self.words) + end - start
            asks = row.words[end - 1] == "?"
            self._firsts.append(first)
            self.statements.append(Statement(zone, label, paragraph, first, last, asks))
            self.words += row.words[start:end]
            self.words.append(_BREAK)
            self.places += row.places[start:end]
            self.places.append((-1, -1))
            self._spoken[zone] = self._spoken.get(zone, 0) + end - start
            start = end
        row.words.clear()
        row.places.clear()


def _ends(words: Sequence[str]) -> Iterator[int]:
    """Where the statements in a row of words end."""
    start, last = 0, len(words)
    for end, word in enumerate(words, 1):
        if word in _ENDS or end - start == LONGEST or end == last:
            yield end
            start = end


def read_passages(document: Document, page: Page | None = None) -> Passages:
    """The statements of `document`: subject, own words, forwarded words, history.

    `page` is the document's page where it has been read already.
    """
    page = page or read_page(document)
    passages = Passages(document)
    passages.add(cut(fold(document.subject[:SUBJECT])), "subject", "", -1)
    standing = _Standing(page.folded)
    by_zone: dict[Zone, list[Line]] = {"own": [], "forwarded": [], "history": []}
    for line in without_settled(page.lines):
        by_zone[line.zone].append(line)
    for zone, lines in by_zone.items():
        if zone == "history":
            _read_lines(passages, page, lines, standing, len(passages.words) + OLDER)
        else:
            _read_lines(passages, page, _without_card(lines), standing, NEWEST)
    return passages


class _Standing:
    """The standing words of footers, as far as they stand in a text."""

    def __init__(self, folded: str) -> None:
        self._marks = [mark for mark in _BOILERPLATE if mark in folded]
        self._below = [mark for mark in _BOILERPLATE_BELOW if mark in folded]
        self._pointers = any(pointer in folded for pointer in _POINTERS)

    def marks(self, line: str, *, is_first: bool) -> bool:
        """True if `line` of that text is a standing one; `is_first` of what its sender says."""
        if self._pointers and line.lstrip(" *").startswith(_POINTERS):
            return True
        for mark in self._marks if is_first else (*self._marks, *self._below):
            if mark in line:
                return True
        return line.endswith("mailing list")


def _read_lines(
    passages: Passages, page: Page, lines: Sequence[Line], standing: _Standing, most: int
) -> None:
    """Add the statements of these lines until there are `most` words.

    The labels of a form are no words of its sender.
    """
    text = page.document.text
    is_form = sum(1 for line in lines if line.label) >= _FORM
    pending = Row()
    label, paragraph, length = "", len(passages.statements), 0
    is_first = True

    for line in lines:
        if len(passages.words) + len(pending.words) >= most:
            break
        if not line.text:
            passages.add(pending, line.zone, label, paragraph)
            label, paragraph = "", paragraph + 1
            continue
        heading = length < 55 and text[line.start].isupper()
        if line.label or heading or (line.text[0] in _BULLETS and _ITEM.match(line.text)):
            passages.add(pending, line.zone, label, paragraph)
            label = ""
        length = len(line.text)
        is_standing = standing.marks(line.text, is_first=is_first)
        if is_standing or (line.label and _HEADER.match(line.label.name)):
            passages.add(pending, line.zone, label, paragraph)
            continue
        is_first = False
        start = line.start
        if line.label:
            label = line.label.name
            start += line.label.value if is_form else line.label.start
        cut(page.folded, start, line.end, pending)
        left = most - len(passages.words)
        del pending.words[left:], pending.places[left:]
    if lines:
        passages.add(pending, lines[0].zone, label, paragraph)


def _without_card(lines: list[Line]) -> list[Line]:
    """Leave out a last paragraph that looks like a visiting card."""
    last: list[int] = []
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].text:
            last.append(number)
        elif last:
            break
    before = any(line.text for line in lines[: last[-1]]) if last else False
    if before and _is_card([lines[number].text for number in last]):
        return lines[: last[-1]]
    return lines


def _is_card(texts: list[str]) -> bool:
    short = len(texts) <= 7 and all(len(text) <= 100 and text[-1] not in "?!:" for text in texts)
    prose = sum(text.endswith(".") or ": " in text[:20] for text in texts) > len(texts) / 2
    return short and not prose and any(_CONTACT.search(text) for text in texts)

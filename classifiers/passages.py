"""Cuts a document into statements: who says it, under which label, and where it stands.

A statement is a sentence, a list item or the value of a `Label: value` line. Its zone tells
whose it is: the `subject`, the sender's `own` words, what they `forwarded`, or the `history`
below. Signatures, mail headers inside the text and standing footers are left out. All
statements of a document stand in one row of words with a line end between them, so that one
pass of a matcher reads them all and no phrase reaches across.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from classifiers.contract import Document, Evidence
from classifiers.words import Word, cut, fold

Zone = Literal["subject", "own", "forwarded", "history"]
_FORM = 4  # lines with labels from which a text is a form
LIMIT = 20_000  # characters that are read; what follows is logs and history
_BREAK = Word("\n", -1, -1)

_PREFIX = re.compile(r"[\s>|]*")
_LABEL = re.compile(
    r"[*•#\s-]*(?P<label>[^\W_][\w /()#.&'-]{0,38}?)(?P<mark>\s*:\*?\s+|\s*:\*?$|\||\t+|\s{3,})"
)
_HEADER = re.compile(r"(from|to|cc|bcc|sent|date|reply to|importance|de|para|enviado|fecha)$")
_ITEM = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+")
_RULE = re.compile(r"\s*(?:--\s*$|_{8,}\s*$)")
_ORIGINAL = re.compile(r"\s*-{2,} ?(original|forwarded|mensaje)", re.I)
_BOILERPLATE = (
    "unsubscribe", "you are receiving this", "you're receiving this", "you received this",
    "do not reply", "not monitored", "unmonitored", "confidential", "privileged", "sent from my ",
    "sent by alertmanager", "notification rules", "notification settings", "preferences",
    "how are we doing", "mailing list\n", "darse de baja", "enviado desde mi", "intended recipient",
)  # fmt: skip
_POINTERS = ("view this", "view it", "view in", "to view", "to respond", "to reply", "click here")
_CONTACT = re.compile(
    r"\||\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}|\b(?:officer|manager|analyst|engineer|director|lead|"
    r"specialist|coordinator|administrator|supervisor|chief|department|office of|division|program|"
    r"president|oficial|analista|gerente)\b"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """Words `first` to `last` of the row; `label` is folded, "" for prose."""

    zone: Zone
    label: str
    paragraph: int
    first: int
    last: int
    asks: bool


class Label(NamedTuple):
    """The label of a line, where it starts, and where its value starts."""

    name: str
    start: int
    value: int


class _Line(NamedTuple):
    start: int
    end: int
    zone: Zone


@dataclass(slots=True)
class Passages:
    """The statements of a document and the row of words that they are made of."""

    document: Document
    words: list[Word] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    _firsts: list[int] = field(default_factory=list)

    def statement_at(self, word: int) -> int:
        """The number of the statement that holds `word`."""
        return bisect_right(self._firsts, word) - 1

    def evidence(self, first: int, last: int, why: str) -> Evidence:
        """The words `first` to `last` (exclusive) as evidence in the document."""
        start, end = self.words[first].start, self.words[last - 1].end
        if self.statements[self.statement_at(first)].zone == "subject":
            return Evidence(start, end, self.document.subject[start:end], why, "subject")
        return Evidence(start, end, self.document.text[start:end], why)

    def has(self, zone: Zone, least: int = 1) -> bool:
        """True if `zone` holds at least that many words."""
        spoken = sum(said.last - said.first for said in self.statements if said.zone == zone)
        return spoken >= least

    def add(self, words: list[Word], zone: Zone, label: str, paragraph: int, asks: bool) -> None:
        """Append a statement."""
        if words:
            first = len(self.words)
            self.words += words
            self._firsts.append(first)
            self.statements.append(
                Statement(zone, label, paragraph, first, first + len(words), asks)
            )
            self.words.append(_BREAK)


def read_passages(document: Document) -> Passages:
    """The statements of `document`: subject, own words, forwarded words, history."""
    passages = Passages(document)
    subject = fold(document.subject)
    for number, part in enumerate(_sentences(cut(subject))):
        passages.add(part, "subject", "", -1 - number, _asks(part))
    folded = fold(document.text[:LIMIT])
    lines = _without_signatures(_lines(document, folded), folded)
    for zone in ("own", "forwarded", "history"):
        _read_lines(passages, folded, [line for line in lines if line.zone == zone])
    return passages


def split_label(line: str) -> Label | None:
    """The label at the head of a folded line, None for prose."""
    head = line[:48]
    if ":" not in head and "|" not in head and "\t" not in head and "   " not in head:
        return None
    found = _LABEL.match(line)
    name = " ".join(found["label"].split()).replace("-", " ") if found else ""
    if not found or name.count(" ") > 5:
        return None
    return Label(name, found.start("label"), found.end())


def _asks(words: list[Word]) -> bool:
    return words[-1].text == "?"


def _sentences(words: list[Word]) -> Iterator[list[Word]]:
    sentence: list[Word] = []
    for word in words:
        sentence.append(word)
        if word.text in ".!?…":
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _read_lines(passages: Passages, folded: str, lines: list[_Line]) -> None:
    """Add the statements of these lines. The labels of a form are no words of its sender."""
    fields = sum(1 for line in lines if split_label(folded[line.start : line.end]))
    pending: list[Word] = []
    label, paragraph, length = "", len(passages.statements), 0

    def close() -> None:
        for sentence in _sentences(pending):
            passages.add(sentence, line.zone, label, paragraph, _asks(sentence))
        pending.clear()

    for line in lines:
        text = folded[line.start : line.end]
        if not text.strip(" \t\r\n>|"):
            close()
            label, paragraph = "", paragraph + 1
            continue
        labelled = split_label(text)
        is_field = labelled is not None
        heading = passages.document.text[line.start : line.start + 40].lstrip(" \t>")[:1].isupper()
        if is_field or _ITEM.match(text) or (length < 55 and heading):
            close()
            label = ""
        length = len(text.rstrip())
        if (labelled and _HEADER.match(labelled.name)) or _is_boilerplate(text):
            close()
            continue
        if labelled:
            label = labelled.name
            begin = line.start + (labelled.value if fields >= _FORM else labelled.start)
            pending += cut(folded, begin, line.end)
        else:
            pending += cut(folded, line.start, line.end)
    if lines:
        close()


def _lines(document: Document, folded: str) -> list[_Line]:
    """The lines of the text with their zones; what is behind a signature mark is left out."""
    own = _ranges(document.reply_text, document.text)
    forwarded = _ranges(document.forwarded_text, document.text)
    if not own and not forwarded:
        own = [(0, len(folded))]
    lines: list[_Line] = []
    start, muted = 0, ""
    for raw in folded.splitlines(keepends=True):
        end = start + len(raw)
        first, last = start + (len(raw) - len(raw.lstrip())), start + len(raw.rstrip())
        zone: Zone = "history"
        if any(low < last and first < high for low, high in own):
            zone = "own"
        elif any(low < last and first < high for low, high in forwarded):
            zone = "forwarded"
        prefix = _PREFIX.match(raw)
        inner = start + (prefix.end() if prefix and zone != "own" else 0)
        body = folded[inner:end]
        if _RULE.match(body):
            muted = zone
        elif zone != muted and not _ORIGINAL.match(body):
            muted = ""
            lines.append(_Line(min(inner, end), end, zone))
        start = end
    return lines


def _ranges(part: str, text: str) -> list[tuple[int, int]]:
    """Where `part` stands in `text`: in one piece, or line by line where it was cut apart."""
    part = part.strip()
    if not part:
        return []
    place = text.find(part)
    if place >= 0:
        return [(place, place + len(part))]
    ranges, cursor = [], 0
    for line in filter(None, map(str.strip, part.splitlines())):
        place = text.find(line, cursor)
        if place >= 0:
            cursor = place + len(line)
            ranges.append((place, cursor))
    return ranges


def _without_signatures(lines: list[_Line], folded: str) -> list[_Line]:
    """Leave out a last paragraph of own or forwarded words that looks like a visiting card."""
    for zone in ("own", "forwarded"):
        last: list[int] = []
        inside = [number for number, line in enumerate(lines) if line.zone == zone]
        for number in reversed(inside):
            if folded[lines[number].start : lines[number].end].strip():
                last.append(number)
            elif last:
                break
        if last and len(last) < sum(1 for number in inside if _has_words(lines[number], folded)):
            texts = [folded[lines[number].start : lines[number].end].strip() for number in last]
            if _is_card(texts):
                gone = set(last)
                lines = [line for number, line in enumerate(lines) if number not in gone]
    return lines


def _is_boilerplate(text: str) -> bool:
    return any(mark in text for mark in _BOILERPLATE) or text.lstrip(" \t*>").startswith(_POINTERS)


def _has_words(line: _Line, folded: str) -> bool:
    return bool(folded[line.start : line.end].strip())


def _is_card(texts: list[str]) -> bool:
    short = len(texts) <= 7 and all(len(text) <= 100 and text[-1] not in "?!:" for text in texts)
    prose = sum(text.endswith(".") or ": " in text[:20] for text in texts) > len(texts) / 2
    return short and not prose and any(_CONTACT.search(text) for text in texts)

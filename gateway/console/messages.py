"""One message as its page shows it: the text with its evidence marked, identifiers masked.

The bytes are read anew by the code that read them first. Whoever has the right may see what is
masked, for a while, and that they did is on the record.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import nh3
from sqlmodel import col, select

from classifiers import LABELS
from gateway import reading as reader
from gateway.console.desk import Desk
from gateway.console.people import Person
from gateway.model import Message, utcnow
from gateway.store.tables import ArrivalRow, AuditRow, LetterRow, MessageRow

SHOWN = "identifiers shown"  # what the record calls it
SHOWN_FOR = timedelta(minutes=15)
MOST_TEXT = 60_000
MOST_SUBJECT = 200
MOST_RECIPIENTS = 30
MOST_HTML = 400_000
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,250}@[^\s<>()\[\],;:\"]{1,250}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text: of which label it is evidence, or by which mask it is hidden."""

    text: str
    label: str = ""
    why: str = ""
    mask: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """Everything on the page."""

    row: MessageRow
    message: Message
    subject: Sequence[Piece]
    text: Sequence[Piece]
    is_cut: bool
    labels: Sequence[tuple[str, Any, float | None, str]]
    arrivals: Sequence[ArrivalRow]
    answers: Sequence[LetterRow]
    is_open: bool  # identifiers are shown
    sender: str
    recipients: Sequence[str]
    recipient_count: int
    has_html: bool


def may_see(desk: Desk, person: Person, trace: str) -> bool:
    """Whether they have asked, a short while ago, to see what is masked."""
    if not person.may("triager"):
        return False
    query = select(AuditRow.id).where(
        AuditRow.target == trace,
        AuditRow.who == person.who,
        AuditRow.what == SHOWN,
        col(AuditRow.at) > utcnow() - SHOWN_FOR,
    )
    with desk.database.read() as session:
        return session.exec(query.limit(1)).first() is not None


def read(desk: Desk, trace: str, person: Person) -> Read:
    """The message of that trace; NotFound."""
    row = desk.spool.find(trace)
    raw = desk.spool.raw([row.id or 0]).get(row.id or 0, b"")
    message = reader.read(raw)
    is_open = may_see(desk, person, row.trace)
    names = _names(message)

    def pieces(text: str, of: str) -> list[Piece]:
        evidence = [
            (one["start"], one["end"], label, one["why"])
            for label, found in ((row.reading or {}).get("evidence") or {}).items()
            for one in found
            if one.get("field", "text") == of
        ]
        masks = [] if is_open else reader.masks(text, names, desk.published)
        return list(cut(text, evidence, masks))

    found = row.read_as or {}
    sure = found.get("confidence", {})
    listed = [*message.to, *message.cc]
    shown = [str(one.address) for one in listed[:MOST_RECIPIENTS]]
    return Read(
        row=row,
        message=message,
        subject=pieces(short(message.subject), "subject"),
        text=pieces(message.text[:MOST_TEXT], "text"),
        is_cut=len(message.text) > MOST_TEXT,
        labels=[
            (label, found.get(label), sure.get(label), _because(found, label)) for label in LABELS
        ]
        if found
        else [],
        arrivals=desk.spool.arrivals(row)[-20:],
        answers=desk.outbox.listing(trace=row.trace, limit=10),
        is_open=is_open,
        sender=_mailbox(message, is_open),
        recipients=shown if is_open else [masked(one) for one in shown],
        recipient_count=len(listed),
        has_html=message.html is not None,
    )


def short(subject: str) -> str:
    """A subject as a heading can hold it."""
    return subject if len(subject) <= MOST_SUBJECT else f"{subject[:MOST_SUBJECT]}\u2026"


def _names(message: Message) -> tuple[str, ...]:
    named = [one.name for one in (message.sender, message.reply_to) if one and one.name]
    try:
        return (*reader.people_named(message), *named)
    except Exception:  # the masks of forms are there still
        return tuple(named)


def _mailbox(message: Message, is_open: bool) -> str:
    sender = message.sender
    if sender is None:
        return "nobody"
    if is_open:
        return f"{sender.name} <{sender.address}>" if sender.name else sender.address
    return masked(sender.address)


def masked(address: str) -> str:
    """An address of which only its domain is nobody's secret."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}\N{HORIZONTAL ELLIPSIS}@{domain}" if at else "\N{HORIZONTAL ELLIPSIS}"


def masked_in(text: str) -> str:
    """A sentence of ours, with the addresses in it masked."""
    return _ADDRESS.sub(lambda found: masked(found[0]), text)


def _because(found: Mapping[str, Any], label: str) -> str:
    """What speaks for a label but stands nowhere in the text: headers, and what was learned."""
    evidence = (found.get("evidence") or {}).get(label, ())
    return "; ".join(dict.fromkeys(str(one["why"]) for one in evidence[:3]))


def cut(
    text: str,
    evidence: Sequence[tuple[int, int, str, str]],
    masks: Sequence[tuple[int, int, str]],
) -> Iterator[Piece]:
    """The text in pieces: each is masked as a whole, or evidence of one label, or neither."""
    size = len(text)
    good = [one for one in evidence if 0 <= one[0] < one[1] <= size]
    hidden = [one for one in masks if 0 <= one[0] < one[1] <= size]
    edges = sorted({0, size, *(at for one in good for at in one[:2]),
                    *(at for one in hidden for at in one[:2])})  # fmt: skip
    last: Piece | None = None
    under: tuple[int, int, str] | None = None
    for start, end in pairwise(edges):
        label, why = next(((la, w) for s, e, la, w in good if s <= start and end <= e), ("", ""))
        mask = next((one for one in hidden if one[0] <= start and end <= one[1]), None)
        if mask is not None:
            if mask != under:  # one mask, however many labels it lies across
                yield from filter(None, (last,))
                last = Piece("", label, why, mask[2])
        elif last is not None and last.label == label and not last.mask:
            last = replace(last, text=last.text + text[start:end])
        else:
            yield from filter(None, (last,))
            last = Piece(text[start:end], label, why)
        under = mask
    yield from filter(None, (last,))


def safe_html(message: Message) -> str:
    """The HTML of a message without anything that runs, loads or leads away."""
    return nh3.clean(
        (message.html or "")[:MOST_HTML],
        tags={
            "a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "dd", "div", "dl",
            "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p",
            "pre", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot",
            "th", "thead", "tr", "tt", "u", "ul",
        },
        clean_content_tags={"script", "style", "title", "head", "noscript", "template"},
        attributes={"*": {"dir", "lang"}, "td": {"colspan", "rowspan"},
                    "th": {"colspan", "rowspan"}},
        url_schemes=set(),
        link_rel=None,
    )  # fmt: skip

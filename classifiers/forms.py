"""The forms in which mail of each source comes: the files of `data/sources/`, read and checked.

A file is a source, a `[[signature]]` one sender's way of writing, a `[[state]]` what a
machine's own form says of the event.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from classifiers.contract import Document, Event, Evidence, Hampered, Source
from classifiers.tables import Table, read_folder
from classifiers.words import fold

Answer = Literal["from", "reply_to", "never"]
_KEYS = (
    "name", "headers", "from", "from_name", "to", "subject", "fields", "says", "body",
    "list", "bulk", "auto", "bounce", "auto_kind", "weight", "needs",
)  # fmt: skip
_NEEDS = 3  # what a signature must score; its own `needs` may ask for more


@dataclass(frozen=True, slots=True)
class State:
    """What a machine's own form says of the event, for documents that match."""

    event: Event
    hampered: Hampered | None
    subject: re.Pattern[str] | None
    says: tuple[str, ...]

    def seen(self, document: Document, folded: str) -> Evidence | None:
        """The words of the subject or the text, `folded`, that have the form, None for none."""
        found = self.subject.search(document.subject) if self.subject else None
        if found:
            return Evidence(*found.span(), found[0], "the form of its subject", "subject")
        for saying in self.says:
            start = folded.find(saying)
            if start >= 0:
                end = start + len(saying)
                return Evidence(start, end, document.text[start:end], "words of its form")
        return None


@dataclass(frozen=True, slots=True)
class Signature:
    """One way in which mail of a source looks."""

    name: str
    headers: tuple[tuple[str, re.Pattern[str] | None], ...]
    patterns: Mapping[str, tuple[re.Pattern[str], ...]]
    fields: tuple[str, ...]
    says: tuple[str, ...]
    flags: Mapping[str, bool]
    auto_kind: tuple[str, ...]
    weight: float
    needs: float


@dataclass(frozen=True, slots=True)
class SourceForm:
    """A source: how its mail looks, what its forms say, and whether it is answered."""

    word: Source
    signatures: tuple[Signature, ...]
    states: tuple[State, ...] = ()
    default: bool = False
    event: Event | None = None
    answers_to: Answer = "from"
    language: str | None = None
    speaks_as: tuple[str, ...] = ()  # services that its mail names only as the sender


def load_forms(data: Path, overlay: Path | None) -> tuple[SourceForm, ...]:
    """Read every file of `sources/`. Raises ValueError naming file, key and remedy."""
    forms = []
    for table in read_folder("sources", data, overlay):
        word = table.file.stem
        if word not in get_args(Source):
            known = ", ".join(get_args(Source))
            raise table.error(
                "file name", f"no source is called {word}: rename it to one of {known}"
            )
        forms.append(_form(table, word))
    if sum(form.default for form in forms) != 1:
        folder = overlay or data
        raise ValueError(f"{folder / 'sources'}: default: write default = true in exactly one file")
    return tuple(forms)


def _form(table: Table, word: str) -> SourceForm:
    table.known(("tells", "default", "event", "signature", "state", "answers", "speaks_as"))
    answers = table.table("answers")
    answers.known(("to", "language"))
    to = answers.text("to", "from")
    if to not in get_args(Answer):
        raise answers.error("to", '"from", "reply_to" or "never" is needed')
    event = table.text("event", "") or None
    if event is not None and event not in get_args(Event):
        raise table.error("event", f"one of {', '.join(get_args(Event))} is needed")
    return SourceForm(
        word,  # type: ignore[arg-type]  # checked against Source by the caller
        tuple(_signature(row) for row in table.rows("signature")),
        tuple(_state(row) for row in table.rows("state")),
        bool(table.flag("default")),
        event,  # type: ignore[arg-type]  # checked above
        to,  # type: ignore[arg-type]  # checked above
        answers.text("language", "") or None,
        table.texts("speaks_as"),
    )


def _state(row: Table) -> State:
    row.known(("event", "hampered", "subject", "says"))
    event, hampered = row.text("event"), row.text("hampered", "") or None
    if event not in get_args(Event):
        raise row.error("event", f"one of {', '.join(get_args(Event))} is needed")
    if hampered is not None and hampered not in get_args(Hampered):
        raise row.error("hampered", f"one of {', '.join(get_args(Hampered))} is needed")
    subject = _pattern(row, "subject", row.text("subject", ""))
    says = tuple(map(fold, row.texts("says")))
    return State(event, hampered, subject, says)  # type: ignore[arg-type]  # checked above


def _pattern(row: Table, key: str, text: str) -> re.Pattern[str] | None:
    if not text:
        return None
    try:
        return re.compile(text, re.I | re.M)
    except re.error as error:
        raise row.error(key, f"{text!r} is not a regular expression ({error}): mend it") from error


def _patterns(row: Table, key: str) -> tuple[re.Pattern[str], ...]:
    return tuple(found for text in row.texts(key) if (found := _pattern(row, key, text)))


def _signature(row: Table) -> Signature:
    row.known(_KEYS)
    headers = []
    for entry in row.texts("headers"):
        name, _, value = entry.partition(":")
        headers.append((name.strip().lower(), _pattern(row, "headers", value.strip())))
    patterns = {
        key: found
        for key in ("from", "from_name", "to", "subject", "body")
        if (found := _patterns(row, key))
    }
    flags = {
        key: flag
        for key in ("list", "bulk", "auto", "bounce")
        if (flag := row.flag(key)) is not None
    }
    fields = tuple(fold(name).replace("-", " ") for name in row.texts("fields"))
    signature = Signature(
        row.text("name"), tuple(headers), patterns, fields,
        tuple(map(fold, row.texts("says"))), flags, row.texts("auto_kind"),
        float(row.number("weight", 0)), float(row.number("needs", _NEEDS)),
    )  # fmt: skip
    if not (headers or patterns or flags or set(row.values) & {"fields", "says", "auto_kind"}):
        raise row.error("name", "the signature looks at nothing: give headers, subject or says")
    return signature

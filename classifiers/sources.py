"""Tells which way a message reached us, by its form: the signatures in `data/sources/`.

A file is a source, a `[[signature]]` one sender's way of writing. Header names, sender and
subject shapes weigh more than words of the body, and the highest sum wins. What a person
passes on keeps only the signs of its envelope, since the form inside belongs to another
message; a person's mail with no other sign is the default source's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from classifiers.contract import Document, Event, Evidence, Hampered, Source
from classifiers.passages import split_label
from classifiers.tables import Table, read_folder
from classifiers.words import fold

Answer = Literal["from", "reply_to", "never"]
_KEYS = (
    "name", "headers", "from", "from_name", "to", "subject", "fields", "says", "body",
    "list", "bulk", "auto", "bounce", "auto_kind", "weight", "needs",
)  # fmt: skip
# How much each kind of sign counts; a signature needs 3 in all (its own `needs` may ask for more).
_WEIGHTS = {
    "headers": 4.0, "from": 3.5, "from_name": 2.0, "to": 2.0, "subject": 3.0, "body": 2.0,
    "list": 2.0, "bulk": 1.0, "auto": 1.0, "bounce": 6.0, "auto_kind": 6.0,
}  # fmt: skip
_NEEDS = 3
_EACH_FIELD, _EACH_SAYING = 1.0, 1.5
_BODY = 6_000  # characters of the body that are looked at
_PASSED_ON = re.compile(r"\s*(?:fwd?|tr|rv|wg|re|aw|sv)\s*:", re.I)
_MACHINE = re.compile(
    r"(?:^|[._+-])(?:no[._-]?reply|do[._-]?not[._-]?reply|donotreply|notifications?|alerts?|bot|"
    r"mailer|daemon|postmaster|system|automated|root|monitor(?:ing)?|nagios|jira|bounces?|status)"
    r"(?:[._+@-]|$)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class State:
    """What a machine's own form says of the event, for documents that match."""

    event: Event
    hampered: Hampered | None
    subject: re.Pattern[str] | None
    says: tuple[str, ...]

    def matches(self, subject: str, text: str) -> bool:
        """True if the subject or the text has the form."""
        if self.subject and self.subject.search(subject):
            return True
        return any(saying in text for saying in self.says)


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


@dataclass(frozen=True, slots=True)
class Found:
    """The source of a document, how sure, and why."""

    form: SourceForm
    confidence: float
    evidence: tuple[Evidence, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """What signatures look at, taken from the document once."""

    document: Document
    headers: Mapping[str, str]
    text: str
    fields: frozenset[str]
    personal: bool
    passed_on: bool


def load_sources(data: Path, overlay: Path | None) -> tuple[SourceForm, ...]:
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


def find_source(forms: tuple[SourceForm, ...], document: Document) -> Found:
    """The source whose signatures the document bears; the default one's if none."""
    look = _look(document)
    scores: dict[Source, tuple[float, Signature, tuple[Evidence, ...]]] = {}
    by_word = {form.word: form for form in forms}
    for form in forms:
        for signature in form.signatures:
            score, evidence = _score(signature, look)
            if score >= signature.needs and score > scores.get(form.word, (0.0,))[0]:
                scores[form.word] = (score, signature, evidence)
    default = next(form for form in forms if form.default)
    ranked = sorted(scores.items(), key=lambda item: -item[1][0])
    if not ranked:
        sure = 0.85 if look.personal else 0.5
        doubts = () if look.personal else ("no known form, and not a person's either",)
        return Found(default, sure, (), doubts)
    word, (score, _, evidence) = ranked[0]
    margin = score - (ranked[1][1][0] if len(ranked) > 1 else 1.5)
    confidence = min(0.97, 0.6 + 0.06 * max(0.0, margin) + 0.01 * score)
    return Found(by_word[word], confidence, evidence)


def _look(document: Document) -> _Look:
    headers: dict[str, str] = {}
    for name, value in document.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}\n{value}" if key in headers else value
    machine = bool(_MACHINE.search(document.from_address.partition("@")[0] + "@"))
    personal = not (document.is_auto or document.is_bulk or document.is_bounce or machine)
    passed_on = personal and bool(document.forwarded_text or _PASSED_ON.match(document.subject))
    own = document.reply_text if passed_on else document.text
    text = fold(own[:_BODY])
    labels = (split_label(line.lstrip(" >|")) for line in text.splitlines())
    fields = frozenset(label.name for label in labels if label)
    return _Look(document, headers, text, fields, personal, passed_on)


def _score(signature: Signature, look: _Look) -> tuple[float, tuple[Evidence, ...]]:
    document = look.document
    score, evidence = 0.0, []
    for key, flag in signature.flags.items():
        if _flag(document, key) is not flag:
            return 0.0, ()
        score += _WEIGHTS[key] if flag else 0.0
    if signature.auto_kind:
        if document.auto_kind not in signature.auto_kind:
            return 0.0, ()
        score += _WEIGHTS["auto_kind"]
    for name, wanted in signature.headers:
        value = _header(look.headers, name)
        if value is not None and (wanted is None or wanted.search(value)):
            score += _WEIGHTS["headers"]
            evidence.append(Evidence(0, 0, name, f"{signature.name}: header", "header"))
            break
    for key, patterns in signature.patterns.items():
        if look.passed_on and key in {"body", "subject"}:
            continue
        found = _first(patterns, _field(look, key))
        if found:
            score += _WEIGHTS[key]
            evidence += _evidence(document, key, found, signature.name)
    if not look.passed_on:
        score += _EACH_FIELD * min(5, sum(name in look.fields for name in signature.fields))
        sayings = [saying for saying in signature.says if saying in look.text]
        score += _EACH_SAYING * min(3, len(sayings))
        for saying in sayings[:1]:
            place = look.text.find(saying)
            words = document.text[place : place + len(saying)]
            evidence.append(Evidence(place, place + len(saying), words, signature.name))
    return (score + signature.weight if score else 0.0), tuple(evidence)


def _flag(document: Document, key: str) -> bool:
    if key == "list":
        return document.list_id is not None
    return bool(getattr(document, f"is_{key}"))


def _header(headers: Mapping[str, str], name: str) -> str | None:
    if name.endswith("*"):
        return next((value for key, value in headers.items() if key.startswith(name[:-1])), None)
    return headers.get(name)


def _field(look: _Look, key: str) -> str:
    if key == "from":
        return look.document.from_address
    if key == "from_name":
        return look.document.from_name
    if key == "to":
        return "\n".join(look.document.to)
    return look.document.subject if key == "subject" else look.text


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    return next((found for pattern in patterns if (found := pattern.search(text))), None)


def _evidence(document: Document, key: str, found: re.Match[str], name: str) -> list[Evidence]:
    start, end = found.span()
    if key == "subject":
        return [Evidence(start, end, document.subject[start:end], f"{name}: subject", "subject")]
    if key == "body":
        return [Evidence(start, end, document.text[start:end], name)]
    return [Evidence(start, end, found[0], f"{name}: {key}", "header")]

"""Tells which way a message reached us, by its form: the signatures in `data/sources/`.

Header names, sender and subject shapes weigh more than words of the body, and the highest sum
wins. What a person passes on keeps only the signs of its envelope, since the form inside
belongs to another message; a person's mail with no other sign is the default source's.

All signatures are scored in one go: each kind of sign is looked for once in a document and
credited to the signatures that have it. The dear signs, patterns in subject and body, are
looked for last, and only where they can still tip the scale.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from classifiers.contract import Document, Evidence
from classifiers.forms import Signature, SourceForm, load_forms
from classifiers.pages import Page, read_page

# How much each kind of sign counts.
_WEIGHTS = {
    "headers": 4.0, "from": 3.5, "from_name": 2.0, "to": 2.0, "subject": 3.0, "body": 2.0,
    "list": 2.0, "bulk": 1.0, "auto": 1.0, "bounce": 6.0, "auto_kind": 6.0,
}  # fmt: skip
_CHEAP, _DEAR = ("from", "from_name", "to"), ("subject", "body")
_EACH_FIELD, _MOST_FIELDS = 1.0, 5
_EACH_SAYING, _MOST_SAYINGS = 1.5, 3
_PASSED_ON = re.compile(r"\s*(?:fwd?|tr|rv|wg|re|aw|sv)\s*:", re.I)
_SUBJECT = 500  # characters of a subject that are looked at
_MACHINE = re.compile(
    r"(?:^|[._+-])(?:no[._-]?reply|do[._-]?not[._-]?reply|donotreply|notifications?|alerts?|bot|"
    r"mailer|daemon|postmaster|system|automated|root|monitor(?:ing)?|nagios|jira|bounces?|status)"
    r"(?:[._+@-]|$)",
    re.I,
)
_WORDS = re.compile(r"[a-z0-9]+")
_START = 4  # letters of its word by which a saying of one word is looked up
_NEVER = float("-inf")  # the score of a signature that asks for another flag
TOLD = 60  # characters of a header that are told


@dataclass(frozen=True, slots=True)
class Found:
    """The source of a document, how sure, and why."""

    form: SourceForm
    confidence: float
    evidence: tuple[Evidence, ...]
    doubts: tuple[str, ...] = ()


class _Saying(NamedTuple):
    """A saying of a signature, and the words that a text with it has."""

    signature: int
    text: str
    words: frozenset[str]


class Sources(Collection[SourceForm]):
    """All source forms, and for each sign the numbers of the signatures that have it."""

    def __init__(self, forms: tuple[SourceForm, ...]) -> None:
        self._forms = forms
        self._by_word: dict[str, SourceForm] = {form.word: form for form in forms}
        self.default = next(form for form in forms if form.default)
        self.signatures = [(form, one) for form in forms for one in form.signatures]
        self.patterns: dict[str, list[tuple[int, re.Pattern[str]]]] = {}
        self.fields: dict[str, list[int]] = {}
        self.headers: dict[str, list[int]] = {}  # by what the header's name starts with
        self.sayings: dict[str, list[_Saying]] = {}  # by a word that each has
        self.starts: dict[str, list[_Saying]] = {}  # of one word only, by how it starts
        for number, (_, signature) in enumerate(self.signatures):
            for key, patterns in signature.patterns.items():
                self.patterns.setdefault(key, []).extend((number, one) for one in patterns)
            for name in set(signature.fields):
                self.fields.setdefault(name, []).append(number)
            for name, _ in signature.headers:
                self.headers.setdefault(name.removesuffix("*"), []).append(number)
            for saying in signature.says:
                *whole, last = _WORDS.findall(saying) or [""]
                one = _Saying(number, saying, frozenset(whole))
                if whole:
                    self.sayings.setdefault(max(whole, key=len), []).append(one)
                else:
                    self.starts.setdefault(last[:_START], []).append(one)
        self.header_starts = tuple(self.headers)
        self.flagged = [
            n for n, (_, one) in enumerate(self.signatures) if one.flags or one.auto_kind
        ]
        self.tipping = [_tipping(one) for _, one in self.signatures]

    def of(self, word: str) -> SourceForm:
        """The form of the source `word`; the default one's where none has that word."""
        return self._by_word.get(word, self.default)

    def __iter__(self) -> Iterator[SourceForm]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)

    def __contains__(self, form: object) -> bool:
        return form in self._forms


def load_sources(data: Path, overlay: Path | None) -> Sources:
    """Read every file of `sources/`. Raises ValueError naming file, key and remedy."""
    return Sources(load_forms(data, overlay))


def _tipping(signature: Signature) -> float:
    """What the cheap signs must score for the dear ones, subject and body, to tip the scale."""
    dear = sum(_WEIGHTS[key] for key in _DEAR if key in signature.patterns)
    return signature.needs - signature.weight - dear


@dataclass(frozen=True, slots=True)
class _Look:
    """What signatures look at, taken from the document once."""

    document: Document
    headers: Mapping[str, str]
    text: str
    fields: frozenset[str]
    personal: bool
    passed_on: bool

    def of(self, key: str) -> str:
        """The text that the patterns of that key look at."""
        if key == "from":
            return self.document.from_address
        if key == "from_name":
            return self.document.from_name
        if key == "to":
            return "\n".join(self.document.to)
        if self.passed_on:
            return ""
        return self.document.subject[:_SUBJECT] if key == "subject" else self.text


def find_source(sources: Sources, document: Document, page: Page | None = None) -> Found:
    """The source whose signatures the document bears; the default one's if none.

    `page` is the document's page where it has been read already.
    """
    look = _look(document, page or read_page(document))
    best: dict[str, tuple[float, int]] = {}
    for number, score in enumerate(_scores(sources, look)):
        form, signature = sources.signatures[number]
        if score >= signature.needs and score > best.get(form.word, (0.0,))[0]:
            best[form.word] = (score, number)
    if not best:
        sure = 0.85 if look.personal else 0.5
        doubts = () if look.personal else ("no known form, and not a person's either",)
        return Found(sources.default, sure, (), doubts)
    (score, number), *others = sorted(best.values(), key=lambda item: -item[0])
    margin = score - (others[0][0] if others else 1.5)
    confidence = min(0.97, 0.6 + 0.06 * max(0.0, margin) + 0.01 * score)
    form, signature = sources.signatures[number]
    return Found(form, confidence, tuple(_evidence(signature, look)))


def _look(document: Document, page: Page) -> _Look:
    headers: dict[str, str] = {}
    for name, value in document.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}\n{value}" if key in headers else value
    machine = bool(_MACHINE.search(document.from_address.partition("@")[0] + "@"))
    personal = not (document.is_auto or document.is_bulk or document.is_bounce or machine)
    passed_on = personal and bool(document.forwarded_text or _PASSED_ON.match(document.subject))
    return _Look(document, headers, page.head, page.fields, personal, passed_on)


def _scores(sources: Sources, look: _Look) -> list[float]:
    """What each signature scores; 0 or less where the document bears no sign of it."""
    scores = [0.0] * len(sources.signatures)
    for number in sources.flagged:
        scores[number] = _by_flags(sources.signatures[number][1], look.document)
    for key in _CHEAP:
        _score_patterns(sources, look, scores, key)
    for number in _with_headers(sources, look):
        scores[number] += _WEIGHTS["headers"]
    if not look.passed_on:
        _score_words(sources, look, scores)
        for key in _DEAR:
            _score_patterns(sources, look, scores, key)
    return [
        score + signature.weight if score > 0 else 0.0
        for score, (_, signature) in zip(scores, sources.signatures, strict=True)
    ]


def _score_patterns(sources: Sources, look: _Look, scores: list[float], key: str) -> None:
    text = look.of(key)
    seen = -1  # the last signature with a hit: several patterns of one count once
    for number, pattern in sources.patterns.get(key, ()) if text else ():
        if number == seen or (key in _DEAR and scores[number] < sources.tipping[number]):
            continue
        if (key != "body" or scores[number] > 0) and pattern.search(text):
            scores[number] += _WEIGHTS[key]
            seen = number


def _score_words(sources: Sources, look: _Look, scores: list[float]) -> None:
    """Credit the labels of lines, and the sayings, whose words are looked up all at once."""
    fields: Counter[int] = Counter()
    for name in sources.fields.keys() & look.fields:
        fields.update(sources.fields[name])
    words = set(_WORDS.findall(look.text))
    starts = {word[:_START] for word in words} | {""}
    possible = [one for word in sources.sayings.keys() & words for one in sources.sayings[word]]
    possible += [one for start in sources.starts.keys() & starts for one in sources.starts[start]]
    sayings = Counter(
        one.signature for one in possible if one.words <= words and one.text in look.text
    )
    for number, count in fields.items():
        scores[number] += _EACH_FIELD * min(_MOST_FIELDS, count)
    for number, count in sayings.items():
        scores[number] += _EACH_SAYING * min(_MOST_SAYINGS, count)


def _by_flags(signature: Signature, document: Document) -> float:
    """What flags add; _NEVER where one that the signature asks for is another."""
    score = 0.0
    for key, flag in signature.flags.items():
        if _flag(document, key) is not flag:
            return _NEVER
        score += _WEIGHTS[key] if flag else 0.0
    if signature.auto_kind:
        return (
            score + _WEIGHTS["auto_kind"] if document.auto_kind in signature.auto_kind else _NEVER
        )
    return score


def _with_headers(sources: Sources, look: _Look) -> set[int]:
    """The signatures that have a header of the document."""
    candidates: set[int] = set()
    for name in look.headers:
        if name.startswith(sources.header_starts):
            for start, numbers in sources.headers.items():
                if name.startswith(start):
                    candidates.update(numbers)
    return {
        number for number in candidates if _header(sources.signatures[number][1], look) is not None
    }


def _flag(document: Document, key: str) -> bool:
    if key == "list":
        return document.list_id is not None
    return bool(getattr(document, f"is_{key}"))


def _header(signature: Signature, look: _Look) -> tuple[str, str] | None:
    """The first header of the signature that the document has, and what it holds."""
    for name, wanted in signature.headers:
        start = name.removesuffix("*")
        for key, value in look.headers.items():
            same = key == name if start == name else key.startswith(start)
            if same and (wanted is None or wanted.search(value)):
                return key, value
    return None


def _evidence(signature: Signature, look: _Look) -> Iterator[Evidence]:
    """Every sign of the signature in the document, and where it stands."""
    document, name = look.document, signature.name
    header = _header(signature, look)
    if header is not None:
        yield _in_header(name, *header)
    for key, patterns in signature.patterns.items():
        text = look.of(key)
        hits = (hit for pattern in patterns if (hit := pattern.search(text)))
        hit = next(hits, None) if text else None
        if hit and key == "subject":
            yield Evidence(*hit.span(), hit[0], f"{name}: subject", "subject")
        elif hit and key == "body":
            yield Evidence(*hit.span(), document.text[hit.start() : hit.end()], name)
        elif hit:
            yield _in_header(name, key, hit[0])
    saying = next((one for one in signature.says if one in look.text), None)
    if saying and not look.passed_on:
        start = look.text.find(saying)
        end = start + len(saying)
        yield Evidence(start, end, document.text[start:end], name)


def _in_header(name: str, key: str, value: str) -> Evidence:
    """Evidence that is neither in the text nor in the subject."""
    line = " ".join(value.split())
    held = line if len(line) <= TOLD else line[:TOLD] + "..."
    return Evidence(0, 0, "", f"{name}: {key}: {held}" if held else f"{name}: {key}")

"""What a learner sees of a document: words of each zone, cues, the rules' own verdicts, its form.

Names of services and numbers are masked, so that what is learned of one organization's mail
holds for another's. A feature is a name with a value; those that are words of the document keep
their place, so that what they contributed can be shown where it stands.
"""

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from classifiers.pages import Zone
from classifiers.rules import Decided
from classifiers.view import View

_TURNS = ("", "denied", "future", "if")
_TURNED = ("outage", "degradation", "trouble", "resolved", "maintenance", "blocked", "fine")
_STEPS = (0.5, 1.5, 2.5, 3.5, 4.5, 6.0)
_NAMES = ("alias", "ambiguous", "shared", "place")
# How long the words of a group are together, as a vector.
_LENGTH = {"s": 3.0, "d": 4.0, "1": 2.0, "h": 1.0, "b": 4.0, "c": 4.0}
_STEM = 5  # letters
_GRAMS = (3, 4, 5)
_LONGEST = 14  # letters of a word that are cut into pieces


_EVERYDAY = frozenset({
    "from", "to", "cc", "subject", "date", "message-id", "mime-version", "content-type",
    "content-transfer-encoding",
})  # fmt: skip
_ALNUM = re.compile(r"[a-z]{2,}")
_SUBJECT = re.compile(r"[a-z]{2,}|[\[\]#:|]|\d+")
_PREFIX = re.compile(r"^\W*(re|fw|fwd|aw|rv|\[[a-z -]{2,20}|[a-z]{2,10}\d{3,}|[a-z ]{3,14}:)")
_GREETINGS = frozenset({"hi", "hello", "dear", "good", "hola", "buenos", "team", "all"})
_ONESELF = frozenset({"i", "we", "my", "our", "me", "us"})
_PERSONAL = re.compile(r"[a-z]+[._-][a-z]\w+|[a-z]\.[a-z]+")


class Feature(NamedTuple):
    """`name` with `value`; words `first` to `last` of the passages, -1 where it is none."""

    name: str
    value: float
    first: int = -1
    last: int = -1


def of_source(view: View) -> list[Feature]:
    """What tells the way a message came: its envelope, headers, labels, and what the rules made."""
    return [Feature(f"S:{name}", value) for name, value in _of_source(view)]


def _of_source(view: View) -> Iterator[tuple[str, float]]:
    document, page = view.passages.document, view.page
    rules = view.source.form.word
    yield f"rules={rules}", 1.0
    yield f"rules={rules}@{round(view.source.confidence, 1)}", 1.0
    for name in ("is_auto", "is_bulk", "is_bounce"):
        yield f"{name}={getattr(document, name)}", 0.5
    yield f"kind={document.auto_kind}", 0.5
    yield f"list={document.list_id is not None}", 1.0
    yield f"forwards={bool(document.forwarded_text)}", 0.5
    names = {name.lower() for name, _ in document.headers} - _EVERYDAY
    yield from ((f"h:{name}", 0.5) for name in names)
    local, _, domain = document.from_address.lower().partition("@")
    yield from ((f"l:{word}", 0.7) for word in set(_ALNUM.findall(local)))
    yield from ((f"m:{word}", 0.5) for word in set(_ALNUM.findall(domain)) - {"example"})
    yield f"dotted={bool(_PERSONAL.fullmatch(local))}", 0.7
    yield from ((f"n:{word}", 0.5) for word in set(_ALNUM.findall(document.from_name.lower())))
    subject = document.subject.lower()
    yield from ((f"s:{word}", 0.6) for word in set(_SUBJECT.findall(subject)))
    yield from ((f"p:{mark}", 0.7) for mark in _PREFIX.findall(subject)[:1])
    fields = sorted(page.fields)[:40]
    yield f"fields={min(len(fields), 8)}", 0.7
    yield from ((f"f:{name}", 0.5) for name in fields)
    opening = [word for word in view.passages.words[:120] if word.isalpha()]
    last = [word for word in view.passages.words[-60:] if word.isalpha()]
    value = 2 / math.sqrt(len(opening) + 1)
    yield from ((f"w:{word}", value) for word in set(opening) | set(last))
    yield f"greets={any(word in _GREETINGS for word in opening[:12])}", 0.5
    me = sum(word in _ONESELF for word in opening)
    yield f"me={min(me, 4)}", 0.5


def features(view: View) -> list[Feature]:
    """Every feature of a document; the words of a group have its length together."""
    words = _masked(view)
    return [
        *_form(view),
        *_weights(view),
        *_words(view, words),
        *_stems(view, words),
        *_pieces(view, words),
    ]


def _masked(view: View) -> list[str]:
    """The words, with SERVICE for each word of a service's name and # for digits."""
    words = list(view.passages.words)
    for mention in view.mentions:
        if mention.kind in _NAMES:
            words[mention.first : mention.last] = ["SERVICE"] * (mention.last - mention.first)
    return [_number(word) if word[0].isdigit() else word for word in words]


def _number(word: str) -> str:
    return "#" * min(len(word), 4) if word.isdigit() else "#x"


def _group(view: View, zone: Zone) -> str:
    if zone == "subject":
        return "s"
    return "d" if zone in view.told.zones else "h"


def _words(view: View, words: Sequence[str]) -> Iterator[Feature]:
    """Single words and pairs: of the subject, the zones that decide, and the others."""
    found: dict[str, dict[str, tuple[int, int]]] = {"s": {}, "d": {}, "h": {}}
    opening: dict[str, tuple[int, int]] = {}
    newest = True
    for said in view.passages.statements:
        group = _group(view, said.zone)
        names = found[group]
        before = "^"
        for place in range(said.first, said.last):
            word = words[place]
            names.setdefault(word, (place, place + 1))
            names.setdefault(f"{before} {word}", (max(said.first, place - 1), place + 1))
            if group == "d" and newest:
                opening.setdefault(word, (place, place + 1))
            before = word
        if group == "d" and said.last - said.first > 2:
            newest = False
    for group, names in (*found.items(), ("1", opening)):
        if names:
            value = _LENGTH[group] / math.sqrt(len(names))
            for name, (first, last) in names.items():
                yield Feature(f"{group}:{name}", value, first, last)


def _stems(view: View, words: Sequence[str]) -> Iterator[Feature]:
    """How words of the zones that decide begin, which is what inflected forms share."""
    stems: dict[str, int] = {}
    for said in view.passages.statements:
        if said.zone in view.told.zones:
            for place in range(said.first, said.last):
                if words[place].isalpha():
                    stems.setdefault(words[place][:_STEM], place)
    value = _LENGTH["b"] / math.sqrt(len(stems) or 1)
    for stem, place in stems.items():
        yield Feature(f"b:{stem}", value, place, place + 1)


def _pieces(view: View, words: Sequence[str]) -> Iterator[Feature]:
    """Runs of letters inside the words of the zones that decide: for what is misspelt."""
    places: dict[str, int] = {}
    for said in view.passages.statements:
        if said.zone in view.told.zones:
            for place in range(said.first, said.last):
                places.setdefault(words[place], place)
    pieces: dict[str, int] = {}
    for word, place in places.items():
        if word.isalpha() and word != "SERVICE":
            for piece in _cut(word):
                pieces.setdefault(piece, place)
    value = _LENGTH["c"] / math.sqrt(len(pieces) or 1)
    for piece, place in pieces.items():
        yield Feature(piece, value, place, place + 1)


@lru_cache(maxsize=1 << 15)
def _cut(word: str) -> tuple[str, ...]:
    edged = f"<{word[:_LONGEST]}>"
    return tuple(
        f"c:{edged[start : start + size]}"
        for size in _GRAMS
        for start in range(len(edged) - size + 1)
    )


def _weights(view: View) -> Iterator[Feature]:
    """How strongly cues speak, as steps, so that a little and a lot can mean different things."""
    for kind, weight in view.told.weights._asdict().items():
        yield from _steps(f"w:{kind}", weight)
    cues, zones = view.cues, view.told.zones
    for kind in _TURNED:
        for turn in _TURNS[1:]:
            yield from _steps(f"w:{kind}:{turn}", cues.weight(kind, zones, (turn,)))
    for zone in ("subject", "own", "forwarded", "history"):
        for kind in ("outage", "degradation", "resolved", "maintenance", "cancelled", "question"):
            yield from _steps(f"z:{zone}:{kind}", cues.weight(kind, (zone,)), steps=(1.5, 3.5))


def _steps(name: str, weight: float, steps: Sequence[float] = _STEPS) -> Iterator[Feature]:
    for step in steps:
        if weight < step:
            break
        yield Feature(f"{name}>{step}", 0.5)


def _form(view: View) -> Iterator[Feature]:
    """What kind of mail it is, and what the rules made of it."""
    document = view.passages.document
    source = view.source.form.word
    names = [f"source={source}", f"language={document.language}", f"kind={document.auto_kind}"]
    for name in ("is_auto", "is_bulk", "is_bounce"):
        if getattr(document, name):
            names.append(name)
    for label in ("event", "reach", "hampered"):
        decided: Decided = getattr(view, label)
        names += [
            f"{label}={decided.value}",
            f"{label}={decided.value}/{source}",
            f"{label}={decided.value}@{round(decided.confidence, 1)}",
        ]
    names.append(f"rules={view.event.value}/{view.reach.value}/{view.hampered.value}")
    said = view.passages.statements
    asks = sum(one.asks for one in said if one.zone == "own")
    names += [f"asks={min(asks, 3)}", f"forwards={bool(document.forwarded_text)}"]
    names += [f"has:{zone}" for zone in ("own", "forwarded", "history") if view.passages.has(zone)]
    length = sum(one.last - one.first for one in said if one.zone in view.told.zones)
    names += [f"longer:{size}" for size in (3, 8, 20, 50, 120, 300) if length > size]
    if document.calendars:
        names.append("calendar")
    count = view.count
    people = 0 if count is None else count.people
    names.append(f"count={'calls' if count and count.calls else 'people'}:{_size(people)}")
    named = {one.id for one in view.mentions if one.kind in _NAMES}
    names.append(f"named={min(len(named), 4)}")
    for name in names:
        yield Feature(f"f:{name}", 1.0)


def _size(people: int) -> str:
    for most, word in ((0, "none"), (1, "one"), (5, "few"), (100, "some")):
        if people <= most:
            return word
    return "many"

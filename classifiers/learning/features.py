"""What a learner sees of a document: words of each zone, cues, the rules' own verdicts, its form.

Names of services and numbers are masked, so that what is learned of one organization's mail
holds for another's. A feature is a name with a value; those that are words of the document keep
their place, so that what they contributed can be shown where it stands.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from classifiers.pages import Zone
from classifiers.rules import Decided
from classifiers.view import View

_TURNS = ("", "denied", "future", "if")
_MARKS = {"denied": "!", "if": "?"}
_TURNED = ("outage", "degradation", "trouble", "resolved", "maintenance", "blocked", "fine")
_STEPS = (0.5, 1.5, 2.5, 3.5, 4.5, 6.0)
_NAMES = ("alias", "ambiguous", "shared", "place")
# How long the words of a group are together, as a vector.
_LENGTH = {"s": 3.0, "d": 4.0, "1": 2.0, "h": 1.0, "b": 4.0, "c": 4.0}
_STEM = 5  # letters
_GRAMS = (3, 4, 5)
# Words that may stand between a part and its whole, and numbers in words.
_OF = frozenset({
    "of", "out", "in", "our", "these", "those", "my", "the", "all", "de", "los", "las", "d", "du",
    "des", "von", "der",
})  # fmt: skip
_NUMBERS = {
    word: float(number)
    for number, row in enumerate((
        "none neither zero no ninguno ninguna cero", "one uno una", "two both dos ambos",
        "three tres", "four cuatro", "five cinco", "six seis", "seven siete", "eight ocho",
        "nine nueve", "ten diez", "eleven once", "twelve doce",
    ))
    for word in row.split()
}  # fmt: skip
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


NOWHERE = -1  # the place of a feature that is no words of the document
_WIDEST = 64


def place(first: int, last: int) -> int:
    """Words `first` to before `last` of the passages, as one number."""
    return first * _WIDEST + last - first


def words_at(place: int) -> tuple[int, int]:
    """The words of a place: from one to before another."""
    first, length = divmod(place, _WIDEST)
    return first, first + length


class Features:
    """Names, and beside each its value and its place (see `place`)."""

    __slots__ = ("names", "places", "values")

    def __init__(self, *pairs: tuple[str, float]) -> None:
        self.names: list[str] = []
        self.values: list[float] = []
        self.places: list[int] = []
        self.add(pairs)

    def add(self, pairs: Iterable[tuple[str, float]]) -> "Features":
        """Names with their values, that are no words."""
        for name, value in pairs:
            self.names.append(name)
            self.values.append(value)
            self.places.append(NOWHERE)
        return self

    def add_words(self, found: Mapping[str, int], length: float) -> None:
        """Names with their places, which as a vector are `length` long."""
        self.names += found
        self.values += [length / math.sqrt(len(found) or 1)] * len(found)
        self.places += found.values()

    def __add__(self, other: "Features") -> "Features":
        both = Features()
        both.names = self.names + other.names
        both.values = self.values + other.values
        both.places = self.places + other.places
        return both


def of_words_around(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """The words on each side of a place; those next to it also by how far away they are."""
    for away, word in enumerate(reversed(before), 1):
        yield f"b:{word}"
        if away <= 2:
            yield f"b{away}:{word}"
    for away, word in enumerate(after, 1):
        yield f"a:{word}"
        if away <= 2:
            yield f"a{away}:{word}"


def of_source(view: View) -> Features:
    """What tells the way a message came: its envelope, headers, labels, and what the rules made."""
    return Features(*((f"S:{name}", value) for name, value in _of_source(view)))


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


def features(view: View) -> Features:
    """Every feature of a document; the words of a group have its length together."""
    words = _masked(view)
    found = Features().add(_form(view)).add(_weights(view))
    _add_words(found, view, words)
    _add_parts(found, view, words)
    return found


def _masked(view: View) -> list[str]:
    """The words, with SERVICE for each word of a service's name and # for digits.

    What is denied or supposed is another word: "down" of "not down" is "!down".
    """
    words = list(view.passages.words)
    for hit in view.cues.hits:
        if mark := _MARKS.get(hit.turn):
            for here in range(hit.first, hit.last):
                words[here] = mark + words[here].lstrip(mark)
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


def _add_words(found: Features, view: View, words: Sequence[str]) -> None:
    """Single words and pairs: of the subject, the zones that decide, and the others."""
    groups: dict[str, dict[str, int]] = {"s": {}, "d": {}, "h": {}, "1": {}}
    newest = True
    for said in view.passages.statements:
        group = _group(view, said.zone)
        names = groups[group]
        opening = groups["1"] if group == "d" and newest else None
        before, at = "^", said.first
        for here in range(said.first, said.last):
            word = words[here]
            names.setdefault(f"{group}:{word}", here * _WIDEST + 1)
            names.setdefault(f"{group}:{before} {word}", place(at, here + 1))
            if opening is not None:
                opening.setdefault(f"1:{word}", here * _WIDEST + 1)
            before, at = word, here
        if group == "d" and said.last - said.first > 2:
            newest = False
    for group, names in groups.items():
        found.add_words(names, _LENGTH[group])


def _add_parts(found: Features, view: View, words: Sequence[str]) -> None:
    """Of words of the zones that decide: how they begin, which is what inflected forms share,
    and the runs of letters inside them, for what is misspelt."""
    first: dict[str, int] = {}
    for said in view.passages.statements:
        if said.zone in view.told.zones:
            for here in range(said.first, said.last):
                first.setdefault(words[here], here)
    alphabetic = [(word, here * _WIDEST + 1) for word, here in first.items() if word.isalpha()]
    stems: dict[str, int] = {}
    pieces: dict[str, int] = {}
    for word, at in reversed(alphabetic):  # so that the first place is what stays
        stems[f"b:{word[:_STEM]}"] = at
        if word != "SERVICE":
            pieces.update(dict.fromkeys(_cut(word), at))
    found.add_words(stems, _LENGTH["b"])
    found.add_words(pieces, _LENGTH["c"])


@lru_cache(maxsize=1 << 15)
def _cut(word: str) -> tuple[str, ...]:
    edged = f"<{word[:_LONGEST]}>"
    return tuple(
        f"c:{edged[start : start + size]}"
        for size in _GRAMS
        for start in range(len(edged) - size + 1)
    )


def _weights(view: View) -> Iterator[tuple[str, float]]:
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


def _steps(
    name: str, weight: float, steps: Sequence[float] = _STEPS
) -> Iterator[tuple[str, float]]:
    for step in steps:
        if weight < step:
            break
        yield f"{name}>{step}", 0.5


def _form(view: View) -> Iterator[tuple[str, float]]:
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
    names += [f"share:{name}" for name in dict.fromkeys(_shares(view))]
    for name in names:
        yield f"f:{name}", 1.0


def _shares(view: View) -> Iterator[str]:
    """What share of a whole is told: "4 of the 52", "none of the 28", 57 and 57 again."""
    words = view.passages.words
    for said in view.passages.statements:
        if said.zone not in view.told.zones:
            continue
        seen: set[float] = set()
        before: tuple[int, float] | None = None
        for place in range(said.first, said.last):
            number = _value(words[place])
            if number is None:
                continue
            if number in seen and number > 1:
                yield "same"
            seen.add(number)
            between = words[before[0] + 1 : place] if before else []
            if before and between and number > 1 and _OF.issuperset(between):
                part = before[1]
                if part <= number:
                    yield "all" if part == number else "nothing" if part == 0 else "part"
            before = place, number
        if 0.0 in seen:
            yield "zero"


def _value(word: str) -> float | None:
    if word[0].isdigit():
        return float(word.replace(",", "")) if word.replace(",", "").isdecimal() else None
    return _NUMBERS.get(word)


def _size(people: int) -> str:
    for most, word in ((0, "none"), (1, "one"), (5, "few"), (100, "some")):
        if people <= most:
            return word
    return "many"

"""What a learner sees of each number of a document: is it how many distinct people are affected?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from classifiers.learning.features import Features, of_words_around
from classifiers.pages import Zone
from classifiers.people import Number, numbers
from classifiers.view import View

#: Events of which people are affected, so that a number may count them.
AFFECTING = frozenset({"outage", "degradation", "maintenance", "resolved"})
_AROUND = 4  # words on each side of a number that are looked at
_ZONES: tuple[Zone, ...] = ("subject", "own", "forwarded")
_MOST = 40  # numbers of a document that are weighed
_STATES = (
    "outage", "degradation", "trouble", "maintenance", "resolved", "blocked", "partial", "fine",
    "instead", "info", "question",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counted:
    """A number that may count people, and what speaks for and against it."""

    number: Number
    features: Features


def counts(view: View, event: Mapping[str, float]) -> list[Counted]:
    """The numbers of a document that may count people; `event`: how likely each event is."""
    found = list(numbers(view.words_of_people, view.passages, _ZONES))[:_MOST]
    times = Counter(number.value for number in found)
    states: dict[int, dict[str, None]] = {}  # in the order of the cues: the same each time
    for hit in view.cues.hits:
        for kind in _STATES:
            if hit.cue.speaks.get(kind, 0):
                name = f"{kind}{hit.turn and ':' + hit.turn}"
                states.setdefault(hit.statement, {})[name] = None
    counted = []
    for rank, number in enumerate(found):
        names = {f"event:{label}": share for label, share in event.items()}
        names[f"source:{view.source.form.word}"] = 1.0
        names |= dict.fromkeys(_of_number(number), 1.0)
        names |= dict.fromkeys(_of_place(view, number), 1.0)
        names[f"rank={min(rank, 4)}"] = 1.0
        names[f"times={min(times[number.value], 3)}"] = 1.0
        names[f"of={min(len(found), 6)}"] = 1.0
        at = view.passages.statement_at(number.first)
        names |= {f"same:{kind}": 1.0 for kind in states.get(at, ())}
        for other in (at - 1, at + 1):
            names |= {f"next:{kind}": 0.5 for kind in states.get(other, ())}
        chosen = view.count is not None and view.count.people == number.value
        names[f"chosen={chosen}"] = 1.0
        names[f"chosen={chosen}/{number.counts}"] = 1.0
        counted.append(Counted(number, Features(*names.items())))
    return counted


def _of_number(number: Number) -> Iterator[str]:
    yield f"counts={number.counts}"
    yield f"labelled={number.is_labelled}"
    yield f"size={len(str(number.value))}"
    if number.value in (0, 1, 2):
        yield f"is={number.value}"
    yield f"spelt={number.is_spelt}"


def _of_place(view: View, number: Number) -> Iterator[str]:
    passages = view.passages
    said = passages.statements[passages.statement_at(number.first)]
    yield f"zone={said.zone}"
    yield f"zone={said.zone}/{said.zone in view.decided}"
    if said.label:
        yield from (f"l:{word}" for word in said.label.split()[:4])
        yield f"label={said.label[:30]}"
    row = passages.words
    before = _masked(row[max(said.first, number.first - _AROUND) : number.first])
    after = _masked(row[number.last : min(said.last, number.last + _AROUND)])
    yield from of_words_around(before, after)
    yield f"b12:{' '.join(before[-2:])}"
    yield f"a12:{' '.join(after[:2])}"
    yield f"ba:{before[-1:]} {after[:1]}"
    if number.first == said.first:
        yield "opens"
    if number.last >= said.last:
        yield "ends"


def _masked(words: list[str]) -> list[str]:
    return ["#" if word[:1].isdigit() else word for word in words]

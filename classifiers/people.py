"""Finds how many distinct people a document says are affected.

A number counts with a word for people behind it ("14 accredited reps", "nine Veterans") or in
a field that asks for it ("Users: 3"). Of several, the one that stands with words of trouble
wins; a total of calls, mentions or events is never people. The words stand in
`data/people.toml`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from classifiers.contract import Evidence
from classifiers.cues import Cues
from classifiers.pages import Zone
from classifiers.passages import Passages, Statement
from classifiers.tables import Table, read_file

_PROBLEMS = ("outage", "degradation", "trouble", "blocked", "partial", "resolved", "maintenance")
_OURS = [["our"], ["my"], ["the"], ["their"], ["these"], ["his"], ["her"], ["nuestros"]]
_DIGITS = frozenset("0123456789")
_BETWEEN = 3  # words that may stand between a number and what it counts


@dataclass(frozen=True, slots=True)
class Count:
    """`people` affected, the evidence, and whether calls were counted instead of people."""

    people: int
    evidence: Evidence
    score: float
    calls: bool = False


@dataclass(frozen=True, slots=True)
class PeopleWords:
    """The words of `data/people.toml`."""

    numbers: dict[str, int]
    nouns: frozenset[str]
    calls: frozenset[str]
    never: frozenset[str]
    before: frozenset[str]
    affected: frozenset[str]
    labels: tuple[str, ...]


def load_people(data: Path, overlay: Path | None) -> PeopleWords:
    """Read `people.toml`. Raises ValueError naming file, key and remedy."""
    table = read_file("people.toml", data, overlay)
    table.known(("numbers", "nouns", "calls", "never", "before", "affected", "labels"))
    numbers: Table = table.table("numbers")
    return PeopleWords(
        numbers={word: numbers.number(word, 1) for word in numbers.values},
        nouns=frozenset(table.texts("nouns")),
        calls=frozenset(table.texts("calls")),
        never=frozenset(table.texts("never")),
        before=frozenset(table.texts("before")),
        affected=frozenset(table.texts("affected")),
        labels=table.texts("labels"),
    )


def find_count(words: PeopleWords, cues: Cues, zones: Iterable[Zone]) -> Count | None:
    """The number of people affected, or None where none is written."""
    passages = cues.passages
    zones = tuple(zones)
    numbers = [
        place
        for place, word in enumerate(passages.words)
        if word in words.numbers or (word[0] in _DIGITS and word.replace(",", "").isdigit())
    ]
    troubled = {
        hit.statement
        for hit in (cues.hits if numbers else ())
        if hit.turn != "if" and any(kind in hit.cue.speaks for kind in _PROBLEMS)
    }
    paragraphs = {passages.statements[number].paragraph for number in troubled}
    best: Count | None = None
    for place in numbers:
        number = passages.statement_at(place)
        said = passages.statements[number]
        count = _count(words, passages, said, place) if said.zone in zones else None
        if count is None:
            continue
        beside = 3 * (number in troubled) + 1 * (said.paragraph in paragraphs)
        count = replace(count, score=count.score + beside)
        if count.score >= 1 and (best is None or _rank(count) > _rank(best)):
            best = count
    return best


def _count(words: PeopleWords, passages: Passages, said: Statement, place: int) -> Count | None:
    """What the number at `place` counts, if that is people or their calls."""
    row = passages.words[said.first : said.last]
    value, length = _number(words, row, place - said.first)
    if value is None:
        return None
    labelled = said.label in words.labels
    counted = "people" if labelled else _counted(words, row, place - said.first + length)
    if not counted:
        return None
    score = (5.0 if labelled else 0.0) + 2 * any(word in words.affected for word in row)
    evidence = passages.evidence(place, min(place + length + 2, said.last), "a count")
    return Count(value, evidence, score, counted == "calls")


def _rank(count: Count) -> tuple[bool, float, int]:
    return (not count.calls, count.score, count.people)


def _number(words: PeopleWords, row: list[str], place: int) -> tuple[int | None, int]:
    """The number that starts at `place` and how many words it takes."""
    if place and row[place - 1] in words.before:
        return None, 1
    if _is_whole(words, row, place):
        return None, 1
    text = row[place].replace(",", "")
    if text.isascii() and text.isdigit():
        return (int(text), 1) if len(text) <= 7 else (None, 1)
    value = words.numbers.get(text)
    if value is None or (place and row[place - 1] in words.numbers):
        return None, 1
    length = 1
    while place + length < len(row) and row[place + length] in words.numbers:
        further = words.numbers[row[place + length]]
        value = value * further if further >= 100 or further == 12 else value + further
        length += 1
    return value, length


def _is_whole(words: PeopleWords, row: list[str], place: int) -> bool:
    """True for the 20 of "14 of 20" and of "14 of our 20", which are not all affected."""
    before = row[:place]
    if before[-1:] in _OURS:
        before = before[:-1]
    return before[-1:] == ["of"] and _is_number(words, before[-2:-1])


def _is_number(words: PeopleWords, row: list[str]) -> bool:
    return bool(row) and (row[0] in words.numbers or row[0].replace(",", "").isdigit())


def _counted(words: PeopleWords, row: list[str], place: int) -> str:
    """ "people" or "calls", whichever the words behind the number name first."""
    if row[place : place + 1] == ["of"]:  # "14 of us", "14 of our reps", "14 of the 20 reps"
        if row[place + 1 : place + 2] == ["us"]:
            return "people"
        place += 1
        place += row[place : place + 1][:1] in _OURS
        place += _is_number(words, row[place : place + 1])
        if row[place - 1] == "of":  # "14 of something"
            return ""
    for word in row[place : place + _BETWEEN]:
        if word in words.nouns:
            return "people"
        if word in words.calls:
            return "calls"
        if word in words.never or not word[0].isalpha() or word in {"in", "on", "at", "to"}:
            return ""
    return ""

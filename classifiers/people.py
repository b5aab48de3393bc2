"""Finds how many distinct people a document says are affected.

A number counts with a word for people behind it ("14 accredited reps", "nine Veterans") or in
a field that asks for it ("Users: 3"). Of several, the one that stands with words of trouble
wins; a total of calls, mentions or events is never people. The words stand in
`data/people.toml`.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from classifiers.contract import Evidence
from classifiers.cues import Cues
from classifiers.pages import Zone
from classifiers.passages import Passages
from classifiers.tables import Table, read_file

_PROBLEMS = ("outage", "degradation", "trouble", "blocked", "partial", "resolved", "maintenance")
_OURS = [["our"], ["my"], ["the"], ["their"], ["these"], ["his"], ["her"], ["nuestros"]]
_DIGITS = frozenset("0123456789")
# What joins a number to a time, a date, a sum or a name.
_GLUE_BEFORE = re.compile(r"\w[-/:.,#_]$|[$€£#/_]$")
_GLUE_AFTER = re.compile(r"[-/:.,_]\w|[-/%°]")
_DIGITAL = re.compile(r"\d{1,7}|\d{1,3}k", re.ASCII)
_DOZEN = 12
_HALVES = (["half", "a"], ["media"], ["la", "media"], ["una", "media"])
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


@dataclass(frozen=True, slots=True)
class Number:
    """A number that stands for itself, in words `first` to before `last` of the passages.

    `counts` is what it counts by the word behind it: "people", "calls" or "".
    """

    value: int
    first: int
    last: int
    counts: str
    is_labelled: bool
    is_spelt: bool


def numbers(words: PeopleWords, passages: Passages, zones: Collection[Zone]) -> Iterator[Number]:
    """The numbers of these zones that are no part of a date, a time, an id or an address."""
    for statement in passages.statements:
        if statement.zone not in zones:
            continue
        row = passages.words[statement.first : statement.last]
        at = 0
        while at < len(row):
            if not (row[at] in words.numbers or row[at][0] in _DIGITS):
                at += 1
                continue
            place = statement.first + at
            value, length = _number(words, row, at)
            if value is not None and not _is_glued(passages, place, place + length):
                yield Number(
                    value,
                    place,
                    place + length,
                    _counted(words, row, at + length),
                    statement.label in words.labels,
                    row[at] in words.numbers,
                )
            at += max(length, 1)


def _is_glued(passages: Passages, first: int, last: int) -> bool:
    """True for the 30 of 8:30, the 5 of 5/21, the 10 of 10-10CG and the 2 of v2.1."""
    said = passages.statements[passages.statement_at(first)]
    document = passages.document
    text = document.subject if said.zone == "subject" else document.text
    start, end = passages.places[first][0], passages.places[last - 1][1]
    before, after = text[max(start - 2, 0) : start], text[end : end + 2]
    return bool(_GLUE_BEFORE.search(before) or _GLUE_AFTER.match(after))


def find_count(words: PeopleWords, cues: Cues, zones: Collection[Zone]) -> Count | None:
    """The number of people affected by the rules' own lights, or None where none is written."""
    passages = cues.passages
    found = [one for one in numbers(words, passages, zones) if one.is_labelled or one.counts]
    troubled = {
        hit.statement
        for hit in (cues.hits if found else ())
        if hit.turn != "if" and any(kind in hit.cue.speaks for kind in _PROBLEMS)
    }
    paragraphs = {passages.statements[number].paragraph for number in troubled}
    best: Count | None = None
    for one in found:
        at = passages.statement_at(one.first)
        said = passages.statements[at]
        row = passages.words[said.first : said.last]
        score = (5.0 if one.is_labelled else 0.0) + 2 * any(word in words.affected for word in row)
        score += 3 * (at in troubled) + 1 * (said.paragraph in paragraphs)
        evidence = passages.evidence(one.first, min(one.last + 2, said.last), "a count")
        is_calls = one.counts == "calls" and not one.is_labelled
        count = Count(one.value, evidence, score, is_calls)
        if score >= 1 and (best is None or _rank(count) > _rank(best)):
            best = count
    return best


def _rank(count: Count) -> tuple[bool, float, int]:
    return (not count.calls, count.score, count.people)


def _number(words: PeopleWords, row: list[str], place: int) -> tuple[int | None, int]:
    """The number that starts at `place` and how many words it takes."""
    if place and row[place - 1] in words.before:
        return None, 1
    if _is_whole(words, row, place):
        return None, 1
    text = row[place].replace(",", "")
    if _DIGITAL.fullmatch(text):
        return int(text.rstrip("k")) * (1000 if text.endswith("k") else 1), 1
    value = words.numbers.get(text)
    if value is None or (place and row[place - 1] in words.numbers):
        return None, 1
    length = 1
    while place + length < len(row) and row[place + length] in words.numbers:
        further = words.numbers[row[place + length]]
        value = value * further if further >= 100 or further == 12 else value + further
        length += 1
    if value == _DOZEN and row[max(place - 2, 0) : place] in _HALVES:
        value //= 2
    elif value == _DOZEN and row[place + length : place + length + 3] == ["and", "a", "half"]:
        return value + value // 2, length + 3
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

"""Turn tokens into the phrases of time: dates, times, zones, links and what lies between.

Nothing is resolved here: a phrase says what was written. English and Spanish.
"""

from collections.abc import Callable
from typing import NamedTuple

from classifiers.windows.dates import DateReader
from classifiers.windows.times import TimeReader
from classifiers.windows.tokens import Token
from classifiers.windows.view import View
from classifiers.windows.words import (
    DAY_PARTS,
    FEASTS,
    GLUE,
    HOURS,
    LINKS,
    MINUTES,
    MODIFIERS,
    MONTHS,
    NAMED_TIMES,
    RELATIVE_DAYS,
    WEEKDAYS,
)
from classifiers.windows.zones import ZONE_WORDS, Zone

_Read = Callable[[int], tuple[object, int] | None]
_SHORT = 5  # letters of a word such as "ore", "klo" or "saat"
_MEASURES = frozenset({"clock", "number", "date", "zone", "local"})
_BEGINNINGS = ZONE_WORDS.union(
    MONTHS,
    WEEKDAYS,
    MODIFIERS,
    RELATIVE_DAYS,
    DAY_PARTS,
    NAMED_TIMES,
    HOURS,
    MINUTES,
    (words[0] for words in FEASTS),
    ("primero", "premier", "day", "week"),
)


class Node(NamedTuple):
    """A phrase and its span. Kinds: date, time, zone, part, link, glue, line, stop, word."""

    kind: str
    start: int
    end: int
    value: object = None


class Reader:
    """Reads nodes from tokens; `year` is the year of writing, `local` the sender's zone."""

    def __init__(self, tokens: list[Token], year: int, local: Zone | None = None) -> None:
        self._view = View(tokens, year, local)
        dates, times = DateReader(self._view), TimeReader(self._view)
        self._readers: tuple[tuple[str, _Read], ...] = (
            ("date", dates.read),
            ("time", times.read),
            ("zone", times.zone),
            ("part", self._part),
        )

    def nodes(self) -> list[Node]:
        """All nodes in order."""
        nodes: list[Node] = []
        at = 0
        while at < len(self._view.tokens):
            node, at = self._next(at)
            nodes.append(node)
            if node.kind not in ("glue", "link"):
                self._view.last = node.kind
                self._view.is_timed = self._view.is_timed or node.kind == "time"
        return nodes

    def _next(self, at: int) -> tuple[Node, int]:
        token = self._view.tokens[at]
        if token.kind in _MEASURES or (token.kind == "word" and token.value in _BEGINNINGS):
            for kind, read in self._readers:
                if found := read(at):
                    value, after = found
                    return Node(kind, token.start, self._view.tokens[after - 1].end, value), after
        return self._plain(at), at + 1

    def _plain(self, at: int) -> Node:
        token = self._view.tokens[at]
        kind = "word"
        if token.kind == "arrow":
            kind = "link"
        elif token.kind == "line":
            kind = "line"
        elif token.kind == "punctuation":
            kind = self._punctuation(at)
        elif token.kind == "local":
            kind = "glue"
        elif token.kind == "word" and token.value in LINKS:
            kind = "link"
        elif token.kind == "word" and (
            token.value in GLUE or self._leads_to_clock(at) or self._is_edge(at)
        ):
            kind = "glue"
        return Node(kind, token.start, token.end, token.value)

    def _is_edge(self, at: int) -> bool:
        """Whether a word tells which midnight is meant: "midnight at the end of Friday"."""
        words = [self._view.word(at + n) for n in (-2, -1, 0, 1)]
        is_edge = words[2] in ("start", "beginning", "end", "close") and words[3] in ("of", "on")
        return is_edge and words[:2] == ["at", "the"] and self._view.last in ("time", "zone")

    def _leads_to_clock(self, at: int) -> bool:
        """Whether a short word stands between a date and its clock, in any language: "kl 22:00"."""
        if self._view.last != "date" or len(self._view.word(at)) > _SHORT:
            return False
        following = self._view.token(at + 1)
        if following and self._view.word(at + 1) == ".":
            following = self._view.token(at + 2)
        return following is not None and following.kind == "clock" and self._is_beside_date(at)

    def _is_beside_date(self, at: int) -> bool:
        before = self._view.token(at - 1)
        is_date = before is not None and before.kind in ("date", "number")
        return is_date or self._view.word(at - 1) in (",", "(")

    def _punctuation(self, at: int) -> str:
        mark = str(self._view.tokens[at].value)
        if mark in ".!?;":
            # A full stop inside "Sat. 12 July" or "Jul. 3" is followed by no blank or by a number.
            after = self._view.token(at + 1)
            is_abbreviation = mark == "." and after and after.kind in ("number", "date")
            return "glue" if is_abbreviation and self._view.last in ("date", "part") else "stop"
        if mark in "-–—‑−~":
            return "link"
        return "glue" if mark in ",()[]@:*_|\"'/=•·" else "word"

    def _part(self, at: int) -> tuple[str, int] | None:
        word = self._view.word(at)
        part = DAY_PARTS.get(word)
        if word == "mañana" and self._view.word(at - 1) == "la":
            part = "morning"
        return (part, at + 1) if part else None

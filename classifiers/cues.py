"""Finds cue phrases in the words of a document, and what turns them: denial, future, condition.

The phrases stand in `data/cues/*.toml`. A cue speaks for one or more of KINDS with a weight;
the longest phrase at a place speaks and those inside it are silent. Cues are evidence, and
features for a learner; they are never a confidence by themselves.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from classifiers.pages import Zone
from classifiers.passages import Passages
from classifiers.tables import Table, read_folder
from classifiers.words import plain

EVENT_KINDS = (
    "outage", "degradation", "trouble", "maintenance", "cancelled", "resolved", "question", "info",
)  # fmt: skip
KINDS = {
    *EVENT_KINDS,
    "flat",  # said to be down without any "for us" or "for some"
    "bare",  # nothing works: flat, unless one person tells it of themselves
    "planned", "moved", "retract", "still", "thanks",
    "blocked", "partial", "none", "workaround", "fails_too",
    "all", "many", "some", "part", "group", "me", "we",
    "fine", "instead", "dependency",  # of a service
    "negation", "future", "conditional", "past",  # what turns another cue
}  # fmt: skip
_TURNING = ("negation", "future", "conditional", "past")
CLAUSE_MARKS = {*",;:()—|-–"}
_CLAUSE = CLAUSE_MARKS | {"but", "while", "although", "though", "however", "pero", "aunque"}
_NO_BRIDGE = {*"\n.!?…;", "who", "nothing", "never"}  # "no one who could not" is not "no one could"
Span = tuple[int, int]  # the words from one to before another
_GAP, _WIDE_GAP = 4, 8  # words that ".." and "..." may stand for
_NO_WIDE_BRIDGE = _NO_BRIDGE | _CLAUSE | {"so", "and", "if"}


@dataclass(frozen=True, slots=True)
class Cue:
    """What its phrases tell: kind -> weight; `turns` if it turns other cues."""

    why: str
    speaks: dict[str, int]
    turns: bool = False


class Hit(NamedTuple):
    """A cue in the words `first` to `last`. `turn` is "", denied, future, if, or asked."""

    first: int
    last: int
    cue: Cue
    statement: int
    turn: str = ""


@dataclass(slots=True)
class Cues:
    """The cues of a document."""

    passages: Passages
    hits: list[Hit] = field(default_factory=list)
    _by_kind: dict[str, list[tuple[Zone, Hit]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for hit in self.hits:
            zone = self.passages.statements[hit.statement].zone
            for kind in hit.cue.speaks:
                self._by_kind.setdefault(kind, []).append((zone, hit))

    def of(self, kind: str, zones: Sequence[Zone], turns: Sequence[str] = ("",)) -> Iterator[Hit]:
        """The hits that speak for `kind` in these zones."""
        for zone, hit in self._by_kind.get(kind, ()):
            if zone in zones and hit.turn in turns:
                yield hit

    def weight(self, kind: str, zones: Sequence[Zone], turns: Sequence[str] = ("",)) -> float:
        """How strongly the zones speak for `kind`: the best statement, and less of each further."""
        if kind not in self._by_kind:
            return 0.0
        best: dict[int, int] = {}
        for hit in self.of(kind, zones, turns):
            best[hit.statement] = max(best.get(hit.statement, 0), hit.cue.speaks[kind])
        ranked = sorted(best.values(), reverse=True)[:4]
        return sum(weight * 0.4**place for place, weight in enumerate(ranked))


class CueMatcher:
    """All cue phrases, ready to be looked for."""

    def __init__(self, vocab: Vocab, data: Path, overlay: Path | None) -> None:
        self._vocab = vocab
        self._matcher = PhraseMatcher(vocab)
        self._meaning: dict[int, tuple[Cue, int, int]] = {}  # key -> cue, number of the gap, part
        self._gaps = 0
        self._wide: set[int] = set()
        for table in read_folder("cues", data, overlay):
            table.known(("cue",))
            for row in table.rows("cue"):
                self._add_cue(vocab, row)

    def _add_cue(self, vocab: Vocab, row: Table) -> None:
        row.known(("why", "speaks", "phrases"))
        speaks = row.table("speaks")
        speaks.known(KINDS)
        kinds = {kind: speaks.number(kind, 1) for kind in speaks.values}
        cue = Cue(row.text("why"), kinds, any(kind in kinds for kind in _TURNING))
        whole: list[Doc] = []
        for phrase in row.texts("phrases"):
            for opening, closing in _wordings(phrase, row):
                if closing:
                    self._gaps += 1
                    if closing[0].startswith("."):
                        self._wide.add(self._gaps)
                    self._add(_docs(vocab, opening), cue, self._gaps, 0)
                    self._add(
                        _docs(vocab, (part.lstrip(".") for part in closing)), cue, self._gaps, 1
                    )
                else:
                    whole += _docs(vocab, opening)
        if not cue.speaks or not row.texts("phrases"):
            raise row.error("phrases", "a cue needs `speaks` and at least one phrase")
        self._add(whole, cue, 0, 0)

    def _add(self, docs: list[Doc], cue: Cue, gap: int, part: int) -> None:
        if docs:
            name = f"cue:{len(self._meaning)}"
            self._matcher.add(name, docs)
            self._meaning[self._vocab.strings[name]] = (cue, gap, part)

    def find(self, doc: Doc, passages: Passages) -> Cues:
        """The cues in `doc`, which holds the words of `passages`."""
        spans: list[tuple[int, int, Cue, bool]] = []
        parts: dict[int, tuple[Cue, list[Span], list[Span]]] = {}
        for key, first, last in self._matcher(doc):
            cue, gap, part = self._meaning[key]
            if gap:
                if gap not in parts:
                    parts[gap] = (cue, [], [])
                (parts[gap][2] if part else parts[gap][1]).append((first, last))
            else:
                spans.append((first, last, cue, False))
        for gap, (cue, opening, closing) in parts.items():
            spans += _bridge(passages, opening, closing, cue, gap in self._wide)
        return Cues(passages, _turned(passages, _longest(passages, spans)))


def _docs(vocab: Vocab, phrases: Iterable[str]) -> list[Doc]:
    rows = {
        tuple(phrase.split() if phrase.replace(" ", "").isalnum() else plain(phrase))
        for phrase in phrases
    }
    return [Doc(vocab, words=list(words)) for words in rows if words]


def _wordings(phrase: str, row: Table) -> Iterator[tuple[list[str], list[str]]]:
    """What stands before and after the gap, "..", of `phrase`; the second is empty without one."""
    if phrase.count("(") != phrase.count(")"):
        raise row.error("phrases", f'"{phrase}" has an open bracket: close it')
    opening, gap, closing = phrase.partition("..")
    if not gap:
        yield _expand(phrase), []
    elif opening.count("(") == opening.count(")"):
        if ".." in closing:
            raise row.error("phrases", f'"{phrase}" has two gaps, "..": make two phrases of it')
        yield _expand(opening), _expand(closing)
    else:  # the gap is one choice of several
        wordings = _expand(phrase)
        yield [wording for wording in wordings if ".." not in wording], []
        for wording in wordings:
            if ".." in wording:
                before, _, after = wording.partition("..")
                yield [before], [after]


def _expand(phrase: str) -> list[str]:
    """Every wording of "(a|b (c|d)|) e": a choice may be empty and may hold choices."""
    depth, pieces = 0, [""]
    for mark in re.split(r"([()|])", phrase):
        depth += {"(": 1, ")": -1}.get(mark, 0)
        if (mark == "(" and depth == 1) or (mark == ")" and depth == 0):
            pieces.append("")
        elif mark == "|" and depth == 1:
            pieces[-1] += "\n"  # parts the choices of this bracket, not those inside
        else:
            pieces[-1] += mark
    wordings = [""]
    for number, piece in enumerate(pieces):  # every second piece stood in brackets
        choices = [piece]
        if number % 2:
            choices = [text for choice in piece.split("\n") for text in _expand(choice)]
        wordings = [wording + choice for wording in wordings for choice in choices]
    return wordings


def _bridge(
    passages: Passages, opening: list[Span], closing: list[Span], cue: Cue, wide: bool
) -> Iterator[tuple[int, int, Cue, bool]]:
    most, never = (_WIDE_GAP, _NO_WIDE_BRIDGE) if wide else (_GAP, _NO_BRIDGE)
    for first, middle in opening:
        for start, last in closing:
            if middle <= start <= middle + most and all(
                word not in never for word in passages.words[middle:start]
            ):
                yield first, last, cue, True
                break


def _longest(passages: Passages, spans: list[tuple[int, int, Cue, bool]]) -> list[Hit]:
    """Drop what stands inside a longer phrase; a phrase with a gap silences nothing."""
    spans.sort(key=lambda span: (span[0], -span[1]))
    hits = []
    reach_first, reach_last = -1, -1
    for first, last, cue, gapped in spans:
        inside = first >= reach_first and last <= reach_last
        if not (inside and (first, last) != (reach_first, reach_last)):
            hits.append(Hit(first, last, cue, passages.statement_at(first)))
        if not gapped and last > reach_last:
            reach_first, reach_last = first, last
    return hits


def _turned(passages: Passages, hits: list[Hit]) -> list[Hit]:
    hits = [hit for hit in hits if not _is_contradicted(hit, hits)]
    turning: dict[int, list[Hit]] = {}
    for hit in hits:
        if hit.cue.turns:
            turning.setdefault(hit.statement, []).append(hit)
    for place, hit in enumerate(hits):
        if not hit.cue.turns:
            turn = _turn(passages, hit, turning.get(hit.statement, []))
            hits[place] = hit._replace(turn=turn) if turn else hit
    return hits


def _is_contradicted(hit: Hit, hits: list[Hit]) -> bool:
    """True for "people can use" of "none of our people can use" and "cannot be cancelled"."""
    if "cancelled" in hit.cue.speaks and "retract" not in hit.cue.speaks:
        return any(
            other.statement == hit.statement and other.last <= hit.first
            for other in hits
            if "blocked" in other.cue.speaks and "planned" not in other.cue.speaks
        )
    return "partial" in hit.cue.speaks and any(
        "blocked" in other.cue.speaks and other.first < hit.first < other.last for other in hits
    )


def _turn(passages: Passages, hit: Hit, turning: list[Hit]) -> str:
    """What turns `hit`: a word before it in its own clause, or the question it stands in."""
    turn = "asked" if passages.statements[hit.statement].asks else ""
    for other in turning:
        near = hit.first - other.last
        if near < 0 or near > 7 or other.last > hit.first:
            continue
        if any(word in _CLAUSE for word in passages.words[other.last : hit.first]):
            continue
        if "conditional" in other.cue.speaks:
            return "if"
        if "negation" in other.cue.speaks and near <= 3:
            turn = "denied"
        elif "future" in other.cue.speaks and near <= 5 and turn != "denied":
            turn = "future"
    return turn

"""Windows of tables: each cell is read by the head of its column or the name of its row.

A table lies in a text as lines of cells, which stand apart by two blanks, a tab or a bar. Where
its head names columns of starts and ends, each row below is a window, its day in a column of
its own if there is one. Where its rows are named start and end, each column is a window; of
old and new columns the new ones count. Of the same times in two zones the first are read.
"""

import re
from dataclasses import dataclass

from classifiers.windows.chains import Chain, ChainReader, Endpoint
from classifiers.windows.lexer import tokens_of
from classifiers.windows.phrases import Reader
from classifiers.windows.spans import Range
from classifiers.windows.zones import Zone, zone_of

_ROWS = 40
_CELL = re.compile(r"[^\s|](?:[^\s|]|[ ](?![ |]))*")
_HEAD = (
    r"(?:planned |scheduled |outage |event |work |maintenance |new |revised |current "
    r"|[^\W\d_]{1,12} / )?"
)
_COLUMNS = {
    "start": re.compile(
        rf"{_HEAD}(?:starts?|from|begins?|beginning|down|off|opens|inicio|início|desde|début|beginn"
        r"|von)\b",
        re.I,
    ),
    "end": re.compile(
        rf"{_HEAD}(?:ends?|to|until|finish|stop|up|back|on|closes|fin|fim|hasta|ende|bis)\b", re.I
    ),
    "day": re.compile(
        r"(?:date|day|night|when|fecha|día|noche|data|dia|noite|datum|tag|nacht|nuit|jour)\b", re.I
    ),
    "old": re.compile(r"(?:old|previous|was|before|original)\b", re.I),
    "new": re.compile(r"(?:new|now|revised|after|current)\b", re.I),
}
_ZONE = re.compile(r"\(([A-Z]{2,4}|(?:UTC|GMT)[+\-−]?[\d:]{0,5}|[A-Z][a-z]{5,8})\)")
_ARROW = re.compile(r"[-=]{0,4}>|→")
_NAME = re.compile(r"[^\d]{0,30}?(?:start|end|finish)\w*(?: date| time)?\W{1,4}", re.I)


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a line: its words and where they stand in the text."""

    start: int
    end: int
    words: str
    column: int  # where it stands in its line

    @property
    def kind(self) -> str | None:
        """What the cell names as the head of a column or row: start, end, day, old, new."""
        return next((kind for kind, names in _COLUMNS.items() if names.match(self.words)), None)

    @property
    def zone(self) -> Zone | None:
        """The zone that a head names, "Start (UTC)"."""
        found = _ZONE.search(self.words)
        return zone_of(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Row:
    """A window as a table gives it, and its span in the text."""

    given: Range
    start: int
    end: int


class Tables:
    """Reads the windows of the tables of a text written in `year`."""

    def __init__(self, text: str, year: int) -> None:
        self._text = text
        self._year = year

    def rows(self) -> list[Row]:
        """The windows of all tables, in order."""
        lines = self._lines()
        rows: list[Row] = []
        at = 0
        while at < len(lines):
            found, after = (
                self._by_head(lines, at)
                or self._by_rows(lines, at)
                or self._by_cells(lines[at], at)
                or ([], at + 1)
            )
            rows += found
            at = max(after, at + 1)
        return rows

    def _lines(self) -> list[list[Cell]]:
        lines: list[list[Cell]] = []
        start = 0
        for line in self._text.split("\n"):
            is_table = "  " in line.strip() or "|" in line or "\t" in line
            cells = _CELL.finditer(line) if is_table else ()
            lines.append(
                [Cell(start + c.start(), start + c.end(), c.group(), c.start()) for c in cells]
            )
            start += len(line) + 1
        return lines

    # --- columns of starts and ends

    def _by_head(self, lines: list[list[Cell]], at: int) -> tuple[list[Row], int] | None:
        heads = lines[at]
        kinds = [head.kind for head in heads]
        if "start" not in kinds or "end" not in kinds or any(map(_is_value, heads)):
            return None
        is_barred = "|" in self._text[heads[0].end : heads[1].start]
        zone = heads[kinds.index("start")].zone or heads[kinds.index("end")].zone
        rows: list[Row] = []
        after = at + 1
        for cells in lines[at + 1 : at + 1 + _ROWS]:
            if not cells:
                break
            after += 1
            if not any(map(_has_time, cells)):
                continue  # the rest of a cell that is wrapped
            placed = _placed(heads, cells, is_barred=is_barred)
            timed = [cell for cell in cells if _has_time(cell)]
            if len(timed) == 2:  # a cell that spans rows moves the others to the left
                placed[kinds.index("start")], placed[kinds.index("end")] = timed
            if row := self._row(kinds, placed, zone):
                rows.append(row)
        return (rows, after) if rows else None

    def _row(
        self, kinds: list[str | None], placed: dict[int, Cell], zone: Zone | None
    ) -> Row | None:
        first, last = placed.get(kinds.index("start")), placed.get(kinds.index("end"))
        start, end = self._point(first), self._point(last)
        if first is None or last is None or start is None or end is None or start.time is None:
            return None
        day = placed.get(kinds.index("day")) if "day" in kinds else None
        chain = self._chain(day) if day else None
        if chain and not start.dates:
            start.dates = list(chain.endpoints[0].dates)
            if not end.dates and len(chain.endpoints) > 1:
                end.dates = list(chain.endpoints[1].dates)
        named = [found for cell in placed.values() if (found := zone_of(cell.words))]
        zone = named[0] if named else zone  # a column or a name of the row tells the zone
        start.zone, end.zone = start.zone or zone or end.zone, end.zone or zone
        begin = min(first.start, day.start if day else first.start)
        return Row(Range(start, end, apart=bool(end.dates)), begin, last.end)

    # --- rows of starts and ends

    def _by_rows(self, lines: list[list[Cell]], at: int) -> tuple[list[Row], int] | None:
        if at + 1 >= len(lines) or not lines[at] or not lines[at + 1]:
            return None
        (name, *starts), (other, *ends) = map(_named, (lines[at], lines[at + 1]))
        is_pair = name.kind in ("start", "new") or "start" in name.words.lower()
        if not is_pair or not ("end" in other.words.lower() or other.kind == "end"):
            return None
        openings, closings = self._moments(starts), self._moments(ends)
        if len(openings) < 2 or len(openings) != len(closings):
            return None
        heads = lines[at - 1] if at else []
        kinds = [head.kind for head in heads][-len(openings) :]
        new = [number for number, kind in enumerate(kinds) if kind == "new"]
        chosen = new if "old" in kinds and new else list(range(len(openings)))
        if any(_ARROW.fullmatch(cell.words) for cell in starts):
            chosen = chosen[-1:]  # "Start: X  -->  Y"
        rows = [
            Row(Range(openings[n], closings[n], apart=True), starts[0].start, ends[-1].end)
            for n in chosen
        ]
        return rows, at + 2

    def _moments(self, cells: list[Cell]) -> list[Endpoint]:
        points = [self._point(cell) for cell in cells]
        return [point for point in points if point and point.dates and point.time is not None]

    # --- rows that speak for themselves

    def _by_cells(self, cells: list[Cell], at: int) -> tuple[list[Row], int] | None:
        """A day, a time and a time side by side."""
        for day, first, last in zip(cells, cells[1:], cells[2:], strict=False):
            if _has_time(day) or not _has_time(first) or not _has_time(last):
                continue
            chain, start, end = self._chain(day), self._point(first), self._point(last)
            if not chain or not start or not end or start.dates or end.dates:
                continue
            if start.time is not None and end.time is not None and chain.endpoints[0].dates:
                start.dates = list(chain.endpoints[0].dates)
                start.zone = start.zone or end.zone
                return [Row(Range(start, end), day.start, last.end)], at + 1
        return None

    # --- cells

    def _point(self, cell: Cell | None) -> Endpoint | None:
        chain = self._chain(cell) if cell else None
        return chain.endpoints[0] if chain else None

    def _chain(self, cell: Cell) -> Chain | None:
        chains = ChainReader(Reader(tokens_of(cell.words), self._year).nodes()).chains()
        if not chains:
            return None
        chain = chains[-1]
        for point in chain.endpoints:
            point.start, point.end = cell.start, cell.end
        return chain


def _is_value(cell: Cell) -> bool:
    """Whether a cell has a time or a date, as no head has."""
    return _has_time(cell) or re.search(r"\d[/.-]\d", cell.words) is not None


def _has_time(cell: Cell) -> bool:
    return re.search(r"\d[:h]\d\d|\d ?[ap]\.?m\b", cell.words, re.I) is not None


def _named(cells: list[Cell]) -> list[Cell]:
    """The cells of a row with its name cut off the first: "Planned start 2025-07-11 22:00"."""
    first = cells[0]
    found = _NAME.match(first.words)
    if not found or not _has_time(first):
        return cells
    cut = found.end()
    name = Cell(first.start, first.start + cut, found.group().strip(), first.column)
    value = Cell(first.start + cut, first.end, first.words[cut:], first.column + cut)
    return [name, value, *cells[1:]]


def _placed(heads: list[Cell], cells: list[Cell], *, is_barred: bool) -> dict[int, Cell]:
    """Each cell by the number of its head: in order between bars, else by where it stands."""
    if is_barred or len(cells) == len(heads):
        return dict(enumerate(cells))
    placed: dict[int, Cell] = {}
    for cell in cells:
        nearest = min(range(len(heads)), key=lambda n: abs(heads[n].column - cell.column))
        placed.setdefault(nearest, cell)
    return placed

"""How things are laid out: on a terminal to its width, into a pipe one plain line a row.

On a narrow terminal the columns that matter less are left out, and what is long is folded between
words. A pipe gets every column, whole: what reads it must not depend on anybody's window.

Everything that comes from outside is stripped of control characters and is never markup, so that a
message cannot paint on the terminal.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

GAP = 2
BEARABLE = 22  # a column that folds is not made narrower for the sake of another
ENDLESS = 1_000_000  # columns of a pipe


def clean(text: str) -> str:
    """Without control and direction-changing characters, but for line breaks and tabs."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"} else "\N{MIDDLE DOT}"
        for c in text
    )


def one_line(text: str) -> str:
    """The same, on one line."""
    return " ".join(clean(text).split())


def counted(number: int, what: str) -> str:
    """So many of them: 1 letter, 2 letters."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def console(*, stderr: bool = False) -> Console:
    """A console that colours and wraps on a terminal only."""
    made = Console(stderr=stderr, highlight=False, markup=False)
    if not made.is_terminal:
        made.width = ENDLESS
    return made


@dataclass(frozen=True, slots=True)
class Column:
    """`folds`: its cells may take several lines. Where room lacks, columns with a `rank` are left
    out, the highest first.
    """

    name: str
    folds: bool = False
    rank: int = 0


class Table:
    """Rows under a head. A cell is text, or `Text` for its style."""

    def __init__(self, *columns: Column | str) -> None:
        self._columns = [Column(one) if isinstance(one, str) else one for one in columns]
        self._rows: list[list[Text]] = []

    def add_row(self, *cells: str | Text) -> None:
        """A row with a cell for each column."""
        self._rows.append(
            [
                Text(one_line(cell.plain), style=cell.style)
                if isinstance(cell, Text)
                else Text(one_line(cell))
                for cell in cells
            ]
        )

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """As rich asks for it."""
        if options.is_terminal:
            yield self._fitted(options.max_width)
        else:
            yield from self._plain()

    def _plain(self) -> RenderResult:
        widths = [self._natural(number) for number in range(len(self._columns))]
        head = [Text(column.name) for column in self._columns]
        for row in [head, *self._rows]:
            cells = zip(row, widths, strict=True)
            line = (" " * GAP).join(c.plain + " " * (w - cell_len(c.plain)) for c, w in cells)
            yield Text(line.rstrip())

    def _fitted(self, room: int) -> RichTable:
        kept = self._kept(room)
        widths = self._widths(kept, room)
        table = RichTable(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
        for number in kept:
            table.add_column(self._columns[number].name, width=widths[number], overflow="fold")
        for row in self._rows:
            table.add_row(*(row[number] for number in kept))
        return table

    def _natural(self, number: int) -> int:
        cells = [self._columns[number].name, *(row[number].plain for row in self._rows)]
        return max(map(cell_len, cells))

    def _least(self, number: int) -> int:
        natural = self._natural(number)
        return min(natural, BEARABLE) if self._columns[number].folds else natural

    def _kept(self, room: int) -> list[int]:
        """The columns that there is room for."""
        kept = list(range(len(self._columns)))
        while sum(self._least(n) + GAP for n in kept) > room:
            most = max(kept, key=lambda n: self._columns[n].rank)
            if not self._columns[most].rank:
                break
            kept.remove(most)
        return kept

    def _widths(self, kept: Sequence[int], room: int) -> dict[int, int]:
        """What room is left goes to the columns that fold, to the most crowded first."""
        widths = {number: self._least(number) for number in kept}
        natural = {number: self._natural(number) for number in kept}
        for _ in range(room - sum(width + GAP for width in widths.values())):
            crowded = max(kept, key=lambda n: natural[n] / widths[n])
            if natural[crowded] <= widths[crowded]:
                break
            widths[crowded] += 1
        return widths


class Facts:
    """Names and what they are, a line each."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str]] = []

    def add_row(self, name: str, value: str) -> None:
        """A line; without a name it goes on with the one before."""
        self._rows.append((name, one_line(value)))

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """As rich asks for it."""
        if options.is_terminal:
            grid = RichTable.grid(padding=(0, GAP, 0, 0))
            grid.add_column(style="dim", no_wrap=True)
            grid.add_column(overflow="fold")
            for name, value in self._rows:
                grid.add_row(name, Text(value))
            yield grid
            return
        width = max((len(name) for name, _ in self._rows), default=0)
        for name, value in self._rows:
            yield Text(f"{name:<{width}}{' ' * GAP}{value}".rstrip())


class Framed:
    """Parts that belong together: in a frame on a terminal, under their title in a pipe."""

    def __init__(self, title: str, *parts: RenderableType) -> None:
        self._title, self._parts = one_line(title), parts

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """As rich asks for it."""
        if options.is_terminal:
            apart = [one for part in self._parts for one in (part, Text(""))][:-1]
            yield Panel(Group(*apart), title=Text(self._title), title_align="left")
            return
        yield Text(self._title)
        yield Text("")
        for part in self._parts:
            yield part
            yield Text("")

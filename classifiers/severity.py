"""Ranks a reading: reach by hampered, from the table in `data/severity.toml`.

The words of the scale are the file's own, so that another site ranks on its own scale.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from classifiers.contract import Event, Hampered, Reach
from classifiers.tables import read_file


@dataclass(frozen=True, slots=True)
class Severity:
    """The table, and the events that do not ask it."""

    fixed: dict[str, str]
    table: dict[tuple[str, str], str]

    @property
    def words(self) -> tuple[str, ...]:
        """Every word of the scale."""
        return tuple(dict.fromkeys([*self.table.values(), *self.fixed.values()]))

    def of(self, event: Event, reach: Reach, hampered: Hampered) -> str:
        """How severe it is, a word of the site's own scale."""
        return self.fixed.get(event) or self.table[reach, hampered]


def load_severity(data: Path, overlay: Path | None) -> Severity:
    """Read `severity.toml`. Raises ValueError naming file, key and remedy."""
    file = read_file("severity.toml", data, overlay)
    file.known(("fixed", "table"))
    fixed, table = file.table("fixed"), file.table("table")
    fixed.known(get_args(Event))
    table.known(get_args(Reach))
    cells = {}
    for reach in get_args(Reach):
        row = table.table(reach)
        row.known(get_args(Hampered))
        for hampered in get_args(Hampered):
            cells[reach, hampered] = row.text(hampered)
    return Severity({event: fixed.text(event) for event in fixed.values}, cells)

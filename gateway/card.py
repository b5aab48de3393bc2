"""The figures of a model as a page: tables in Markdown, and its reliability as a picture.

`triage evaluate --card FOLDER` writes both, so that the page beside the shipped model can be made
again by anybody.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from classifiers.learning.scoring import Scored, confusion, coverage, figures, reliability

GOALS: Mapping[str, float] = {
    "source accuracy": 0.95, "event macro-F1": 0.85, "services F1": 0.88, "reach accuracy": 0.85,
    "hampered accuracy": 0.85, "severity accuracy": 0.85, "urgent recall": 0.95,
    "urgent precision": 0.85, "windows exact, where there are any": 0.88,
    "machines never answered": 1.0,
}  # fmt: skip
SHOWN = ("source", "event", "services", "reach", "hampered", "severity", "windows")
TABLED = ("source", "event", "reach", "hampered", "severity")
_SIDE, _MARGIN = 150, 34


def write_card(rows: Sequence[Scored], folder: Path) -> None:
    """Write `figures.md` and `reliability.svg` into `folder`."""
    (folder / "figures.md").write_text(page(rows), encoding="utf-8")
    (folder / "reliability.svg").write_text(picture(rows), encoding="utf-8")


def page(rows: Sequence[Scored]) -> str:
    """All tables, in Markdown."""
    parts = [f"# Figures of the model, on {len(rows)} messages of the test part", ""]
    parts += ["Made by `triage evaluate --card data/models`.", "", *_figures(rows)]
    parts += ["", "![How sure, and how often right](reliability.svg)", ""]
    parts += ["## What is left when less sure readings go to a person", "", *_coverage(rows)]
    for label in TABLED:
        parts += ["", f"## {label}: meant (down), read as (across)", "", *_confusion(rows, label)]
    return "\n".join(parts) + "\n"


def _figures(rows: Sequence[Scored]) -> list[str]:
    found = figures(rows)
    lines = ["| figure | goal | measured |", "|---|---|---|"]
    for name, value in found.items():
        goal = GOALS.get(name)
        lines.append(f"| {name} | {'' if goal is None else f'{goal:.2f}'} | {value:.3f} |")
    return lines


def _coverage(rows: Sequence[Scored]) -> list[str]:
    lines = ["| at least so sure | event: kept, right | severity: kept, right |", "|---|---|---|"]
    for event, severity in zip(coverage(rows, "event"), coverage(rows, "severity"), strict=True):
        cells = [f"{kept:.2f}, {right:.2f}" for _, kept, right in (event, severity)]
        lines.append(f"| {event[0]:.1f} | {' | '.join(cells)} |")
    return lines


def _confusion(rows: Sequence[Scored], label: str) -> list[str]:
    counts = confusion(rows, label)
    values = sorted({value for pair in counts for value in pair})
    lines = [f"| | {' | '.join(values)} |", "|---" * (len(values) + 1) + "|"]
    for wanted in values:
        cells = [str(counts.get((wanted, read), "")) for read in values]
        lines.append(f"| **{wanted}** | {' | '.join(cells)} |")
    return lines


def picture(rows: Sequence[Scored]) -> str:
    """A square a label: confidence across, share right upwards; on the line it keeps its word."""
    step = _SIDE + _MARGIN
    squares = [_square(rows, label, _MARGIN + step * at) for at, label in enumerate(SHOWN)]
    width, height = step * len(SHOWN) + _MARGIN, _SIDE + 2 * _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'font-family="sans-serif" font-size="11" fill="#222">\n'
        "<title>Reliability: confidence across, share of right readings upwards</title>\n"
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{"".join(squares)}</svg>\n'
    )


def _square(rows: Sequence[Scored], label: str, left: int) -> str:
    top, bottom = _MARGIN, _MARGIN + _SIDE
    dots = "".join(
        f'<circle cx="{left + sure * _SIDE:.1f}" cy="{bottom - right * _SIDE:.1f}" '
        f'r="{2 + 10 * (many / len(rows)) ** 0.5:.1f}" fill="#1f6feb" fill-opacity="0.7"/>'
        for sure, right, many in reliability(rows, label)
    )
    return (
        f'<rect x="{left}" y="{top}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>'
        f'<line x1="{left}" y1="{bottom}" x2="{left + _SIDE}" y2="{top}" stroke="#bbb"/>{dots}'
        f'<text x="{left}" y="{top - 8}">{label}</text>'
        f'<text x="{left - 4}" y="{bottom + 14}">0</text>'
        f'<text x="{left + _SIDE - 4}" y="{bottom + 14}">1</text>\n'
    )

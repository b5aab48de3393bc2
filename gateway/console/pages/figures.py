"""Figures: how much comes in, how long things take, how well mail is read; a table by each plot."""

from starlette.responses import Response
from starlette.routing import Route

from gateway.console import figures, plots
from gateway.console.asked import Asked, show
from gateway.console.desk import Desk
from gateway.console.pages import Place
from gateway.console.plots import POLICY
from gateway.errors import NotFound

PLACE = Place(70, "Figures", "/figures")
COLOURS = 8  # sources that the plot tells apart; the table has all
UNITS = ((172_800.0, 86_400.0, "days"), (7200.0, 3600.0, "hours"), (120.0, 60.0, "minutes"))


def routes(_desk: Desk) -> list[Route]:
    """The page, and its plots."""
    return [show("/figures", _page), show("/figures/{plot}.svg", _plot)]


def _days(asked: Asked) -> int:
    """The span of days that the URL tells; of those that are offered."""
    told = asked.query("days", "30")
    return int(told) if told in map(str, figures.SPANS) else 30


def _page(asked: Asked) -> Response:
    desk, days = asked.desk, _days(asked)
    return asked.page(
        "figures.html", days=days, spans=figures.SPANS, steps=figures.STEPS,
        found=figures.at_hand(desk, days), coverage=figures.coverage(),
        length=_length,
    )  # fmt: skip


def _plot(asked: Asked) -> Response:
    return Response(
        _drawn(asked.desk, asked.path("plot"), _days(asked)),
        headers={"Content-Security-Policy": POLICY}, media_type="image/svg+xml",
    )  # fmt: skip


def _drawn(desk: Desk, plot: str, days: int) -> str:
    if plot == "volume":
        found = figures.volume(desk, days)
        labels = [f"{hour:02}" for hour in range(24)]
        own, rest = found.sources[:COLOURS], found.sources[COLOURS:]
        series = [
            (word.replace("_", " "), [one.get(word, 0) for one in found.hours]) for word in own
        ]
        if rest:
            others = [sum(one.get(word, 0) for word in rest) for one in found.hours]
            series.append(("all others", others))
        return plots.bars(labels, series, stacked=True)
    if plot in figures.STEPS:
        took = figures.took(desk, plot, days)
        size, unit = _unit(max((one.ninetieth for one in took), default=0.0))
        return plots.bars(
            [one.severity for one in took],
            [
                (f"median, {unit}", [round(one.median / size, 1) for one in took]),
                (f"90 %, {unit}", [round(one.ninetieth / size, 1) for one in took]),
            ],
        )
    if plot == "corrections":
        wrong = figures.corrections(desk, days).wrong
        return plots.bars([label for label, _ in wrong], [("overruled", [n for _, n in wrong])])
    if plot == "coverage":
        known = figures.coverage()
        return plots.against(
            [
                ("event", [one.event for one in known]),
                ("severity", [one.severity for one in known]),
            ],
            "share that is kept", "share of it that is right",
        )  # fmt: skip
    raise NotFound(f"there is no plot {plot}")


def _unit(longest: float) -> tuple[float, str]:
    for least, size, unit in UNITS:
        if longest >= least:
            return size, unit
    return 1.0, "seconds"


def _length(seconds: float) -> str:
    """A length of time, to two units."""
    left, found = max(0, round(seconds)), list[str]()
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, size)
        if number or found:
            found.append(f"{number} {unit}" if number else "")
    return " ".join(filter(None, found[:2])) or "0 s"

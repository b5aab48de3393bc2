"""Plots as SVG images, by pygal and without scripts; a table that says the same is beside each."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pygal
from pygal.style import Style

POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # such an image has styles of its own
_SCRIPT = re.compile(r"<script\b[^<]*</script>", re.DOTALL)
_CALM = Style(
    background="transparent", plot_background="transparent", font_family="system-ui, sans-serif",
    foreground="#6b747d", foreground_strong="#6b747d", foreground_subtle="#8a939c",
    guide_stroke_color="#8a939c55", major_guide_stroke_color="#8a939c55", opacity=".85",
    colors=("#3b78b5", "#c8702a", "#3f8f5b", "#8a63b8", "#b5483b", "#8a7a1f",
            "#4aa3a3", "#c25b8f", "#5c6670", "#a0a63a", "#7a5237", "#6f8fd8"),
    title_font_size=12, label_font_size=12, major_label_font_size=12, legend_font_size=13,
    value_font_size=12,
)  # fmt: skip
_PLAIN: dict[str, Any] = {
    "js": (), "style": _CALM, "width": 760, "height": 220, "margin": 6, "margin_right": 40,
    "show_dots": True,
    "dots_size": 2.5, "legend_at_bottom": False, "disable_xml_declaration": True,
    "tooltip_border_radius": 3, "explicit_size": False, "no_data_text": "nothing yet",
    "truncate_legend": -1, "max_scale": 5, "min_scale": 2,
    "show_x_guides": False, "legend_box_size": 10, "x_label_rotation": 0,
    "value_formatter": lambda value: f"{value:,.0f}",
}  # fmt: skip


def over_time(series: Sequence[tuple[str, Sequence[tuple[datetime, float]]]], zone: Any) -> str:
    """Lines over time, as steps: what was so stays so until it changes."""
    chart = pygal.DateTimeLine(**_PLAIN, x_value_formatter=lambda at: _told(at, zone))
    moments = [at for _, points in series for at, _ in points]
    if moments:
        first, span = min(moments), max(moments) - min(moments)
        chart.x_labels = [first + span * part / 4 for part in range(5)] if span else [first]
        chart.range = (0, max(value for _, points in series for _, value in points))
        for name, points in series:
            chart.add(name, _steps(points, max(moments)))
    return _still(chart)


def _told(at: datetime, zone: Any) -> str:
    return at.astimezone(zone).strftime("%b %d %H:%M")


def _steps(points: Sequence[tuple[datetime, float]], end: datetime) -> list[tuple[datetime, float]]:
    found: list[tuple[datetime, float]] = []
    for at, value in points:
        if found:
            found.append((at, found[-1][1]))
        found.append((at, value))
    if found and found[-1][0] < end:
        found.append((end, found[-1][1]))
    return found


def _still(chart: Any) -> str:
    """The image without the scripts that pygal puts in."""
    return _SCRIPT.sub("", str(chart.render(is_unicode=True)))


def bars(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    stacked: bool = False,
) -> str:
    """Bars, one group a label; stacked where the series are parts of a whole."""
    chart = (pygal.StackedBar if stacked else pygal.Bar)(**_PLAIN | {"value_formatter": _number})
    chart.x_labels = list(labels)
    for name, values in series:
        chart.add(name, list(values))
    return _still(chart)


def against(
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]], across: str, up: str
) -> str:
    """One share against another, both from 0 to 1."""
    shares = {"value_formatter": _share, "x_value_formatter": _share, "height": 300}
    chart = pygal.XY(**_PLAIN | shares, x_title=across, y_title=up)
    for name, points in series:
        chart.add(name, list(points))
    return _still(chart)


def _number(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")


def _share(value: float) -> str:
    return f"{value:.0%}"

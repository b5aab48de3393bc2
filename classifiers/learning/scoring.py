"""How well readings agree with labels: figures of each label, a confusion table, calibration."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

URGENT = ("critical", "high")
_SINGLE = ("source", "event", "reach", "hampered", "severity")
_BINS = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """One message: the labels it has, the labels it was given, and how sure each was.

    A short statement is no whole mail: no windows were labelled in it.
    """

    id: str
    wanted: Mapping[str, Any]
    found: Mapping[str, Any]
    confidence: Mapping[str, float]
    is_whole: bool = True

    def right(self, label: str) -> bool:
        """True if the label is exactly right; windows to the minute, services in any order."""
        return bool(_plain(label, self.wanted[label]) == _plain(label, self.found[label]))


def _plain(label: str, value: Any) -> Any:
    if label == "services":
        return frozenset(value)
    if label == "windows":
        return sorted((_minute(one["start"]), _minute(one["end"])) for one in value)
    return value


def _minute(stamp: str | None) -> str:
    return stamp[:16] if stamp else ""


def figures(rows: Sequence[Scored]) -> dict[str, float]:
    """Every figure by its name, each from 0 to 1."""
    found = {f"{label} accuracy": _share(row.right(label) for row in rows) for label in _SINGLE}
    found["event macro-F1"] = macro_f1(rows, "event")
    found["services F1"] = services_f1(rows)
    found["people accuracy"] = _share(row.right("people") for row in rows)
    urgent = [row for row in rows if row.wanted["severity"] in URGENT]
    called = [row for row in rows if row.found["severity"] in URGENT]
    found["urgent recall"] = _share(row.found["severity"] in URGENT for row in urgent)
    found["urgent precision"] = _share(row.wanted["severity"] in URGENT for row in called)
    timed = [row for row in rows if row.wanted["windows"]]
    found["windows exact, where there are any"] = _share(row.right("windows") for row in timed)
    untimed = [row for row in rows if row.is_whole and not row.wanted["windows"]]
    found["no window, where there is none"] = _share(row.right("windows") for row in untimed)
    machines = [row for row in rows if row.wanted["never_answer"]]
    people = [row for row in rows if not row.wanted["never_answer"]]
    found["machines never answered"] = _share(row.found["never_answer"] for row in machines)
    found["people answered"] = _share(not row.found["never_answer"] for row in people)
    for label in ("event", "services", "reach", "hampered", "severity", "source"):
        found[f"{label} calibration error"] = calibration_error(rows, label)
    return found


def macro_f1(rows: Sequence[Scored], label: str) -> float:
    """The mean over the values that occur of the harmonic mean of precision and recall."""
    values = sorted({row.wanted[label] for row in rows})
    return _mean(_f1_of(rows, label, value) for value in values)


def _f1_of(rows: Sequence[Scored], label: str, value: str) -> float:
    both = sum(row.wanted[label] == value == row.found[label] for row in rows)
    either = sum((row.wanted[label] == value) + (row.found[label] == value) for row in rows)
    return 2 * both / either if either else 0.0


def services_f1(rows: Sequence[Scored]) -> float:
    """Micro-averaged over all services of all messages."""
    both = sum(len({*row.wanted["services"]} & {*row.found["services"]}) for row in rows)
    either = sum(len({*row.wanted["services"]}) + len({*row.found["services"]}) for row in rows)
    return 2 * both / either if either else 1.0


def confusion(rows: Sequence[Scored], label: str) -> dict[tuple[str, str], int]:
    """How often each wanted value was read as each other one."""
    return dict(Counter((str(row.wanted[label]), str(row.found[label])) for row in rows))


def reliability(rows: Sequence[Scored], label: str) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, how many) of the readings in each tenth of confidence."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for row in rows:
        sure = row.confidence[label]
        bins[min(_BINS - 1, int(sure * _BINS))].append((sure, row.right(label)))
    return [
        (_mean(sure for sure, _ in held), _share(right for _, right in held), len(held))
        for held in bins
        if held
    ]


def calibration_error(rows: Sequence[Scored], label: str) -> float:
    """The expected calibration error: how far confidence and share right lie apart."""
    total = len(rows) or 1
    return sum(many * abs(sure - right) for sure, right, many in reliability(rows, label)) / total


def coverage(rows: Sequence[Scored], label: str) -> list[tuple[float, float, float]]:
    """(threshold, share of messages at least that sure, share of those that are right)."""
    found = []
    for step in range(_BINS):
        least = step / _BINS
        sure = [row for row in rows if row.confidence[label] >= least]
        found.append(
            (least, len(sure) / (len(rows) or 1), _share(one.right(label) for one in sure))
        )
    return found


def _share(hits: Iterable[bool]) -> float:
    return _mean(float(hit) for hit in hits)


def _mean(values: Iterable[float]) -> float:
    held = list(values)
    return sum(held) / len(held) if held else 1.0

"""What is unusual, by `data/spikes.toml`: which mail is counted, and how much of it is usual."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from classifiers.contract import Source
from classifiers.tables import Table, read_file

_DAYS = ("weekday",) * 5 + ("saturday", "sunday")


@dataclass(frozen=True, slots=True)
class SpikeRules:
    """The file. `usual` is people a week by service, `hours` the share of each hour of the week.

    The week begins on Monday at midnight; the shares add up to 1.
    """

    sources: frozenset[str]
    weeks_between_false_alarms: int
    at_least: int
    quiet_hours: int
    memory_weeks: int
    restlessness: float
    default: int
    usual: dict[str, int]
    hours: tuple[float, ...]


def load_spikes(data: Path, overlay: Path | None, services: frozenset[str]) -> SpikeRules:
    """Read `spikes.toml`. Raises ValueError naming file, key and remedy.

    A service that is not in the catalogue is one of another organization's, and left out.
    """
    file = read_file("spikes.toml", data, overlay)
    numbers = {"weeks_between_false_alarms": 4, "at_least": 5, "quiet_hours": 2, "memory_weeks": 12}
    file.known((*numbers, "sources", "restlessness", "usual", "hours"))
    found = {name: file.number(name, default) for name, default in numbers.items()}
    for name, value in found.items():
        if not 1 <= value <= 520:
            raise file.error(name, "a number from 1 to 520 is needed")
    sources = frozenset(file.texts("sources"))
    for word in sources - set(get_args(Source)):
        raise file.error("sources", f"{word} is no source: {', '.join(get_args(Source))}")
    usual = file.table("usual")
    rates = {name: usual.number(name, 1) for name in usual.values}
    for name, value in rates.items():
        if not 1 <= value <= 1_000_000:
            raise usual.error(name, "a number of people a week is needed, 1 or more")
    default = rates.pop("default", 4)
    known = {name: rate for name, rate in rates.items() if name in services}
    return SpikeRules(
        sources, **found, restlessness=file.share("restlessness"), default=default, usual=known,
        hours=_hours(file.table("hours")),
    )  # fmt: skip


def _hours(table: Table) -> tuple[float, ...]:
    table.known(set(_DAYS))
    shares: list[float] = []
    for day in _DAYS:
        found = table.values.get(day)
        if (
            not isinstance(found, list)
            or len(found) != 24
            or not all(type(one) in {int, float} and one > 0 for one in found)
        ):
            raise table.error(day, "a list of 24 numbers above 0 is needed, one an hour")
        shares += found
    return tuple(share / sum(shares) for share in shares)

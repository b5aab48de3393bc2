"""Whose maintenance notices are trusted, and what they explain (`data/windows.toml`)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from classifiers.tables import Table, read_file


@dataclass(frozen=True, slots=True)
class Trusted:
    """A list or a sender's domain whose notices need no review; of `maintnote` only such parts."""

    list: str
    domain: str
    maintnote: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class MaintenanceRules:
    """The file. After its end a window explains for `grace`, and may have overrun for `overrun`.

    What has words of the groups `never` is never explained.
    """

    trusted: tuple[Trusted, ...] = ()
    grace: timedelta = timedelta(minutes=15)
    overrun: timedelta = timedelta(hours=12)
    never: frozenset[str] = frozenset()


def load_maintenance(data: Path, overlay: Path | None, groups: Collection[str]) -> MaintenanceRules:
    """Read the file; `groups` are those of words in priority.toml.

    Raises ValueError naming file, key and remedy.
    """
    file = read_file("windows.toml", data, overlay)
    file.known(("confidence", "grace_minutes", "overrun_hours", "never", "trusted"))
    confidence = file.share("confidence")
    for key in ("grace_minutes", "overrun_hours"):
        if not 0 <= file.number(key, 0) <= 10_000:
            raise file.error(key, "a number from 0 to 10000 is needed")
    never = frozenset(file.texts("never"))
    own = overlay is not None and file.file.is_relative_to(overlay)
    if not own:  # rules of priority that are the organization's own need not have our groups
        never &= frozenset(groups)
    if unknown := sorted(never - set(groups)):
        known = ", ".join(sorted(groups))
        raise file.error("never", f"no words {unknown[0]} in priority.toml: known are {known}")
    return MaintenanceRules(
        tuple(_trusted(row, confidence) for row in file.rows("trusted")),
        timedelta(minutes=file.number("grace_minutes", 15)),
        timedelta(hours=file.number("overrun_hours", 12)),
        never,
    )


def _trusted(row: Table, confidence: float) -> Trusted:
    row.known(("list", "domain", "maintnote", "confidence"))
    name, domain = row.text("list", ""), row.text("domain", "")
    if bool(name) == bool(domain):
        raise row.error("list", 'one of list = "..." and domain = "..." is needed')
    least = row.share("confidence") if "confidence" in row.values else confidence
    return Trusted(name.lower(), domain.lower(), row.flag("maintnote") or False, least)

"""What the data folder says beyond reading: names of services, who is answered, how to rank.

Needs no language pipeline, so that a program that only files and answers starts at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from classifiers.grouping import Grouping, load_grouping
from classifiers.maintenance import MaintenanceRules, load_maintenance
from classifiers.owners import Owners, load_owners
from classifiers.priority import Priority, load_priority
from classifiers.published import load_published
from classifiers.severity import Severity, load_severity
from classifiers.spikes import SpikeRules, load_spikes
from classifiers.tables import read_folder

Answer = Literal["from", "reply_to", "never"]


@dataclass(frozen=True, slots=True)
class House:
    """The organization's own words: `service_names` by id, `answers` by source, `severity`.

    `priority` says what is to be done, `owners` whose a service is. `service_aliases` are the
    further names that mean one service wherever they stand. What it has `published` of itself
    (numbers, addresses, handles) is no personal identifier. `depends_on` says which services
    each needs, `pagerduty_ids` what PagerDuty calls those it knows.
    `spikes` says how many people write when all is well.
    """

    service_names: dict[str, str]
    answers: dict[str, Answer]
    severity: Severity
    priority: Priority
    owners: Owners
    grouping: Grouping
    spikes: SpikeRules
    published: frozenset[str] = frozenset()
    service_aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    depends_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    maintenance: MaintenanceRules = field(default_factory=MaintenanceRules)
    pagerduty_ids: Mapping[str, str] = field(default_factory=dict)


def load_house(data: Path, overlay: Path | None = None) -> House:
    """Read the folder. Raises ValueError naming file, key and remedy."""
    rows = [
        row
        for file in read_folder("services", data, overlay, whole=True)
        for row in file.rows("service")
    ]
    answers: dict[str, Answer] = {}
    for table in read_folder("sources", data, overlay):
        to = table.table("answers").text("to", "from")
        if to not in {"from", "reply_to", "never"}:
            raise table.error("answers.to", '"from", "reply_to" or "never" is needed')
        answers[table.file.stem] = to  # type: ignore[assignment]  # checked above
    names = {row.text("id"): row.text("name") for row in rows}
    own = bool(rows) and overlay is not None and rows[0].file.is_relative_to(overlay)
    severity = load_severity(data, overlay)
    owners = load_owners(data, overlay, names, own_services=own)
    priority = load_priority(data, overlay, severity, owners, names, own_services=own)
    return House(
        names,
        answers,
        severity,
        priority,
        owners,
        load_grouping(data, overlay, rows),
        load_spikes(data, overlay, frozenset(names)),
        load_published(data, overlay),
        {row.text("id"): tuple(row.texts("aliases")) for row in rows},
        {row.text("id"): row.texts("depends_on") for row in rows},
        load_maintenance(data, overlay, priority.words),
        {row.text("id"): id_ for row in rows if (id_ := row.text("pagerduty_service_id", ""))},
    )

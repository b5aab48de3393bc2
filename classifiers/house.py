"""What the data folder says beyond reading: names of services, who is answered, how to rank.

Needs no language pipeline, so that a program that only files and answers starts at once.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from classifiers.published import load_published
from classifiers.severity import Severity, load_severity
from classifiers.tables import read_folder

Answer = Literal["from", "reply_to", "never"]


@dataclass(frozen=True, slots=True)
class House:
    """The organization's own words: `service_names` by id, `answers` by source, `severity`.

    What it has `published` of itself (numbers, addresses, handles) is no personal identifier.
    """

    service_names: dict[str, str]
    answers: dict[str, Answer]
    severity: Severity
    published: frozenset[str] = frozenset()


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
    return House(
        {row.text("id"): row.text("name") for row in rows},
        answers,
        load_severity(data, overlay),
        load_published(data, overlay),
    )

"""The front of the classifiers: what a message means, said with evidence.

`load` makes a classifier of the data folder; all else that others may use is the contract.
"""

from pathlib import Path

from classifiers.confidence import load_least
from classifiers.contract import (
    LABELS,
    Classifier,
    Document,
    Entry,
    Event,
    Evidence,
    Hampered,
    Reach,
    Reading,
    Source,
    Window,
    Windows,
    WindowStatus,
)
from classifiers.grouping import Grouping
from classifiers.house import House, load_house
from classifiers.maintenance import MaintenanceRules, Trusted
from classifiers.owners import Owner, Owners
from classifiers.priority import Labels, Priority
from classifiers.published import load_published
from classifiers.severity import Severity, load_severity
from classifiers.spikes import SpikeRules

__all__ = [
    "LABELS",
    "Classifier",
    "Document",
    "Entry",
    "Event",
    "Evidence",
    "Grouping",
    "Hampered",
    "House",
    "Labels",
    "MaintenanceRules",
    "Owner",
    "Owners",
    "Priority",
    "Reach",
    "Reading",
    "Severity",
    "Source",
    "SpikeRules",
    "Trusted",
    "Window",
    "WindowStatus",
    "Windows",
    "load",
    "load_house",
    "load_published",
]


def load(
    data: Path,
    overlay: Path | None = None,
    zone: str = "America/New_York",
    model: Path | None = None,
) -> Classifier:
    """The classifier of the data folder `data`, files of `overlay` replacing those named alike.

    `zone` is where times without a zone are; the folder `model` has a model in place of theirs.
    Takes about a second; keep the result. Raises ValueError naming file, key and remedy for a data
    file that says something wrong.
    """
    # Imported here since spaCy takes a second, which who only asks for names need not wait for.
    from classifiers.learning.model import find_model  # noqa: PLC0415  # see above
    from classifiers.learning.model import load as load_model  # noqa: PLC0415
    from classifiers.pipeline import MailClassifier  # noqa: PLC0415
    from classifiers.rulebook import Rulebook  # noqa: PLC0415

    learned = load_model(model) if model else find_model(data, overlay)
    severity, least = load_severity(data, overlay), load_least(data, overlay)
    return MailClassifier(Rulebook(data, overlay, zone), learned, severity, zone, least)

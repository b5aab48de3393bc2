"""How sure a label must be to be said: the thresholds of `data/confidence.toml`."""

from collections.abc import Mapping
from pathlib import Path

from classifiers.tables import read_file

LABELS = ("event", "services", "reach", "hampered", "windows")


def load_least(data: Path, overlay: Path | None) -> Mapping[str, float]:
    """The least confidence by label. Raises ValueError naming file, key and remedy."""
    file = read_file("confidence.toml", data, overlay)
    file.known(("least",))
    table = file.table("least")
    table.known(LABELS)
    return {label: table.share(label) for label in LABELS}

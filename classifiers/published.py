"""What the organization publishes of itself (`data/published.toml`): no personal identifiers."""

import re
from pathlib import Path

from classifiers.tables import read_file


def load_published(data: Path, overlay: Path | None) -> frozenset[str]:
    """Phone numbers as their last ten digits, addresses and handles in lower case.

    Raises ValueError naming file, key and remedy.
    """
    file = read_file("published.toml", data, overlay)
    file.known(("phones", "addresses", "handles"))
    phones = {re.sub(r"\D", "", phone) for phone in file.texts("phones")}
    for phone in phones:
        if len(phone) < 7:
            raise file.error("phones", "numbers of at least seven digits are needed")
    words = (*file.texts("addresses"), *file.texts("handles"))
    return frozenset({phone[-10:] for phone in phones} | {word.lower() for word in words})

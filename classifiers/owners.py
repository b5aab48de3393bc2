"""Who owns which service, from `data/owners.toml`: teams and officers, with their addresses."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from classifiers.tables import Table, read_file

FILE = "owners.toml"
_KEYS = ("id", "name", "addresses", "services", "ours", "language")
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@]+@[^\s<>()\[\]\\,;:\"@]+")
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Owner:
    """A team or an officer. `ours`: what it owns is mended here, nobody is handed anything."""

    id: str
    name: str
    addresses: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    ours: bool = False
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Owners:
    """The owners by their ids, and the file that they stand in."""

    by_id: dict[str, Owner]
    file: Path = Path(FILE)

    def of(self, services: Iterable[str]) -> Owner | None:
        """Who owns the first of these services that anybody owns."""
        owned = {service: owner for owner in self.by_id.values() for service in owner.services}
        return next((owned[service] for service in services if service in owned), None)


def load_owners(
    data: Path, overlay: Path | None, services: Collection[str], *, own_services: bool
) -> Owners:
    """Read the file. Raises ValueError naming file, key and remedy.

    `own_services`: the catalogue is the organization's own, of which a shipped file knows nothing.
    """
    file = read_file(FILE, data, overlay)
    file.known(("owner",))
    is_shipped = file.file.parent == data
    owners: dict[str, Owner] = {}
    owned: dict[str, str] = {}
    for row in file.rows("owner"):
        owner = _owner(row)
        if owner.id in owners:
            raise row.error("id", f"{owner.id} stands twice: give each owner one row")
        for service in owner.services:
            if service not in services and not (is_shipped and own_services):
                raise row.error("services", f"no service {service} is in the catalogue")
            if service in owned:
                raise row.error("services", f"{service} is owned by {owned[service]} already")
            owned[service] = owner.id
        owners[owner.id] = owner
    return Owners(owners, file.file)


def _owner(row: Table) -> Owner:
    row.known(_KEYS)
    word = row.text("id")
    if not _WORD.fullmatch(word):
        raise row.error("id", f"{word} is no word of small letters, digits, - and _")
    for address in row.texts("addresses"):
        if not _ADDRESS.fullmatch(address):
            raise row.error("addresses", f"{address} is no address such as team@example.org")
    return Owner(
        word, row.text("name"), row.texts("addresses"), row.texts("services"),
        row.flag("ours") or False, row.text("language", "en"),
    )  # fmt: skip

"""Who else is told, as `stakeholders.toml` of the data folder has it: groups, and mailing lists.

A group is people who are each written to; a list is one address that passes one letter on. Either
may be meant for some services and severities only, and for outages or planned work alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from classifiers.tables import Table, read_file
from gateway.incidents.subscribers import WANTS
from gateway.letters import is_reachable
from gateway.model import Address

FILE = "stakeholders.toml"


@dataclass(frozen=True, slots=True)
class Group:
    """People, or one list, that hear of some incidents."""

    name: str
    addresses: tuple[Address, ...]
    language: str
    services: frozenset[str]
    severities: frozenset[str]
    kinds: str
    is_list: bool

    def hears_of(self, services: Collection[str], severity: str) -> bool:
        """Whether it is meant for an incident of these services and that severity."""
        if self.services and not self.services & set(services):
            return False
        return not self.severities or severity in self.severities


Circle = tuple[Group, ...]


def load_circle(data: Path, overlay: Path | None, services: Collection[str]) -> Circle:
    """The groups and lists of the file. Raises ValueError naming file, key and remedy."""
    file = read_file(FILE, data, overlay)
    file.known({"group", "list"})
    groups = [_group(row, services, is_list=False) for row in file.rows("group")]
    return (*groups, *(_group(row, services, is_list=True) for row in file.rows("list")))


def _group(row: Table, known: Collection[str], *, is_list: bool) -> Group:
    row.known({"name", "services", "severities", "kinds", "language",
               "address" if is_list else "addresses"})  # fmt: skip
    services, kinds = row.texts("services"), row.text("kinds", "all")
    for service in services:
        if service not in known:
            raise row.error("services", f"{service} is no service of the catalogue")
    if kinds not in WANTS:
        raise row.error("kinds", f"one of {', '.join(WANTS)} is needed")
    key = "address" if is_list else "addresses"
    written = (row.text(key),) if is_list else row.texts(key)
    return Group(
        row.text("name"),
        tuple(_address(row, key, one) for one in written),
        row.text("language", "en"),
        frozenset(services),
        frozenset(row.texts("severities")),
        kinds,
        is_list,
    )


def _address(row: Table, key: str, written: str) -> Address:
    """`Name <address>`, or the address alone."""
    name, bracket, rest = written.rpartition("<")
    address = rest.strip().removesuffix(">") if bracket else written.strip()
    if not is_reachable(address):
        raise row.error(key, f"{written} is no mail address")
    return Address(address, name.strip().strip('"'))

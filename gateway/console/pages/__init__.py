"""The pages: one file each, with its template of the same name in templates/console.

Such a module defines `routes(desk) -> list[Route]` (made by `show` and `act` of
`gateway.console.asked`) and, where it stands in the navigation, `PLACE`.
"""

import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from gateway.config import Role


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a page stands in the navigation, and who sees it there."""

    order: int
    name: str
    path: str
    role: Role = "reader"


def modules() -> Iterator[ModuleType]:
    """Every page."""
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        yield import_module(f"{__name__}.{found.name}")

"""Who is at the console, and what they may do: four roles, each with all that is before it."""

from dataclasses import dataclass
from typing import get_args

from gateway.config import Role

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. `session` is the number of their session."""

    who: str
    role: Role
    session: int = 0
    csrf: str = ""

    def may(self, role: Role) -> bool:
        """Whether they have that role, or one above it."""
        return ROLES.index(self.role) >= ROLES.index(role)

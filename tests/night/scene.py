"""What a night is made of, however its script tells it."""

from dataclasses import dataclass
from datetime import datetime

ADDRESS = "triage@gateway.example"


@dataclass(frozen=True, slots=True)
class Scene:
    """A message of the night: its bytes, when it was written and came, and what it is about.

    The truth of a message about two incidents is both, `one+other`: with either it is right.
    """

    raw: bytes
    at: datetime
    comes: datetime
    truth: str
    what: str

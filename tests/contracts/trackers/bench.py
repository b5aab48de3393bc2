"""What the contract tests need to try a tracker: `bench` in the file of its name beside this one.

`bench(folder)` is a context: the tracker's far side, real or as small as can be, on this machine.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.trackers import Line, Service, TicketView, Tracker
from tests.contracts.trackers.server import Server

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
TICKET = TicketView(
    key="TG-17",
    title="Nobody can sign in",
    text="The sign-in page answers with an error.\n\nSince nine o'clock.",
    state="new",
    event="outage",
    services=(Service("logingov", "Login.gov"),),
    severity="major",
    reach="all",
    people=None,
    hampered="blocked",
    windows=(("2026-11-03T09:00:00Z", None),),
    created_at=AT,
    updated_at=AT,
    history=(Line(AT, "opened", 1),),
)


@dataclass(frozen=True)
class Bench:
    """`table` is the tracker's table of the configuration. `copies` asks the far side, not the
    tracker, what it keeps: by the ticket's key all that is written on the copy.
    """

    table: dict[str, Any]
    copies: Callable[[], dict[str, str]]
    # Where it goes over HTTP: the far side, which is told what is to go wrong.
    server: Server | None = None
    # What app.py does to it beside `make`.
    ready: Callable[[Tracker], None] = lambda _tracker: None


def secret_file(folder: Path, word: str = "secret") -> str:
    """A secret as it lies on a machine."""
    file = folder / "secret"
    file.write_text(f"{word}\n")
    return str(file)

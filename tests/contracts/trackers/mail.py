"""The far side of the mailbox: an outbox that takes each letter once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.trackers import Tracker
from gateway.trackers.mail import Copy, Mail
from tests.contracts.trackers.bench import Bench


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    letters: dict[tuple[str, int], Copy] = {}

    def ready(tracker: Tracker) -> None:
        assert isinstance(tracker, Mail)
        tracker.send = lambda copy: letters.setdefault((copy.ref, copy.number), copy) and None

    def copies() -> dict[str, str]:
        found: dict[str, str] = {}
        for (ref, _), copy in sorted(letters.items()):
            found[ref] = found.get(ref, "") + f"{ref} {copy.subject}\n{copy.text}\n"
        return found

    yield Bench({"to": "board@example.org"}, copies, ready=ready)

"""`triage ingest`: messages from files, taken in as if they had arrived, and worked off."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from rich.progress import Progress

from gateway.app import Gateway
from gateway.doors.files import arrivals, envelope_of
from gateway.incidents.answering import NOT_VERIFIED
from gateway.layout import counted
from gateway.model import Accepted, Arrival, utcnow

BATCH = 50
TO_VERIFIED = ' (they are answered with to = "anyone" in [answers])'
POLL_SECONDS = 0.1


@dataclass(slots=True)
class Result:
    """What came of it."""

    taken: int = 0
    new: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    held: int = 0
    tickets: int = 0
    letters: dict[str, int] = field(default_factory=dict)
    not_answered: dict[str, int] = field(default_factory=dict)
    held_because: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "taken": self.taken,
            "new": self.new,
            "already_known": self.taken - self.new,
            "failed": len(self.failed),
            "held": self.held,
            "tickets": self.tickets,
            "letters": self.letters,
            "not_answered": self.not_answered,
        }

    def in_words(self) -> str:
        """For a person: what came of it, and why no more."""
        letters = ", ".join(self._letters(state, n) for state, n in self.letters.items() if n)
        lines = [
            f"{counted(self.taken, 'message')} taken in, {self.new} of them new; "
            f"{counted(self.tickets, 'ticket')} opened; letters: {letters or 'none'}"
        ]
        for why, count in self.not_answered.items():
            hint = TO_VERIFIED if why == NOT_VERIFIED else ""
            lines.append(f"not answered: {counted(count, 'message')}, {why}{hint}")
        if self.held:
            held = counted(self.held, "message")
            lines.append(f"held: {held}, see: triage spool list --state held")
        return "\n".join(lines)

    def _letters(self, state: str, count: int) -> str:
        if state == "held" and self.held_because:
            return f"{count} held ({self.held_because})"
        is_told = state in {"held", "failed"}
        return f"{count} {state}" + (f" (triage outbox list --state {state})" if is_told else "")


async def ingest(
    gateway: Gateway, paths: Sequence[str], stdin: BinaryIO, progress: Progress
) -> Result:
    """Take in, file, answer; returns when nothing more can be done now."""
    before, letters_before, began = gateway.standing.status(), gateway.outbox.counts(), utcnow()
    result = Result(held_because=gateway.held_because)
    # Where every letter is held, nothing else leaves the house either.
    mirrors = not gateway.is_silent
    await gateway.outbox.start()
    if mirrors:
        await gateway.mirroring.start()
        await gateway.posting.start()
    try:
        with gateway.work():
            await asyncio.to_thread(_take_in, gateway, paths, stdin, progress, result)
            await _work_off(gateway, progress, result.new)
            await _sent(gateway)
            if mirrors:
                await _mirrored(gateway)
    finally:
        await gateway.posting.stop()
        await gateway.mirroring.stop()
        await gateway.outbox.stop()
    after, letters_after = gateway.standing.status(), gateway.outbox.counts()
    result.tickets = after.tickets - before.tickets
    result.held = after.spool["held"] - before.spool["held"]
    result.letters = {
        state: count - letters_before[state]
        for state, count in letters_after.items()
        if count > letters_before[state]
    }
    result.not_answered = gateway.tickets.not_answered(began)
    return result


def _take_in(
    gateway: Gateway, paths: Sequence[str], stdin: BinaryIO, progress: Progress, result: Result
) -> None:
    bar = progress.add_task("taking in", total=None)
    found = _readable(gateway, paths, stdin, result)
    while batch := list(islice(found, BATCH)):
        receipts: tuple[Accepted, ...] = gateway.spool.accept(batch)
        result.taken += len(receipts)
        result.new += sum(not receipt.duplicate for receipt in receipts)
        progress.advance(bar, len(batch))


def _readable(
    gateway: Gateway, paths: Sequence[str], stdin: BinaryIO, result: Result
) -> Iterator[Arrival]:
    for found in arrivals(paths, stdin):
        if found.raw is None or found.error:
            result.failed.append((found.path, found.error or "cannot be read"))
        else:
            envelope = envelope_of(
                found.raw, gateway.settings.addresses, found.path, found.from_line
            )
            yield Arrival(found.raw, envelope)


async def _work_off(gateway: Gateway, progress: Progress, new: int) -> None:
    bar = progress.add_task("filing", total=new)
    while waiting := (await asyncio.to_thread(gateway.spool.counts))["accepted"]:
        progress.update(bar, completed=max(0, new - waiting))
        await asyncio.sleep(POLL_SECONDS)
    progress.update(bar, completed=new)


async def _sent(gateway: Gateway) -> None:
    """Until no letter is due any more, or the relay cannot take them now."""
    while gateway.outbox.health().state == "up":
        if not await asyncio.to_thread(gateway.outbox.due, utcnow()):
            return
        await asyncio.sleep(POLL_SECONDS)


async def _mirrored(gateway: Gateway) -> None:
    """Until no tracker or channel is to hear of a ticket any more, or it cannot now."""
    while True:
        parts = (gateway.mirroring, gateway.posting)
        if not any([await asyncio.to_thread(part.due, utcnow()) for part in parts]):
            return
        await asyncio.sleep(POLL_SECONDS)

"""Puts a night through the real way, and counts pairs: which messages came together, which should."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO, StringIO
from itertools import combinations
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from sqlmodel import col, select

from gateway.app import Gateway
from gateway.config import Settings, WorkerSettings
from gateway.ingest import ingest
from gateway.store.tables import MessageRow, SuggestionRow, TicketRow
from tests.night.scene import ADDRESS, Scene


@dataclass(frozen=True, slots=True)
class Figures:
    """Pairs of messages of one incident that are on one ticket, that are not, and wrong ones.

    `wrong` is tickets with messages of more than one thing; `suggested` is missed pairs of tickets
    that were suggested at least.
    """

    right: int
    missed: int
    false: int
    wrong: int
    messages: int
    tickets: int
    suggested: int

    @property
    def precision(self) -> float:
        """Of the pairs that came together, those that belong together."""
        return self.right / max(1, self.right + self.false)

    @property
    def recall(self) -> float:
        """Of the pairs that belong together, those that came together."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Of both."""
        return 2 * self.right / max(1, 2 * self.right + self.missed + self.false)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a message came to be."""

    scene: Scene
    ticket: int | None
    reading: dict[str, object]
    why: str


def run(
    found: Sequence[Scene], folder: Path, data: Path | None = None
) -> tuple[Figures, list[Placed]]:
    """Take the night in, in the order in which it came, and count."""
    mail = folder / "mail"
    mail.mkdir()
    names = {}
    for number, scene in enumerate(found):
        name = f"{number:04}.eml"
        (mail / name).write_bytes(scene.raw)
        names[scene.raw] = scene
    settings = Settings(
        store=f"sqlite:///{folder / 'night.db'}", addresses=(ADDRESS,), data=data,
        workers=WorkerSettings(readers=0),
    )  # fmt: skip
    with Gateway(settings, hold_letters="a night is only measured") as gateway:
        progress = Progress(console=Console(file=StringIO()))
        asyncio.run(ingest(gateway, [str(mail)], BytesIO(), progress))
        return _count(gateway, list(names.values()))


def _count(gateway: Gateway, scenes: Sequence[Scene]) -> tuple[Figures, list[Placed]]:

    by_hash = {sha256(scene.raw).hexdigest(): scene for scene in scenes}
    with gateway.database.read() as session:
        rows = session.exec(select(MessageRow).order_by(col(MessageRow.id))).all()
        merged = dict(session.exec(select(TicketRow.id, TicketRow.merged_into)).all())
        pairs = {frozenset(pair) for pair in session.exec(
            select(SuggestionRow.ticket_id, SuggestionRow.other_id)).all()}  # fmt: skip
    placed = []
    for row in rows:
        ticket = row.ticket_id
        while ticket is not None and merged.get(ticket):
            ticket = merged[ticket]
        placed.append(Placed(by_hash[row.sha256], ticket, row.reading or {}, row.reason or ""))
    placed = _settled(placed)
    right = missed = false = suggested = 0
    for one, other in combinations(placed, 2):
        same = one.ticket is not None and one.ticket == other.ticket
        belongs = one.scene.truth == other.scene.truth
        right += same and belongs
        false += same and not belongs
        missed += belongs and not same
        suggested += belongs and not same and frozenset((one.ticket, other.ticket)) in pairs
    on = Counter((one.ticket, one.scene.truth) for one in placed if one.ticket is not None)
    per_ticket = Counter(ticket for ticket, _ in on)
    wrong = sum(count > 1 for count in per_ticket.values())
    tickets = len({one.ticket for one in placed if one.ticket is not None})
    return Figures(right, missed, false, wrong, len(placed), tickets, suggested), placed


def _settled(placed: list[Placed]) -> list[Placed]:
    """A message about two incidents counts for that of them with more mail on its ticket."""
    on = Counter((one.ticket, one.scene.truth) for one in placed)
    return [
        replace(one, scene=replace(one.scene, truth=max(
            one.scene.truth.split("+"), key=lambda truth: on[one.ticket, truth])))
        for one in placed
    ]  # fmt: skip

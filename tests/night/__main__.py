"""`python -m tests.night [NAME...]`: how well each night is grouped, and every error."""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from gateway import logs
from tests.night.measure import Placed, run
from tests.night.script import FOLDER, scenes


def main() -> None:
    """Print the figures of the nights named, or of all."""
    names = sys.argv[1:] or sorted(one.stem for one in FOLDER.glob("*.toml"))
    logs.configure("text", "error")
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            data = FOLDER / name
            found = scenes(name)
            figures, placed = run(found, Path(folder), data if data.is_dir() else None)
        print(
            f"\n{name}: {len(found)} messages sent, {figures.messages} kept, {figures.tickets} tickets"
        )
        print(
            f"pairs: {figures.right} right, {figures.missed} missed ({figures.suggested} of them "
            f"suggested), {figures.false} wrong; tickets with wrong merges: {figures.wrong}"
        )
        print(
            f"precision {figures.precision:.3f}  recall {figures.recall:.3f}  F1 {figures.f1:.3f}"
        )
        for line in errors(placed):
            print("  " + line)


def errors(placed: list[Placed]) -> list[str]:
    """What stands where it should not, or away from its own."""
    homes: dict[str, int | None] = {}
    for truth in {one.scene.truth for one in placed}:
        counts = Counter(one.ticket for one in placed if one.scene.truth == truth)
        homes[truth] = counts.most_common(1)[0][0]
    owner: dict[int | None, str] = {}
    counted = Counter((one.ticket, one.scene.truth) for one in placed)
    for (ticket, truth), _ in counted.most_common():
        owner.setdefault(ticket, truth)
    lines = []
    for one in placed:
        away = one.ticket != homes[one.scene.truth]
        among = one.ticket is not None and owner[one.ticket] != one.scene.truth
        if not away and not among:
            continue
        reading = one.reading
        subject = one.scene.raw.decode().partition("Subject: ")[2].partition("\r")[0]
        kind = "WRONG" if among else "missed"
        lines.append(
            f"{kind} {one.scene.truth} TG-{one.ticket} [{one.scene.what}] "
            f"{reading.get('event')} {reading.get('services')} {reading.get('source')} "
            f"{subject!r} {one.why}"
        )
    return lines


if __name__ == "__main__":
    main()

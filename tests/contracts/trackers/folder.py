"""The far side of the folder: a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contracts.trackers.bench import Bench


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    board = folder / "board"

    def copies() -> dict[str, str]:
        files = board.iterdir() if board.is_dir() else []
        return {file.stem: file.read_text(encoding="utf-8") for file in files}

    yield Bench({"path": str(board)}, copies)

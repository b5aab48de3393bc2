"""What one connection is doing with the letters it took, for whoever comes after a kill -9.

Letters are taken several at a time, in one commit; what became of each stands in the database one
commit later. In between, a line here says that a letter was begun, or that the relay took it. A
line costs no commit, since it is written into memory that the system keeps for the file: that
outlives the process, though not the machine. A journal of an earlier boot therefore says nothing,
and all that its connection had taken counts as begun. It is a note beside the store and never its
record.
"""

import hashlib
import mmap
import os
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from gateway.store import leases

BEGUN, SENT = "b", "s"
PAGE = 16384
BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(slots=True)
class Noted:
    """What stands in the journals of a process: letters that were begun, and those that went."""

    begun: set[int] = field(default_factory=set)
    sent: dict[int, int] = field(default_factory=dict)
    is_there: bool = False


def folder_of(store: str, home: Path) -> Path:
    """Where the journals of a store lie: beside a SQLite file, else in the user's data folder."""
    if store.startswith("sqlite:///"):
        return Path(f"{store.removeprefix('sqlite:///')}-sending")
    return home / f"sending-{hashlib.sha256(store.encode()).hexdigest()[:12]}"


class Journal:
    """The journal of one connection of the process `owner`. Without a file it notes nothing."""

    def __init__(self, folder: Path, owner: str, number: int) -> None:
        self._file = folder / f"{_named(owner)}.{number}"
        self._fd: int | None = None
        self._memory: mmap.mmap | None = None
        self._used = 0
        self._start = len(_head())

    def open(self) -> None:
        """Begin an empty one; where that cannot be, do without."""
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._fd = os.open(self._file, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600)
            self._memory = self._mapped(PAGE)
            self._write(_head())

    def _mapped(self, size: int) -> mmap.mmap:
        """The file in memory, all of its room taken on the disk, so that there is no surprise."""
        if self._fd is None:
            raise OSError("the journal is closed")
        os.posix_fallocate(self._fd, 0, size)
        return mmap.mmap(self._fd, size)

    def clear(self) -> None:
        """All that stands in it is in the database now."""
        if self._memory is not None:
            self._memory[self._start : self._used] = bytes(self._used - self._start)
            self._used = self._start

    def note(self, what: str, letter: int, code: int = 0) -> None:
        """One line."""
        if self._memory is not None:
            self._write(f"{what} {letter} {code}\n".encode("ascii"))

    def _write(self, line: bytes) -> None:
        if self._memory is None:
            return
        end = self._used + len(line)
        if end > len(self._memory):
            try:
                self._memory = self._mapped(len(self._memory) + PAGE)
            except OSError:  # what lacks a line must not be believed
                self._memory[0] = 0
                self._memory = None
                return
        self._memory[self._used : end] = line
        self._used = end

    def close(self) -> None:
        """Nothing is under way any more."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
            with suppress(OSError):
                self._file.unlink()


def read(folder: Path, owner: str) -> Noted:
    """What the journals of `owner` say. What is missing in one of them may have begun."""
    found = Noted()
    texts = [_text(file) for file in _files(folder, owner)]
    whole = [text.splitlines()[1:] for text in texts if text.startswith(_head().decode("ascii"))]
    found.is_there = bool(texts) and len(whole) == len(texts)
    for line in (line for lines in whole for line in lines):
        what, _, rest = line.partition(" ")
        letter, _, code = rest.partition(" ")
        if not (letter.isdigit() and code.isdigit()):
            continue  # cut off in the middle of a line
        found.begun.add(int(letter))
        if what == SENT:
            found.sent[int(letter)] = int(code)
    return found


def forget(folder: Path, owner: str) -> None:
    """They were read and acted upon."""
    for file in _files(folder, owner):
        with suppress(OSError):
            file.unlink()


def sweep(folder: Path) -> None:
    """Remove the empty journals of processes of this host that were killed."""
    host = _named(socket.gethostname())
    with suppress(OSError):
        for file in folder.iterdir():
            name, _, started = file.name.rpartition(".")[0].rpartition("-")
            of, _, pid = name.rpartition("-")
            if of == host and pid.isdigit() and started.isdigit():
                owner = f"{socket.gethostname()}/{pid}/{started}"
                if leases.is_dead(owner) and len(_text(file)) <= len(_head()):
                    file.unlink()


@cache
def _head() -> bytes:
    """What a journal begins with: which boot of the machine it is of."""
    boot = BOOT.read_text(encoding="ascii").strip() if BOOT.is_file() else "?"
    return f"boot {boot}\n".encode("ascii")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").partition("\0")[0]
    except OSError:
        return ""


def _files(folder: Path, owner: str) -> list[Path]:
    name = _named(owner)
    with suppress(OSError):
        return [file for file in folder.iterdir() if file.name.rpartition(".")[0] == name]
    return []


def _named(owner: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in owner)

"""Mirrors each ticket as a Markdown file `<ref>.md` with front matter into a folder.

The tracker of an embedded gateway and of demos; with a folder that is synchronised or kept in
git it is a small public board. A file is replaced whole (written beside, flushed, renamed), so
that no reader sees half a ticket, and is left alone where nothing changed.
"""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

from gateway import markdown
from gateway.errors import Permanent, Temporary
from gateway.section import Section
from gateway.trackers import DocumentView, TicketView, Tracker
from gateway.trackers._words import fenced, line

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# A person must change something before these can work again.
_LASTING = (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError)


class Settings(Section):
    """`[trackers.folder]`: `path` is the folder; it is made where it is missing."""

    path: Path


def make(settings: Settings) -> Tracker:
    """The folder as a tracker; touches nothing yet."""
    return Folder(settings.path)


class Folder:
    """Tickets as files."""

    name = "folder"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def put(self, ticket: TicketView) -> str:
        """Write the ticket's file where it is new or changed; returns the file's name."""
        if not _KEY.fullmatch(ticket.key):
            raise Permanent(f"trackers.folder: {ticket.key[:100]!r} cannot be the name of a file")
        name = f"{ticket.key}.md"
        try:
            await asyncio.to_thread(self._write, name, page(ticket).encode("utf-8"))
        except OSError as error:
            raise self._named(error) from error
        return name

    async def put_document(self, document: DocumentView) -> str:
        """Write the file of a post-mortem where there is none; returns its name."""
        if not _KEY.fullmatch(document.key):
            raise Permanent(f"trackers.folder: {document.key[:100]!r} cannot be a file's name")
        name = f"{document.key}-post-mortem.md"
        try:
            if not await asyncio.to_thread((self._path / name).exists):
                await asyncio.to_thread(self._write, name, document.body.encode("utf-8"))
        except OSError as error:
            raise self._named(error) from error
        return name

    async def rehearse_document(self, document: DocumentView) -> list[str]:
        """The file that `put_document` would write."""
        return [f"write {self._path / document.key}-post-mortem.md\n\n{document.body}"]

    async def rehearse(self, ticket: TicketView) -> list[str]:
        """The file that `put` would write."""
        return [f"write {self._path / ticket.key}.md\n\n{page(ticket)}"]

    async def check(self) -> str:
        """Whether files can be made in the folder, or the folder be made."""
        return await asyncio.to_thread(self._check)

    async def close(self) -> None:
        """Nothing is held."""

    def _write(self, name: str, content: bytes) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        file, beside = self._path / name, self._path / f".{name}.new"
        if file.is_file() and file.read_bytes() == content:
            return
        with beside.open("wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        beside.replace(file)
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)  # the rename, too, is to survive a power cut
        finally:
            os.close(folder)

    def _check(self) -> str:
        there = self._path
        while not there.exists() and there != there.parent:
            there = there.parent
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise Permanent(f"trackers.folder.path: {there} is no folder that we may write to")
        return f"files can be written to {self._path}"

    def _named(self, error: OSError) -> Temporary | Permanent:
        told = f"{self._path}: {error.strerror or type(error).__name__}"
        if isinstance(error, _LASTING):
            return Permanent(f"trackers.folder.path: {told}: make it a folder we may write to")
        return Temporary(f"trackers.folder: {told}")


# --- the page -----------------------------------------------------------------------------


def page(ticket: TicketView) -> str:
    """The file's text: front matter for programs (YAML, its values written as JSON), then prose."""
    front = "\n".join(f"{key}: {_value(value)}" for key, value in _front(ticket).items())
    names = ", ".join(markdown.plain(service.name) for service in ticket.services) or "not known"
    history = "\n".join(f"- {one.at.isoformat(timespec='seconds')} {markdown.plain(one.what)}"
                        for one in ticket.history)  # fmt: skip
    return (
        f"---\n{front}\n---\n\n"
        f"# {ticket.key}: {markdown.plain(ticket.title)}\n\n"
        f"Services: {names}\n\n"
        f"{fenced(ticket.text)}\n\n"
        f"## History\n\n{history}\n"
    )


def _front(ticket: TicketView) -> dict[str, Any]:
    return {
        "ref": ticket.key,
        "title": ticket.title,
        "state": ticket.state,
        "event": ticket.event,
        "services": [service.id for service in ticket.services],
        "severity": ticket.severity,
        "reach": ticket.reach,
        "people": ticket.people,
        "hampered": ticket.hampered,
        "windows": [{"start": start, "end": end} for start, end in ticket.windows],
        "created_at": ticket.created_at.isoformat(timespec="seconds"),
        "updated_at": ticket.updated_at.isoformat(timespec="seconds"),
    }


def _value(value: Any) -> str:
    return json.dumps(line(value) if isinstance(value, str) else value, ensure_ascii=False)

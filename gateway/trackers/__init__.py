"""Where tickets are mirrored: one file a tracker, the word in the configuration is its name.

`[trackers.folder]` names the module `gateway/trackers/folder.py`. Such a module defines

- `Settings`: a `gateway.section.Section` (mostly a `TrackerSettings`), the keys of its table. A
  secret never stands in the file: `..._file` or `..._env` says where it is.
- `make(settings) -> Tracker`: builds the tracker; it opens no connection and writes nothing.
  Raises ConfigError for what a person must mend.

The contract tests run over the files of this folder. What a tracker is given has been masked
before (`gateway.mirroring`), and it is given nothing else: a tracker never asks the store.
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Literal, Protocol

from pydantic import Field

from gateway.errors import ConfigError
from gateway.section import Section, checked

__all__ = [
    "DocumentView",
    "Heard",
    "Line",
    "Service",
    "TicketView",
    "Tracker",
    "TrackerSettings",
    "WindowView",
    "known",
    "load",
]


class TrackerSettings(Section):
    """What the table of every tracker over a wire may say.

    With `dry_run` nothing is sent, and tickets wait. A person who closes a copy there: `on_close`
    asks a person here to look, resolves the ticket, or nothing. Who wrote a comment there stands on
    the history where `authors` are "named". It is asked for news every `poll_seconds`; 0: never.
    """

    dry_run: bool = False
    on_close: Literal["ask", "resolve", "ignore"] = "ask"
    authors: Literal["masked", "named"] = "masked"
    poll_seconds: float = Field(60.0, ge=0)


@dataclass(frozen=True, slots=True)
class Service:
    """A service concerned: its id in the catalogue and what people call it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """What happened to the ticket, when (UTC): fixed phrases and label values, names nobody.

    `id` grows with each line of any ticket.
    """

    at: datetime
    what: str
    id: int = 0

    @property
    def is_change(self) -> bool:
        """Whether it says from what to what something changed."""
        return " -> " in self.what


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as it may leave the house: labels, and words whose identifiers are masked.

    `key` is what people call it (TG-17) and never changes. `title` is one line. `windows` are
    (start, end) in UTC, ISO 8601; an end of None is open. `reference` is what `put` returned
    the last time; None at first, and where that answer was lost. `asked_at` is when it was first
    put there, None where that is not known: no copy of it is older. `mention` is the name there of
    whoever reported it first, where the tracker's settings map their address to one.
    """

    key: str
    title: str
    text: str
    state: str
    event: str
    services: tuple[Service, ...]
    severity: str
    reach: str
    people: int | None
    hampered: str
    windows: tuple[tuple[str, str | None], ...]
    created_at: datetime
    updated_at: datetime
    history: tuple[Line, ...] = ()
    reference: str | None = None
    asked_at: datetime | None = None
    mention: str | None = None


@dataclass(frozen=True, slots=True)
class WindowView:
    """A maintenance window as it may leave the house; times in UTC, `end` None while it is open.

    `key` is what people call it (MW-12) and never changes. `status` is a word of MAINTNOTE:
    CONFIRMED, RE-SCHEDULED, IN-PROCESS, COMPLETED or CANCELLED. `text` is for users, plain and
    masked. `reference` is what `put_window` returned the last time.
    """

    key: str
    title: str
    text: str
    services: tuple[Service, ...]
    start: datetime
    end: datetime | None
    status: str
    ticket: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """The post-mortem of a ticket as it may leave the house: Markdown in which nobody is named.

    `key` is the ticket's. `reference` and `asked_at` are as in TicketView.
    """

    key: str
    title: str
    body: str
    reference: str | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person did to a copy at a tracker.

    `event` is what the tracker calls it: the same by whatever way it is heard. `text` is what they
    wrote, as it is.
    """

    event: str
    reference: str
    kind: Literal["closed", "reopened", "comment"]
    at: datetime
    who: str = ""
    text: str = ""


class Tracker(Protocol):
    """A place that keeps a copy of each ticket.

    Duties: one copy a ticket, however often it is put; touch no copy but its own; treat title
    and text as words of strangers (no markup, no mentions, no commands come to life); log none
    of them. It is called for one ticket at a time, from one process at a time.
    """

    name: str

    async def put(self, ticket: TicketView) -> str | None:
        """Create the copy of `ticket` or bring it up to date; returns its reference there.

        Idempotent by `ticket.key`: the same call may come again after a crash, with or without
        `ticket.reference`, and must find the copy that is there. Raises Temporary, which is tried
        again with growing waits, or Permanent, which is set aside until a person says
        `triage trackers retry` or the ticket changes. What else is raised counts as temporary.
        It is cut off after `gateway.mirroring.PUT_SECONDS`, and must bear that.
        """

    # A tracker that keeps maintenance windows has a further method, as idempotent by `window.key`:
    # async def put_window(self, window: WindowView) -> str | None
    #
    # One that takes post-mortems has, idempotent by `document.key`,
    # async def put_document(self, document: DocumentView) -> str
    # async def rehearse_document(self, document: DocumentView) -> list[str]
    # What is there once is the people's: it is never written again.
    #
    # One at which people do things has `settings: TrackerSettings` and
    # async def heard(self, cursor: str | None) -> tuple[list[Heard], str]
    # what they did since the cursor, never what we wrote, and the next cursor; with None only that.
    #
    # One that can show beforehand what `put` would send (`gateway.wire.rehearsed`) has
    # async def rehearse(self, ticket: TicketView) -> list[str]
    #
    # One that maps addresses to names there has `mentions: Mapping[str, str]`.

    async def check(self) -> str:
        """Try the tracker without changing anything there, for `triage doctor`.

        Returns in a few words what is well; raises Temporary or Permanent saying what to mend.
        """

    async def close(self) -> None:
        """Give back what is held (connections). May be called twice, and `put` may follow."""


def known() -> list[str]:
    """The words that may stand in the configuration: the files of this folder."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))


def load(tables: Mapping[str, Mapping[str, Any]], file: str = "triage.toml") -> tuple[Tracker, ...]:
    """The trackers that the tables `[trackers.<word>]` of `file` describe, in their order.

    Raises ConfigError for an unknown word or a table that its module does not accept.
    """
    return tuple(_made(word, table, file) for word, table in tables.items())


def _made(word: str, table: Mapping[str, Any], file: str) -> Tracker:
    words = known()
    if word not in words:
        near = get_close_matches(word, words, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ConfigError(
            f"{file}: trackers.{word}: unknown tracker.{hint} Known: {', '.join(words)}"
        )
    module = import_module(f"{__name__}.{word}")
    tracker: Tracker = module.make(checked(module.Settings, table, file, "trackers", word))
    return tracker

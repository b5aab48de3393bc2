"""The commands without a group: demo, serve, read, ingest, status, doctor."""

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway import config, logs
from gateway.cli.options import ConfigOption, JsonOption, PathsArgument, app
from gateway.cli.output import opened, say
from gateway.errors import Permanent

if TYPE_CHECKING:
    from gateway.understanding import Understood


@app.command()
def demo(
    *,
    no_console: Annotated[
        bool, typer.Option("--no-console", help="End when it is told; open no console.")
    ] = False,
) -> None:
    """See it work: sample mail comes in, is filed and answered. Nothing leaves this machine.

    On a terminal it ends with the console open, until Ctrl-C.
    """
    from gateway import demo as played  # noqa: PLC0415
    from gateway import shown  # noqa: PLC0415

    logs.configure("text", "error")
    played.run(shown.console(), stays=sys.stdout.isatty() and not no_console)


@app.command()
def serve(path: ConfigOption = None) -> None:
    """The gateway: doors, workers, outbox, console. Stops cleanly on SIGTERM."""
    import uvloop  # noqa: PLC0415

    from gateway.serving import serve as run  # noqa: PLC0415

    with opened(path, level="info") as gateway:

        async def serving() -> None:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop.set)
            await run(gateway, stop)

        uvloop.run(serving())


@app.command()
def read(paths: PathsArgument, as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Say what a message is taken to mean, and why. Files nothing, answers nobody."""
    settings = config.load(path)
    logs.configure(settings.log, "error")
    from gateway.doors.files import arrivals  # noqa: PLC0415
    from gateway.understanding import as_json as reading_line  # noqa: PLC0415
    from gateway.understanding import understanding, unreadable  # noqa: PLC0415

    reader = understanding(settings)
    show = None if as_json else _show_reading(settings.zone)
    failed = False
    for found in arrivals(paths, sys.stdin.buffer):
        if found.raw is None or found.error:
            failed = True
            if as_json:
                say(unreadable(found.path, found.error or "cannot be read", found.raw))
            print(f"triage: {found.path}: {found.error}", file=sys.stderr)
            continue
        understood = reader.read(found.raw)
        if show is None:
            say(reading_line(found.path, understood))
        else:
            show(found.path, understood)
    if failed:
        raise typer.Exit(1)


def _show_reading(zone: str) -> "Callable[[str, Understood], None]":
    """Prints readings for people."""
    from gateway import shown  # noqa: PLC0415  # it takes a while, and --json shows nothing

    out = shown.console()
    return lambda path, understood: out.print(shown.reading(path, understood, zone))


@app.command()
def ingest(
    paths: PathsArgument,
    no_outbound: Annotated[
        bool, typer.Option("--no-outbound", help="Send nothing: hold every letter.")
    ] = False,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Take messages in as if they had arrived, file and answer them. Twice changes nothing.

    Exits with 1 if a path cannot be read or a message is held.

    A letter that fails is no failure here: the outbox keeps it, with its reason.
    """
    from gateway.ingest import ingest as run  # noqa: PLC0415

    hold = "held by --no-outbound: release it by hand" if no_outbound else None
    with opened(path, hold=hold) as gateway, _progress() as progress:
        result = asyncio.run(run(gateway, paths, sys.stdin.buffer, progress))
    for name, error in result.failed:
        print(f"triage: {name}: {error}", file=sys.stderr)
    if as_json:
        say(result.as_json())
    else:
        print(result.in_words())
    if result.failed or result.held:
        raise typer.Exit(1)


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error, on a terminal only."""
    from gateway import shown  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = shown.console(stderr=True)
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        yield progress


@contextlib.contextmanager
def _store_to_look_at(path: Path | None) -> Iterator[tuple[str | None, list[str]]]:
    """Where to look, if elsewhere: to ask how a store is makes none, where its name is mistyped."""
    settings = config.load(path)
    from gateway.store.database import not_there  # noqa: PLC0415

    file = not_there(settings.store)
    if file is None:
        yield None, []
        return
    if not file.parent.is_dir() and file.parent != config.data_home():
        raise Permanent(f"store: there is no {file}, nor its folder: is its name right?")
    with tempfile.TemporaryDirectory() as folder:
        told = f"there is no store at {file}: nothing was taken in yet, or its name is mistyped"
        yield f"sqlite:///{folder}/empty.db", [told]


@app.command()
def status(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """How things stand: messages, tickets, letters, relay, trackers, doors."""
    with _store_to_look_at(path) as (store, warnings), opened(path, store=store) as gateway:
        found = gateway.standing.status()
    found = replace(found, warnings=[*warnings, *found.warnings])
    if as_json:
        say(found.as_json())
        return
    from gateway import shown  # noqa: PLC0415

    shown.console().print(shown.status(found))


@app.command()
def doctor(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Try every configured part and say what to mend."""
    settings = config.load(path)
    logs.configure(settings.log, "error")
    from gateway.doctor import examine  # noqa: PLC0415

    well = True
    for finding in examine(settings):
        well = well and finding.is_well
        if as_json:
            say({"part": finding.part, "ok": finding.is_well, "detail": finding.detail})
        else:
            print(f"{'ok  ' if finding.is_well else 'MEND'}  {finding.part}: {finding.detail}")
    if not well:
        raise typer.Exit(1)

"""`triage postmortem`, `spikes` and `replay-lab`: what has been, and what would have been."""

import asyncio
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from gateway import config, logs
from gateway.cli.options import (
    MAX_ID,
    ByOption,
    ConfigOption,
    JsonOption,
    LimitOption,
    Ticket,
    app,
    group,
)
from gateway.cli.output import me, opened, say
from gateway.errors import ConfigError, Permanent

spikes_app = group("spikes", "When more people than usual wrote; without a command, the list.")


@spikes_app.command("list")
def _spikes_list(
    limit: LimitOption = 50, as_json: JsonOption = False, path: ConfigOption = None
) -> None:
    """When more people than usual wrote about a service, and which incident that is."""
    from gateway import lookback, shown  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.spikes.listing(limit)
        words = {row.id: gateway.spikes.in_words(row) for row in found}
        if as_json:
            for row in found:
                say(lookback.spike_as_json(row, words[row.id]))
        else:
            shown.console().print(lookback.spikes(found, words, gateway.settings.zone))


@app.command()
def postmortem(
    name: Ticket,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there; no file is overwritten.")
    ] = None,
    *,
    public: Annotated[
        bool,
        typer.Option("--public", help="For publication: no reporter is named, the rest masked."),
    ] = False,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="TRACKER", help="File it there, as for publication; once."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what --to would send, and send nothing.")
    ] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Draft the post-mortem of a ticket, in Markdown: facts, and gaps for what people know."""
    if dry_run and to is None:
        raise ConfigError("--dry-run goes with --to: name the tracker")
    if out is not None and to is not None:
        raise ConfigError("--out and --to are two ways: choose one")
    with opened(path) as gateway:
        if to is not None:
            _file_it(gateway, name, to, None if dry_run else me(by), as_json)
            return
        found = gateway.postmortems.draft(name, public=public)
    if out is not None:
        _write(out, found.body)
    if as_json:
        say({"ticket": found.ref, "title": found.title, "public": found.is_public,
             "body": found.body, "file": str(out) if out else None})  # fmt: skip
    elif out is None:
        print(found.body, end="")
    else:
        print(f"{out} has the draft for {found.ref}")


def _file_it(gateway: Any, name: str, tracker: str, who: str | None, as_json: bool) -> None:
    """Ask for it to be filed; without anybody (`who`) show what would be sent."""
    if who is None:
        for request in asyncio.run(gateway.filing.preview(name, tracker)):
            if as_json:
                say({"ticket": name, "tracker": tracker, "request": request})
            else:
                print(request)
        return
    row = gateway.filing.file(name, tracker, who)
    if as_json:
        say({"ticket": f"TG-{row.ticket_id}", "tracker": tracker, "state": row.state,
             "reference": row.reference})  # fmt: skip
    elif row.reference:
        print(f"{tracker} has the post-mortem of TG-{row.ticket_id} already: {row.reference}")
    else:
        print(f"the post-mortem of TG-{row.ticket_id} waits for {tracker}: a running gateway files "
              "it; see triage trackers list")  # fmt: skip


def _write(file: Path, text: str) -> None:
    """A new file: somebody may have worked on the one that is there."""
    try:
        with file.open("x", encoding="utf-8") as there:
            there.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{file} is there already: name another file, or remove it") from error
    except OSError as error:
        raise Permanent(f"{file} cannot be written: {error.strerror}") from error


_LAB_SHOWN = 200  # changes that a table holds; --json tells all


@app.command("replay-lab")
def replay_lab(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Mail in files; without any, that of the store."),
    ] = None,
    *,
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Changed rules: another data folder.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Another model: as triage train made it.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Only mail written since then, in the zone set.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(help="Only mail written before.")] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, max=MAX_ID, help="The newest so many.")
    ] = None,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Past mail through changed rules or another model: what would be read otherwise.

    Nothing is sent and nothing is changed: the store is opened to be read.
    """
    settings = config.load(path)
    logs.configure(settings.log, "error")
    from gateway import lookback, shown  # noqa: PLC0415
    from gateway.parts import laboratory  # noqa: PLC0415

    for folder in (data, model):
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"{folder} is no folder")
    if paths and (since or until):
        raise ConfigError("--since and --until are for the mail of the store")
    zone = ZoneInfo(settings.zone)
    first, last = (one and one.replace(tzinfo=one.tzinfo or zone) for one in (since, until))
    with laboratory(settings, data, model) as bench:
        mail = bench.files(paths, limit) if paths else bench.store(first, last, limit)
        kept: list[Any] = []
        for change in bench.replay(_watched(mail)):
            if as_json:
                say(lookback.change_as_json(change))
            elif len(kept) < _LAB_SHOWN:
                kept.append(change)
        if as_json:
            for line in lookback.outcome_as_json(bench):
                say(line)
        else:
            shown.console().print(lookback.lab(bench, kept))
    if bench.outcome.failed:
        raise typer.Exit(1)


def _watched(mail: Iterable[Any]) -> Iterator[Any]:
    """The same, with how far it is on standard error."""
    number = 0
    for number, one in enumerate(mail, 1):
        if number % 500 == 0:
            print(f"triage: {number} messages read again", file=sys.stderr)
        yield one
    print(f"triage: {number} messages read again, all", file=sys.stderr)

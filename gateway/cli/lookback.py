"""`triage postmortem`, `spikes` and `replay-lab`: what has been, and what would have been."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import ConfigOption, JsonOption, LimitOption, Ticket, app, group
from gateway.cli.output import opened, say
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
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Draft the post-mortem of a ticket, in Markdown: facts, and gaps for what people know."""
    with opened(path) as gateway:
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


def _write(file: Path, text: str) -> None:
    """A new file: somebody may have worked on the one that is there."""
    try:
        with file.open("x", encoding="utf-8") as there:
            there.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{file} is there already: name another file, or remove it") from error
    except OSError as error:
        raise Permanent(f"{file} cannot be written: {error.strerror}") from error

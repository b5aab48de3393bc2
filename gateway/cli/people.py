"""`triage people`: what is held about a person, and how it is erased."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import ConfigOption, app
from gateway.cli.output import opened
from gateway.errors import Permanent

people_app = typer.Typer(help="What is held about a person: exported, erased.")
app.add_typer(people_app, name="people")

Address = Annotated[str, typer.Argument(help="A mail address.")]


@people_app.command("export")
def _export(address: Address, path: ConfigOption = None) -> None:
    """All that is held about an address, as JSON."""
    with opened(path) as gateway:
        found = gateway.people.export(address)
        print(json.dumps(found, ensure_ascii=True, indent=2, default=str))


@people_app.command("erase")
def _erase(
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    path: ConfigOption = None,
) -> None:
    """Forget a person. What must stay keeps a pseudonym in place of the address."""
    if not yes:
        if not sys.stdin.isatty():
            raise Permanent("nothing was erased: it cannot be taken back, so say --yes")
        typer.confirm(f"Erase what is held about {address}? It cannot be taken back.", abort=True)
    with opened(path) as gateway:
        done = gateway.people.erase(address)
        print(
            f"erased: {done.removed} rows removed, {done.emptied} mails and letters emptied, "
            f"{done.changed} records now say {done.pseudonym}"
        )


def read_list(file: Path) -> str:
    """The text of a CSV file. Raises Permanent."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"{file}: cannot be read as UTF-8 text: {error}") from error

"""The `triage` command itself and what its commands have in common: arguments and options."""

from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from gateway.errors import ConfigError

app = typer.Typer(
    help="Triage Gateway: takes mail in, understands it, files it, answers it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The configuration; without it triage.toml, if it is here."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, one object a line.")]
PathsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...", help="A message, an mbox, a Maildir, a folder of these, or -."
    ),
]
MAX_ID = 2**31 - 1  # what the databases can hold as a number
LimitOption = Annotated[
    int, typer.Option("--limit", metavar="NUMBER", min=1, max=MAX_ID, help="How many at most.")
]
Ticket = Annotated[str, typer.Argument(metavar="TICKET", help="For example TG-7, or 7.")]
Message = Annotated[
    str, typer.Argument(metavar="MESSAGE", help="As `triage spool list` names it, or its number.")
]
Notice = Annotated[
    int, typer.Argument(metavar="NOTICE", min=1, max=MAX_ID, help="Its number: announce list.")
]
ByOption = Annotated[
    str | None, typer.Option("--by", help="Who does it, for the record; without it, you.")
]


def in_state(of: Any, what: str) -> Any:
    """`--state` of a list; another word than those of the type `of` is wrong usage."""
    return typer.Option("--state", metavar="STATE", help=f"Only {what} that are {states(of)}.")


def states(of: Any) -> str:
    """The states of a type in words."""
    *others, last = get_args(of)
    return f"{', '.join(others)} or {last}"


NewsOption = Annotated[str, typer.Option("--message", help="What everyone concerned is told.")]


def hand_down(context: typer.Context, as_json: bool, path: Path | None) -> None:
    """Options that stand before a command are its own."""
    group: Any = context.command
    command = group.commands.get(context.invoked_subcommand)
    if as_json and command is not None and "as_json" not in {one.name for one in command.params}:
        raise ConfigError(f"{command.name} has no --json")
    context.default_map = {name: {"as_json": as_json, "path": path} for name in group.commands}


def _before(context: typer.Context, as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """A group of commands; without one of them it lists."""
    hand_down(context, as_json, path)
    if context.invoked_subcommand is None:
        group: Any = context.command
        listing = group.commands["list"]
        with listing.make_context("list", [], parent=context) as inner:
            listing.invoke(inner)


def group(name: str, help_: str) -> typer.Typer:
    """A group of commands that may be called without one."""
    made = typer.Typer(help=help_, callback=_before, invoke_without_command=True)
    app.add_typer(made, name=name)
    return made

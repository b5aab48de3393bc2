"""`triage suggestions`: tickets that may belong together; a person decides."""

from typing import Annotated

import typer

from gateway.cli.options import ByOption, ConfigOption, JsonOption, Ticket, group
from gateway.cli.output import me, opened, say

suggestions_app = group(
    "suggestions", "Tickets that may belong together; without a command, the list."
)

OTHER = typer.Argument(metavar="OTHER", help="The ticket that it may belong to.")
WHY = typer.Option(help="The reason, for the history.")


@suggestions_app.command("list")
def _suggestions_list(
    name: Annotated[
        str | None, typer.Argument(metavar="[TICKET]", help="Only those of this ticket.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that were decided.")] = False,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """What waits for a person to decide, the likeliest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import suggestion_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.regrouping.suggestions(name, every=every)
        if as_json:
            for one in found:
                say(suggestion_as_json(one))
        else:
            shown.console().print(shown.suggestions(found))


@suggestions_app.command("accept")
def _suggestions_accept(
    name: Ticket,
    other: Annotated[str, OTHER],
    why: Annotated[str, WHY] = "",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """They are one: make the ticket a part of the other."""
    with opened(path) as gateway:
        kept = gateway.regrouping.accept(name, other, me(by), why)
        print(f"{name} is a part of {kept.ref} now")


@suggestions_app.command("dismiss")
def _suggestions_dismiss(
    name: Ticket,
    other: Annotated[str, OTHER],
    why: Annotated[str, WHY] = "",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """They are not one: hold them apart, so that it is never suggested again."""
    with opened(path) as gateway:
        gateway.regrouping.dismiss(name, other, me(by), why)
        print(f"{name} and {other} are held apart")

"""`triage tokens`: programs that may use the API."""

from typing import Annotated

import typer

from gateway.cli.options import ByOption, ConfigOption, JsonOption, group
from gateway.cli.output import me, opened, say

tokens_app = group("tokens", "Programs that may use the API; without a command, the list.")


@tokens_app.command("new")
def _tokens_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The program: it stands on records.")],
    scope: Annotated[
        list[str],
        typer.Option("--scope", help="read, personal, intake, triage, announce."),
    ],
    days: Annotated[float, typer.Option(min=0.01, max=3660, help="For how long.")] = 90.0,
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Make a token. It is shown this once: keep it where the program reads its secrets."""
    with opened(path) as gateway:
        desk = gateway.desk()
        token = desk.tokens.new(name, scope, days, me(by))
        desk.record.add(me(by), "made a token", name, "command line", scopes=sorted(set(scope)))
        print(token)


@tokens_app.command("list")
def _tokens_list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """The tokens, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import token_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.desk().tokens.listing()
        if as_json:
            for row in found:
                say(token_as_json(row))
        else:
            shown.console().print(shown.tokens(found, gateway.settings.zone))


@tokens_app.command("revoke")
def _tokens_revoke(
    number: Annotated[int, typer.Argument(metavar="TOKEN", min=1, help="Its number: list.")],
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """End a token: it is good for nothing from now on."""
    with opened(path) as gateway:
        desk = gateway.desk()
        row = desk.tokens.revoke(number)
        desk.record.add(me(by), "revoked a token", row.name, "command line")
        print(f"token {number} of {row.name} is revoked")

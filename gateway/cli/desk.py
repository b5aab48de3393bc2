"""`triage console`: links that sign somebody in, and who is signed in."""

from typing import Annotated, get_args

import typer

from gateway.cli.options import ByOption, ConfigOption, JsonOption, group
from gateway.cli.output import me, opened, say
from gateway.config import Role
from gateway.errors import ConfigError

console_app = group("console", "The web console; without a command, who is signed in.")


@console_app.command("link")
def _console_link(
    who: Annotated[
        str | None, typer.Option("--as", metavar="WHO", help="Whom it signs in; without it, you.")
    ] = None,
    role: Annotated[
        Role, typer.Option(help=f"What they may do: {', '.join(get_args(Role))}.")
    ] = "administrator",
    path: ConfigOption = None,
) -> None:
    """Print a link that signs somebody in, once, within minutes."""
    with opened(path) as gateway:
        if gateway.settings.console is None or not gateway.settings.console.has_pages:
            raise ConfigError(f"{gateway.settings.file}: [console] has no pages: see its url")
        print(gateway.console_link(me(who), role))


@console_app.command("list")
def _console_list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Who is signed in."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import session_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.desk().sessions.listing()
        if as_json:
            for row in found:
                say(session_as_json(row))
        else:
            shown.console().print(shown.sessions(found, gateway.settings.zone))


@console_app.command("index")
def _console_index(path: ConfigOption = None) -> None:
    """Have the words of mail found that came before there was a search. Twice changes nothing."""
    from gateway.reading import read  # noqa: PLC0415

    done = 0
    with opened(path) as gateway:
        while found := gateway.desk().finder.lacking():
            gateway.desk().finder.add([(number, read(raw)) for number, raw in found])
            done += len(found)
    print(f"messages whose words were written down: {done}")


@console_app.command("end")
def _console_end(
    number: Annotated[int, typer.Argument(metavar="SESSION", min=1, help="Its number: list.")],
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """End a session: whoever has it must sign in again."""
    with opened(path) as gateway:
        desk = gateway.desk()
        row = desk.sessions.end_number(number, me(by))
        desk.record.add(me(by), "ended a session", str(number), "command line", whose=row.who)
        print(f"session {number} of {row.who} has ended")

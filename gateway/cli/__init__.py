"""The `triage` command: what people and scripts call.

Standard output carries the answer and nothing else (with --json one JSON object a line);
progress and logs go to standard error. Exit codes: 0 all well, 1 something failed, 2 wrong usage
or configuration. A module is a group of commands.
"""

import sys
from typing import Annotated

import typer

from gateway import __version__
from gateway.cli import (
    catalogue,
    corrections,
    custody,
    desk,
    dkim,
    learn,
    letters,
    lists,
    lookback,
    news,
    people,
    posts,
    suggestions,
    tickets,
    timers,
    tokens,
    windows,
    work,
)
from gateway.cli.options import ConfigOption, JsonOption, app, hand_down
from gateway.cli.output import fail, let_go_of_output, standard_streams
from gateway.errors import ConfigError, GatewayError

__all__ = [
    "app",
    "catalogue",
    "corrections",
    "custody",
    "desk",
    "dkim",
    "learn",
    "letters",
    "lists",
    "lookback",
    "main",
    "news",
    "people",
    "posts",
    "suggestions",
    "tickets",
    "timers",
    "tokens",
    "windows",
    "work",
]


def main() -> None:
    """Run the command; every failure the gateway can name is a line, not a traceback."""
    standard_streams()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except ConfigError as error:
        fail(error, 2)
    except GatewayError as error:
        fail(error, 1)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:  # the reader has seen enough
        raise SystemExit(1) from None
    finally:
        let_go_of_output()


def _version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def _main(
    context: typer.Context,
    as_json: JsonOption = False,
    path: ConfigOption = None,
    *,
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Triage Gateway: takes mail in, understands it, files it, answers it."""
    hand_down(context, as_json, path)

"""`triage timers`: what is to happen later, and what could not be done at its time."""

from typing import Annotated

import typer

from gateway.cli.options import ConfigOption, JsonOption, LimitOption, group, in_state
from gateway.cli.output import opened, say
from gateway.errors import ConfigError
from gateway.layout import counted
from gateway.model import TimerState

timers_app = group("timers", "What is to happen later; without a command, the list.")


@timers_app.command("list")
def _timers_list(
    state: Annotated[TimerState | None, in_state(TimerState, "timers")] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """What waits for its time, the next first; with --state, what is done or set aside."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import timer_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.timers.listing(state, limit)
        if as_json:
            for row in found:
                say(timer_as_json(row))
        else:
            shown.console().print(shown.timers(found, gateway.settings.zone))


@timers_app.command("retry")
def _timers_retry(
    ids: Annotated[list[int] | None, typer.Argument(metavar="TIMER...")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every timer that was set aside.")] = False,
    path: ConfigOption = None,
) -> None:
    """Have what was set aside happen now, by a running gateway."""
    if bool(ids) == every:
        raise ConfigError("name the timers, or say --all")
    with opened(path) as gateway:
        print(f"will be done now: {counted(gateway.timers.retry(ids or None), 'timer')}")

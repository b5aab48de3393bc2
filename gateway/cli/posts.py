"""`triage posts`: news for the channels, and how it stands."""

import asyncio
from typing import Annotated

import typer

from gateway.cli.options import (
    MAX_ID,
    ConfigOption,
    JsonOption,
    LimitOption,
    Ticket,
    group,
    in_state,
)
from gateway.cli.output import opened, say
from gateway.errors import ConfigError
from gateway.layout import counted
from gateway.model import PostState

posts_app = group("posts", "News for the channels; without a command, the list.")


@posts_app.command("list")
def _posts_list(
    state: Annotated[PostState | None, in_state(PostState, "posts")] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Where news for the channels stands, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import post_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.posting.listing(state, limit)
        if as_json:
            for row in found:
                say(post_as_json(row))
        else:
            shown.console().print(shown.posts(found, gateway.settings.zone))


@posts_app.command("preview")
def _posts_preview(
    ticket: Ticket,
    channel: Annotated[str | None, typer.Argument(metavar="[CHANNEL]")] = None,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """What the channels would be sent of a ticket, in full. Sends nothing."""
    with opened(path) as gateway:
        found = asyncio.run(gateway.posting.preview(ticket, channel))
    for of, requests in found.items():
        for request in requests:
            if as_json:
                say({"ticket": ticket, "channel": of, "request": request})
            else:
                print(f"--- {ticket} to {of}\n{request}\n")


@posts_app.command("retry")
def _posts_retry(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="POST...", max=MAX_ID)] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every post that waits or has failed.")
    ] = False,
    path: ConfigOption = None,
) -> None:
    """Post these again now, also those that may have arrived: look there first."""
    if bool(numbers) == every:
        raise ConfigError("name the posts, or say --all")
    with opened(path) as gateway:
        print(f"to be posted again: {counted(gateway.posting.retry(numbers or None), 'post')}")

"""`triage lists`: mailing lists that we are on, and what their managers ask and tell."""

from typing import Annotated

import typer

from gateway.cli.options import MAX_ID, ByOption, ConfigOption, JsonOption, LimitOption, group
from gateway.cli.output import me, opened, say

lists_app = group("lists", "Mailing lists that send to us; without a command, where they stand.")


@lists_app.command("subscribe")
def _lists_subscribe(
    list_: Annotated[
        str,
        typer.Argument(
            metavar="LIST", help="Its address, or its identifier or domain where it has none."
        ),
    ],
    system: Annotated[
        str,
        typer.Option(
            help="Who is asked for it: mailman, listserv, majordomo, sympa, ezmlm, mlmmj or google;"
            " page: you do that on a web page yourself."
        ),
    ] = "page",
    address: Annotated[
        str | None,
        typer.Option("--as", help="The address of ours that subscribes; without it, the first."),
    ] = None,
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Say that we want a list. Only what was asked for here can be confirmed later."""
    with opened(path) as gateway:
        row, wrote = gateway.subscribing.subscribe(list_, me(by), system, address)
        if row.state == "subscribed":
            print(f"{row.address} is subscribed to {row.list} already")
        elif wrote:
            state = "held: no relay is configured" if gateway.held_because else "queued"
            print(f"its manager is asked for {row.list} ({state}); the answer: triage lists list")
        else:
            print(
                f"subscribe {row.address} to {row.list} on its page; "
                "its request to confirm will stand in: triage lists list"
            )


@lists_app.command("confirm")
def _lists_confirm(
    notice: Annotated[
        int, typer.Argument(metavar="NOTICE", min=1, max=MAX_ID, help="Its number: lists list.")
    ],
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Confirm a subscription that was asked for here: by a letter, or a link that you open."""
    with opened(path) as gateway:
        done = gateway.subscribing.confirm(notice, me(by))
        if done.link:
            print(f"open this to confirm {done.subscription.list}: {done.link}")
            return
        state = "held: no relay is configured" if gateway.held_because else "queued"
        print(f"confirmed by a letter to {done.letter_to} ({state})")


@lists_app.command("list")
def _lists_list(
    limit: LimitOption = 50, as_json: JsonOption = False, path: ConfigOption = None
) -> None:
    """Our subscriptions, and what list managers wrote, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import list_notice_as_json, subscription_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        subscriptions, notices = gateway.subscribing.listing(limit)
        if as_json:
            for row in subscriptions:
                say(subscription_as_json(row))
            for one in notices:
                say(list_notice_as_json(one))
        else:
            shown.console().print(shown.lists(subscriptions, notices, gateway.settings.zone))

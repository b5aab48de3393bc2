"""`triage tickets` and `triage trackers`: what was filed, and its copies elsewhere."""

import asyncio
from typing import Annotated, Any

import typer

from gateway.cli.options import (
    ByOption,
    ConfigOption,
    JsonOption,
    LimitOption,
    NewsOption,
    Ticket,
    group,
    in_state,
    states,
)
from gateway.cli.output import me, opened, say, show_preview
from gateway.errors import ConfigError
from gateway.layout import counted
from gateway.model import MirrorState, TicketState

tickets_app = group("tickets", "What was filed; without a command, the list.")
trackers_app = group("trackers", "Copies of tickets at trackers; without a command, the list.")


@tickets_app.command("list")
def _tickets_list(
    state: Annotated[TicketState | None, in_state(TicketState, "tickets")] = None,
    review: Annotated[
        bool, typer.Option("--review", help="Only those that a person should look at.")
    ] = False,
    by_priority: Annotated[
        bool, typer.Option("--by-priority", help="The most urgent of those that are open first.")
    ] = False,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """The tickets, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import ticket_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.tickets.listing(state, review=review, by_priority=by_priority)
        if as_json:
            for one in found:
                say(ticket_as_json(one))
        else:
            is_filtered = review or by_priority or state is not None
            table = shown.tickets(found, gateway.settings.zone, is_filtered=is_filtered)
            shown.console().print(table)


@tickets_app.command("show")
def _tickets_show(name: Ticket, as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Everything on one ticket."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import details_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        details = gateway.tickets.details(name)
        if as_json:
            say(details_as_json(details))
        else:
            shown.console().print(shown.ticket(details, gateway.settings.zone))


@tickets_app.command("timeline")
def _tickets_timeline(name: Ticket, as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """What happened on one ticket, in its order, and how many people it was about."""
    from gateway import lookback, shown  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.timelines.of(name)
        if not as_json:
            shown.console().print(lookback.timeline(found, gateway.settings.zone))
            return
        for entry in found.entries:
            say(lookback.entry_as_json(entry))
        for step in found.people:
            say(lookback.step_as_json(step))


@tickets_app.command("move")
def _tickets_move(
    name: Ticket,
    state: Annotated[
        TicketState, typer.Argument(metavar="STATE", help=f"Where it goes: {states(TicketState)}.")
    ],
    why: Annotated[str, typer.Option(help="The reason, for the history.")] = "",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Change the state of a ticket. Only `resolve` can resolve one, since it tells people."""
    if state == "resolved":
        raise ConfigError(f"use: triage tickets resolve {name} --message ... (people are told)")
    with opened(path) as gateway:
        ticket = gateway.tickets.move(name, state, me(by), why)
        print(f"{ticket.ref} is {ticket.state}")


@tickets_app.command("set")
def _tickets_set(
    name: Ticket,
    changes: Annotated[
        list[str],
        typer.Argument(
            metavar="LABEL=VALUE...",
            help="severity=high disposition=backlog owner=identity event=outage services=idme,mhv "
            "reach=many people=40 hampered=blocked; auto: the rules decide again.",
        ),
    ],
    *,
    why: Annotated[str, typer.Option(help="The reason, for the history.")] = "",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Overrule what was read or decided. So it stays, whatever mail comes, until set again."""
    from gateway.cli.corrections import labels_of  # noqa: PLC0415
    from gateway.incidents.overruling import AUTO, SETTABLE  # noqa: PLC0415

    with opened(path) as gateway:
        labels = labels_of(changes, SETTABLE, gateway.settings.zone, auto=AUTO)
        ticket = gateway.overruling.set(name, labels, me(by), why)
        print(f"{ticket.ref}: {ticket.severity}, {ticket.disposition}, owner {ticket.owner or '-'}")


@tickets_app.command("reviewed")
def _tickets_reviewed(name: Ticket, by: ByOption = None, path: ConfigOption = None) -> None:
    """A person has looked at it: it no longer stands in `tickets list --review`."""
    with opened(path) as gateway:
        print(f"{gateway.tickets.reviewed(name, me(by)).ref} has been looked at")


@tickets_app.command("merge")
def _tickets_merge(
    name: Ticket,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The ticket that stays.")],
    why: Annotated[str, typer.Option(help="The reason, for the history.")] = "",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Make a ticket a part of another: all that is on it moves there."""
    with opened(path) as gateway:
        kept = gateway.merge_tickets(name, into, me(by), why)
        print(f"{name} is a part of {kept.ref} now")


@tickets_app.command("handoff")
def _tickets_handoff(
    name: Ticket,
    to: Annotated[str, typer.Option("--to", help="A team of owners.toml, or an address.")],
    *,
    why: Annotated[str, typer.Option(help="The reason, for the owner and the history.")] = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Show the letter; change nothing.")
    ] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Hand a ticket to its owner by mail, with all that is known; whoever is silent is reminded."""
    from gateway.plain import handoff_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        if preview:
            letter = gateway.handoffs.preview(name, to, me(by), why)
            print(letter.raw.decode("utf-8", "replace"))
            return
        row = gateway.handoffs.hand_off(name, to, me(by), why)
        if as_json:
            say(handoff_as_json(row))
        else:
            held = gateway.held_because
            print(f"TG-{row.ticket_id} is handed to {row.team} <{row.addresses[0]}>"
                  + (f" (the letter is held: {held})" if held else ""))  # fmt: skip


@tickets_app.command("split")
def _tickets_split(
    name: Ticket,
    messages: Annotated[
        list[str],
        typer.Argument(metavar="MESSAGE...", help="Their traces, as `tickets show` has them."),
    ],
    why: Annotated[str, typer.Option(help="The reason, for the history.")] = "",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Make messages a ticket of their own: nothing puts the two together again."""
    with opened(path) as gateway:
        new = gateway.regrouping.split(name, messages, me(by), why)
        print(f"{counted(len(set(messages)), 'message')} of {name} are {new.ref} now")


@tickets_app.command("resolve")
def _tickets_resolve(
    name: Ticket,
    message: NewsOption,
    *,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would go out; change nothing.")
    ] = False,
    by: ByOption = None,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """It is over: tell every reporter and every subscriber of its services, once each."""
    with opened(path) as gateway:
        if preview:
            show_preview(
                gateway.announcing.preview_of(name, "resolution", message, me(by)), as_json
            )
            return
        notice, letters = gateway.announcing.resolve(name, message, me(by))
        state = "queued" if gateway.settings.relay else "held: no relay is configured"
        if as_json:
            say({"ticket_id": notice.ticket_id, "notice": notice.id, "letters": letters})
        else:
            print(
                f"TG-{notice.ticket_id} is resolved; {counted(letters, 'letter')} written ({state})"
            )


@trackers_app.command("list")
def _trackers_list(
    state: Annotated[MirrorState | None, in_state(MirrorState, "copies")] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Where the copies of tickets and maintenance windows stand, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import mirror_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        mirroring = gateway.mirroring
        found = [*mirroring.listing(state, limit), *mirroring.windows(state, limit)]
        if as_json:
            for row in found:
                say(mirror_as_json(row))
        else:
            shown.console().print(shown.mirrors(found, gateway.settings.zone))


@trackers_app.command("preview")
def _trackers_preview(
    ticket: Ticket,
    tracker: Annotated[str | None, typer.Argument(metavar="[TRACKER]")] = None,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """What the trackers would be sent of a ticket, in full. Sends nothing."""
    with opened(path) as gateway:
        _show_requests(gateway, [ticket], tracker, as_json)


def _show_requests(gateway: Any, names: list[str], tracker: str | None, as_json: bool) -> None:
    for name in names:
        found = asyncio.run(gateway.mirroring.preview(name, tracker))
        for of, requests in found.items():
            for request in requests or ["nothing"]:
                if as_json:
                    say({"ticket": name, "tracker": of, "request": request})
                else:
                    print(f"--- {name} to {of}\n{request}\n")


@trackers_app.command("retry")
def _trackers_retry(
    names: Annotated[list[str] | None, typer.Argument(metavar="TICKET...")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every ticket that waits or has failed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")
    ] = False,
    path: ConfigOption = None,
) -> None:
    """Copy these tickets again now, by a running gateway or the next ingest."""
    if bool(names) == every:
        raise ConfigError("name the tickets, or say --all")
    with opened(path) as gateway:
        if dry_run:
            _show_requests(gateway, names or gateway.mirroring.waiting(), None, False)
            return
        print(f"to be copied again: {counted(gateway.mirroring.retry(names or None), 'ticket')}")

"""`triage windows`: maintenance windows, reviewed by people, published as a calendar."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from gateway.cli.options import ByOption, ConfigOption, JsonOption, group
from gateway.cli.output import me, opened, say
from gateway.errors import ConfigError, Permanent

windows_app = group("windows", "Maintenance windows; without a command, the list.")
Window = Annotated[str, typer.Argument(metavar="WINDOW", help="For example MW-3, or 3.")]
Moment = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="ISO 8601, in the configured zone where it names none."),
]
Services = Annotated[
    str | None, typer.Option(metavar="IDS", help="Ids of the catalogue, with commas between.")
]
TextOption = Annotated[str | None, typer.Option(help="What users are told, in plain words.")]
TicketOption = Annotated[str | None, typer.Option(help="The ticket that takes reports about it.")]
STATUSES = ("TENTATIVE", "CONFIRMED", "RE-SCHEDULED", "IN-PROCESS", "COMPLETED", "CANCELLED")


@windows_app.command("list")
def _windows_list(
    review: Annotated[
        bool, typer.Option("--review", help="Only those that wait for a person.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """The windows that are not over, the earliest first, and what stands in their way."""
    with opened(path) as gateway:
        found = gateway.windows.listing(review=review, every=every)
        if as_json:
            for row, conflicts in found:
                say(as_plain(row, conflicts))
        else:
            _print(_table(found, gateway.settings.zone))


@windows_app.command("show")
def _windows_show(name: Window, as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Everything on one window."""
    with opened(path) as gateway:
        details = gateway.windows.details(name)
        if as_json:
            say(_details_as_plain(details))
        else:
            _print(_page(details, gateway.settings.zone))


@windows_app.command("review")
def _windows_review(
    name: Window,
    *,
    start: Moment = None,
    end: Moment = None,
    services: Services = None,
    status: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATUSES)}.")] = None,
    text: TextOption = None,
    ticket: TicketOption = None,
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """A person has looked, and may have put it right: it is published as it is now."""
    with opened(path) as gateway:
        said = _changes(gateway.settings.zone, start=start, end=end, services=services,
                        status=status, text=text, ticket=ticket)  # fmt: skip
        row = gateway.windows.review(name, said, me(by))
        print(f"{row.ref} is reviewed: {_times(row, gateway.settings.zone)}")


@windows_app.command("cancel")
def _windows_cancel(
    name: Window,
    why: Annotated[str, typer.Option(help="The reason, for the history.")] = "",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """It will not take place: calendars and trackers that know of it hear so."""
    with opened(path) as gateway:
        print(f"{gateway.windows.cancel(name, me(by), why).ref} is cancelled")


@windows_app.command("add")
def _windows_add(
    *,
    start: Moment = None,
    end: Moment = None,
    services: Services = None,
    text: TextOption = None,
    ticket: TicketOption = None,
    by: ByOption = None,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """A window that no notice told of; it is published at once."""
    with opened(path) as gateway:
        said = _changes(gateway.settings.zone, start=start, end=end, services=services,
                        text=text, ticket=ticket)  # fmt: skip
        row = gateway.windows.add(said, me(by))
        if as_json:
            say(as_plain(row, ()))
        else:
            print(f"{row.ref} is added: {_times(row, gateway.settings.zone)}")


@windows_app.command("feed")
def _windows_feed(
    service: Annotated[str | None, typer.Option(help="Only of this service.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; without it standard output.")
    ] = None,
    path: ConfigOption = None,
) -> None:
    """The published windows as an iCalendar file."""
    with opened(path) as gateway:
        content: bytes = gateway.calendars.feed(service)
        if out is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            return
        try:
            out.write_bytes(content)
        except OSError as error:
            raise Permanent(f"{out}: cannot be written: {error.strerror}") from error


def _changes(zone: str, **said: str | None) -> Any:
    from gateway.incidents.window_book import Changes  # noqa: PLC0415  # --help need not wait

    services, status = said.get("services"), said.get("status")
    if status is not None and status.upper() not in STATUSES:
        raise ConfigError(f"--status: {status} is none of {', '.join(STATUSES)}")
    listed = None
    if services is not None:
        listed = tuple(one.strip() for one in services.split(",") if one.strip())
    return Changes(
        start=_moment("--start", said.get("start"), zone),
        end=_moment("--end", said.get("end"), zone),
        services=listed,
        status=status.upper() if status else None,
        text=said.get("text"),
        ticket=said.get("ticket"),
    )


def _moment(option: str, given: str | None, zone: str) -> datetime | None:
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError as error:
        raise ConfigError(
            f"{option}: {given} is no time such as 2026-03-14T22:00 or 2026-03-15T02:00Z"
        ) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))


# --- shown -------------------------------------------------------------------------------------


def as_plain(row: Any, conflicts: Sequence[Any]) -> dict[str, Any]:
    """One line of `triage windows list --json`."""
    from gateway.understanding import stamp  # noqa: PLC0415

    return {
        "ref": row.ref,
        "uid": row.uid,
        "ticket": f"TG-{row.ticket_id}" if row.ticket_id else None,
        "provider": row.provider,
        "maintenance": row.maintenance or None,
        "services": row.services,
        "start": stamp(row.starts_at),
        "end": stamp(row.ends_at),
        "status": row.status,
        "impact": row.impact or None,
        "text": row.text,
        "sequence": row.sequence,
        "reviewed": row.reviewed,
        "reviewed_by": row.reviewed_by,
        "doubts": row.doubts,
        "published": row.published,
        "conflicts": [
            {"with": one.other.ref, "how": one.how, "services": list(one.services)}
            for one in conflicts
        ],
        "told_at": stamp(row.told_at),
        "updated_at": stamp(row.updated_at),
    }


def _details_as_plain(details: Any) -> dict[str, Any]:
    from gateway.understanding import stamp  # noqa: PLC0415

    return as_plain(details.window, details.conflicts) | {
        "history": [
            {"at": stamp(line.at), "who": line.who, "what": line.what, "why": line.why,
             "facts": line.facts}
            for line in details.history
        ],
        "mirrors": [
            {"tracker": one.tracker, "state": one.state, "reference": one.reference,
             "reason": one.reason}
            for one in details.mirrors
        ],
    }  # fmt: skip


def _print(found: Any) -> None:
    from gateway import shown  # noqa: PLC0415

    shown.console().print(found)


def _times(row: Any, zone: str) -> str:
    from gateway.words import when  # noqa: PLC0415

    end = when(row.ends_at, zone) if row.ends_at else "no end"
    return f"{when(row.starts_at, zone)} to {end}"


def _state(row: Any) -> str:
    if row.reviewed:
        return str(row.status)
    return f"{row.status}, to be reviewed" + ("" if row.published is None else ": not as published")


def _met(conflicts: Sequence[Any]) -> str:
    return "; ".join(f"{one.other.ref}: {one.how} ({', '.join(one.services)})" for one in conflicts)


def _table(found: Sequence[Any], zone: str) -> Any:
    from rich.text import Text  # noqa: PLC0415

    from gateway.layout import Column, Table  # noqa: PLC0415

    if not found:
        return Text("No maintenance windows. Notices that come in make them, or: windows add")
    table = Table("window", Column("ticket", rank=1), Column("when", folds=True),
                  Column("services", folds=True), Column("status", folds=True),
                  Column("meets", folds=True))  # fmt: skip
    for row, conflicts in found:
        table.add_row(
            row.ref, f"TG-{row.ticket_id}" if row.ticket_id else "-", _times(row, zone),
            ", ".join(row.services) or "-", _state(row), _met(conflicts),
        )  # fmt: skip
    return table


def _page(details: Any, zone: str) -> Any:
    from gateway.layout import Column, Facts, Framed, Table  # noqa: PLC0415
    from gateway.words import when  # noqa: PLC0415

    row, head = details.window, Facts()
    head.add_row("when", _times(row, zone))
    head.add_row("services", ", ".join(row.services) or "-")
    head.add_row("status", _state(row))
    head.add_row("impact", row.impact or "-")
    head.add_row("text", row.text or "-")
    head.add_row("ticket", f"TG-{row.ticket_id}" if row.ticket_id else "-")
    head.add_row("from", " ".join(filter(None, [row.provider, row.maintenance])) or "-")
    head.add_row("reviewed", row.reviewed_by or "-")
    for number, doubt in enumerate(row.doubts):
        head.add_row("" if number else "in doubt", doubt)
    for number, one in enumerate(details.conflicts):
        head.add_row("" if number else "meets", _met([one]))
    for number, one in enumerate(details.mirrors):
        state = f"{one.tracker}: {one.state}" + (f" ({one.reason})" if one.reason else "")
        head.add_row("" if number else "copies", state)
    if not row.reviewed:
        head.add_row("look", f"a person should; then: triage windows review {row.ref}")
    history = Table(Column("when", rank=1), "who", Column("what", folds=True),
                    Column("why", folds=True))  # fmt: skip
    for line in details.history:
        history.add_row(when(line.at, zone), line.who, line.what, line.why)
    return Framed(row.ref, head, history)

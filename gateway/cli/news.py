"""`triage announce` and `triage subscribers`: news, and who hears it."""

import csv
import sys
from pathlib import Path
from typing import Annotated, get_args

import typer

from gateway.cli.options import (
    MAX_ID,
    ByOption,
    ConfigOption,
    JsonOption,
    NewsOption,
    Notice,
    Ticket,
    group,
)
from gateway.cli.output import me, opened, say, show_preview
from gateway.errors import ConfigError
from gateway.layout import counted
from gateway.model import NoticeKind

announce_app = group("announce", "News for everyone concerned; without a command, the list.")
subscribers_app = group(
    "subscribers", "Who hears about which service; without a command, the list."
)


KINDS = (*get_args(NoticeKind), "resolved")


def _known_kind(kind: str) -> str:
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind} is none of {', '.join(KINDS)}")
    return kind


@announce_app.command("draft")
def _announce_draft(
    ticket: Ticket,
    message: NewsOption,
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            callback=_known_kind,
            help="What it is. A resolution resolves its ticket, a false alarm closes it.",
        ),
    ] = "resolution",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Write a notice down. Nothing goes out before it is approved and sent."""
    with opened(path) as gateway:
        notice = gateway.announcing.draft(ticket, kind, message, me(by))
        print(f"notice {notice.id} drafted; see: triage announce preview {notice.id}")


@announce_app.command("preview")
def _announce_preview(
    notice: Notice, as_json: JsonOption = False, path: ConfigOption = None
) -> None:
    """Who would be told what, and who would not."""
    with opened(path) as gateway:
        show_preview(gateway.announcing.preview(notice), as_json)


@announce_app.command("approve")
def _announce_approve(notice: Notice, by: ByOption = None, path: ConfigOption = None) -> None:
    """Say yes to a draft. Once all who must have done so, it can be sent."""
    with opened(path) as gateway:
        if gateway.announcing.approve(notice, me(by)).state == "approved":
            print(f"notice {notice} approved; send it: triage announce send {notice}")
        else:
            print(f"notice {notice} needs one more person to approve it")


@announce_app.command("send")
def _announce_send(
    notice: Notice,
    *,
    now: Annotated[bool, typer.Option("--now", help="Also in quiet hours.")] = False,
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Send an approved notice, once. A resolution also resolves its ticket."""
    with opened(path) as gateway:
        letters = gateway.announcing.send(notice, me(by), at_once=now)
        record = gateway.announcing.show(notice)
        state = "queued" if gateway.settings.relay else "held: no relay is configured"
        if record.notice.state == "sent":
            print(f"notice {notice} is sent; {counted(letters, 'letter')} written ({state})")
            return
        until = record.notice.hold_until
        when = f"from {until.isoformat()} on ({record.notice.reason})" if until else "from now on"
        print(f"notice {notice} goes to {letters} people {when}, by a running gateway")


@announce_app.command("revise")
def _announce_revise(
    notice: Notice, message: NewsOption, by: ByOption = None, path: ConfigOption = None
) -> None:
    """Write a new version of a notice; whoever was told already is not told again."""
    with opened(path) as gateway:
        row = gateway.announcing.revise(notice, message, me(by))
        print(f"notice {notice} is a draft again, version {row.version}: preview and approve it")


@announce_app.command("test")
def _announce_test(
    notice: Notice,
    to: Annotated[str, typer.Option("--to", help="Your own address.")],
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Send a test copy to yourself, marked as one; it counts nowhere."""
    with opened(path) as gateway:
        letter = gateway.announcing.test(notice, to, me(by))
        print(f"a test copy goes to {letter.recipient}")


@announce_app.command("ask")
def _announce_ask(
    notice: Notice,
    of: Annotated[str, typer.Option("--of", help="The address of whoever is to approve.")],
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Ask somebody by mail to approve, with a word that works once, for them."""
    with opened(path) as gateway:
        letter = gateway.announcing.ask_approval(notice, of, me(by))
        print(f"{letter.recipient} is asked to approve notice {notice}")


WhyOption = Annotated[str, typer.Option("--why", help="The reason, for the record.")]


@announce_app.command("stop")
def _announce_stop(
    notice: Annotated[int | None, typer.Argument(metavar="NOTICE", min=1, max=MAX_ID)] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every notice under way.")] = False,
    why: WhyOption = "",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Stop a notice at once: letters that are not on the wire yet are not sent."""
    if (notice is None) != every:
        raise ConfigError("name the notice, or say --all")
    with opened(path) as gateway:
        stopped = gateway.announcing.stop(notice, me(by), why)
        which = ", ".join(map(str, stopped)) or "none was under way"
        print(f"stopped: {which}")


@announce_app.command("pause")
def _announce_pause(
    notice: Notice, why: WhyOption = "", by: ByOption = None, path: ConfigOption = None
) -> None:
    """Let no more letters of a notice go until it is resumed."""
    with opened(path) as gateway:
        gateway.announcing.pause(notice, me(by), why)
        print(f"notice {notice} is paused; go on: triage announce resume {notice}")


@announce_app.command("resume")
def _announce_resume(notice: Notice, by: ByOption = None, path: ConfigOption = None) -> None:
    """Let a notice go on that was paused or stopped."""
    with opened(path) as gateway:
        gateway.announcing.resume(notice, me(by))
        print(f"notice {notice} goes on")


@announce_app.command("show")
def _announce_show(
    notice: Notice,
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="The ledger as CSV, safe to open in a spreadsheet.")
    ] = False,
    path: ConfigOption = None,
) -> None:
    """Who was told what, when, why, and whether it arrived."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import cell, line_as_json, record_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        record, lines = gateway.announcing.show(notice), gateway.announcing.lines(notice)
        if as_csv:
            columns = ("address", "language", "why", "version", "result", "reason", "letter",
                       "message_id", "sent_at", "bounced_at")  # fmt: skip
            writer = csv.writer(sys.stdout, lineterminator="\r\n")
            writer.writerow(columns)
            for line in lines:
                found = line_as_json(line)
                writer.writerow([cell(found[column]) for column in columns])
        elif as_json:
            say(record_as_json(record))
            for line in lines:
                say(line_as_json(line))
        else:
            shown.console().print(shown.record(record, lines, gateway.settings.zone))


@announce_app.command("list")
def _announce_list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """The notices, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import notice_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.announcing.listing()
        if as_json:
            for row in found:
                say(notice_as_json(row))
        else:
            shown.console().print(shown.notices(found, gateway.settings.zone))


suppressions_app = group("suppressions", "Addresses that get no news; without a command, the list.")


@suppressions_app.command("list")
def _suppressions_list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """The addresses to which no news goes, and why."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import suppression_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.announcing.suppressed()
        if as_json:
            for row in found:
                say(suppression_as_json(row))
        else:
            shown.console().print(shown.suppressions(found, gateway.settings.zone))


@suppressions_app.command("remove")
def _suppressions_remove(
    address: Annotated[str, typer.Argument(help="A mail address.")], path: ConfigOption = None
) -> None:
    """Send news to an address again."""
    with opened(path) as gateway:
        gateway.announcing.unsuppress(address)
        print(f"{address} gets news again")


Address = Annotated[str, typer.Argument(help="A mail address.")]
Service = Annotated[str, typer.Argument(help="Its id, as the files in data/services name it.")]


@subscribers_app.command("add")
def _subscribers_add(
    address: Address,
    service: Service,
    name: Annotated[str, typer.Option(help="How the person is greeted.")] = "",
    language: Annotated[str, typer.Option(help="The language of letters to them.")] = "en",
    path: ConfigOption = None,
) -> None:
    """Tell somebody about a service from now on."""
    with opened(path) as gateway:
        is_new = gateway.subscribers.add(address, service, name, language)
        print(f"{address} {'now hears' if is_new else 'already hears'} about {service}")


@subscribers_app.command("remove")
def _subscribers_remove(address: Address, service: Service, path: ConfigOption = None) -> None:
    """No longer tell somebody about a service."""
    with opened(path) as gateway:
        gateway.subscribers.remove(address, service)
        print(f"{address} no longer hears about {service}")


@subscribers_app.command("import")
def _subscribers_import(
    file: Annotated[Path, typer.Argument(help="CSV with columns address, service; see README.")],
    consent: Annotated[str, typer.Option(help="How these people agreed, for the record.")],
    path: ConfigOption = None,
) -> None:
    """Take over a list of readers, all of it or, where a line is wrong, nothing."""
    from gateway.cli.people import read_list  # noqa: PLC0415

    text = read_list(file)
    with opened(path) as gateway:
        done = gateway.readership.take(text, consent)
        print(f"{done.added} taken, {done.known} known or twice, {done.refused} want no news")


@subscribers_app.command("list")
def _subscribers_list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Who hears about what."""
    from gateway import shown  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.subscribers.listing()
        if not as_json:
            shown.console().print(shown.subscribers(found))
            return
        for row in found:
            say({"address": row.address, "service": row.service, "language": row.language})

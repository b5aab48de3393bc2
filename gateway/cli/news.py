"""`triage announce` and `triage subscribers`: news, and who hears it."""

from typing import Annotated, get_args

import typer

from gateway.cli.options import (
    ByOption,
    ConfigOption,
    JsonOption,
    NewsOption,
    Notice,
    Ticket,
    group,
)
from gateway.cli.output import me, opened, say, show_preview
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
    """Say yes to a draft; then it can be sent."""
    with opened(path) as gateway:
        gateway.announcing.approve(notice, me(by))
        print(f"notice {notice} approved; send it: triage announce send {notice}")


@announce_app.command("send")
def _announce_send(notice: Notice, by: ByOption = None, path: ConfigOption = None) -> None:
    """Send an approved notice, once. A resolution also resolves its ticket."""
    with opened(path) as gateway:
        letters = gateway.announcing.send(notice, me(by))
        state = "queued" if gateway.settings.relay else "held: no relay is configured"
        print(f"notice {notice} is sent; {counted(letters, 'letter')} written ({state})")


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

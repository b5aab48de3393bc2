"""`triage spool` and `triage outbox`: messages as they came, letters as they went."""

import sys
from typing import Annotated

import typer

from gateway.cli.options import (
    MAX_ID,
    ByOption,
    ConfigOption,
    JsonOption,
    LimitOption,
    Message,
    group,
    in_state,
)
from gateway.cli.output import me, opened, say
from gateway.errors import ConfigError
from gateway.layout import counted
from gateway.model import LetterState, MessageState

spool_app = group("spool", "Messages as they came in; without a command, the list.")
outbox_app = group("outbox", "Letters to people, sent or not; without a command, the list.")


@spool_app.command("list")
def _spool_list(
    state: Annotated[MessageState | None, in_state(MessageState, "messages")] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Messages in custody, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import message_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.spool.listing(state, limit)
        if as_json:
            for row in found:
                say(message_as_json(row))
        else:
            shown.console().print(shown.spool(found, gateway.settings.zone))


@spool_app.command("show")
def _spool_show(
    name: Message,
    raw: Annotated[
        bool, typer.Option("--raw", help="The bytes as they came, nothing else.")
    ] = False,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """One message: what was made of it, who was answered, how it arrived; or its bytes."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import arrival_as_json, message_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        row = gateway.spool.find(name)
        if raw:
            sys.stdout.buffer.write(gateway.spool.raw([row.id])[row.id])
            return
        arrivals = gateway.spool.arrivals(row)
        if as_json:
            found = [arrival_as_json(arrival) for arrival in arrivals]
            say(
                message_as_json(row)
                | {"arrivals": found, "reading": row.read_as, "trust": row.trust}
            )
        else:
            answers = gateway.outbox.listing(trace=row.trace)
            shown.console().print(shown.spooled(row, arrivals, answers, gateway.settings.zone))


@spool_app.command("release")
def _spool_release(name: Message, path: ConfigOption = None) -> None:
    """Try a held message again, by a running gateway or the next ingest."""
    with opened(path) as gateway:
        gateway.spool.release_held(gateway.spool.find(name))
        print(f"{name} waits to be worked on")


@spool_app.command("replay")
def _spool_replay(
    name: Annotated[
        str | None, typer.Argument(metavar="MESSAGE", help="One message, as the list names it.")
    ] = None,
    *,
    unknown: Annotated[
        bool,
        typer.Option("--unknown", help="All whose sender the DNS left unknown; it is asked again."),
    ] = False,
    path: ConfigOption = None,
) -> None:
    """Read a finished message again: its ticket is kept, nobody is answered twice."""
    if (name is None) != unknown:
        raise ConfigError("name one message, or say --unknown")
    with opened(path) as gateway:
        found = [gateway.spool.find(name)] if name else gateway.spool.unknown()
        for row in found:
            gateway.spool.replay(row)
        print(f"{name or counted(len(found), 'message')} waits to be worked on")


@outbox_app.command("list")
def _outbox_list(
    state: Annotated[LetterState | None, in_state(LetterState, "letters")] = None,
    bounced: Annotated[bool, typer.Option("--bounced", help="Only those that came back.")] = False,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """The letters, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import letter_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.outbox.listing(state, limit, bounced=bounced)
        if as_json:
            for row in found:
                say(letter_as_json(row))
        else:
            shown.console().print(shown.letters(found, gateway.settings.zone))


@outbox_app.command("show")
def _outbox_show(
    number: Annotated[int, typer.Argument(metavar="LETTER", min=1, max=MAX_ID)],
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """One letter, its ledger and its text."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import event_as_json, letter_as_json  # noqa: PLC0415

    with opened(path) as gateway:
        found = gateway.outbox.show(number)
        if as_json:
            ledger = [event_as_json(event) for event in found.events]
            raw = found.letter.raw.decode("utf-8", "replace")
            say(letter_as_json(found.letter) | {"ledger": ledger, "raw": raw})
        else:
            shown.console().print(shown.letter(found, gateway.settings.zone))


@outbox_app.command("release")
def _outbox_release(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="LETTER...", max=MAX_ID)] = None,
    every: Annotated[bool, typer.Option("--all", help="Every held letter.")] = False,
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Let letters go out after all: held, failed or stopped ones."""
    if bool(numbers) == every:
        raise ConfigError("name the letters, or say --all")
    with opened(path) as gateway:
        print(f"{counted(gateway.outbox.release(numbers or None, me(by)), 'letter')} released")


@outbox_app.command("resume")
def _outbox_resume(by: ByOption = None, path: ConfigOption = None) -> None:
    """Answer mail again, after the firewall against loops stopped it.

    What it held stays held: release what should still go out.
    """
    with opened(path) as gateway:
        gateway.outbox.resume(me(by))
        print("mail is answered again")


@outbox_app.command("stop")
def _outbox_stop(
    numbers: Annotated[list[int], typer.Argument(metavar="LETTER...", max=MAX_ID)],
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Keep held or queued letters from going out."""
    with opened(path) as gateway:
        print(f"{counted(gateway.outbox.stop_letters(numbers, me(by)), 'letter')} stopped")

"""The `triage` command: what people and scripts call.

Standard output carries the answer and nothing else (with --json one JSON object a line);
progress and logs go to standard error. Exit codes: 0 all well, 1 something failed, 2 wrong usage
or configuration.
"""

import asyncio
import contextlib
import getpass
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_args

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway import __version__, config, logs
from gateway.errors import ConfigError, GatewayError, Permanent
from gateway.layout import counted
from gateway.model import LetterState, MessageState, MirrorState, NoticeKind, TicketState

app = typer.Typer(
    help="Triage Gateway: takes mail in, understands it, files it, answers it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The configuration; without it triage.toml, if it is here."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON, one object a line.")]
PathsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...", help="A message, an mbox, a Maildir, a folder of these, or -."
    ),
]
# Line ends that JSON does not escape, and halves of characters (of file names) that UTF-8 has not.
_NO_TEXT = re.compile("[\x85\u2028\u2029\ud800-\udfff]")
MAX_ID = 2**31 - 1  # what the databases can hold as a number
LimitOption = Annotated[
    int, typer.Option("--limit", metavar="NUMBER", min=1, max=MAX_ID, help="How many at most.")
]
Ticket = Annotated[str, typer.Argument(metavar="TICKET", help="For example TG-7, or 7.")]
Message = Annotated[
    str, typer.Argument(metavar="MESSAGE", help="As `triage spool list` names it, or its number.")
]
Notice = Annotated[
    int, typer.Argument(metavar="NOTICE", min=1, max=MAX_ID, help="Its number: announce list.")
]
ByOption = Annotated[
    str | None, typer.Option("--by", help="Who does it, for the record; without it, you.")
]


def _in_state(of: Any, what: str) -> Any:
    """`--state` of a list; another word than those of the type `of` is wrong usage."""
    return typer.Option("--state", metavar="STATE", help=f"Only {what} that are {_states(of)}.")


def _states(of: Any) -> str:
    *others, last = get_args(of)
    return f"{', '.join(others)} or {last}"


NewsOption = Annotated[str, typer.Option("--message", help="What everyone concerned is told.")]


def _hand_down(context: typer.Context, as_json: bool, path: Path | None) -> None:
    """Options that stand before a command are its own."""
    group: Any = context.command
    command = group.commands.get(context.invoked_subcommand)
    if as_json and command is not None and "as_json" not in {one.name for one in command.params}:
        raise ConfigError(f"{command.name} has no --json")
    context.default_map = {name: {"as_json": as_json, "path": path} for name in group.commands}


def _before(context: typer.Context, as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """A group of commands; without one of them it lists."""
    _hand_down(context, as_json, path)
    if context.invoked_subcommand is None:
        group: Any = context.command
        listing = group.commands["list"]
        with listing.make_context("list", [], parent=context) as inner:
            listing.invoke(inner)


def _group(name: str, help_: str) -> typer.Typer:
    made = typer.Typer(help=help_, callback=_before, invoke_without_command=True)
    app.add_typer(made, name=name)
    return made


tickets_app = _group("tickets", "What was filed; without a command, the list.")
spool_app = _group("spool", "Messages as they came in; without a command, the list.")
outbox_app = _group("outbox", "Letters to people, sent or not; without a command, the list.")
announce_app = _group("announce", "News for everyone concerned; without a command, the list.")
trackers_app = _group("trackers", "Copies of tickets at trackers; without a command, the list.")
subscribers_app = _group(
    "subscribers", "Who hears about which service; without a command, the list."
)


class _Output(FileIO):
    """Standard output: that it cannot be written is a failure with a name."""

    def write(self, data: Any, /) -> int:
        """Write; BrokenPipeError where the reader has gone."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Permanent(f"standard output cannot be written: {error.strerror}") from error


def main() -> None:
    """Run the command; every failure the gateway can name is a line, not a traceback."""
    _standard_streams()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except ConfigError as error:
        _fail(error, 2)
    except GatewayError as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:  # the reader has seen enough
        raise SystemExit(1) from None
    finally:
        _let_go_of_output()


def _standard_streams() -> None:
    """Have them, also where the caller closed them: then writing to standard output fails."""
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    stdout = sys.stdout
    if stdout is not None and type(stdout) is not TextIOWrapper:
        return  # somebody else's
    number = os.open(os.devnull, os.O_RDONLY) if stdout is None else stdout.fileno()
    sys.stdout = TextIOWrapper(
        BufferedWriter(_Output(number, "w", closefd=False)),
        encoding=stdout.encoding if stdout else "utf-8",
        errors="backslashreplace",  # a letter that a terminal lacks is no failure
        line_buffering=stdout is not None and stdout.line_buffering,
    )


def _let_go_of_output() -> None:
    """Python would complain, at the very end, about what could not be written."""
    try:
        sys.stdout.flush()
    except (OSError, GatewayError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(error: Exception, code: int) -> NoReturn:
    print(f"triage: {error}", file=sys.stderr)
    raise SystemExit(code) from None


def _me(by: str | None) -> str:
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"


def _say(value: dict[str, Any]) -> None:
    """One object, one line: also for readers to whom more than a line feed ends a line."""
    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.encoding != "utf-8":
        sys.stdout.reconfigure(encoding="utf-8")
    text = json.dumps(value, ensure_ascii=False, default=str)
    sys.stdout.write(_NO_TEXT.sub(lambda one: f"\\u{ord(one[0]):04x}", text) + "\n")


@contextlib.contextmanager
def _gateway(
    path: Path | None, *, level: str = "warning", hold: str | None = None
) -> Iterator[Any]:
    """The wired gateway of a configuration. Imported late: `--help` should not wait for it."""
    settings = config.load(path)
    logs.configure(settings.log, level)
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from gateway.app import Gateway  # noqa: PLC0415
    from gateway.store.database import as_gateway_error  # noqa: PLC0415

    try:
        with Gateway(settings, hold_letters=hold) as gateway:
            yield gateway
    except SQLAlchemyError as error:
        raise as_gateway_error(error) from error


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
    _hand_down(context, as_json, path)


# --- the main job -------------------------------------------------------------------------


@app.command()
def demo() -> None:
    """See it work: sample mail comes in, is filed and answered. Nothing leaves this machine."""
    from gateway import demo as played  # noqa: PLC0415
    from gateway import shown  # noqa: PLC0415

    logs.configure("text", "error")
    played.run(shown.console())


@app.command()
def serve(path: ConfigOption = None) -> None:
    """The gateway: doors, workers, outbox, console. Stops cleanly on SIGTERM."""
    import uvloop  # noqa: PLC0415

    from gateway.app import serve as run  # noqa: PLC0415

    with _gateway(path, level="info") as gateway:

        async def serving() -> None:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop.set)
            await run(gateway, stop)

        uvloop.run(serving())


@app.command()
def read(paths: PathsArgument, as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Say what a message is taken to mean, and why. Files nothing, answers nobody."""
    settings = config.load(path)
    logs.configure(settings.log, "error")
    from gateway import shown  # noqa: PLC0415
    from gateway.app import understanding  # noqa: PLC0415
    from gateway.doors.files import arrivals  # noqa: PLC0415
    from gateway.understanding import as_json as reading_line  # noqa: PLC0415
    from gateway.understanding import unreadable  # noqa: PLC0415

    reader, out = understanding(settings), shown.console()
    failed = False
    for found in arrivals(paths, sys.stdin.buffer):
        if found.raw is None or found.error:
            failed = True
            if as_json:
                _say(unreadable(found.path, found.error or "cannot be read", found.raw))
            print(f"triage: {found.path}: {found.error}", file=sys.stderr)
            continue
        understood = reader.read(found.raw)
        if as_json:
            _say(reading_line(found.path, understood))
        else:
            out.print(shown.reading(found.path, understood, settings.zone))
    if failed:
        raise typer.Exit(1)


@app.command()
def ingest(
    paths: PathsArgument,
    no_outbound: Annotated[
        bool, typer.Option("--no-outbound", help="Send nothing: hold every letter.")
    ] = False,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Take messages in as if they had arrived, file and answer them. Twice changes nothing.

    Exits with 1 if a path cannot be read or a message is held.

    A letter that fails is no failure here: the outbox keeps it, with its reason.
    """
    from gateway.ingest import ingest as run  # noqa: PLC0415

    hold = "held by --no-outbound: release it by hand" if no_outbound else None
    with _gateway(path, hold=hold) as gateway, _progress() as progress:
        result = asyncio.run(run(gateway, paths, sys.stdin.buffer, progress))
    for name, error in result.failed:
        print(f"triage: {name}: {error}", file=sys.stderr)
    if as_json:
        _say(result.as_json())
    else:
        print(result.in_words())
    if result.failed or result.held:
        raise typer.Exit(1)


@contextlib.contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error, on a terminal only."""
    from gateway import shown  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = shown.console(stderr=True)
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    ) as progress:  # fmt: skip
        yield progress


@app.command()
def status(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """How things stand: messages, tickets, letters, relay, trackers, doors."""
    with _gateway(path) as gateway:
        found = gateway.status()
    if as_json:
        _say(found.as_json())
        return
    from gateway import shown  # noqa: PLC0415

    shown.console().print(shown.status(found))


@app.command()
def doctor(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Try every configured part and say what to mend."""
    settings = config.load(path)
    logs.configure(settings.log, "error")
    from gateway.doctor import examine  # noqa: PLC0415

    well = True
    for finding in examine(settings):
        well = well and finding.is_well
        if as_json:
            _say({"part": finding.part, "ok": finding.is_well, "detail": finding.detail})
        else:
            print(f"{'ok  ' if finding.is_well else 'MEND'}  {finding.part}: {finding.detail}")
    if not well:
        raise typer.Exit(1)


# --- tickets ------------------------------------------------------------------------------


@tickets_app.command("list")
def _tickets_list(
    state: Annotated[TicketState | None, _in_state(TicketState, "tickets")] = None,
    review: Annotated[
        bool, typer.Option("--review", help="Only those that a person should look at.")
    ] = False,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """The tickets, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import ticket_as_json  # noqa: PLC0415

    with _gateway(path) as gateway:
        found = gateway.tickets.listing(state, review=review)
        if as_json:
            for one in found:
                _say(ticket_as_json(one))
        else:
            is_filtered = review or state is not None
            table = shown.tickets(found, gateway.settings.zone, is_filtered=is_filtered)
            shown.console().print(table)


@tickets_app.command("show")
def _tickets_show(name: Ticket, as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Everything on one ticket."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import details_as_json  # noqa: PLC0415

    with _gateway(path) as gateway:
        details = gateway.tickets.details(name)
        if as_json:
            _say(details_as_json(details))
        else:
            shown.console().print(shown.ticket(details, gateway.settings.zone))


@tickets_app.command("move")
def _tickets_move(
    name: Ticket,
    state: Annotated[
        TicketState, typer.Argument(metavar="STATE", help=f"Where it goes: {_states(TicketState)}.")
    ],
    why: Annotated[str, typer.Option(help="The reason, for the history.")] = "",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Change the state of a ticket. Only `resolve` can resolve one, since it tells people."""
    if state == "resolved":
        raise ConfigError(f"use: triage tickets resolve {name} --message ... (people are told)")
    with _gateway(path) as gateway:
        ticket = gateway.tickets.move(name, state, _me(by), why)
        print(f"{ticket.ref} is {ticket.state}")


@tickets_app.command("reviewed")
def _tickets_reviewed(name: Ticket, by: ByOption = None, path: ConfigOption = None) -> None:
    """A person has looked at it: it no longer stands in `tickets list --review`."""
    with _gateway(path) as gateway:
        print(f"{gateway.tickets.reviewed(name, _me(by)).ref} has been looked at")


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
    with _gateway(path) as gateway:
        if preview:
            _show_preview(
                gateway.announcing.preview_of(name, "resolution", message, _me(by)), as_json
            )
            return
        notice, letters = gateway.announcing.resolve(name, message, _me(by))
        state = "queued" if gateway.settings.relay else "held: no relay is configured"
        if as_json:
            _say({"ticket_id": notice.ticket_id, "notice": notice.id, "letters": letters})
        else:
            print(
                f"TG-{notice.ticket_id} is resolved; {counted(letters, 'letter')} written ({state})"
            )


# --- spool --------------------------------------------------------------------------------


@spool_app.command("list")
def _spool_list(
    state: Annotated[MessageState | None, _in_state(MessageState, "messages")] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Messages in custody, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import message_as_json  # noqa: PLC0415

    with _gateway(path) as gateway:
        found = gateway.spool.listing(state, limit)
        if as_json:
            for row in found:
                _say(message_as_json(row))
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

    with _gateway(path) as gateway:
        row = gateway.spool.find(name)
        if raw:
            sys.stdout.buffer.write(gateway.spool.raw([row.id])[row.id])
            return
        arrivals = gateway.spool.arrivals(row)
        if as_json:
            found = [arrival_as_json(arrival) for arrival in arrivals]
            _say(message_as_json(row) | {"arrivals": found, "reading": row.reading})
        else:
            answers = gateway.outbox.listing(trace=row.trace)
            shown.console().print(shown.spooled(row, arrivals, answers, gateway.settings.zone))


@spool_app.command("release")
def _spool_release(name: Message, path: ConfigOption = None) -> None:
    """Try a held message again, by a running gateway or the next ingest."""
    with _gateway(path) as gateway:
        gateway.spool.release_held(gateway.spool.find(name))
        print(f"{name} waits to be worked on")


@spool_app.command("replay")
def _spool_replay(name: Message, path: ConfigOption = None) -> None:
    """Read a finished message again: its ticket is kept, nobody is answered twice."""
    with _gateway(path) as gateway:
        gateway.spool.replay(gateway.spool.find(name))
        print(f"{name} waits to be worked on")


# --- outbox -------------------------------------------------------------------------------


@outbox_app.command("list")
def _outbox_list(
    state: Annotated[LetterState | None, _in_state(LetterState, "letters")] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """The letters, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import letter_as_json  # noqa: PLC0415

    with _gateway(path) as gateway:
        found = gateway.outbox.listing(state, limit)
        if as_json:
            for row in found:
                _say(letter_as_json(row))
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

    with _gateway(path) as gateway:
        found = gateway.outbox.show(number)
        if as_json:
            ledger = [event_as_json(event) for event in found.events]
            raw = found.letter.raw.decode("utf-8", "replace")
            _say(letter_as_json(found.letter) | {"ledger": ledger, "raw": raw})
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
    with _gateway(path) as gateway:
        print(f"{counted(gateway.outbox.release(numbers or None, _me(by)), 'letter')} released")


@outbox_app.command("stop")
def _outbox_stop(
    numbers: Annotated[list[int], typer.Argument(metavar="LETTER...", max=MAX_ID)],
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Keep held or queued letters from going out."""
    with _gateway(path) as gateway:
        print(f"{counted(gateway.outbox.stop_letters(numbers, _me(by)), 'letter')} stopped")


# --- announce -----------------------------------------------------------------------------


def _show_preview(found: Any, as_json: bool) -> None:
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import preview_as_json  # noqa: PLC0415

    if as_json:
        _say(preview_as_json(found))
    else:
        shown.console().print(shown.preview(found))


@announce_app.command("draft")
def _announce_draft(
    ticket: Ticket,
    message: NewsOption,
    kind: Annotated[
        NoticeKind,
        typer.Option(help="What the notice is; sending a resolution also resolves the ticket."),
    ] = "resolution",
    by: ByOption = None,
    path: ConfigOption = None,
) -> None:
    """Write a notice down. Nothing goes out before it is approved and sent."""
    with _gateway(path) as gateway:
        notice = gateway.announcing.draft(ticket, kind, message, _me(by))
        print(f"notice {notice.id} drafted; see: triage announce preview {notice.id}")


@announce_app.command("preview")
def _announce_preview(
    notice: Notice, as_json: JsonOption = False, path: ConfigOption = None
) -> None:
    """Who would be told what, and who would not."""
    with _gateway(path) as gateway:
        _show_preview(gateway.announcing.preview(notice), as_json)


@announce_app.command("approve")
def _announce_approve(notice: Notice, by: ByOption = None, path: ConfigOption = None) -> None:
    """Say yes to a draft; then it can be sent."""
    with _gateway(path) as gateway:
        gateway.announcing.approve(notice, _me(by))
        print(f"notice {notice} approved; send it: triage announce send {notice}")


@announce_app.command("send")
def _announce_send(notice: Notice, by: ByOption = None, path: ConfigOption = None) -> None:
    """Send an approved notice, once. A resolution also resolves its ticket."""
    with _gateway(path) as gateway:
        letters = gateway.announcing.send(notice, _me(by))
        state = "queued" if gateway.settings.relay else "held: no relay is configured"
        print(f"notice {notice} is sent; {counted(letters, 'letter')} written ({state})")


@announce_app.command("list")
def _announce_list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """The notices, the newest first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import notice_as_json  # noqa: PLC0415

    with _gateway(path) as gateway:
        found = gateway.announcing.listing()
        if as_json:
            for row in found:
                _say(notice_as_json(row))
        else:
            shown.console().print(shown.notices(found, gateway.settings.zone))


# --- trackers -----------------------------------------------------------------------------


@trackers_app.command("list")
def _trackers_list(
    state: Annotated[MirrorState | None, _in_state(MirrorState, "copies")] = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    path: ConfigOption = None,
) -> None:
    """Where the copies of tickets stand, the newest tickets first."""
    from gateway import shown  # noqa: PLC0415
    from gateway.plain import mirror_as_json  # noqa: PLC0415

    with _gateway(path) as gateway:
        found = gateway.mirroring.listing(state, limit)
        if as_json:
            for row in found:
                _say(mirror_as_json(row))
        else:
            shown.console().print(shown.mirrors(found, gateway.settings.zone))


@trackers_app.command("retry")
def _trackers_retry(
    names: Annotated[list[str] | None, typer.Argument(metavar="TICKET...")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every ticket that waits or has failed.")
    ] = False,
    path: ConfigOption = None,
) -> None:
    """Copy these tickets again now, by a running gateway or the next ingest."""
    if bool(names) == every:
        raise ConfigError("name the tickets, or say --all")
    with _gateway(path) as gateway:
        print(f"to be copied again: {counted(gateway.mirroring.retry(names or None), 'ticket')}")


# --- subscribers --------------------------------------------------------------------------

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
    with _gateway(path) as gateway:
        is_new = gateway.subscribers.add(address, service, name, language)
        print(f"{address} {'now hears' if is_new else 'already hears'} about {service}")


@subscribers_app.command("remove")
def _subscribers_remove(address: Address, service: Service, path: ConfigOption = None) -> None:
    """No longer tell somebody about a service."""
    with _gateway(path) as gateway:
        gateway.subscribers.remove(address, service)
        print(f"{address} no longer hears about {service}")


@subscribers_app.command("list")
def _subscribers_list(as_json: JsonOption = False, path: ConfigOption = None) -> None:
    """Who hears about what."""
    from gateway import shown  # noqa: PLC0415

    with _gateway(path) as gateway:
        found = gateway.subscribers.listing()
        if not as_json:
            shown.console().print(shown.subscribers(found))
            return
        for row in found:
            _say({"address": row.address, "service": row.service, "language": row.language})

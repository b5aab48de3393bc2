"""The demo: the main job on the shipped sample mail, on a store of its own, nothing faked.

A real SMTP listener takes the mail over TCP; it is spooled, read, filed and answered; the
letters go by SMTP to a sink on this machine that keeps them as files. Then one ticket is
resolved and its people hear of it. Nothing leaves the machine.
"""

import asyncio
import shutil
import signal
import smtplib
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session
from rich.console import Console
from rich.text import Text

from gateway import shown
from gateway.app import Gateway
from gateway.config import (
    AnswerSettings,
    ConsoleSettings,
    RelaySettings,
    Settings,
    SmtpSettings,
    data_home,
    shipped,
)
from gateway.doors.smtp import SmtpDoor
from gateway.errors import Permanent
from gateway.incidents.tickets import TicketSummary
from gateway.serving import serve

ADDRESS = "triage@gateway.example"
SECONDS = 90.0


class _Sink:
    """Keeps each letter as a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        self.count += 1
        content = envelope.content
        if isinstance(content, bytes):
            path = self.folder / f"{self.count:03d}-to-{envelope.rcpt_tos[0].partition('@')[0]}.eml"
            await asyncio.to_thread(path.write_bytes, content)
        return "250 2.0.0 kept"


@asynccontextmanager
async def _sink(folder: Path) -> AsyncIterator[tuple[_Sink, int]]:
    """A mail server on a free port of this machine; gives itself and the port."""
    await asyncio.to_thread(folder.mkdir)
    sink = _Sink(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, loop=loop), "127.0.0.1", 0)
    async with server:
        yield sink, server.sockets[0].getsockname()[1]


def _send(port: int, files: list[Path]) -> list[str]:
    """Hand each file to the listener, as any mail server would; returns its replies."""
    replies = []
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo()
        for file in files:
            sender = "" if "bounce" in file.name else "somebody@sender.example"
            client.mail(sender)
            client.rcpt(ADDRESS)
            code, text = client.data(b"\r\n".join(file.read_bytes().splitlines()) + b"\r\n")
            replies.append(f"{code} {text.decode('ascii', 'replace')}")
    return replies


def run(out: Console, *, stays: bool = False) -> None:
    """Play the demo and tell it on `out`; where it `stays`, the console is open until Ctrl-C.

    Then the outage is left for whoever sits there to resolve.
    """
    files = sorted(shipped("data").joinpath("samples").glob("*.eml"))
    if not files:
        raise Permanent("data/samples holds no .eml files: the installation is incomplete")
    folder = _fresh_folder()
    (folder / "triage.toml").write_text(
        f"# The store of this demo; there is no relay, so nothing goes out.\n"
        f'store = "sqlite:///{folder / "triage.db"}"\naddresses = ["{ADDRESS}"]\n',
        encoding="utf-8",
    )
    uvloop.run(_demo(files, folder, out, stays))


def _fresh_folder() -> Path:
    """Where this demo leaves what it made, in place of what the last one left."""
    folder = data_home() / "demo"
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise Permanent(f"the demo cannot use {folder}: {error.strerror}") from error
    return folder


async def _demo(files: list[Path], folder: Path, out: Console, stays: bool) -> None:
    async with _sink(folder / "letters") as (sink, port):
        settings = Settings(
            store=f"sqlite:///{folder / 'triage.db'}",
            addresses=(ADDRESS,),
            smtp=SmtpSettings(listen="127.0.0.1:0"),
            relay=RelaySettings(url=f"smtp://127.0.0.1:{port}"),
            answers=AnswerSettings(to="anyone", organization="the demo triage team"),
            trackers={"folder": {"path": folder / "tickets"}},
            console=ConsoleSettings(listen=_free_address()) if stays else None,
        )
        with Gateway(settings) as gateway:
            await _play(gateway, files, out, lambda: _tell_end(gateway, sink, folder, out))


def _free_address() -> str:
    """Where the console usually is; where that is taken, any other port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", 8025))
        except OSError:
            return "127.0.0.1:0"
    return "127.0.0.1:8025"


async def _play(
    gateway: Gateway, files: list[Path], out: Console, tell_end: Callable[[], None]
) -> None:
    stop, ready = asyncio.Event(), asyncio.Event()
    server = asyncio.create_task(serve(gateway, stop, ready, invites=False))
    started = asyncio.create_task(ready.wait())
    await asyncio.wait({server, started}, return_when=asyncio.FIRST_COMPLETED)
    if not started.done():
        started.cancel()
        await server  # raises why it did not start
    try:
        door = next(door for door in gateway.standing.doors if isinstance(door, SmtpDoor))
        out.print(f"A gateway listens on 127.0.0.1:{door.port}; {len(files)} mails go in by SMTP.")
        await asyncio.to_thread(_send, door.port, files)
        await _settled(gateway)
        await asyncio.to_thread(_tell_mails, gateway, out)
        if gateway.console is None:
            await asyncio.to_thread(_resolve_one, gateway, out)
            await _settled(gateway)
        await asyncio.to_thread(tell_end)
        if gateway.console is not None:
            await _stay(gateway, gateway.console.port, out)
    finally:
        stop.set()
        await server


async def _stay(gateway: Gateway, port: int, out: Console) -> None:
    """Until Ctrl-C, with the console open."""
    base = f"http://127.0.0.1:{port}"
    link = await asyncio.to_thread(gateway.console_link, "you", "administrator", base)
    out.print(Text("\nThe console is open\n", style="bold"))
    out.print("Open this in a browser; it signs you in, once:\n")
    out.print(f"    {link}\n", soft_wrap=True)
    out.print(
        "Among the noise is an outage that people write about. Find it, see why it was taken for "
        "one, and tell them when it is over: their letters go to the sink. Ctrl-C ends the demo.",
    )
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    out.print("\nThe demo ends; what it made stays until the next one.")


async def _settled(gateway: Gateway) -> None:
    """Until nothing waits, neither in the spool nor in the outbox."""
    async with asyncio.timeout(SECONDS):
        while True:
            status = await asyncio.to_thread(gateway.standing.status)
            waiting = status.spool["accepted"] + status.outbox["queued"] + status.outbox["sending"]
            if not waiting:
                return
            await asyncio.sleep(0.05)


def _tell_mails(gateway: Gateway, out: Console) -> None:
    out.print(Text("\nWhat came in, and what was made of it\n", style="bold"))
    letters = {row.trace: row for row in gateway.outbox.listing(limit=500)}
    names = gateway.service_names
    for row in reversed(gateway.spool.listing(limit=100)):
        found = row.reading or {}
        out.print(Text(shown.clean(row.subject or "(no subject)"), style="bold"), soft_wrap=True)
        out.print(f"    {_meaning(found, names, gateway.settings.zone)}", soft_wrap=True)
        filed = f"filed as TG-{row.ticket_id}" if row.ticket_id else f"kept, {row.reason}"
        letter = letters.get(row.trace)
        answer = f"answered to {letter.recipient}" if letter else "not answered"
        out.print(Text(shown.clean(f"    {filed}; {answer}"), style="dim"), soft_wrap=True)


def _meaning(found: dict[str, Any], names: Mapping[str, str], zone: str) -> str:
    """A reading in a line of plain words."""
    words = [f"{found['source'].replace('_', ' ')}: {found['event'].replace('_', ' ')}"]
    words += [", ".join(names.get(service, service) for service in found["services"])]
    if found["people"] is not None:
        words.append(f"{found['people']} people")
    elif found["reach"] != "unknown":
        words.append(shown.REACH[found["reach"]])
    if found["hampered"] != "unknown":
        words.append(shown.HAMPERED[found["hampered"]])
    words += [f"from {shown.span(*one, zone)}" for one in shown.spans(found["windows"])]
    if found["severity"] != "none":
        words.append(f"severity {found['severity']}")
    if found["needs_review"]:
        words.append("not sure: a person should look")
    return shown.clean("; ".join(word for word in words if word))


def _resolve_one(gateway: Gateway, out: Console) -> None:
    """The outage that most people wrote about is over: everyone concerned hears it."""
    found = [one for one in gateway.tickets.listing() if one.ticket.event == "outage"]
    chosen: TicketSummary | None = max(found, key=lambda one: one.reporters, default=None)
    if chosen is None:
        return
    text = "The service works again. The fault was found and mended; nothing was lost."
    _, sent = gateway.announcing.resolve(chosen.ticket.ref, text, "demo")
    out.print(
        f"\n{chosen.ticket.ref} is resolved: {sent} of its reporters and subscribers were told, "
        "once each."
    )


def _tell_end(gateway: Gateway, sink: _Sink, folder: Path, out: Console) -> None:
    status = gateway.standing.status()
    out.print(Text("\nWhat was sent\n", style="bold"))
    for row in reversed(gateway.outbox.listing(limit=100)):
        out.print(Text(shown.clean(f"{row.state}: {row.subject}")), soft_wrap=True)
        out.print(Text(shown.clean(f"    to {row.recipient}"), style="dim"), soft_wrap=True)
    out.print(
        f"\n{sum(status.spool.values())} mails taken in, {status.spool['done']} finished, "
        f"{status.spool['held']} held; {status.tickets} tickets; {sink.count} letters delivered "
        "to a sink on this machine. Nothing left it.\n",
        soft_wrap=True,
    )
    command = sys.argv[0] if "/" in sys.argv[0] else "triage"
    sample = next(shipped("data").joinpath("samples").glob("07-*.eml"))
    out.print(Text("Where to look\n", style="bold"))
    for what, where in (
        ("the letters, as files", str(folder / "letters")),
        ("the tickets, as files", str(folder / "tickets")),
        ("all tickets", f"{command} tickets --config {folder / 'triage.toml'}"),
        ("one ticket in full", f"{command} tickets show TG-7 --config {folder / 'triage.toml'}"),
        ("one mail, word by word", f"{command} read {sample}"),
    ):
        out.print(f"{what}:\n    {where}", soft_wrap=True)

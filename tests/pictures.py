"""`make pictures`: the main pages of the console on the sample mail, as Chromium shows them.

python -m tests.pictures [FOLDER]
"""

import asyncio
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page
from rich.progress import Progress

from gateway import logs
from gateway.app import Gateway, serve
from gateway.config import AnswerSettings, ConsoleSettings, Settings, SmtpSettings, shipped
from gateway.ingest import ingest
from tests.integration.browser import visitor

LAPTOP = {"width": 1280, "height": 780}
PHONE = {"width": 390, "height": 844}


@contextmanager
def console(folder: Path) -> Iterator[tuple[Gateway, str]]:
    """A console on the sample mail, and the link that signs in there."""
    settings = Settings(
        store=f"sqlite:///{folder / 'pictures.db'}",
        addresses=("triage@gateway.example",),
        answers=AnswerSettings(to="anyone"),
        console=ConsoleSettings(listen="127.0.0.1:0"),
        smtp=SmtpSettings(listen="127.0.0.1:0"),
    )
    with Gateway(settings) as gateway:
        paths = [str(shipped("data") / "samples")]
        asyncio.run(ingest(gateway, paths, sys.stdin.buffer, Progress(disable=True)))
        loop = asyncio.new_event_loop()
        stop, ready = asyncio.Event(), threading.Event()

        async def run() -> None:
            began = asyncio.Event()
            server = asyncio.create_task(serve(gateway, stop, began, invites=False))
            await began.wait()
            ready.set()
            await server

        thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
        thread.start()
        ready.wait(60)
        assert gateway.console is not None
        base = f"http://127.0.0.1:{gateway.console.port}"
        try:
            yield gateway, gateway.console_link("ann@house.example", "administrator", base)
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(30)


def take(page: Page, base: str, gateway: Gateway, folder: Path) -> None:
    """Every picture."""
    outage = next(one.ticket for one in gateway.tickets.listing() if "ID.me" in one.ticket.title)
    message = gateway.tickets.details(outage.ref).messages[-1]
    for name, path, scheme, size in (
        ("now", "/", "light", LAPTOP),
        ("now-dark", "/", "dark", LAPTOP),
        ("now-phone", "/", "light", PHONE),
        ("incident", f"/incident/{outage.ref}", "light", LAPTOP),
        ("incident-dark", f"/incident/{outage.ref}", "dark", LAPTOP),
        ("message", f"/message/{message.trace}", "light", LAPTOP),
        ("message-phone", f"/message/{message.trace}", "dark", PHONE),
        ("search", "/search?q=sign", "light", LAPTOP),
        ("search-messages", "/search?q=sign&in=messages", "dark", LAPTOP),
    ):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(base + path)
        (folder / f"{name}.png").write_bytes(packed(page.screenshot()))


def packed(png: bytes) -> bytes:
    """The same picture in fewer bytes: a browser packs in haste."""
    kept, data, at = [], b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        else:
            kept.append(png[at : at + 12 + size])
        at += 12 + size
    body = b"IDAT" + zlib.compress(zlib.decompress(data), 9)
    one = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return b"".join([png[:8], *kept[:-1], one, kept[-1]])


def main(folder: Path) -> None:
    """Take them all."""
    logs.configure("text", "error")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as store,
        console(Path(store)) as (gateway, link),
        visitor() as at,
    ):
        at.page.goto(link)
        at.page.get_by_role("button", name="Sign in").click()
        at.page.wait_for_url("**/")
        take(at.page, link.partition("/sign-in")[0], gateway, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "pictures"))
